#!/bin/bash
# Messages about unsafe owners, which only root can make: the command at the
# end is run as it was printed, and then the store or the file is accepted.
# What a system user who owns the directory has put there does no harm.
. "$(dirname "$0")/lib.sh"

# refuses WHY END ARGUMENT...: the tool refuses with one line that gives this
# reason and ends so.
refuses() {
    local why=$1 end=$2 got=0
    what="$why"
    attempt_from=$(wc -l <syslog)
    accesstoken "${@:3}" >shown 2>said || got=$?
    cat said >>shown
    if [ "$got" -ne 7 ] || [ "$(wc -l <said)" -ne 1 ] ||
        ! grep -Eq -- ": unsafe: $why.*; $end\$" said; then
        wrong "exit $got, expected one line with '$why' and '; $end'"
    else
        echo "ok: $what: $(cat said)"
    fi
    command=$(sed -n 's/.*; run: //p' said)
}

# works ARGUMENT...: the command that was printed, then the tool, which
# accepts.
works() {
    what="after: $command"
    if ! sh -c "$command" >shown 2>&1 || ! accesstoken "$@" >>shown 2>&1; then
        wrong "it does not work"
    else
        echo "ok: $what"
    fi
}

# same WHAT ACTUAL EXPECTED
same() {
    what=$1
    : >shown
    if [ "$2" = "$3" ]; then echo "ok: $what"; else wrong "'$2', not '$3'"; fi
}

state=/var/lib/accesstoken
store=$state/tokens.tdb
elsewhere="choose another directory, such as $state"
issue jane
cp "$store" kept

# again OWNER: the store as it was, in a directory of this owner.
again() {
    rm -rf "$state"
    install -d -m 0700 -o "$1" "$state"
    install -m 0600 -o "$1" kept "$store"
}

# The directory of root.
again 0
chown 12345 "$store"
exec 9<>"$store" # its owner may have it open
refuses "owned by uid 12345" "run: install .*" list
works list
same "its owner cannot write to it any more" \
    "$(stat -c %u:%a "$store") $([ "$store" -ef /proc/self/fd/9 ] || echo new)" \
    "0:600 new"
exec 9>&-
again 0
chmod 755 "$state"
refuses "others have access" "run: chmod 0700 $state" list
works list

# The directory of a system user, to whom root gave it.
again 999
chmod 640 "$store"
refuses "others have access" "run: setpriv .*" list
works list
chmod 640 "$store"
refuses "others have access" "run: setpriv .*" list
# Meanwhile a link has taken its place.
echo secret >root.conf
chmod 644 root.conf
rm "$store"
ln -s "$PWD/root.conf" "$store"
sh -c "$command" >shown 2>&1 || :
same "the file behind a link" "$(stat -c %u:%a root.conf)" 0:644
again 999
chown 0 "$store"
refuses "owned by uid 0, its directory by uid 999" "run: mv .*" list
works list
again 999
mount -t tmpfs -o mode=755 login /mnt
mkdir -m 0700 /mnt/own
chown 999 /mnt/own
echo secret >/mnt/root.conf
ln /mnt/root.conf /mnt/own/tokens.tdb
refuses "owned by uid 0" "run: mv .*" --store /mnt/own/tokens.tdb list
works --store /mnt/own/tokens.tdb list
same "the file with another link" "$(stat -c %u:%a /mnt/root.conf)" 0:644

# A person's directory, a person's link.
again 12345
refuses "owned by uid 12345" "run: mv .*" list
works list
install -d -m 0700 -o 12345 /run/people
refuses "owned by uid 12345, not by root" "$elsewhere" \
    --store /run/people/own/tokens.tdb list
mkdir -m 1777 /mnt/tmp
ln -s "$state" /mnt/tmp/link
chown -h 12345 /mnt/tmp/link
refuses "a symbolic link of uid 12345" "$elsewhere" \
    --store /mnt/tmp/link/tokens.tdb list

# limits.conf.
rm -rf /etc/accesstoken
install -d -m 755 -o 999 /etc/accesstoken
echo 'name_required = yes' >/etc/accesstoken/limits.conf
chown 999 /etc/accesstoken/limits.conf
refuses "owned by uid 999" "run: chown .*" limits
sh -c "$command"
refuses "owned by uid 999, not by root" "run: install .*" limits
works limits
what="the limits are the same"
grep -qx 'name_required: yes' shown || wrong "other limits"
exit "$failed"
