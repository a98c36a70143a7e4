#!/bin/bash
# stream.sh - "-" as FILE: backup writes to standard output, and nothing else
# is there; restore reads standard input, judges it like a file, and leaves
# nothing beside the store.  Only one thing reads standard input.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
file=$work/state/file
stream=$work/state/stream

# terminal CODE ARGUMENT...: run the tool on a terminal; what that shows is in
# $out.
terminal() {
    local want=$1 got=0
    shift
    LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log "$python" \
        "$source_dir/tests/tool/terminal.py" "$tool" --store "$store" "$@" \
        >"$out" || got=$?
    same "$got" "$want"
}

# ------------------------------------------------------------------- backup
# Without a store nothing is written.
expect 7 backup -
[ ! -s "$out" ] || fail "wrote a backup of no store"

issue root
issue root
kept=$bearer
expect 0 backup "$file"
expect 0 backup -
cmp "$file" "$out"
lines "$err" 0
[ ! -e - ] || fail "a file is called -"
same "$(ls "$work/state")" "$(printf '%s\n' file tokens.tdb tokens.tdb.lock)"

# What comes through a pipe is a store.
accesstoken backup - | cat >"$stream"
cmp "$file" "$stream"
expect 0 --store "$stream" list
lines "$out" 3

# The report as JSON goes to standard error; --quiet changes nothing.
for quiet in '' --quiet; do
    # shellcheck disable=SC2086 # perhaps no word
    expect 0 backup - --json $quiet
    cmp "$file" "$out"
    same "$(cat "$err")" "{\"file\":\"-\",\"size\":$(stat -c %s "$file")}"
done

# A terminal gets no backup.
terminal 2 backup -
has "$out" "terminal"
lines "$out" 1

# What cannot be written is an error.
got=0
accesstoken backup - >/dev/full 2>"$err" || got=$?
same "$got" 1
has "$err" "^accesstoken: cannot write the backup: No space left on device$"
{
    got=0
    accesstoken backup - 2>"$err" || got=$?
    echo "$got" >"$work/code"
} | head -c 1 >"$out"
same "$(cat "$work/code")" 1
has "$err" "^accesstoken: cannot write the backup: Broken pipe$"
got=0
accesstoken backup - >&- 2>"$err" || got=$?
same "$got" 1
has "$err" "cannot write the backup"

# Of a damaged store nothing is written.
cp "$store" "$work/good"
at=$(grep -abo root "$store" | head -n 1 | cut -d : -f 1)
printf R | dd of="$store" bs=1 seek="$at" conv=notrunc status=none
expect 1 backup -
[ ! -s "$out" ] || fail "wrote a backup of a damaged store"
has "$err" "damaged"
cp "$work/good" "$store"
check_token "$kept" 0
rm "$stream"

# ------------------------------------------------------------------ restore
# from CODE FILE ARGUMENT...: restore what the file has, through a pipe.
from() {
    local want=$1 file=$2 got=0
    shift 2
    # shellcheck disable=SC2002 # a pipe is meant
    cat "$file" | accesstoken restore - "$@" >"$out" 2>"$err" || got=$?
    if [ "$got" -ne "$want" ]; then
        show "$err" >&2
        fail "restore - $*: exit $got, expected $want"
    fi
}

# unchanged: the store is what it was, and nothing is left beside it.
unchanged() {
    same "$(sha256sum <"$store")" "$sum"
    same "$(ls "$work/state")" "$names"
}

# The outcome is that of a file, from a pipe and from a file.
issue root
expect 0 revoke 1
from 0 "$file"
lines "$out" 0
has "$err" "^token 1: left out, revoked since the backup$"
has "$err" "^token 3: gone, issued since the backup$"
has "$err" "^1 token restored$"
check_token "$kept" 0
has "$log" "restore.*accept_revoked=no"
accesstoken restore - --json <"$file" >"$out" 2>"$err"
same "$(json "$out" 'd["file"]')" -
has "$out" '"1 token restored"'
lines "$err" 0
expect 0 check
accesstoken backup - | accesstoken restore - 2>"$err"
has "$err" "^1 token restored$"
same "$(stat -c %a "$store")" 600
[ ! -e - ] || fail "a file is called -"

# What is no backup changes nothing: nothing at all, half of one, a damaged
# one, and other text.
names=$(ls "$work/state")
sum=$(sha256sum <"$store")
from 1 /dev/null
has "$err" "^accesstoken: the backup: damaged, or not a token store$"
unchanged
head -c 450000 "$file" >"$work/half"
from 1 "$work/half"
has "$err" "^accesstoken: the backup: damaged"
unchanged
cp "$file" "$work/damaged"
printf R | dd of="$work/damaged" bs=1 seek="$at" conv=notrunc status=none
from 1 "$work/damaged"
has "$err" "^accesstoken: the backup: damaged: "
unchanged
from 1 /etc/passwd
has "$err" "not a token store"
unchanged
got=0
accesstoken restore - <"$work" 2>"$err" || got=$?
same "$got" 7
has "$err" "^accesstoken: the backup: read: Is a directory$"
unchanged

# A conflict is one as well.
expect 0 --store "$work/other/tokens.tdb" create root
expect 0 --store "$work/other/tokens.tdb" backup "$work/foreign"
from 8 "$work/foreign"
has "$err" "^accesstoken: $store: .*another store"
unchanged

# No room for the copy: the disk is as full as files may be long.
got=0
(
    ulimit -f 300
    accesstoken restore - <"$file" 2>"$err"
) || got=$?
same "$got" 7
has "$err" "$store: copy the backup into its directory: File too large"
unchanged

# A terminal has no backup.
terminal 2 restore -
has "$out" "terminal"
lines "$out" 1
unchanged

# While the backup arrives, nobody waits for it; what has arrived has no name,
# and nothing is left of it after a signal.
mkfifo "$work/fifo"
for signal in TERM KILL; do
    LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
        "$tool" --store "$store" restore - <"$work/fifo" 2>"$err" &
    pid=$!
    exec 9>"$work/fifo"
    head -c 600000 "$file" >&9
    copy=
    for _ in {1..500}; do
        copy=$(find "/proc/$pid/fd" -lname "$store.restore (deleted)")
        if [ -n "$copy" ] && [ "$(stat -L -c %s "$copy")" -ge 500000 ]; then
            break
        fi
        sleep 0.02
    done
    [ -n "$copy" ] || fail "there is no copy beside the store"
    same "$(stat -L -c '%a %u %h' "$copy")" "600 $(id -u) 0"
    same "$(ls "$work/state")" "$names"
    expect 0 list
    issue root
    sum=$(sha256sum <"$store")
    kill -s "$signal" "$pid"
    wait "$pid" && fail "a signal did not end it"
    exec 9>&-
    unchanged
done

# An empty file that was left by such a process is in nobody's way.
: >"$store.restore"
from 0 "$file"
same "$(ls "$work/state")" "$names"

# ---------------------------------------------------- one reader, and no other
# Two that read standard input are refused before anything is read or done.
printf 'name_required = no\n' >"$work/limits"
names=$(ls "$work/state")
sum=$(sha256sum <"$store")
# twice FIRST SECOND ARGUMENT...: FIRST and SECOND would both read it.
twice() {
    local first=$1 second=$2 got=0
    shift 2
    accesstoken "$@" <"$work/limits" >"$out" 2>"$err" || got=$?
    same "$got" 2
    has "$err" "^accesstoken: $first and $second both read standard input; see"
    lines "$out" 0
    lines "$err" 1
    unchanged
}
server="--store unix:$work/none"
# shellcheck disable=SC2086 # two words
{
    twice "--token-file -" verify $server --token-file - verify
    twice "--token-file -" revoke $server --token-file - revoke -
    twice "--token-file -" restore --token-file - restore -
    twice "--token-file -" "--limits -" create root --token-file - --limits -
    twice "--token-file -" pam pam test su --user root --token-file -
}
# One of them is none too many: here it has no server to present the token to,
# or no remote store.
expect 7 --store "unix:$work/none" --token-file - list
has "$err" "no such socket"
expect 2 list --token-file -
has "$err" "only for remote stores"
