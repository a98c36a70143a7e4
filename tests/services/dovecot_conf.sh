# dovecot_conf.sh - a Dovecot that serves IMAP on the test's own machine, with
# what a page says; sourced by two tests there, not run.
# shellcheck shell=bash disable=SC2154 # lib.sh has them

# To be called when the page has been followed.
start_dovecot() {
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
}
