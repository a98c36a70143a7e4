#!/bin/bash
# audit.sh - every change writes one audit line, which is complete and escaped
# and contains no secret.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

login=$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)
auid=
by=$(id -u)
if [ "$login" != 4294967295 ]; then
    auid=" auid=$login"
    by=$login
fi
by=$(getent passwd "$by" | cut -d: -f1 || true)
who="by=${by:-uid:$(id -u)}$auid uid=$(id -u)"
where=$(printf '%s' "$store" | sed 's,/,\\x2f,g')

# logged LINE...: exactly these lines were logged since the last call.
logged() {
    local line
    for line in "$@"; do
        printf '10.5 accesstoken: %s store=%s\n' "$line" "$where"
    done >"$work/expected"
    if [ $# -eq 0 ]; then
        : >"$work/expected"
    fi
    diff -u "$work/expected" "$log" >&2 || fail "unexpected lines in the log"
    : >"$log"
}

issue root
logged "action=create result=ok id=1 user=root $who expires=never"
issue root
issue root
: >"$log"
expect 0 modify 1 --disable --scope imap --scope smtp --name x --from ::1 \
    --from 192.0.2.0/24 --expires 2099-01-01T00:00:00Z
valid="scopes=imap,smtp networks=::1,192.0.2.0/24 expires=2099-01-01T00:00:00Z"
logged "action=modify result=ok id=1 user=root $who \
changed=name:expires:disabled:scopes:networks $valid"
expect 0 modify 1 --enable --expires never
valid="scopes=imap,smtp networks=::1,192.0.2.0/24 expires=never"
logged "action=modify result=ok id=1 user=root $who changed=expires:enabled \
$valid"
expect 0 rotate 1
logged "action=rotate result=ok id=1 user=root $who new=4 $valid"
expect 0 revoke 2 3
logged "action=revoke result=ok id=2 user=root $who expires=never" \
    "action=revoke result=ok id=3 user=root $who expires=never"
expect 0 revoke --user root
logged "action=revoke result=ok id=4 user=root $who $valid"
expect 0 revoke --user root
logged

# Changes that fail are logged with the exit code.
expect 3 modify 99 --disable
logged "action=modify result=failed exit=3 id=99 $who changed=disabled"
expect 3 rotate 99
logged "action=rotate result=failed exit=3 id=99 $who"
expect 3 revoke 99 98 99
logged "action=revoke result=failed exit=3 id=98 $who" \
    "action=revoke result=failed exit=3 id=99 $who"
chmod 640 "$store"
expect 7 create root
logged "action=create result=failed exit=7 user=root $who expires=never"
chmod 600 "$store"
accesstoken create root >/dev/full 2>"$err" || true
logged "action=create result=ok id=5 user=root $who expires=never" \
    "action=revoke result=ok id=5 user=root $who expires=never"

# Commands that only read, or have wrong arguments, log nothing.
issue root
: >"$log"
expect 0 list
expect 0 show "$id"
check_token "$bearer" 0
expect 0 check
expect 0 backup "$work/state/backup"
expect 2 create root --scope X
logged
expect 0 restore "$work/state/backup"
logged "action=restore result=ok $who accept_revoked=no"
expect 8 --store "$work/new/t" restore "$work/state/backup"
has "$log" "action=restore result=failed exit=8 .* accept_revoked=no store="
: >"$log"

# A name cannot forge a field or a line.
issue 'x result=ok id=7=é' --virtual
logged "action=create result=ok id=$id \
user=x\x20result\x3dok\x20id\x3d7\x3d\xc3\xa9 $who expires=never"
expect 0 create root --name "$(printf 'a id=9 user=mallory')"
lacks "$log" "mallory"
lacks "$log" "pamat1_"

# A line stays short: a long list ends in the number of those left out.
many=()
for number in $(seq 10 41); do
    many+=(--scope "a-rather-long-scope-of-forty-letters-n$number")
    many+=(--from "192.0.2.$number")
done
: >"$log"
expect 0 create root "${many[@]}"
has "$log" ' scopes=(a-rather-long-scope-of-forty-letters-n[0-9]{2},){9}\+23 '
has "$log" ' networks=(192\.0\.2\.[0-9]{2},){31}192\.0\.2\.[0-9]{2} expires=never '
[ "$(wc -c <"$log")" -lt 1200 ] || fail "the line is too long"

# The line does not name the default store.
: >"$log"
LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log "$tool" revoke 4294967295 \
    >"$out" 2>"$err" </dev/null || true
has "$log" "^10.5 accesstoken: action=revoke result=[^/]* uid=[0-9]+$"
