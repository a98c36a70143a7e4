#!/bin/bash
# last_use.sh - list and show print a token's last use, and list --unused-for
# lists the tokens that were not used for so long, but none whose last use is
# not known.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_TIME=1800000000 # 2027-01-15T08:00:00Z
now=$ACCESSTOKEN_TEST_TIME
day=86400

# used ID TIME [SERVICE [ADDRESS]]: record a use, without the library.
used() {
    "$python" "$source_dir/tests/tool/use.py" "$store" "$1" "$now" "${@:2}"
}
# said_of ID TEXT: show prints this as the token's last use; "" if no line.
said_of() {
    expect 0 show "$1"
    same "$(sed -n 's/^last used: //p' "$out")" "$2"
}
# listed IDS ARGUMENT...: list prints these tokens in this order.
listed() {
    local ids=$1
    shift
    expect 0 list --json "$@"
    lists "$ids" "$out"
    expect 0 list --no-header "$@"
    same "$(awk '{ print $1 }' "$out" | paste -sd ' ')" "$ids"
}

for user in a b b c; do issue "tester-$user" --virtual; done
expect 0 list
lines "$out" 5
has "$out" '^ 1 tester-a .* never +never +active$'
expect 0 list --json
same "$(json "$out" '[e["last_use"] for e in d["entries"]]')" \
    "[None, None, None, None]"
said_of 1 never
if [ -e "$store.last-use" ]; then fail "reading made the file"; fi

used 1 $((now + 100)) sshd 192.0.2.7
used 2 $((now + 10 * day)) imap
used 3 $((now + 20 * day))
expect 0 list
has "$out" '^ID .* EXPIRES LAST USED            STATUS$'
has "$out" '^ 1 tester-a .* never +2027-01-15T08:01:40Z +active$'
has "$out" '^ 4 tester-c .* never +never +active$'
said_of 1 '2027-01-15T08:01:40Z service=sshd address=192.0.2.7'
said_of 2 '2027-01-25T08:00:00Z service=imap'
said_of 3 '2027-02-04T08:00:00Z'
said_of 4 never
expect 0 show 1 --json
same "$(json "$out" 'sorted(d["last_use"].items())')" \
    "[('address', '192.0.2.7'), ('service', 'sshd'), \
('time', '2027-01-15T08:01:40Z')]"
expect 0 show 3 --json
same "$(json "$out" 'd["last_use"]')" "{'time': '2027-02-04T08:00:00Z'}"

# A verification by the tool is an administrator's, and does not count as use.
check_token "$bearer" 0
said_of 4 never

# Now, exactly 90 days later, and one second before that.
listed "" --unused-for 1d
lines "$err" 0
export ACCESSTOKEN_TEST_TIME=$((now + 90 * day))
listed "1 2 3 4" --unused-for 70d
listed "1 2 4" --unused-for 80d
listed "4" --unused-for 90d
listed "4" --unused-for 12w --user tester-c
listed "2" --unused-for 80d --user tester-b
listed "2 4" --unused-for 80d --after 1
listed "1 2 4" --unused-for 80d --all
listed "1 2 3 4" --unused-for 0s
export ACCESSTOKEN_TEST_TIME=$((now + 90 * day - 1))
listed "" --unused-for 90d
lines "$err" 0

# --unused-for combines with --expires-within and with pages.
export ACCESSTOKEN_TEST_TIME=$((now + 90 * day))
expect 0 modify 4 --expires 1d
expect 0 modify 3 --expires 1d
listed "4" --unused-for 80d --expires-within 1d
expect 0 list --unused-for 80d --limit 2
lines "$out" 3
has "$err" '^more tokens follow: use --after 2 or --all$'
expect 0 list --unused-for 80d --limit 2 --json
same "$(json "$out" 'd["paging"]')" "{'next': None, 'after': '2'}"
expect 0 list --unused-for 80d --limit 2 --after 2 --json
same "$(json "$out" '[e["id"] for e in d["entries"]], d["paging"]')" \
    "(['4'], {'next': None, 'after': None})"

# The only match comes after many newer tokens.
LD_PRELOAD=$preload "$build/tests/tool/seed" "$store" 1500 1 >"$work/seeded"
ACCESSTOKEN_TEST_TIME=$now issue tester-d --virtual
listed "1 2 4 1505" --unused-for 80d
listed "1505" --unused-for 80d --after 4
expect 0 revoke 1505

# The last use is not known: a damaged slot, then a file that is unsafe.
printf x | dd of="$store.last-use" bs=1 seek=$((128 + 40)) conv=notrunc \
    2>/dev/null
expect 0 list
has "$out" '^ +1 tester-a .* never +- +active$'
said_of 1 ''
expect 0 show 1 --json
same "$(json "$out" '"last_use" in d')" False
listed "2 4" --unused-for 80d
lines "$err" 1
has "$err" '^left out 1 token whose last use is not known$'
chmod 0644 "$store.last-use"
listed "" --unused-for 80d
has "$err" '^left out 1504 tokens whose last use is not known$'
chmod 0600 "$store.last-use"

# Clocks that cannot be right.
for time in -9223372036854775808 9223372036854775807; do
    export ACCESSTOKEN_TEST_TIME=$time
    expect 0 list --unused-for 1d
done
export ACCESSTOKEN_TEST_TIME=$now
listed "" --unused-for 253402300799s

# Backup and restore concern the tokens alone; the last uses stay.
expect 0 backup "$work/backup.tdb"
expect 0 restore "$work/backup.tdb"
said_of 2 '2027-01-25T08:00:00Z service=imap'
# The file may be removed: only the last uses are lost.
rm "$store.last-use"
said_of 2 never
expect 0 check

for duration in 14 -1d soon ""; do
    expect 2 list --unused-for "$duration"
    lines "$err" 1
    has "$err" "^accesstoken: --unused-for '$duration': not a duration"
done
for duration in 9999999d 99999999999999999999999s; do
    expect 2 list --unused-for "$duration"
    has "$err" "^accesstoken: --unused-for '$duration': beyond the year 9999\$"
done
