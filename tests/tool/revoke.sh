#!/bin/bash
# revoke.sh - revoke by id revokes all tokens or none; revoke by user revokes
# every token of that user and of nobody else.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

issue root
first=$bearer
issue root
second=$bearer
issue tester-v --virtual
third=$bearer

# All or nothing: if one id does not exist, no token is revoked.
expect 3 revoke 1 2 99
has "$err" "99"
lines "$err" 1
check_token "$first" 0
check_token "$second" 0

# An id that is given twice counts once; the messages name each token.
expect 0 revoke 2 1 2
lines "$out" 0
same "$(cat "$err")" "revoked token 1 for root
revoked token 2 for root"
check_token "$first" 5
same "$(cat "$err")" "accesstoken: refused: unknown"
check_token "$second" 5
check_token "$third" 0
expect 3 revoke 1

# By user: all tokens of the user, in more than one batch, and no others.
"$build/tests/tool/seed" "$store" 2300 2 >"$work/seeded"
expect 0 revoke --user tester-1
same "$(cat "$err")" "revoked 1150 tokens of tester-1"
expect 0 list --user tester-1
lines "$out" 0
expect 0 list --all --no-header
lines "$out" 1151
check_token "$third" 0
expect 0 revoke --user tester-1
same "$(cat "$err")" "tester-1 has no tokens"
expect 0 revoke --user tester-v
same "$(cat "$err")" "revoked 1 token of tester-v"
check_token "$third" 5
issue root
expect 0 revoke --user uid:0
check_token "$bearer" 5

# Ids are never used again.
last=$id
issue root
[ "$id" -gt "$last" ] || fail "id $id is not larger than $last"

for arguments in "" "1 --user root" "--user group:root" "1 x" "1,2"; do
    # shellcheck disable=SC2086
    expect 2 revoke $arguments
    lines "$err" 1
done
check_token "$bearer" 0
