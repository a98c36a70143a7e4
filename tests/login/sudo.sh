#!/bin/bash
# sudo accepts access tokens if it is configured as doc/services/sudo.md says:
# jane becomes root with a token of jane.
. "$(dirname "$0")/lib.sh"

configure sudo sudo.md sudo-i

how=()
log_in() {
    as jane sudo -k -S "${how[@]}" -p 'Password: ' \
        sh -c 'echo; echo "in as $(id -un)"'
}

prove
prove_tokens_only
prove_credentials
prove_length

issue jane --scope sudo
how=(-i)
attempt "sudo -i: the same token" yes "$token"
issue jane --scope sudo-i
attempt "sudo -i: a token for its own name" yes "$token"
how=()
issue jane --from 127.0.0.0/8
refused "a token for a network" network

# sudo tells modules to be silent.
issue jane --expires 3630s --name laptop
attempt "a token that will soon expire" yes "$token"
shows_not 'Access token'
issue jane
attempt "a token at the second try" yes "not $password"$'\n'"$token"

# again: sudo twice.  The second one must ask again for a token or password.
again() {
    as jane sh -c 'sudo -S -p "Password: " true &&
        sudo -n sh -c "echo; echo in as root"'
}
log_in() { again; }
attempt "sudo has forgotten the token" no "$token"
grep -q 'a password is required' shown ||
    wrong "the second sudo did not ask for a password"
# Without that file, a revoked token goes on being accepted.
mv /etc/sudoers.d/accesstoken remembered
log_in() {
    as jane sh -c 'sudo -S -p "Password: " env LD_LIBRARY_PATH="$0" \
        "$0/accesstoken" revoke "$1" &&
        sudo -n sh -c "echo; echo in as root"' "$dir" "$id"
}
attempt "sudo remembers a token that is revoked" yes "$token"
attempt "it is refused when sudo asks" no "$token"
mv remembered /etc/sudoers.d/accesstoken

log_in() {
    as jane sudo -k -S -p 'Password: ' sh -c 'echo; echo "in as $(id -un)"'
}
# A set-uid program rolls nothing back; passwords do not need the store.
issue jane
interrupt_writer
attempt "a token after an interrupted change" no "$token"
log_has "pam_accesstoken\(sudo:auth\): authentication unavailable; .*\
'accesstoken list' as root"
log_lacks "pam_unix\(sudo:auth\): authentication failure"
attempt "a password after an interrupted change" yes "$password"
accesstoken list >/dev/null
attempt "a token after root has used the store" yes "$token"
conclude syslog
