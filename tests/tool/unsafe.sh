#!/bin/bash
# unsafe.sh - every message about an unsafe path ends with the command that
# mends it: that command is run here as it was printed, and then the path is
# accepted.  If no command is right, the message names another way, and no
# directory that others share or file that is no store's is to be changed.
# tests/login/unsafe.sh has the conditions that only root can make.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

# advised WHY ARGUMENT...: the tool refuses with this reason and a command,
# which becomes $command.
advised() {
    local why=$1
    shift
    expect 7 "$@"
    lines "$err" 1
    has "$err" "^accesstoken: (no limits: )?/.*: unsafe: $why.*; run: [a-z]"
    command=$(sed 's/.*; run: //' "$err")
}

# mended WHY ARGUMENT...: the same, and the command makes the tool work.
mended() {
    advised "$@"
    sh -c "$command" || fail "this fails: $command"
    shift
    expect 0 "$@"
    echo "ok: $command"
}

# told WHY OTHERWISE ARGUMENT...: the tool refuses with this reason, without a
# command, and ends with another way.
told() {
    local why=$1 otherwise=$2
    shift 2
    expect 7 "$@"
    lines "$err" 1
    has "$err" "^accesstoken: (no limits: )?/.*: unsafe: $why.*; $otherwise\$"
    lacks "$err" "run:"
}
elsewhere='choose another directory, such as /var/lib/accesstoken'

state=$work/state
issue root
cp "$store" "$work/kept"
# again: the store as it was.
again() {
    rm -rf "$state"
    mkdir -m 0700 "$state"
    install -m 0600 "$work/kept" "$store"
}

# ------------------------------------------------------------- the store's files
for mode in 640 604 666; do
    again
    chmod "$mode" "$store"
    mended "others have access" list
    head -c 8 /dev/zero >"$store.lock"
    chmod "$mode" "$store.lock"
    mended "others have access" list
done

# What has taken the place of a file is moved away, and what it leads to stays.
again
mv "$store" "$work/target"
chmod 644 "$work/target"
ln -s "$work/target" "$store"
mended "a symbolic link" list
[ -L "$store.unsafe" ] || fail "the link was not moved away"
same "$(stat -c %a "$work/target")" 644
again
mkfifo -m 600 "$store.lock"
mended "a FIFO" list
again
rm "$store"
mkdir "$store"
mended "something else" list

# A file with another link is copied, and the other link is not changed.
again
chmod 640 "$store"
ln "$store" "$work/link"
mended "others have access" list
same "$(stat -c %a "$work/link")" 640

# Beside other files it may be a file that somebody named by mistake.
again
: >"$state/notes"
ln -s "$work/target" "$state/link"
told "a symbolic link" "$elsewhere" list --store "$state/link"
mkdir "$state/folder"
told "something else" "$elsewhere" list --store "$state/folder"
rm -f "$work/link"
ln "$store" "$work/link"
chmod 640 "$store"
told "others have access" "$elsewhere" list
rm "$work/link"
mended "others have access" list

# --------------------------------------------------------------- directories
again
chmod 755 "$state"
mended "others have access" list
again
chmod 755 "$state"
: >"$state/notes"
advised "others have access.* name the store there" list
sh -c "$command"
expect 0 create root --store "$state/tokens/tokens.tdb"
same "$(stat -c %a "$state")" 755

deep=$work/above/own/tokens.tdb
mkdir -p "$work/above/own"
chmod 700 "$work/above" "$work/above/own"
expect 0 create root --store "$deep"
for mode in 720 770; do
    chmod "$mode" "$work/above"
    mended "writable by its group or by others" list --store "$deep"
done
# A directory of a group, and one for everybody, stay as they are.
for mode in 2770 777 702; do
    chmod "$mode" "$work/above"
    told "writable by its group or by others" "$elsewhere" list \
        --store "$deep"
done
for directory in / /tmp /dev/shm; do
    told "others have access" "$elsewhere" list \
        --store "${directory%/}/none.tdb"
done

# ------------------------------------------------------------- strange names
for name in 'two words' '$(touch x);&*' '-rf' '~' '"'; do
    odd="$work/$name/tokens.tdb"
    expect 0 create root --store "$odd"
    chmod 640 "$odd"
    mended "others have access" list --store "$odd"
done
for name in "it's" 'a\b' $'a\nb' $'\033[31m' 'ä'; do
    odd="$work/$name/tokens.tdb"
    expect 0 create root --store "$odd"
    chmod 640 "$odd"
    told "others have access" "$elsewhere" list --store "$odd"
done

# ------------------------------------------------------------------- backups
again
mkdir -m 755 "$work/backups"
backup=$work/backups/tokens.tdb
install -m 644 "$work/kept" "$backup"
advised "others have access" restore "$backup"
sh -c "$command"
expect 0 restore "${command##* }"
same "$(stat -c %a "$backup")" 644
ln -s tokens.tdb "$work/backups/latest"
told "a symbolic link" "name the file that it leads to" \
    restore "$work/backups/latest"
mkfifo -m 600 "$work/backups/fifo"
told "a FIFO" "choose another backup" restore "$work/backups/fifo"
chmod 775 "$work/backups"
mended "writable by its group" restore "$backup.private"

# --------------------------------------------------------------- limits.conf
mkdir -m 755 "$work/conf"
limits=$work/conf/limits.conf
echo 'tokens_per_user = 3' >"$limits"
chmod 666 "$limits"
mended "writable by its group or by others" limits --limits "$limits"
chmod 666 "$limits"
ln "$limits" "$work/link"
told "writable by its group or by others" \
    "keep the file in a directory that only root can change" \
    limits --limits "$limits"
rm "$work/link"
chmod 644 "$limits"
chmod 775 "$work/conf"
mended "writable by its group or by others" limits --limits "$limits"
rm "$limits"
mkfifo -m 600 "$limits"
told "not a regular file" "put a regular file in its place" \
    limits --limits "$limits"

# ------------------------------------------------------------------- sockets
: >"$work/socket"
printf '%s\n' "$bearer" >"$work/bearer"
got=0
accesstoken --store "unix:$work/socket" verify <"$work/bearer" 2>"$err" ||
    got=$?
same "$got" 7
has "$err" "unsafe: not a socket; choose a socket of accesstokend, such as /run"
