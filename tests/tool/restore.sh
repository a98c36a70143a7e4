#!/bin/bash
# restore.sh - restore puts back only what the present store cannot contradict:
# no token that was revoked, none that was narrowed, and nothing over a store
# that is another one, unless --accept-revoked says so.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
backup=$work/state/backup

# store_id [PATH]: print the id of a store, as check prints it.
store_id() {
    expect 0 --store "${1:-$store}" check
    sed -n 's/^store id //p' "$out"
}

# start NAME: begin with a store of another name, which does not exist yet.
start() {
    store=$work/$1/tokens.tdb
    backup=$work/$1/backup
}

# ------------------------------------------------------------- the store's id
start first
issue root
own=$(store_id)
[ "${#own}" -eq 32 ] || fail "'$own' is not an id"
expect 0 status
has "$out" "^id: +$own\$"
expect 0 status --json
same "$(json "$out" 'd["id"]')" "$own"
expect 0 backup "$backup"
same "$(store_id "$backup")" "$own"
expect 0 restore "$backup"
same "$(store_id)" "$own"

# The same as JSON.
expect 0 check --json
same "$(json "$out" 'd["sound"]')" True
same "$(json "$out" '[f for f in d["findings"] if "store id" in f]')" \
    "['store id $own']"
expect 0 --json backup "$backup.json"
same "$(json "$out" 'd["file"], d["size"]')" \
    "('$backup.json', $(stat -c %s "$backup.json"))"
expect 0 restore "$backup" --json
lines "$err" 0
same "$(json "$out" 'd["file"]')" "$backup"
has "$out" '"remarks":\["1 token restored"\]'
expect 8 backup "$backup" --json
lines "$out" 0
head -c 2000 "$backup" >"$work/first/cut"
chmod 600 "$work/first/cut"
expect 1 --store "$work/first/cut" check --json
same "$(json "$out" 'd["sound"]')" False
expect 7 --store "$work/none/tokens.tdb" check --json
lines "$out" 0

# ------------------------------- the store is lost, and a new one has one token
start lost
issue root
kept=$bearer
issue root
revoked=$bearer
own=$(store_id)
expect 0 backup "$backup"
expect 0 revoke 2
check_token "$revoked" 5
rm "$store"
issue root
new=$bearer
expect 8 restore "$backup"
has "$err" "another store, $own; .*--accept-revoked"
lines "$err" 1
check_token "$revoked" 5
check_token "$new" 0
expect 0 restore "$backup" --accept-revoked
has "$err" '^token 1: gone, the backup has another one with this id$'
has "$err" '^2 tokens restored$'
check_token "$kept" 0
check_token "$revoked" 0
check_token "$new" 5
same "$(store_id)" "$own"

# ------------------------------------------ a backup of one store over another
start other
issue root
issue root
expect 0 backup "$backup"
theirs=$backup
start mine
for _ in 1 2 3 4; do issue root; done
mine=$bearer
expect 0 revoke 1
expect 0 revoke 2
sum=$(sha256sum <"$store")
expect 8 restore "$theirs"
same "$(sha256sum <"$store")" "$sum"
expect 0 restore "$theirs" --accept-revoked
has "$err" '^token 3: gone, issued since the backup$'
has "$err" '^token 4: gone, issued since the backup$'
check_token "$mine" 5

# -------------------------------------------- a token narrowed after the backup
start narrow
issue root --name phone
narrow=$bearer
expect 0 backup "$backup"
expect 0 modify 1 --scope imap --from 192.0.2.0/24 --name tablet
expect 0 restore "$backup"
has "$err" '^token 1: as in the current store; different in the backup: scopes, networks, name$'
check_token "$narrow" 5
check_token "$narrow" 5 --scope smtp --from 192.0.2.7
check_token "$narrow" 5 --scope imap --from 198.51.100.7
check_token "$narrow" 0 --scope imap --from 192.0.2.7
expect 0 show 1
has "$out" tablet

# ------------------------------------------------ a copy that was used by itself
start copy
issue root
expect 0 backup "$backup"
expect 0 --store "$backup" create root
expect 8 restore "$backup"
has "$err" "ids that this store never issued"

# ------------------------------------ restoring again and again keeps the size
# space FILE: print its size in bytes and in blocks.
space() { stat -c '%s %b' "$1"; }

start cycles
for _ in 1 2 3 4 5 6 7; do issue root; done
made=$(stat -c %s "$store")
expect 0 backup "$backup"
expect 0 restore "$backup"
size=$(space "$store")
[ "${size% *}" -lt $((2 * made)) ] ||
    fail "the store grew from $made to ${size% *} bytes"
for i in 1 2 3 4 5; do
    expect 0 backup "$backup.$i"
    expect 0 restore "$backup.$i"
    same "$(space "$backup.$i")" "$size"
    same "$(space "$store")" "$size"
done
# So do changes, which therefore succeed on a full disk.
for _ in 1 2 3 4 5; do
    issue root
    expect 0 modify "$id" --name "$(printf 'x%.0s' {1..128})" --scope imap
    expect 0 rotate "$id"
done
expect 0 revoke --user root --yes
same "$(space "$store")" "$size"

# -------------------------------------- a file that is neither store nor backup
# No advice to change the mode of a file that may be /etc/passwd.
echo "root:x:0:0:" >"$work/copy/passwd"
chmod 644 "$work/copy/passwd"
expect 7 restore "$work/copy/passwd"
has "$err" "others have access"
lacks "$err" chmod
chmod 600 "$work/copy/passwd"
expect 1 restore "$work/copy/passwd"
has "$err" "not a token store"
