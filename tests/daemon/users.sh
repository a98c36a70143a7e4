#!/bin/sh
# users.sh - the daemon as root starts it, for users of this test's own: a
# mount namespace in which there are jane, bob, oper and the store's owner, and
# an empty /run.  Must never mount anything before it is there.
set -eu

if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: only root can be several users"
    exit 77
fi
here=$(readlink /proc/self/ns/mnt)
outside=${USERS_TEST_OUTSIDE:-}
if [ -z "$outside" ]; then
    if ! unshare --mount --propagation private true; then
        echo "skipped: this machine lets nobody make namespaces"
        exit 77
    fi
    USERS_TEST_OUTSIDE=$here exec unshare --mount --propagation private \
        "$0" "$@"
fi
if [ "$here" = "$outside" ]; then
    echo "not in the namespace that this script makes: stopped"
    exit 99
fi
unset USERS_TEST_OUTSIDE

tests=$(cd "$(dirname "$0")" && pwd)
mount -t tmpfs -o mode=755 users /run
cp /etc/passwd /run/passwd
cp /etc/group /run/group
cat >>/run/passwd <<END
accesstoken:x:990:990::/:/bin/false
jane:x:70001:70001::/:/bin/false
bob:x:70002:70002::/:/bin/false
oper:x:70003:70003::/:/bin/false
END
# jane is in the group since she logged in: her processes are not.
cat >>/run/group <<END
accesstoken:x:990:oper,jane
jane:x:70001:
bob:x:70002:
oper:x:70003:
END
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
mkdir /run/tests
export TMPDIR=/run/tests
failed=0
for test in owner two_users; do
    "$tests/python" "$tests/$test.py" || failed=1
done
if find /run/tests -mindepth 1 | grep .; then failed=1; fi
exit "$failed"
