# dovecot_conf.sh - start a Dovecot that serves IMAP on the private machine of
# a test, configured as a page says.  Two tests source it; it is not run.
# shellcheck shell=bash disable=SC2154 # lib.sh sets them

# start_dovecot: call this after the files of the page have been written.
start_dovecot() {
    rm /etc/dovecot/conf.d/10-ssl.conf # it requires a certificate
    cat >/etc/dovecot/conf.d/99-test.conf <<END
ssl = no
protocols = imap
mail_location = maildir:~/Maildir
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
