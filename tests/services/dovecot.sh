#!/bin/bash
# Dovecot's passdb pam, as doc/services/dovecot.md has it: IMAP with a token
# as the password.
command -v dovecot >/dev/null || {
    echo "skipped: dovecot is not installed"
    exit 77
}
more=("${srcdir:-.}/tests/services/ask.py")
. "$(dirname "$0")/../login/lib.sh"

own_etc dovecot
configure dovecot dovecot.md
rm /etc/dovecot/conf.d/10-ssl.conf # which names a certificate
cat >/etc/dovecot/conf.d/99-test.conf <<END
ssl = no
protocols = imap
mail_location = maildir:~/Maildir
log_path = $dir/dovecot.log
auth_verbose = yes
# Whoever is wrong need not wait for it here.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
END
mkdir -p /var/lib/dovecot
: >dovecot.log
dovecot -F &
until_port 143 $! dovecot.log

user=jane
# shellcheck disable=SC2034 # for prove
resident=yes
log_in() {
    "$python" ask.py imap "$user"
}

prove
prove_tokens_only
prove_length

issue jane --from 192.0.2.0/24
refused "a token for another network" network
issue jane --from 127.0.0.0/8
attempt "a token for the client's network" yes "$token"

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
