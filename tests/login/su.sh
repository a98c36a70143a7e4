#!/bin/bash
# su with access tokens: bob becomes jane with a token of hers, in a terminal.
. "$(dirname "$0")/lib.sh"

log_in() {
    as bob "$python" "$dir/terminal.py" su jane -c 'echo "in as $(id -un)"'
}

prove su

issue jane --expires 3630s --name laptop
attempt "a token that will soon expire" yes "$token"
shows "^Access token $id \(laptop\) expires in 1 hour\.$"

# A set-uid program rolls nothing back; passwords do without the store.
issue jane
interrupt_writer
attempt "a token after an interrupted change" no "$token"
log_has "pam_accesstoken\(su:auth\): authentication unavailable;"
log_lacks "pam_unix\(su:auth\)"
attempt "a password after an interrupted change" yes "$password"
accesstoken list >/dev/null
attempt "a token after root has used the store" yes "$token"
conclude
