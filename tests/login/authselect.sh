#!/bin/bash
# The stack of authselect's profile sssd accepts the tokens of people and of
# root, if it is changed as packaging/README.md says: bob becomes another user
# with su.
# shellcheck disable=SC2034 # lib.sh uses it
more=("${srcdir:-.}/packaging")
. "$(dirname "$0")/lib.sh"

# What the page says: two lines, each before the first of its kind.
sed -n '/^## authselect/,$p' packaging/README.md >section
auth=$(sed -n 's/^    \(auth .*\)/\1/p' section)
account=$(sed -n 's/^    \(account .*\)/\1/p' section)
if [ -z "$auth" ] || [ -z "$account" ] || [ "$(tr '\n' ' ' <section |
    grep -o 'before the first `[a-z]*` line:' | wc -l)" -ne 2 ]; then
    echo "FAILED: packaging/README.md does not say where the lines stand"
    exit 99
fi

# system-auth of that profile (authselect 1.4), without its optional features
# and without the account line of pam_sss, which is not installed here.
cat >profile <<'END'
auth        required                                     pam_env.so
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient                                   pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_deny.so
account     required                                     pam_unix.so
account     sufficient                                   pam_localuser.so
account     sufficient                                   pam_usertype.so issystem
account     required                                     pam_permit.so
session     required                                     pam_unix.so
END
awk -v auth="$auth" -v account="$account" '
    !a && $1 == "auth" { print auth, "nodelay"; a = 1 }
    !b && $1 == "account" { print account; b = 1 }
    { print }' profile >/etc/pam.d/su
echo 'FAIL_DELAY 0' >>/etc/login.defs

log_in() {
    as bob "$python" "$dir/terminal.py" su "$target" \
        -c 'echo "in as $(id -un)"'
}
for target in jane root; do
    issue "$target"
    attempt "$target: a token" yes "$token"
    log_has "pam_accesstoken\(su:auth\): authentication success; .*\
 user=$target token=$id$"
    accesstoken revoke "$id" 2>/dev/null
    attempt "$target: a revoked token" no "$token"
    log_has "reason=unknown$"
    log_lacks "pam_unix\(su:auth\): authentication failure"
done
target=jane
attempt "jane: a password" yes "$password"
attempt "jane: a wrong password" no "not $password"
exit "$failed"
