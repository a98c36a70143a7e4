# lib.sh - prepares every test of the tool; sourced, not run.
# It makes a directory that is removed at the end, finds the tool that was
# built, sends syslog to a file (a test never writes to the machine's log), and
# defines the functions that make assertions.
# shellcheck shell=bash
set -eu
umask 077
export LC_ALL=C.UTF-8
unset NO_COLOR POSIXLY_CORRECT TDB_NO_FSYNC

build=$PWD
source_dir=$(cd "${srcdir:-.}" && pwd)

# The program itself, not libtool's wrapper script.
tool=$build/accesstoken
if [ -x "$build/.libs/accesstoken" ]; then
    tool=$build/.libs/accesstoken
    export LD_LIBRARY_PATH=$build/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
preload=$build/tests/tool/.libs/preload.so
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

fail() {
    echo "FAIL, line ${BASH_LINENO[${#BASH_LINENO[@]} - 2]}: $*" >&2
    exit 1
}

base=${TMPDIR:-/tmp}
if [ -z "${TMPDIR:-}" ] && [ -d /dev/shm ] && [ -w /dev/shm ]; then
    base=/dev/shm
fi
work=$(mktemp -d "$base/accesstoken-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
store=$work/state/tokens.tdb
out=$work/out
err=$work/err
log=$work/log
: >"$log"

[ -e "$preload" ] || fail "$preload is not built"

# accesstoken ARGUMENT...: run the tool on the test's store.  The variables
# ACCESSTOKEN_TEST_*, which tests/tool/preload.c lists, change what libc does.
# With the address sanitizer, looking for leaks takes longer than most commands,
# so that each script does it once for each command.
accesstoken() {
    local leaks=0 command=${1:-} seen
    seen=$work/leaks-${command//[^a-z]/}
    if [ ! -e "$seen" ]; then
        : >"$seen"
        leaks=1
    fi
    LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=$leaks \
        "$tool" --store "$store" "$@"
}

# show FILE...: print what a command printed, without the secrets in it.
show() { sed 's/pamat1_[A-Za-z0-9_-]*/pamat1_.../g' "$@"; }

# expect CODE ARGUMENT...: run the tool, which has to exit with CODE; its
# output is in $out and $err.
expect() {
    local want=$1 got=0
    shift
    accesstoken "$@" >"$out" 2>"$err" </dev/null || got=$?
    if [ "$got" -ne "$want" ]; then
        show "$out" "$err" >&2
        fail "accesstoken $*: exit $got, expected $want"
    fi
}

# has FILE REGEX: a line of the file matches.  lacks FILE REGEX: no line does.
has() {
    grep -Eq -- "$2" "$1" || {
        show "$1" >&2
        fail "no line matches: $2"
    }
}

lacks() {
    if grep -Eq -- "$2" "$1"; then
        show "$1" >&2
        fail "a line matches: $2"
    fi
}

# lines FILE COUNT: the file has this number of lines.
lines() {
    [ "$(wc -l <"$1")" -eq "$2" ] || {
        show "$1" >&2
        fail "$1: not $2 lines"
    }
}

# same ACTUAL EXPECTED: both are the same text.
same() {
    [ "$1" = "$2" ] || fail "'$1' is not '$2'"
}

# issue ARGUMENT...: create a token; sets $bearer to its secret and $id to its
# id.
issue() {
    expect 0 create "$@"
    # shellcheck disable=SC2034 # for the test that called
    bearer=$(cat "$out")
    id=$(sed -n 's/^token \([0-9]*\) for .*/\1/p' "$err")
    [ -n "$id" ] || fail "create named no id"
}

# check_token BEARER CODE ARGUMENT...: verify, with this token on standard
# input, exits with CODE; its output is in $out and $err.
check_token() {
    local text=$1 want=$2 got=0
    shift 2
    printf '%s\n' "$text" | accesstoken verify "$@" >"$out" 2>"$err" || got=$?
    if [ "$got" -ne "$want" ]; then
        cat "$err" >&2
        fail "verify $*: exit $got, expected $want"
    fi
}

# find_python: set $python to a python3 that has jsonschema.  Without one the
# test fails, since the tests of the schemas must not be skipped.
find_python() {
    for python in /usr/bin/python3 python3; do
        if "$python" -W ignore -c 'import jsonschema' 2>/dev/null; then
            return
        fi
    done
    fail "no python3 with jsonschema (apt-get install python3-jsonschema)"
}

# conforms FILE SCHEMA: the file is one JSON text that is valid by the schema.
conforms() {
    "$python" -W ignore "$source_dir/tests/tool/validate.py" \
        "$source_dir/tests/support/schemas/$2.json" <"$1" || {
        show "$1" >&2
        fail "not valid by $2"
    }
}

# lists IDS FILE: the file is a page of these tokens, in this order, as JSON.
lists() {
    conforms "$2" access_tokens_list
    same "$(json "$2" '" ".join(e["id"] for e in d["entries"])')" "$1"
}

# json FILE EXPRESSION: print the value of a python expression in which d is
# the document.
json() {
    "$python" -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
print(eval(sys.argv[2]))' "$1" "$2"
}
