#!/bin/bash
# Dovecot's OAUTHBEARER and XOAUTH2 work as doc/http/dovecot.md says.
proxy=dovecot
. "$(dirname "$0")/lib.sh"
# shellcheck source=../services/dovecot_conf.sh
. ./dovecot_conf.sh

page_files http/dovecot.md "$version"
issue dovecot --scope tokens:introspect
asker=$id
file=/etc/dovecot/accesstokend.conf.ext
[ -z "$version" ] || file=/etc/dovecot/conf.d/90-accesstoken.conf
sed -i "s/TOKEN/$token/" "$file"
chmod 0600 "$file"

log_in() {
    "$python" imap.py "${user:-jane}" "$mechanism"
}

start_daemon
start_dovecot

for mechanism in OAUTHBEARER XOAUTH2; do
    echo "--- $mechanism"
    issue jane --scope imap
    attempt "a token" yes "$token"
    user=bob attempt "a token of another user" no "$token"
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
    attempt "a token that is limited to a network" no "$token"
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
