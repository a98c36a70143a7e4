#!/bin/sh
# Prove that the module exports three functions and the mutex that its copies
# share, links no library beyond those listed here, and stays loaded
# (-z nodelete).
set -eu

module=.libs/pam_accesstoken.so
failed=0

same() {
    if [ "$2" != "$3" ]; then
        printf '%s:\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
        failed=1
    fi
}

exports=$(nm -D --defined-only "$module" | awk '$2 != "u" { print $3 }' |
    sort | xargs)
same exports "pam_sm_acct_mgmt pam_sm_authenticate pam_sm_setcred" "$exports"

needed=$(readelf -dW "$module" |
    sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | sort | xargs)
same libraries "libc libpam libsodium libtdb" "$needed"

flags=$(readelf -dW "$module" | grep -c NODELETE || :)
same nodelete 1 "$flags"

# SELinux refuses text relocations and an executable stack.
same "text relocations" 0 "$(readelf -dW "$module" | grep -c TEXTREL || :)"
same "stack" RW \
    "$(readelf -lW "$module" | awk '$1 == "GNU_STACK" { print $7 }')"
exit "$failed"
