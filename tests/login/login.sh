#!/bin/bash
# login(1) accepts access tokens if the line stands where pam_accesstoken(8)
# says: after pam_nologin, before the include.  root runs it for jane, as getty
# does.
if ! command -v login >/dev/null || [ ! -e /etc/pam.d/common-auth ]; then
    echo "skipped: login is not installed, or its service is another one"
    exit 77
fi
. "$(dirname "$0")/lib.sh"

mkdir -p services
cat >services/login.md <<END
\`\`\`
# /etc/pam.d/login, in front of "@include common-auth"
$one_line
$account
\`\`\`
END
configure login login.md
# Without a wait after a refusal, and with one try.
sed -i '/pam_faildelay/d' /etc/pam.d/login
printf '%s\n' 'FAIL_DELAY 0' 'LOGIN_RETRIES 1' >>/etc/login.defs
echo 'echo "in as $(id -un)"; exit' >/run/home/jane/.profile

log_in() {
    timeout 20 "$python" terminal.py login jane
}

prove
prove_tokens_only
prove_credentials

# What pam_nologin keeps out, a token does not let in.
issue jane
touch /etc/nologin
attempt "a token while /etc/nologin exists" no "$token"
log_lacks "pam_accesstoken\(login:auth\)"
attempt "a password while /etc/nologin exists" no "$password"
rm /etc/nologin
attempt "a token without /etc/nologin" yes "$token"
conclude syslog
