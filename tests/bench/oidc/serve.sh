#!/bin/sh
# serve.sh - npm's oidc-provider, for the benchmark: install it below
# bench-oidc/ in the build directory, where it is not there yet, and run it.
# Where it cannot be run it says "skipped: " and why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
modules=$PWD/bench-oidc
# shellcheck source-path=SCRIPTDIR source=../../support/npm.sh
. "$here/../../support/npm.sh"

# As "engines" in package.json says.
if ! node -e 'process.exitCode =
    process.versions.node.split(".")[0] >= 18 ? 0 : 1' 2>/dev/null; then
    skip "no node 18 or later here: $(node --version 2>/dev/null || echo none)"
fi
npm_install "$here" "$modules"
# It looks for its modules beside itself.
cp "$here/server.mjs" "$modules"
chmod u+w "$modules/server.mjs"
NODE_ENV=production exec node "$modules/server.mjs"
