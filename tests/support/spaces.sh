# spaces.sh - new mount and process namespaces, and those that "spaces" names,
# for a test that only root can run; sourced by it, not run.
#
# The script runs again as process 1 there; with its end, however that comes,
# all its processes and mounts are gone.  Must never return anywhere else.
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
