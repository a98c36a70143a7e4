#!/bin/bash
# Prove check, backup and restore as the tool offers them.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

expect 7 check
expect 7 backup "$work/backup"
[ ! -e "$work/backup" ] || fail "a backup of nothing"
issue root
first=$bearer
issue root
second=$bearer
issue root
third=$bearer

# A sound store: exit 0, and the report says what was looked at.
sum=$(sha256sum <"$store")
expect 0 check
has "$out" "3 tokens"
lines "$err" 0
same "$(sha256sum <"$store")" "$sum"

# Space that nothing refers to is said, and is no damage.
cp "$store" "$work/sound"
printf 'nothing%.0s' {1..1000} >>"$store"
expect 0 check
has "$out" "3 tokens"
has "$out" "7000 bytes of the file are unused"
lines "$err" 0
cp "$work/sound" "$store"

# The copy is complete, private, usable, and never over a file.
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

# Restore: what was revoked stays away, what was disabled stays so, both are
# named, and an id is never used again.
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
[ "$id" -gt 1048576 ] || fail "id $id after a restore"

# A damaged backup, or none: the store stays as it is.
expect 0 list
cp "$out" "$work/list"
head -c 5000 "$work/state/backup" >"$work/state/short"
expect 1 restore "$work/state/short"
got=0
accesstoken restore "$work/state/none" 2>"$err" || got=$?
[ "$got" -ne 0 ] || fail "restored from nothing"
has "$err" "none"
expect 0 list
cmp "$out" "$work/list"

# A store that cannot be read: only with a yes.
mv "$store" "$work/state/gone"
expect 8 restore "$work/state/backup"
has "$err" "--accept-revoked"
expect 0 restore "$work/state/backup" --accept-revoked
check_token "$second" 0

# Damage is found: all but the two ends of the file is scribbled on.
cp "$store" "$work/state/good"
head -c $(($(stat -c %s "$store") - 2000)) /dev/urandom |
    dd of="$store" bs=1000 seek=1 conv=notrunc status=none
expect 1 check
[ -s "$err" ] || fail "damage without a word"
head -c 100 "$work/state/good" >"$store"
expect 1 check
cp "$work/state/good" "$store"
expect 0 check

# A file that kills or holds up the one who looks at it is damaged, too.
ACCESSTOKEN_TEST_CHILD=crash expect 1 check
has "$err" "damaged.*Killed"
ACCESSTOKEN_TEST_CHILD=hang ACCESSTOKEN_TEST_LEAP=1 expect 1 check
has "$err" "damaged.*minutes"

# Neither missing nor unsafe is damaged.
chmod 640 "$store"
expect 7 check
chmod 600 "$store"
rm "$store"
expect 7 check
