#!/bin/bash
# Prove that a build without the plugin for HTTP says so, in one line that names
# the file that is missing; that it looks for a socket to verify a token without
# it; and that without the daemon as well, nothing needs their libraries.
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

issue nobody-of-this-name --virtual
code=0
printf '%s\n' "$bearer" |
    "$tool" --store "unix:$work/socket" verify >"$out" 2>"$err" || code=$?
same "$code" 7
lines "$out" 0
lines "$err" 1
has "$err" 'no such socket: is accesstokend running\?'

# What the compiler has read.
if [ ! -e "$build/accesstokend" ] && grep -rlE --include='*.P*o' \
    '/(curl|jansson|microhttpd|systemd/sd-)' "$build"; then
    fail "these were compiled with a library that was left out"
fi
