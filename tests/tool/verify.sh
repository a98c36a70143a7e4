#!/bin/bash
# verify.sh - verify accepts valid tokens, names the reason for every refusal,
# and reads the secret from standard input or a terminal alone.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
issue root --scope imap --scope smtp --from 192.0.2.0/24
narrow=$bearer
issue root
wide=$bearer

# For a valid token, verify prints its id and user, or its entry as JSON.
check_token "$wide" 0
same "$(cat "$out")" "2 root"
lines "$err" 0
check_token "$narrow" 0 --user root --scope imap --scope smtp \
    --from 192.0.2.9 --json
same "$(json "$out" 'd["id"], d["user"]["name"]')" "('1', 'root')"
check_token "$narrow" 0 --scope imap --from ::ffff:192.0.2.9
issue root --from fe80::/64
near=$bearer
check_token "$near" 0 --from fe80::1%eth0
for zone in % %../ "%sixteen.letters." "%a b" %%; do
    check_token "$near" 2 --from "fe80::1$zone"
done
expect 0 revoke 3
check_token "$wide" 0 --user uid:0
check_token "$wide" 0 --user local:root

# no REASON BEARER CODE ARGUMENT...: the token is refused, with the reason on
# standard error alone.
no() {
    local reason=$1
    shift
    check_token "$@"
    lines "$out" 0
    same "$(cat "$err")" "accesstoken: refused: $reason"
}
no scope "$narrow" 5 --from 192.0.2.9
no scope "$narrow" 5 --from 192.0.2.9 --scope pop3
no scope "$narrow" 5 --from 192.0.2.9 --scope imap --scope pop3
no scope "$wide" 5 --scope tokens:admin
no network "$narrow" 5 --scope imap
no network "$narrow" 5 --scope imap --from 198.51.100.1
no user "$wide" 5 --user daemon
issue daemon
expect 0 revoke 4
no unknown "$bearer" 5

# Text that is not a bearer token is refused without reading the store.
for text in "" password "${wide}x" "${wide%?}" "$wide $wide" \
    "$(printf '%0511d' 0)" "$(printf '%0513d' 0)" \
    "$(head -c 100000 /dev/zero | tr '\0' x)"; do
    check_token "$text" 5
    lines "$out" 0
    lines "$err" 1
done
store=$work/none/tokens.tdb check_token password 5
store=$work/none/tokens.tdb check_token "$wide" 7

# Blanks, tabs, CR and LF may surround the token; no other byte may, and nothing
# of it may be missing.  What has the prefix of a token is never "no token".
feed() {
    local want=$1 got=0
    # shellcheck disable=SC2059 # the format is the test
    printf "$2" | accesstoken verify >"$out" 2>"$err" || got=$?
    same "$got" "$want"
}
feed 0 "$wide"
feed 0 "$wide\n"
feed 0 "$wide\r\n"
feed 0 "$wide\n\n"
feed 0 "$wide\r"
feed 0 " \t$wide \t\r\n"
for text in "$wide\n$wide\n" "$wide\0" "\"$wide\"" "Bearer $wide" "$wide\302\240" \
    "\357\273\277$wide\n" "\033[200~$wide\033[201~" "${wide%?}" "PAMAT1_x" \
    "pamat1%%5Fx" "pamat1_"; do
    feed 5 "$text"
    same "$(cat "$err")" "accesstoken: refused: malformed"
done
feed 5 "${wide#pam}"
same "$(cat "$err")" "accesstoken: not an access token"

# On a terminal, verify asks for the token and does not show it.
SEND=$wide LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
    "$python" "$source_dir/tests/tool/terminal.py" \
    "$tool" --store "$store" verify >"$out"
has "$out" "Bearer token: "
has "$out" "2 root"
lacks "$out" "pamat1_"

# verify cannot dump core while it holds a secret.
mkfifo "$work/input"
"$tool" --store "$store" verify <"$work/input" >"$out" 2>"$err" &
child=$!
exec 5>"$work/input"
for _ in $(seq 100); do
    limit=$(sed -n 's/^Max core file size *\([^ ]*\) *\([^ ]*\) .*/\1 \2/p' \
        /proc/$child/limits)
    [ "$limit" = "0 0" ] && break
    sleep 0.1
done
same "$limit" "0 0"
printf '%s' "$wide" >&5
exec 5>&-
wait $child
same "$(cat "$out")" "2 root"

for arguments in "--scope IMAP" "--from 192.0.2.0/24" "--from x" \
    "--from 192.0.2.1%eth0" "--user group:root" "x"; do
    # shellcheck disable=SC2086
    check_token "$wide" 2 $arguments
    lines "$err" 1
done
check_token "$wide" 3 --user uid:4294967290
lacks "$log" "pamat1_"
