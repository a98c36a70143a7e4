#!/bin/bash
# rotate.sh - rotate issues a token with a new secret and id; the old token is
# revoked, or stays valid for the grace period at most.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
issue root --name laptop --scope imap --from 192.0.2.0/24 --expires 90d
old=$bearer

# Everything but the secret, the id and the times stays.
expect 0 show 1 --json
cp "$out" "$work/before"
expect 0 rotate 1
grep -Eqx 'pamat1_[A-Za-z0-9_-]{48}' "$out" || fail "not a bearer token"
lines "$out" 1
has "$err" "^token 2 for root expires 20.*; token 1 is revoked$"
new=$(cat "$out")
check_token "$old" 5 --scope imap --from 192.0.2.1
has "$err" "refused: unknown"
check_token "$new" 0 --scope imap --from 192.0.2.1
expect 0 show 2 --json
for field in user name scopes networks enabled; do
    same "$(json "$out" "d['$field']")" "$(json "$work/before" "d['$field']")"
done

# With a grace period both are valid, the old one until its end at most.
expect 0 rotate 2 --grace 1h --json
conforms "$out" access_token
same "$(json "$out" 'sorted(d)')" "['bearer_token', 'id']"
has "$err" "^token 3 for root expires 20.*; token 2 stays valid for 1h$"
newest=$(json "$out" 'd["bearer_token"]')
check_token "$new" 0 --scope imap --from 192.0.2.1
check_token "$newest" 0 --scope imap --from 192.0.2.1
expect 0 show 2 --json
same "$(json "$out" 'd["expiration_time"] < "2099"')" True

# A disabled token's successor is disabled.
issue root
expect 0 modify "$id" --disable
expect 0 rotate "$id" --output "$work/secret"
same "$(stat -c %a "$work/secret")" 600
check_token "$(cat "$work/secret")" 5
has "$err" "refused: disabled"

# If the secret cannot be written, nothing is rotated.
issue root
expect 0 list --all
cp "$out" "$work/list"
expect 8 rotate "$id" --output "$work/secret"
check_token "$bearer" 0
expect 3 rotate 999 --output "$work/unused"
[ ! -e "$work/unused" ] || fail "left a file without a token"
for grace in x 1 -1s 1z ""; do
    expect 2 rotate "$id" --grace "$grace"
    has "$err" "--grace '"
done
expect 0 list --all
cmp "$out" "$work/list"

# If the secret is lost after the change, the message names the token to rotate
# again, and that works.
got=0
accesstoken rotate "$id" >/dev/full 2>"$err" || got=$?
same "$got" 1
lost=$(sed -n 's/.*lost: rotate token \([0-9]*\) again$/\1/p' "$err")
[ "$lost" -gt "$id" ] || fail "the message does not name the new token"
lacks "$err" "pamat1_"
expect 0 rotate "$lost"
check_token "$(cat "$out")" 0
got=0
ACCESSTOKEN_TEST_FSYNC=$work/unused \
    accesstoken rotate "$((lost + 1))" --output "$work/unused" \
    2>"$err" || got=$?
same "$got" 1
[ ! -e "$work/unused" ] || fail "left the file of a lost secret"
has "$err" "rotate token $((lost + 2)) again$"
lacks "$log" "pamat1_"
