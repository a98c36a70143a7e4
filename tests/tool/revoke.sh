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

# With a name: the tokens of the user that have exactly this name.
find_python
expect 0 revoke --user tester-2
for name in laptop phone laptop 'laptop 2'; do
    issue tester-v --virtual --name "$name"
done
issue root --name laptop
expect 0 revoke --user tester-v --name laptop --dry-run
lines "$out" 3
has "$out" " laptop +any"
lacks "$out" "laptop 2|phone|root"
expect 0 revoke --dry-run --json --user tester-v --name phone
same "$(json "$out" '[e["name"] for e in d["entries"]]')" "['phone']"
expect 0 revoke --user tester-v --name laptop
same "$(cat "$err")" "revoked 2 tokens of tester-v"
expect 0 revoke --user tester-v --name laptop
same "$(cat "$err")" "tester-v has no tokens with this name"
expect 0 list --no-header
lines "$out" 3
check_token "$bearer" 0

# Ids from standard input; --dry-run revokes nothing, but finds what is wrong.
# from_input TEXT CODE ARGUMENT...: the same as expect, with this input.
from_input() {
    local text=$1 want=$2 got=0
    shift 2
    printf '%s' "$text" | accesstoken revoke "$@" >"$out" 2>"$err" || got=$?
    same "$got" "$want"
}
expect 0 list --json
ids=$(json "$out" '"\n".join(e["id"] for e in d["entries"])')
from_input "$ids" 0 - --dry-run
lines "$out" 4
from_input "$ids 99999" 3 - --dry-run
has "$err" "99999"
from_input "$ids x" 2 -
from_input "1234567890123456789012345678901234567890" 2 -
from_input "$ids -1" 2 -
expect 0 list --no-header
lines "$out" 3
from_input "$ids" 0 - --json
same "$(json "$out" '"\n".join(e["id"] for e in d["entries"])')" "$ids"
from_input "" 0 -
same "$(cat "$err")" "no ids were given"
expect 0 list
lines "$out" 0

# On a terminal, a filter that selects more than one token asks before.
# answer TEXT CODE ARGUMENT...: revoke on a terminal gets this answer.
answer() {
    local text=$1 want=$2 got=0
    shift 2
    SEND=$text LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
        "$python" "$source_dir/tests/tool/terminal.py" \
        "$tool" --store "$store" revoke "$@" >"$out" || got=$?
    same "$got" "$want"
}
issue tester-v --virtual --name one
kept=$id
issue tester-v --virtual --name two
for no in '' n; do
    answer "$no" 1 --user tester-v
    has "$out" "accesstoken: nothing was revoked"
    has "$out" " two "
done
answer '' 2 --user tester-v --json
answer '' 0 --user tester-v --name two # only one
has "$out" "^revoked 1 token of tester-v"
issue tester-v --virtual
answer y 0 --user tester-v
has "$out" "^revoke them\?.*"
has "$out" "revoked 2 tokens of tester-v"
issue tester-v --virtual
issue tester-v --virtual
answer '' 0 --user tester-v --yes
expect 3 show "$kept"
expect 0 list
lines "$out" 0

# Ids are never used again.
issue root
last=$id
issue root
[ "$id" -gt "$last" ] || fail "id $id is not larger than $last"

for arguments in "" "--name x" "--issued-by 1 --name x" "1 --user root" "--user group:root" "1 x" "1,2"; do
    # shellcheck disable=SC2086
    expect 2 revoke $arguments
    lines "$err" 1
done
check_token "$bearer" 0
