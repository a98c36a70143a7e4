#!/bin/bash
# sudo with access tokens: jane becomes root with a token of hers.
. "$(dirname "$0")/lib.sh"

log_in() {
    as jane sudo -k -S -p 'Password: ' sh -c 'echo; echo "in as $(id -un)"'
}

prove sudo

# sudo asks modules for silence.
issue jane --expires 3630s --name laptop
attempt "a token that will soon expire" yes "$token"
shows_not 'Access token'

issue jane
attempt "a token at the second try" yes "not $password"$'\n'"$token"

# A set-uid program rolls nothing back; passwords do without the store.
issue jane
interrupt_writer
attempt "a token after an interrupted change" no "$token"
log_has "pam_accesstoken\(sudo:auth\): authentication unavailable;"
log_lacks "pam_unix\(sudo:auth\)"
attempt "a password after an interrupted change" yes "$password"
accesstoken list >/dev/null
attempt "a token after root has used the store" yes "$token"
conclude
