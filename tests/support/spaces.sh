# spaces.sh - new mount and process namespaces with a copy of /etc, and the
# other namespaces that "spaces" names, for a test that only root can run;
# sourced by the test, not run.
#
# The script runs again as process 1 of these namespaces.  When it ends, for
# any reason, its processes and mounts are gone.  Nothing below may return
# anywhere else.
# shellcheck shell=bash
set -eu
umask 022
export LC_ALL=C.UTF-8

if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: only root can make the namespaces that this runs in"
    exit 77
fi
outside=${TEST_OUTSIDE:-}
here=$(readlink /proc/self/ns/mnt)
if [ -z "$outside" ]; then
    spaces=(--mount --pid --fork --kill-child --mount-proc
        --propagation private "${spaces[@]}")
    if ! unshare "${spaces[@]}" true; then
        echo "skipped: this machine lets nobody make namespaces"
        exit 77
    fi
    TEST_OUTSIDE=$here exec unshare "${spaces[@]}" "$0" "$@"
fi
if [ "$here" = "$outside" ] || [ $$ -ne 1 ]; then
    echo "not in the namespaces that this script makes: stopped"
    exit 99
fi
unset TEST_OUTSIDE

# The whole of /etc: a file mounted over /etc/passwd would be gone as soon as
# another program on this machine renames a new file to /etc/passwd.  Files
# that disappear while they are copied do not matter.
mount -t tmpfs -o mode=755 etc /mnt
cp -a /etc/. /mnt 2>/dev/null || [ -s /mnt/passwd ]
mount --move /mnt /etc

# forget_accounts NAME...: no user and no group has one of these names here.
forget_accounts() {
    local name file
    for name; do
        for file in passwd shadow group gshadow; do
            [ ! -e "/etc/$file" ] || sed -i "/^$name:/d" "/etc/$file"
        done
    done
}
