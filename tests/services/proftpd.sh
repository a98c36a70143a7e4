#!/bin/bash
# ProFTPD over TLS works as doc/services/proftpd.md says: users log in to FTP
# with a token as the password.
for program in proftpd openssl /usr/lib/proftpd/mod_tls.so; do
    command -v "$program" >/dev/null || [ -e "$program" ] || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
more=("${srcdir:-.}/tests/services/ask.py")
. "$(dirname "$0")/../login/lib.sh"

configure proftpd proftpd.md
certificate /etc/proftpd/tls
mkdir -p /var/log/proftpd /run/proftpd
proftpd --nodaemon >proftpd.log 2>&1 &
until_port 21 $! proftpd.log

log_in() {
    "$python" ask.py ftp jane
}

prove
prove_tokens_only
prove_length
prove_networks

# What pam_listfile keeps out, a token does not let in.
issue jane
echo jane >>/etc/ftpusers
attempt "a token of a user in /etc/ftpusers" no "$token"
log_lacks "pam_accesstoken\(proftpd:auth\)"
sed -i '/^jane$/d' /etc/ftpusers
attempt "a token of a user who no longer is" yes "$token"
conclude syslog proftpd.log
