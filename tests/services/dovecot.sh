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

# reload ARGS USERDB: with another passdb and userdb.
reload() {
    local reloads
    reloads=$(grep -c 'SIGHUP received' dovecot.log || :)
    printf 'passdb {\n driver = pam\n args = %s\n}\nuserdb {\n %s\n}\n' \
        "$1" "$2" >/etc/dovecot/conf.d/auth-system.conf.ext
    doveadm reload
    until [ "$(grep -c 'SIGHUP received' dovecot.log)" -gt "$reloads" ]; do
        sleep 0.05
    done
}

# What the page says of a PAM service for each protocol,
cp /etc/pam.d/dovecot /etc/pam.d/imap
reload %s 'driver = passwd'
issue jane --scope dovecot
attempt "args = %s: a token for dovecot" no "$token"
issue jane --scope imap
attempt "args = %s: a token for imap" yes "$token"

# and of users without accounts.
cat >/etc/pam.d/dovecot <<END
auth     required  pam_accesstoken.so
account  required  pam_accesstoken.so
END
reload dovecot "driver = static
 args = uid=jane gid=jane home=/run/home/jane"
user=robin
issue robin --virtual --scope imap
attempt "a virtual user's token for another service" no "$token"
issue robin --virtual --scope dovecot
attempt "a virtual user's token" yes "$token"
accesstoken revoke "$id" 2>/dev/null
attempt "and once it is revoked" no "$token"
conclude syslog dovecot.log
