# npm.sh - programs of npm's that a test or the benchmark runs: what a lock
# file pins, installed once below the build directory.  Sourced.
# Must install nothing anywhere else, and run no package's own scripts.
# shellcheck shell=sh

export NO_UPDATE_NOTIFIER=1 npm_config_update_notifier=false

skip() {
    echo "skipped: $*"
    exit 77
}

# npm_install FROM TO: the packages that FROM's lock file pins, into TO.
npm_install() {
    command -v npm >/dev/null || skip "node is here, but no npm"
    export npm_config_cache="$2/cache"
    cmp -s "$1/package-lock.json" "$2/installed.json" && return
    mkdir -p "$2"
    rm -f "$2/installed.json"
    cp "$1/package.json" "$1/package-lock.json" "$2"
    chmod u+w "$2"/package*.json
    # Not --prefix, which is also where npm looks for the machine's npmrc.
    if ! (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund); then
        npm ping || skip "npm's registry does not answer"
        exit 1
    fi
    cp "$1/package-lock.json" "$2/installed.json"
}
