#!/bin/bash
# side_channel.sh full|short: how many instructions verify takes for a wrong
# secret does not depend on where it is wrong, nor on what the token is; and a
# password that is no token costs the module not one look at the store.
# Counted by valgrind; where that is missing, this fails.
set -eu
export LC_ALL=C.UTF-8

command -v valgrind >/dev/null || {
    echo "valgrind is not installed"
    exit 1
}
program=tests/soak/asked
failed=0

# count FUNCTION CASE: its instructions, the callees' too, in $count; which
# functions it called is left in the profiles, what it said in $said.
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
    [ "$count" -eq "$first" ] || wrong "$case is told from first"
done
[ "$said" = 'access token refused, secret' ] || wrong "$case: $said"

# One look-up more: the head record, which tells a store from a file that has
# lost its content.  Ids are no secret.
count measured_verify unknown
row unknown
count measured_verify revoked
row revoked
count measured_verify good
row good

count measured_login module-token
row module-token
grep -q '^c*fn=.* tdb_open_ex' "$TMPDIR"/profile.* ||
    wrong "a token does not open the store?"
count measured_login module-password
row module-password
if grep '^c*fn=.* tdb_' "$TMPDIR"/profile.*; then
    wrong "a password opens the store"
fi
rm -f "$TMPDIR"/profile.*
exit "$failed"
