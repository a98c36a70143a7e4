#!/bin/bash
# resources.sh - without memory, descriptors or room for files, each command
# either does what it was asked or reports that it did not, with a documented
# exit code, and is not killed by a signal.  Each allocation fails once.
. "$(dirname "$0")/lib.sh"

memory=$build/tests/support/.libs/memory_preload.so
[ -e "$memory" ] || fail "$memory is not built"
cd "$work"

# answered CODE ARGUMENT...: the exit code is 0, or a documented one and there
# is a message.
answered() {
    local got=$1
    shift
    case $got in
    0) ;;
    1 | 7) [ -s said ] || fail "accesstoken $*: exit $got, no message" ;;
    *)
        cat said >&2
        fail "accesstoken $*: exit $got"
        ;;
    esac
}

# state: print the store's tokens, without times and creators.
state() {
    accesstoken list --all --json |
        sed -E 's/"(creation|expiration)_time": ?"[^"]*"//g; s/"creator":\{[^}]*\},//g'
}

# Every command starts with this store.
issue tester-1 --virtual
printf '%s\n' "$bearer" >given
issue tester-2 --virtual
ACCESSTOKEN_TEST_TIME=1700000000 issue tester-2 --virtual --expires 1d
expect 0 backup sound.tdb

# limited COMMAND...: run the command; its output is in the file "said" and its
# exit code in $got.  judge ARGUMENT...: prove that the store has changed if
# the tool reported success, and has not changed if it reported an error.
# measure ARGUMENT...: find the store's state before and after a success.
limited() {
    got=0
    "$@" >said 2>&1 <given || got=$?
}
judge() {
    answered "$got" "$@"
    [ "$got" -eq 0 ] || refusals=$((refusals + 1))
    rm -f other.tdb
    case $1 in list | show | verify | status | check | backup) return ;; esac
    # Mostly there is no need to ask the tool what the file says.
    if [ "$got" -ne 0 ] && cmp -s sound.tdb "$store"; then return; fi
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

# starve ARGUMENT...: run the tool again and again; each time the next
# allocation fails.
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
    [ "$refusals" -gt 0 ] || fail "accesstoken $1 never failed"
}

starve list --json
starve list --json --sort name
starve list --sort -created --all
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

# lend ARGUMENT...: run the tool with 0 to 12 descriptors.  With fewer than
# four, not even the dynamic linker can start.
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
    [ "$refusals" -gt 0 ] || fail "accesstoken $1 never failed"
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

# shorten ARGUMENT...: run the tool with files limited to some KiB; a write
# beyond that is an error, and the tool is not killed by SIGXFSZ.
shorten() {
    local limit
    measure "$@"
    for limit in 8 64 400 1000 1500; do
        limited run_with_short_files "$limit" "$@"
        judge "$@"
    done
    [ "$refusals" -ge 3 ] || fail "accesstoken $1 failed only $refusals times"
}
run_with_short_files() {
    : >"$log" # is limited, too
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

# If the first store cannot be written completely, nothing of it is left.
rm -r "$work/state"
limited run_with_short_files 100 create tester-1 --virtual
answered "$got" create
[ "$got" -ne 0 ] || fail "created a store in 100 KiB"
expect 7 check
expect 0 create tester-1 --virtual
