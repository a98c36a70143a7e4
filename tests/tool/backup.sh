#!/bin/bash
# backup.sh - check finds damage, backup makes a complete private copy, and
# restore keeps revoked tokens revoked.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

expect 7 check
expect 7 backup "$work/backup"
[ ! -e "$work/backup" ] || fail "made a backup without a store"
issue root
first=$bearer
issue root
second=$bearer
issue root
third=$bearer

# For a sound store, check exits with 0 and reports what it has read.
sum=$(sha256sum <"$store")
expect 0 check
has "$out" "3 tokens"
lines "$err" 0
same "$(sha256sum <"$store")" "$sum"

# Space that nothing refers to is reported, but is not damage.
cp "$store" "$work/sound"
printf 'nothing%.0s' {1..1000} >>"$store"
expect 0 check
has "$out" "3 tokens"
has "$out" "7000 bytes of the file are unused"
lines "$err" 0
cp "$work/sound" "$store"

# The copy is complete, private and usable, and never overwrites a file.
expect 0 backup "$work/state/backup"
lines "$out" 0
lines "$err" 0
same "$(stat -c %a "$work/state/backup")" 600
expect 0 list
cp "$out" "$work/list"
expect 0 --store "$work/state/backup" list
cmp "$out" "$work/list"
sum=$(sha256sum <"$work/state/backup")
expect 8 backup "$work/state/backup"
same "$(sha256sum <"$work/state/backup")" "$sum"

# After a restore, tokens that were revoked or disabled since the backup stay
# so, the tool names them, and no id is used again.
expect 0 revoke 2
expect 0 modify 3 --disable
issue root
expect 0 restore "$work/state/backup"
lines "$out" 0
has "$err" "token 2"
has "$err" "token 3"
check_token "$first" 0
check_token "$second" 5
has "$err" "refused: unknown"
check_token "$third" 5
has "$err" "refused: disabled"
issue root
[ "$id" -gt 1048576 ] || fail "id $id may be in use before the restore"

# If the backup is damaged or missing, the store does not change.
expect 0 list
cp "$out" "$work/list"
head -c 5000 "$work/state/backup" >"$work/state/short"
expect 1 restore "$work/state/short"
got=0
accesstoken restore "$work/state/none" 2>"$err" || got=$?
[ "$got" -ne 0 ] || fail "restored from a missing file"
has "$err" "none"
expect 0 list
cmp "$out" "$work/list"

# A store that cannot be read is replaced only with --accept-revoked.
mv "$store" "$work/state/gone"
expect 8 restore "$work/state/backup"
has "$err" "--accept-revoked"
expect 0 restore "$work/state/backup" --accept-revoked
check_token "$second" 0

# check finds damage: all but the two ends of the file is overwritten.
cp "$store" "$work/state/good"
head -c $(($(stat -c %s "$store") - 2000)) /dev/urandom |
    dd of="$store" bs=1000 seek=1 conv=notrunc status=none
expect 1 check
[ -s "$err" ] || fail "damage is not reported"
head -c 100 "$work/state/good" >"$store"
expect 1 check
cp "$work/state/good" "$store"
expect 0 check

# A file that crashes or blocks the process that checks it counts as damaged.
ACCESSTOKEN_TEST_CHILD=crash expect 1 check
has "$err" "damaged.*Killed"
ACCESSTOKEN_TEST_CHILD=hang ACCESSTOKEN_TEST_LEAP=1 expect 1 check
has "$err" "damaged.*minutes"

# A missing or unsafe store does not count as damaged.
chmod 640 "$store"
expect 7 check
chmod 600 "$store"
rm "$store"
expect 7 check
