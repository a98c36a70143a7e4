#!/bin/bash
# Dovecot's OAUTHBEARER and XOAUTH2, as doc/http/dovecot.md has them.
proxy=dovecot
. "$(dirname "$0")/lib.sh"

own_etc dovecot
page_files http/dovecot.md
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

issue dovecot --scope tokens:introspect
asker=$id
sed -i "s/TOKEN/$token/" /etc/dovecot/accesstokend.conf.ext
chmod 0600 /etc/dovecot/accesstokend.conf.ext

log_in() {
    "$python" imap.py "${user:-jane}" "$mechanism"
}

start_daemon
dovecot -F &
until_port 143 $! dovecot.log

for mechanism in OAUTHBEARER XOAUTH2; do
    echo "--- $mechanism"
    issue jane --scope imap
    attempt "a token" yes "$token"
    user=bob attempt "a token of another's" no "$token"
    attempt "part of a token" no "${token%?}"
    accesstoken modify "$id" --disable 2>/dev/null
    attempt "a disabled token" no "$token"
    accesstoken modify "$id" --enable 2>/dev/null
    attempt "a token enabled again" yes "$token"
    accesstoken revoke "$id" 2>/dev/null
    attempt "a revoked token" no "$token"
    issue jane --scope smtp
    attempt "a token of another scope" no "$token"
    issue jane
    attempt "a token without scopes" no "$token"
    issue jane --scope imap --from 127.0.0.0/8
    attempt "a token that is bound to a network" no "$token"
    issue jane --scope imap --expires 1s
    until_expired imap
    attempt "an expired token" no "$token"
done

issue jane --scope imap
stop_daemon
attempt "the daemon is down" no "$token"
start_daemon
attempt "the daemon is back" yes "$token"
accesstoken modify "$asker" --disable 2>/dev/null
attempt "Dovecot may not ask" no "$token"
conclude_proxy dovecot.log
