#!/bin/sh
# check.sh - other programs accept doc/openapi.yaml: redocly lints it without a
# warning, and prism, between a client and the daemon, finds nothing that the
# document does not permit.  Needs node and, the first time, npm's registry;
# without either, the test says so and is skipped.  Runs in the build
# directory, and writes only below openapi/ there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
modules=$PWD/openapi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
# shellcheck source-path=SCRIPTDIR source=../../support/npm.sh
. "$source/tests/support/npm.sh"

# The same versions as "engines" in package.json.
if ! node -e 'const [major, minor] = process.versions.node.split(".");
    const least = { 20: 19, 22: 12 }[major] ?? (major > 22 ? 0 : Infinity);
    process.exitCode = minor >= least ? 0 : 1' 2>/dev/null; then
    skip "no node 20.19, 22.12 or later here: $(node --version 2>&1)"
fi
npm_install "$here" "$modules"

said=$modules/lint
"$modules/node_modules/.bin/redocly" lint --format stylish \
    --config "$here/redocly.yaml" "$source/doc/openapi.yaml" >"$said" 2>&1 ||
    { cat "$said"; exit 1; }
cat "$said"
# redocly exits with 0 if there are only warnings.
if grep -q 'You have .* warning' "$said"; then exit 1; fi

PYTHONPATH=$source/tests/daemon exec "$source/tests/daemon/python" \
    "$here/prism.py" "$modules/node_modules/.bin/prism"
