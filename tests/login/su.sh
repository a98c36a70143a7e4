#!/bin/bash
# su accepts access tokens if it is configured as doc/services/su.md says: in a
# terminal, bob becomes jane with a token of jane.
# shellcheck disable=SC2034 # lib.sh uses it
more=("$PWD/tools/accesstoken/systemd/accesstoken-recover.service")
. "$(dirname "$0")/lib.sh"

configure su su.md su-l
# su waits after a refusal, in addition to PAM; turn that off.
echo 'FAIL_DELAY 0' >>/etc/login.defs

how=()
log_in() {
    as bob "$python" "$dir/terminal.py" su "${how[@]}" jane \
        -c 'echo "in as $(id -un)"'
}

prove
prove_tokens_only
prove_credentials
prove_length

issue jane --scope su
how=(-)
attempt "su -: the same token" yes "$token"
issue jane --scope su-l
attempt "su -: a token for its own name" yes "$token"
how=()
issue jane --from 127.0.0.0/8
refused "a token for a network" network

issue jane --expires 3630s --name laptop
attempt "a token that will soon expire" yes "$token"
shows "^Access token $id \(laptop\) expires in 1 hour\.$"

# What pam_accesstoken(8) says of passwords and accounts.
issue jane
usermod -L jane
attempt "a locked password" no "$password"
attempt "a token beside a locked password" yes "$token"
usermod -U jane
chage -E 0 jane
attempt "a token of an expired account" no "$token"
log_has "pam_unix\(su:account\): account jane has expired"
chage -E -1 -M 1 -I 1 jane
attempt "a token beside an expired password" no "$token"
sed -i 's/^account.*pam_unix\.so.*/& no_pass_expiry/' /etc/pam.d/common-account
attempt "the same with no_pass_expiry" yes "$token"
attempt "an expired password with no_pass_expiry" no "$password"
chage -M 99999 -I -1 jane

# A set-uid program rolls nothing back; passwords do not need the store.
issue jane
interrupt_writer
attempt "a token after an interrupted change" no "$token"
log_has "pam_accesstoken\(su:auth\): authentication unavailable; .*\
'accesstoken list' as root"
log_lacks "pam_unix\(su:auth\): authentication failure"
attempt "a password after an interrupted change" yes "$password"
# The service that runs when the machine starts rolls the change back.
recover=$(sed -n 's/^ExecStart=[^ ]*\/accesstoken //p' \
    accesstoken-recover.service)
# shellcheck disable=SC2086 # words
accesstoken ${recover:?} >/dev/null
attempt "a token after the store's recovery" yes "$token"
conclude syslog
