#!/bin/bash
# Dovecot's passdb pam, as doc/services/dovecot.md has it: IMAP with a token
# as the password.
command -v dovecot >/dev/null || {
    echo "skipped: dovecot is not installed"
    exit 77
}
more=("${srcdir:-.}"/tests/services/{ask.py,dovecot_conf.sh})
. "$(dirname "$0")/../login/lib.sh"
# shellcheck source=dovecot_conf.sh
. ./dovecot_conf.sh

own_etc dovecot
configure dovecot dovecot.md
start_dovecot

user=jane
# shellcheck disable=SC2034 # for prove
resident=yes
log_in() {
    "$python" ask.py imap "$user"
}

prove
prove_tokens_only
prove_length
prove_networks

# What the page says of users without accounts.
cat >/etc/pam.d/dovecot <<END
auth     required  pam_accesstoken.so
account  required  pam_accesstoken.so
END
cat >/etc/dovecot/conf.d/auth-system.conf.ext <<END
passdb {
  driver = pam
}
userdb {
  driver = static
  args = uid=jane gid=jane home=/run/home/jane
}
END
doveadm reload
until grep -q 'SIGHUP received' dovecot.log; do sleep 0.05; done
user=robin
issue robin --virtual --scope imap
attempt "a virtual user's token for another service" no "$token"
issue robin --virtual --scope dovecot
attempt "a virtual user's token" yes "$token"
accesstoken revoke "$id" 2>/dev/null
attempt "and once it is revoked" no "$token"
conclude syslog dovecot.log
