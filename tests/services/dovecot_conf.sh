# dovecot_conf.sh - start a Dovecot that serves IMAP on the private machine of
# a test, configured as a page says.  Two tests source it; it is not run.
# shellcheck shell=bash disable=SC2154,SC2034 # lib.sh sets and uses them

# What the pages call the version whose configuration has another format.
version=
if dovecot --version | grep -q '^2\.4\.'; then
    version='Dovecot 2.4'
fi
if [ -z "$version" ]; then
    mailboxes='mail_location = maildir:~/Maildir'
else
    mailboxes='mail_driver = maildir
mail_path = ~/Maildir
mail_inbox_path = ~/Maildir'
fi

# start_dovecot: call this after the files of the page have been written.
start_dovecot() {
    rm /etc/dovecot/conf.d/10-ssl.conf # it requires a certificate
    cat >/etc/dovecot/conf.d/99-test.conf <<END
ssl = no
protocols = imap
$mailboxes
log_path = $dir/dovecot.log
auth_verbose = yes
# Do not wait after a refusal.
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
}
