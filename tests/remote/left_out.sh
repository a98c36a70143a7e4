#!/bin/bash
# Prove that a build without the plugin for HTTP says so, in one line that names
# the file that is missing.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

[ ! -e "$build/tokenstore-http.la" ] || fail "the plugin is built"
code=0
"$tool" --store https://localhost list >"$out" 2>"$err" || code=$?
same "$code" 7
lines "$out" 0
lines "$err" 1
has "$err" '/tokenstore-http\.so.*not installed'
