#!/bin/bash
# prune.sh - prune revokes the tokens that expired long enough ago and no
# others, even if the clock is wrong, other processes change tokens meanwhile,
# or it is killed.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
day=86400
begin=1800000000 # 2027-01-15T08:00:00Z

# at DAY: from now on, time() returns this day.
at() { export ACCESSTOKEN_TEST_TIME=$((begin + $1 * day)); }
# left IDS: the store has exactly these tokens.
left() {
    expect 0 list --all --json
    same "$(json "$out" '" ".join(e["id"] for e in d["entries"])')" "$1"
}
# seed COUNT [SECONDS]: create tokens for tester-1, by the test's clock.
seed() {
    LD_PRELOAD=$preload "$build/tests/tool/seed" "$store" "$1" 1 "${@:2}" \
        >"$work/seeded"
}
# pruned ID...: exactly these tokens were logged as pruned since the last call.
pruned() {
    sed -n 's/.* action=prune result=ok id=\([0-9]*\) user=.* by=.* uid=.*/\1/p' \
        "$log" >"$work/logged"
    same "$(wc -l <"$log") $(paste -sd ' ' "$work/logged")" "$# $*"
    : >"$log"
}

# Without a store, prune fails and makes none.
expect 7 prune --older-than 90d
[ ! -e "$work/state" ] || fail "made a store"

at 0
issue root                                 # 1: never expires
issue root --expires 10d                   # 2
issue jane --virtual --expires 10d         # 3: disabled
expect 0 modify 3 --disable
issue jane --virtual --expires 20d         # 4
issue jane --virtual --expires 200d        # 5: good
issue jane --virtual                       # 6: disabled, never expires
expect 0 modify 6 --disable
: >"$log"

# No token is pruned a second too early; without any, there is no output.
at 100
expect 0 prune --older-than 7776001s
lines "$out" 0
lines "$err" 0
left "1 2 3 4 5 6"
pruned
# --dry-run names the tokens that would be pruned, and keeps them.
expect 0 prune --older-than 90d --dry-run
same "$(awk '{ print $1 }' "$out" | paste -sd ' ')" "ID 2 3"
has "$out" ' disabled$'
same "$(cat "$err")" "would prune 2 tokens"
expect 0 prune --older-than 90d --dry-run --json
same "$(json "$out" '[e["id"] for e in d["entries"]], list(d)')" \
    "(['2', '3'], ['entries'])"
expect 0 prune --older-than 90d --dry-run --user root
same "$(cat "$err")" "would prune 1 token"
left "1 2 3 4 5 6"
pruned
# With a clock that was set back, fewer tokens are pruned; with one that cannot
# be right, prune refuses.
at -1000
expect 0 prune --older-than 90d
for time in -1 253402300800 9223372036854775807 -9223372036854775808; do
    ACCESSTOKEN_TEST_TIME=$time expect 2 prune --older-than 0s
    same "$(cat "$err")" "accesstoken: the clock of this machine is wrong"
done
left "1 2 3 4 5 6"
pruned
at 100
expect 0 prune --older-than 90d --user root
same "$(cat "$err")" "pruned 1 token"
left "1 3 4 5 6"
pruned 2
expect 0 prune --older-than 90d --json
same "$(json "$out" '[(e["id"], e["user"]["name"]) for e in d["entries"]]')" \
    "[('3', 'jane')]"
left "1 4 5 6"
pruned 3
expect 0 prune --older-than 90d
lines "$err" 0
expect 0 prune --older-than 90d --json
same "$(json "$out" 'd')" "{'entries': []}"
pruned
# Never one that is good, or does not expire.
expect 0 prune --older-than 0s
lines "$out" 0
left "1 5 6"
pruned 4
at 199
expect 0 prune --older-than 0s
at 200
expect 0 prune --older-than 0s
left "1 6"
: >"$log"

# Between reading and revoking, one token is prolonged and one is revoked; only
# the third is pruned.
at 0
issue jane --virtual --expires 1d          # 7
issue jane --virtual --expires 1d          # 8
issue jane --virtual --expires 1d          # 9
: >"$log"
at 100
export ACCESSTOKEN_TEST_MEANWHILE="
    unset ACCESSTOKEN_TEST_MEANWHILE
    '$tool' --store '$store' modify 7 --expires 1d 2>/dev/null &&
    '$tool' --store '$store' revoke 8 2>/dev/null && : >'$log'"
expect 0 prune --older-than 90d
unset ACCESSTOKEN_TEST_MEANWHILE
same "$(cat "$err")" "pruned 1 token"
left "1 6 7"
pruned 9

# More tokens than one transaction holds, among others: a kill leaves complete
# transactions, and the next run prunes the rest.
at 0
seed 2500 60
seed 700
seed 1500 60
at 100
printf '%s\n' 0 >"$work/count"
export ACCESSTOKEN_TEST_MEANWHILE="
    read n <'$work/count'
    echo \$((n + 1)) >'$work/count'
    [ \$n -lt 2 ] || kill -9 \$PPID"
got=0
accesstoken prune --older-than 90d >"$out" 2>"$err" || got=$?
same "$got" 137
unset ACCESSTOKEN_TEST_MEANWHILE
same "$(grep -c 'action=prune result=ok' "$log")" 2000
expect 0 check
expect 0 list --all --no-header
lines "$out" $((3 + 4700 - 2000))
expect 0 prune --older-than 90d
same "$(cat "$err")" "pruned 2000 tokens"
same "$(sort -u "$log" | grep -c 'action=prune result=ok')" 4000
expect 0 list --all --no-header
lines "$out" 703
expect 0 list --user tester-1 --all --no-header
lines "$out" 700
expect 0 check
: >"$log"

# A failure is reported, logged and has an exit code, and nothing is pruned.
at 0
issue jane --virtual --expires 1d
: >"$log"
at 100
export ACCESSTOKEN_TEST_MEANWHILE="chmod 640 '$store'"
expect 7 prune --older-than 90d
unset ACCESSTOKEN_TEST_MEANWHILE
lines "$out" 0
lines "$err" 1
has "$err" "^accesstoken: $store: unsafe"
has "$log" 'action=prune result=failed exit=7 by='
lines "$log" 1
expect 7 prune --older-than 90d
chmod 600 "$store"
expect 0 prune --older-than 90d --dry-run
same "$(cat "$err")" "would prune 1 token"
got=0
accesstoken prune --older-than 90d --dry-run >/dev/full 2>"$err" || got=$?
same "$got" 1
has "$err" "standard output: "

# Progress is shown only on a terminal, and is erased at the end.
on_terminal() {
    LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log ACCESSTOKEN_TEST_LEAP=1 \
        "$python" "$source_dir/tests/tool/terminal.py" \
        "$tool" --store "$store" prune --older-than 90d >"$out"
}
at 0
seed 700
at 100
on_terminal
tr '\r' '\n' <"$out" >"$work/shown"
has "$work/shown" '^1000 tokens read, 0 pruned$'
same "$(sed -n '$p' "$work/shown" | tr -d ' ')" ""
has "$work/shown" '^pruned 1 token$'
ACCESSTOKEN_TEST_LEAP=1 expect 0 prune --older-than 90d
[ ! -s "$err" ] || fail "progress is shown without a terminal"

# prune refuses a store over HTTP, a missing or wrong age, and other arguments.
for uri in "unix:$work/none" https://localhost; do
    expect 2 prune --older-than 90d --store "$uri"
    same "$(cat "$err")" \
        "accesstoken: $uri: prune is only for local stores; run it on the server"
done
for arguments in "" "--dry-run" "--older-than x" "--older-than -1d" \
    "--older-than 90" "--older-than 90d 7" "--older-than 90d --user group:x"; do
    # shellcheck disable=SC2086 # words
    expect 2 prune $arguments
    lines "$err" 1
done
left "1 6 7 $("$python" -c 'print(*range(2510, 3210), *range(4711, 5411))')"
