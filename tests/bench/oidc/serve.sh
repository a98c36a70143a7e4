#!/bin/sh
# serve.sh - run npm's oidc-provider for the benchmark. Installs it in
# bench-oidc/ of the build directory, unless it is there. If it cannot run
# here, prints "skipped: " and the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
modules=$PWD/bench-oidc
# shellcheck source-path=SCRIPTDIR source=../../support/npm.sh
. "$here/../../support/npm.sh"

# The version that "engines" in package.json requires.
if ! node -e 'process.exitCode =
    process.versions.node.split(".")[0] >= 18 ? 0 : 1' 2>/dev/null; then
    skip "no node 18 or later here: $(node --version 2>/dev/null || echo none)"
fi
npm_install "$here" "$modules"
# node looks for the modules beside the script.
cp "$here/server.mjs" "$modules"
chmod u+w "$modules/server.mjs"
NODE_ENV=production exec node "$modules/server.mjs"
