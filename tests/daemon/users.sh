#!/bin/bash
# users.sh - runs owner.py and two_users.py, which start the daemon as root, in
# namespaces where jane, bob, oper and the owner of the store have accounts and
# /run is empty.
spaces=()
# shellcheck source=../support/spaces.sh
. "$(dirname "$0")/../support/spaces.sh"

tests=$(cd "$(dirname "$0")" && pwd)
mount -t tmpfs -o mode=755 users /run
forget_accounts accesstoken jane bob oper
cat >>/etc/passwd <<END
accesstoken:x:990:990::/:/bin/false
jane:x:70001:70001::/:/bin/false
bob:x:70002:70002::/:/bin/false
oper:x:70003:70003::/:/bin/false
END
# jane joined the group after she logged in: her processes are not in it.
cat >>/etc/group <<END
accesstoken:x:990:oper,jane
jane:x:70001:
bob:x:70002:
oper:x:70003:
END
mkdir /run/tests
export TMPDIR=/run/tests
failed=0
for test in owner two_users; do
    "$tests/python" "$tests/$test.py" || failed=1
done
if find /run/tests -mindepth 1 | grep .; then failed=1; fi
exit "$failed"
