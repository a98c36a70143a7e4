#!/bin/bash
# A store on a disk that is full, and then read-only: existing tokens still log
# in with su, changes fail with a reason and change nothing, and everything
# works again afterwards.
. "$(dirname "$0")/lib.sh"

log_in() {
    as bob "$python" "$dir/terminal.py" su jane -c 'echo "in as $(id -un)"'
}

# says CODE REGEX ARGUMENT...: the tool exits with this code and, if that is
# not 0, prints exactly one line, which matches.
says() {
    local want=$1 regex=$2 got=0
    what="accesstoken ${*:3:2}"
    attempt_from=$(wc -l <syslog)
    accesstoken "${@:3}" >shown 2>said || got=$?
    if [ "$got" -ne "$want" ]; then
        cat said >>shown
        wrong "exit $got, expected $want"
    elif [ "$want" -eq 0 ]; then
        echo "ok: $what"
    elif [ "$(wc -l <said)" -ne 1 ] || ! grep -Eq -- "$regex" said; then
        cat said >>shown
        wrong "expected one line like: $regex"
    else
        echo "ok: $what: $(cat said)"
    fi
}

# The list without last uses: a login may change these, and nothing else.
list_all() {
    accesstoken list --all --json | sed 's/,"last_use":\(null\|{[^}]*}\)//g'
}

remember() {
    list_all >list.before
}

# used REGEX: what show prints as the last use of the good token.
used() {
    what="the last use is $1"
    accesstoken show "$id" >shown
    if grep -Eq "^last used: $1\$" shown; then
        echo "ok: $what"
    else
        wrong "the last use differs"
    fi
}

# readings WHEN: commands that only read, and logins; afterwards the store is
# unchanged and no other file is left.
readings() {
    says 0 '' list
    says 0 '' show "$id"
    says 0 '' check
    attempt "a token, $1" yes "$good"
    attempt "a disabled token, $1" no "$disabled"
    what="nothing has changed, $1"
    list_all >list.now
    if ! cmp list.before list.now; then
        wrong "the list has changed"
    elif find "$store_dir" -mindepth 1 ! -name tokens.tdb ! -name fill \
        ! -name tokens.tdb.lock ! -name tokens.tdb.last-use | grep .; then
        wrong "another file is left"
    else
        echo "ok: $what"
    fi
}

service=su
stack su "$mixed"
store_dir=/var/lib/accesstoken
mkdir -m 0700 "$store_dir"
mount -t tmpfs -o mode=700,size=4m login "$store_dir"
issue jane
disabled=$token
accesstoken modify "$id" --disable >/dev/null
issue jane
good=$token
accesstoken backup "$dir/backup.tdb"

# A full disk.  Changes for which the file has room still work, most of all
# revoking; the others are refused.
cat /dev/zero >"$store_dir/fill" 2>/dev/null || :
scopes=$(seq 32 | sed 's/^/--scope word-/')
count=0
# shellcheck disable=SC2086 # words
while accesstoken create jane $scopes >/dev/null 2>said; do
    count=$((count + 1))
    if [ "$count" -gt 5000 ]; then exit 99; fi
done
echo "$count tokens were created before the store had to grow"
remember
# shellcheck disable=SC2086 # words
says 1 'is the disk full' create jane $scopes
says 1 'tokens.tdb.new: create: No space' restore "$dir/backup.tdb"
says 1 'copy the backup .*No space' restore - <"$dir/backup.tdb"
says 1 'No space left' backup "$store_dir/backup.tdb"
readings "on a full disk"
used never
says 0 '' revoke 3
says 0 '' modify 4 --disable
rm "$store_dir/fill"
# shellcheck disable=SC2086 # words
says 0 '' create jane $scopes
attempt "a token, with room for its last use" yes "$good"
used '20.* service=su'
# A last use that was noted before does not prevent a login on a full disk
# either.
noted=$(accesstoken show "$id" | grep '^last used: ')
cat /dev/zero >"$store_dir/fill" 2>/dev/null || :
attempt "a token, whose last use has its room" yes "$good"
used "${noted#last used: }"
rm "$store_dir/fill"

# A read-only disk.
remember
mount -o remount,ro "$store_dir"
for command in 'create jane' "modify $id --disable" "revoke $id" \
    "rotate $id" "restore $dir/backup.tdb" "backup $store_dir/backup.tdb"; do
    # shellcheck disable=SC2086 # words
    says 7 'Read-only file system' $command
done
readings "on a read-only disk"
used "${noted#last used: }"

# A read-only disk while a recovery is due: the store cannot be recovered.
mount -o remount,rw "$store_dir"
# shellcheck disable=SC2046 # words
accesstoken revoke $(seq 5 50) >/dev/null 2>&1
remember
interrupt_writer
mount -o remount,ro "$store_dir"
says 7 'Read-only file system' list
says 0 '' check
attempt "a token, if a recovery is due and cannot be made" no "$good"
log_has "pam_accesstoken\($service:auth\): authentication unavailable;"
attempt "a password, if a recovery is due" yes "$password"
mount -o remount,rw "$store_dir"
readings "after recovery"

# No store, and no room to create one.
rm "$store_dir"/*
cat /dev/zero >"$store_dir/fill" 2>/dev/null || :
says 1 'No space left' create jane
says 7 'there is no store' check
if [ -e "$store_dir/tokens.tdb.new" ]; then wrong "part of a store is left"; fi
rm "$store_dir/fill"
issue jane
attempt "a token, with room again" yes "$token"
conclude syslog
