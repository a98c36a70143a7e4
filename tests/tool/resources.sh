#!/bin/bash
# Each command with an allocation failing, the first, the second and so on;
# without descriptors; and with files that may not grow.  It does what it was
# asked or says that it did not, with a documented exit code; no signal.
. "$(dirname "$0")/lib.sh"

memory=$build/tests/support/.libs/memory_preload.so
[ -e "$memory" ] || fail "$memory is not built"
cd "$work"

# answered CODE ARGUMENT...: a documented exit code; 0 or an error.
answered() {
    local got=$1
    shift
    case $got in
    0) ;;
    1 | 7) [ -s said ] || fail "accesstoken $*: silent $got" ;;
    *)
        cat said >&2
        fail "accesstoken $*: exit $got"
        ;;
    esac
}

# What the store holds, but for the times of what is new.
state() {
    accesstoken list --all --json |
        sed -E 's/"(creation|expiration)_time": ?"[^"]*"//g; s/"creator":\{[^}]*\},//g'
}

# The store that all begins with.
issue tester-1 --virtual
printf '%s\n' "$bearer" >given
issue tester-2 --virtual
ACCESSTOKEN_TEST_TIME=1700000000 issue tester-2 --virtual --expires 1d
expect 0 backup sound.tdb

# limited COMMAND...: run the tool so, with what it says in "said"; its exit
# code in $got.  Then the change is there where it says so, and not elsewhere.
limited() {
    got=0
    "$@" >said 2>&1 <given || got=$?
}
judge() {
    answered "$got" "$@"
    [ "$got" -eq 0 ] || refusals=$((refusals + 1))
    rm -f other.tdb
    case $1 in list | show | verify | status | check | backup) return ;; esac
    if [ "$got" -eq 0 ]; then
        same "$(state)" "$after"
    else
        same "$(state)" "$before"
    fi
    cp sound.tdb "$store"
}
measure() {
    before=$(state)
    accesstoken "$@" >/dev/null 2>&1 <given || fail "$*"
    after=$(state)
    cp sound.tdb "$store"
    rm -f other.tdb
    refusals=0
}

# starve ARGUMENT...: with one allocation after the other failing.
starve() {
    local nth=0
    measure "$@"
    rm -f not-reached
    while [ ! -e not-reached ]; do
        nth=$((nth + 1))
        limited env LD_PRELOAD="$memory $preload" \
            ACCESSTOKEN_TEST_LOG="$log" ACCESSTOKEN_TEST_ALLOCATION=$nth \
            "$tool" --store "$store" "$@"
        judge "$@"
    done
    echo "$1: $nth allocations, $refusals refusals"
    [ "$refusals" -gt 0 ] || fail "accesstoken $1 needs no memory?"
}

starve list --json
starve show 1
starve verify --user tester-1
starve create tester-3 --virtual
starve modify 1 --name renamed
starve revoke 1
starve prune --older-than 90d
starve rotate 1
ACCESSTOKEN_TEST_PLACES=$work starve status
starve check
starve backup other.tdb
starve restore sound.tdb

# lend ARGUMENT...: with fewer descriptors than it takes.  Below four, not
# even the dynamic linker can begin.
lend() {
    local limit
    measure "$@"
    for limit in $(seq 0 12); do
        limited run_with_descriptors "$limit" "$@"
        if [ "$got" -eq 127 ]; then
            has said 'error while loading shared libraries'
            same "$(state)" "$before"
            continue
        fi
        judge "$@"
    done
    [ "$refusals" -gt 0 ] || fail "accesstoken $1 needs no descriptors?"
}
run_with_descriptors() {
    (
        ulimit -n "$1"
        shift
        accesstoken "$@"
    )
}

lend list
lend verify --user tester-1
ACCESSTOKEN_TEST_PLACES=$work lend status
lend create tester-3 --virtual
lend revoke 1
lend check
lend backup other.tdb
lend restore sound.tdb

# shorten ARGUMENT...: with files that may not grow, in KiB; what is written
# to one that may not is an error, not SIGXFSZ.
shorten() {
    local limit
    measure "$@"
    for limit in 8 64 400 1000 1500; do
        limited run_with_short_files "$limit" "$@"
        judge "$@"
    done
    [ "$refusals" -ge 3 ] || fail "accesstoken $1 needs no room?"
}
run_with_short_files() {
    : >"$log" # may not grow either
    (
        ulimit -f "$1"
        shift
        accesstoken "$@"
    )
}

shorten create tester-3 --virtual
shorten revoke 1
shorten rotate 1
shorten backup other.tdb
shorten restore sound.tdb

# A first store, too: nothing is left of what could not be finished.
rm -r "$work/state"
limited run_with_short_files 100 create tester-1 --virtual
answered "$got" create
[ "$got" -ne 0 ] || fail "a store of 100 KiB?"
expect 7 list
expect 0 create tester-1 --virtual
