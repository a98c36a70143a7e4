#!/bin/bash
# Dovecot's passdb pam works as doc/services/dovecot.md says: users log in to
# IMAP with a token as the password.
command -v dovecot >/dev/null || {
    echo "skipped: dovecot is not installed"
    exit 77
}
more=("${srcdir:-.}"/tests/services/{ask.py,dovecot_conf.sh})
. "$(dirname "$0")/../login/lib.sh"
# shellcheck source=dovecot_conf.sh
. ./dovecot_conf.sh

configure dovecot dovecot.md
start_dovecot

user=jane
# shellcheck disable=SC2034 # prove uses it
resident=yes
log_in() {
    "$python" ask.py imap "$user"
}

prove
prove_tokens_only
prove_length
prove_networks

# reload SERVICE USERDB: reload Dovecot with another PAM service and userdb.
reload() {
    local reloads
    reloads=$(grep -c 'SIGHUP received' dovecot.log || :)
    if [ -z "$version" ]; then
        printf 'passdb {\n driver = pam\n args = %s\n}\nuserdb {\n %s\n}\n' \
            "$1" "$2"
    else
        printf 'passdb pam {\n service_name = %s\n}\nuserdb %s\n' "$1" "$2"
    fi >/etc/dovecot/conf.d/auth-system.conf.ext
    doveadm reload
    until [ "$(grep -c 'SIGHUP received' dovecot.log)" -gt "$reloads" ]; do
        sleep 0.05
    done
}

# A PAM service for each protocol, as the page describes.
cp /etc/pam.d/dovecot /etc/pam.d/imap
if [ -z "$version" ]; then
    reload %s 'driver = passwd'
else
    reload '%{protocol}' 'passwd {
}'
fi
issue jane --scope dovecot
attempt "a service each: a token for dovecot" no "$token"
issue jane --scope imap
attempt "a service each: a token for imap" yes "$token"

# Users without accounts, as the page describes.
cat >/etc/pam.d/dovecot <<END
auth     required  pam_accesstoken.so
account  required  pam_accesstoken.so
END
if [ -z "$version" ]; then
    reload dovecot "driver = static
 args = uid=jane gid=jane home=/run/home/jane"
else
    reload dovecot 'static {
 fields {
  uid = jane
  gid = jane
  home = /run/home/jane
 }
}'
fi
user=robin
issue robin --virtual --scope imap
attempt "a virtual user's token for another service" no "$token"
issue robin --virtual --scope dovecot
attempt "a virtual user's token" yes "$token"
accesstoken revoke "$id" 2>/dev/null
attempt "a virtual user's token that was revoked" no "$token"
conclude syslog dovecot.log
