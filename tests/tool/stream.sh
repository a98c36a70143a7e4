#!/bin/bash
# stream.sh - "-" as FILE: backup writes to standard output, and nothing else
# is there.
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
