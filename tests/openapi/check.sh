#!/bin/sh
# doc/openapi.yaml as others read it: redocly lints it, and prism stands
# between a client and the daemon and objects to what the document does not
# say.  Needs node and, the first time, npm's registry; without either it is
# skipped, and says so.  Runs in the build directory, and writes only below
# openapi/ there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
modules=$PWD/openapi
export NO_UPDATE_NOTIFIER=1 REDOCLY_TELEMETRY=off
export REDOCLY_SUPPRESS_UPDATE_NOTICE=true npm_config_update_notifier=false
export npm_config_cache="$modules/cache"

skip() {
    echo "skipped: $*"
    exit 77
}

# As "engines" in package.json says.
if ! node -e 'const [major, minor] = process.versions.node.split(".");
    const least = { 20: 19, 22: 12 }[major] ?? (major > 22 ? 0 : Infinity);
    process.exitCode = minor >= least ? 0 : 1' 2>/dev/null; then
    skip "no node 20.19, 22.12 or later here: $(node --version 2>&1)"
fi
command -v npm >/dev/null || skip "node is here, but no npm"

if ! cmp -s "$here/package-lock.json" "$modules/installed.json"; then
    mkdir -p "$modules"
    rm -f "$modules/installed.json"
    cp "$here/package.json" "$here/package-lock.json" "$modules"
    chmod u+w "$modules"/package*.json
    if ! npm --prefix "$modules" ci --ignore-scripts --no-audit --no-fund; then
        npm ping || skip "npm's registry does not answer"
        exit 1
    fi
    cp "$here/package-lock.json" "$modules/installed.json"
fi

said=$modules/lint
"$modules/node_modules/.bin/redocly" lint --format stylish \
    --config "$here/redocly.yaml" "$source/doc/openapi.yaml" >"$said" 2>&1 ||
    { cat "$said"; exit 1; }
cat "$said"
# It calls a document with warnings valid.
if grep -q 'You have .* warning' "$said"; then exit 1; fi

PYTHONPATH=$source/tests/daemon exec "$source/tests/daemon/python" \
    "$here/prism.py" "$modules/node_modules/.bin/prism"
