#!/bin/bash
# expiring.sh - list --expires-within lists exactly the tokens that will
# expire, among any number of tokens.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_TIME=1800000000 # 2027-01-15T08:00:00Z
now=$ACCESSTOKEN_TEST_TIME

# seed COUNT [SECONDS]: create tokens for tester-1, by the test's clock.
seed() {
    LD_PRELOAD=$preload "$build/tests/tool/seed" "$store" "$1" 1 "${@:2}" \
        >>"$work/seeded"
}
# listed IDS ARGUMENT...: list prints these tokens in this order, and nothing
# on standard error.
listed() {
    local ids=$1
    shift
    expect 0 list --json "$@"
    lines "$err" 0
    lists "$ids" "$out"
    expect 0 list --no-header "$@"
    same "$(awk '{ print $1 }' "$out" | paste -sd ' ')" "$ids"
}

issue tester-a --virtual                       # 1: never
issue tester-a --virtual --expires 14d         # 2
issue tester-a --virtual --expires 1209601s    # 3: a second later
issue tester-b --virtual --expires 1d --name b # 4
issue tester-b --virtual --expires 1d          # 5: disabled
expect 0 modify 5 --disable
issue tester-b --virtual --expires 60s         # 6: over soon

listed "2 4 6" --expires-within 14d
listed "2 3 4 6" --expires-within 1209601s
listed "6" --expires-within 60s
listed "" --expires-within 59s
listed "" --expires-within 0s
listed "4 6" --expires-within 2w --user tester-b
listed "4 6" --expires-within 14d --after 2
listed "2 4 6" --expires-within 14d --all
listed "2 4 6" --expires-within 14d --limit 3
export ACCESSTOKEN_TEST_TIME=$((now + 59))
listed "2 3 4 6" --expires-within 14d
export ACCESSTOKEN_TEST_TIME=$((now + 60))
listed "2 3 4" --expires-within 14d
# Clocks that cannot be right, and the longest duration.
for time in -9223372036854775808 9223372036854775807; do
    export ACCESSTOKEN_TEST_TIME=$time
    listed "" --expires-within 14d
done
export ACCESSTOKEN_TEST_TIME=$now
listed "2 3 4 6" --expires-within 253402300799s

# The table for people; if no token will expire, there is no output at all.
expect 0 list --expires-within 14d
lines "$out" 4
has "$out" '^ID USER .* EXPIRES +LAST USED +STATUS$'
expect 0 list --expires-within 1s
lines "$out" 0
lines "$err" 0

# Pages: the notice how to continue is printed only if more tokens follow.
expect 0 list --expires-within 14d --limit 2
lines "$out" 3
has "$err" '^more tokens follow: use --after 4 or --all$'
expect 0 list --expires-within 14d --limit 2 --json
same "$(json "$out" 'd["paging"]')" "{'next': None, 'after': '4'}"
expect 0 list --expires-within 14d --limit 2 --json --after 4
same "$(json "$out" '[e["id"] for e in d["entries"]], d["paging"]')" \
    "(['6'], {'next': None, 'after': None})"

# Among many tokens, the heading precedes the first token that is shown, and a
# page ends only when it is full.
seed 1500
seed 99 86400
seed 2500
listed "2 4 6 $(seq -s ' ' 1507 1603)" --expires-within 14d --limit 100
expect 0 list --expires-within 14d --limit 100
has "$err" '^more tokens follow: use --after 1603 or --all$'
expect 0 list --expires-within 14d
lines "$out" 101
has "$err" '^more tokens follow: use --after 1603 or --all$'
listed "2 4 6 $(seq -s ' ' 1507 1605)" --expires-within 14d --all
listed "1604 1605" --expires-within 14d --after 1603
expect 0 list --expires-within 14d --user tester-1 --all
lines "$out" 100
same "$(head -n 1 "$out" | awk '{ print $1 }')" ID
same "$(grep -c STATUS "$out")" 1

for duration in 14 -1d soon 1z ""; do
    expect 2 list --expires-within "$duration"
    lines "$out" 0
    lines "$err" 1
    has "$err" "^accesstoken: --expires-within '$duration': not a duration"
done
for duration in 9999999d 9223372036854775807d; do
    expect 2 list --expires-within "$duration"
    has "$err" "^accesstoken: --expires-within '$duration': beyond the year 9999\$"
done
