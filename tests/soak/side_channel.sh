#!/bin/bash
# side_channel.sh full|short - prove that the number of instructions that
# verify takes for a wrong secret depends neither on which byte is wrong nor on
# the state of the token, and that the module does not open the store for a
# password that is not a token. Counts with valgrind; fails if that is missing.
set -eu
export LC_ALL=C.UTF-8

command -v valgrind >/dev/null || {
    echo "valgrind is not installed"
    exit 1
}
program=tests/soak/asked
failed=0

# count FUNCTION CASE: sets $count to its instructions, including those of the
# functions that it calls, and $said to its output. The profiles show which
# functions it called.
count() {
    rm -f "$TMPDIR"/profile.*
    said=$(valgrind -q --tool=callgrind --toggle-collect="$1" \
        --callgrind-out-file="$TMPDIR/profile.%p" "$program" "$2")
    count=$(awk '/^(totals|summary):/ && $2 > most { most = $2 }
        END { print most + 0 }' "$TMPDIR"/profile.*)
    [ "$count" -gt 0 ]
}
row() {
    printf '%-16s %9d  %s\n' "$1" "$count" "$said"
}
wrong() {
    echo "WRONG: $*"
    failed=1
}

others='last agreeing'
[ "$1" != full ] || others='middle last agreeing disabled expired'
count measured_verify first
row first
first=$count
for case in $others; do
    count measured_verify "$case"
    row "$case"
    [ "$count" -eq "$first" ] || wrong "$case differs from first"
done
[ "$said" = 'access token refused, secret' ] || wrong "$case: $said"

# These need one more look-up: the head record, which distinguishes a store
# from a file that has lost its content. Ids are not secret.
count measured_verify unknown
row unknown
count measured_verify revoked
row revoked
count measured_verify good
row good

count measured_login module-token
row module-token
grep -q '^c*fn=.* tdb_open_ex' "$TMPDIR"/profile.* ||
    wrong "a token does not open the store"
count measured_login module-password
row module-password
if grep '^c*fn=.* tdb_' "$TMPDIR"/profile.*; then
    wrong "a password opens the store"
fi
rm -f "$TMPDIR"/profile.*
exit "$failed"
