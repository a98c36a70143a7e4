#!/bin/bash
# new_machine.sh - before the first token, those who only look find a store
# without tokens: the file is missing, and nothing is wrong.  Those who need
# the file say that it is missing, and a mistyped directory is an error.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
mkdir -p "$work/pam.d" "$work/lib/pam.d"

expect 7 list
has "$err" 'there is no store'
# With this variable, $store is the default one.
export ACCESSTOKEN_TEST_PLACES=$work
expect 0 list
same "$(cat "$err")" "no tokens yet: there is no store at $store"
unset ACCESSTOKEN_TEST_PLACES
mkdir -m 0700 "$(dirname "$store")"
expect 0 list
lines "$out" 0
same "$(cat "$err")" "no tokens yet: there is no store at $store"
expect 0 list --quiet
lines "$err" 0
expect 0 list --json --issued-by 7
same "$(json "$out" 'd["entries"], d["paging"]["next"]')" '([], None)'
export ACCESSTOKEN_TEST_PLACES=$work
expect 0 status
has "$out" '^tokens:    0: 0 active'
expect 0 status --json
same "$(json "$out" 'd["tokens"]["total"], "problem" in d')" '(0, False)'
[ ! -e "$store" ] || fail "made a store"

# The others need the file.
for command in check "backup $work/copy.tdb" 'show 1' 'revoke 1' 'modify 1 --disable'; do
    # shellcheck disable=SC2086 # words
    expect 7 $command
    has "$err" 'there is no store'
done

# Others could have put a store there, so this is no new machine.
chmod 0755 "$(dirname "$store")"
expect 7 list
has "$err" 'unsafe'
chmod 0700 "$(dirname "$store")"

# A token is unknown.
issue jane --virtual
rm "$store"
code=0
accesstoken verify <<<"$bearer" >"$out" 2>"$err" || code=$?
same "$code" 5
has "$err" '^accesstoken: refused: unknown$'
lines "$out" 0
expect 7 check

# A name without tokens that is no user's may be mistyped.
issue jane --virtual
expect 0 list --user jhane
same "$(cat "$err")" "there is no user 'jhane', and no token of one"
lines "$out" 0
expect 0 list --user jane
lines "$err" 0
expect 0 list --user root
lines "$err" 0
