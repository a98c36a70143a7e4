#!/bin/bash
# sudo with access tokens, as doc/services/sudo.md has it: jane becomes root
# with a token of hers.
. "$(dirname "$0")/lib.sh"

own_etc sudoers.d
configure sudo sudo.md sudo-i

how=()
log_in() {
    as jane sudo -k -S "${how[@]}" -p 'Password: ' \
        sh -c 'echo; echo "in as $(id -un)"'
}

prove
prove_tokens_only
prove_length

issue jane --scope sudo
how=(-i)
attempt "sudo -i: the same token" yes "$token"
issue jane --scope sudo-i
attempt "sudo -i: a token for its own name" no "$token"
how=()
issue jane --from 127.0.0.0/8
refused "a token for a network" network

# sudo asks modules for silence.
issue jane --expires 3630s --name laptop
attempt "a token that will soon expire" yes "$token"
shows_not 'Access token'
issue jane
attempt "a token at the second try" yes "not $password"$'\n'"$token"

# sudo, and sudo again, which nothing must let in without asking.
again() {
    as jane sh -c 'sudo -S -p "Password: " true &&
        sudo -n sh -c "echo; echo in as root"'
}
log_in() { again; }
attempt "sudo has forgotten the token" no "$token"
grep -q 'a password is required' shown || wrong "it was not the second sudo"

log_in() {
    as jane sudo -k -S -p 'Password: ' sh -c 'echo; echo "in as $(id -un)"'
}
# A set-uid program rolls nothing back; passwords do without the store.
issue jane
interrupt_writer
attempt "a token after an interrupted change" no "$token"
log_has "pam_accesstoken\(sudo:auth\): authentication unavailable; .*\
'accesstoken list', run as root,"
log_lacks "pam_unix\(sudo:auth\)"
attempt "a password after an interrupted change" yes "$password"
accesstoken list >/dev/null
attempt "a token after root has used the store" yes "$token"
conclude syslog
