#!/bin/bash
# nginx's auth_pam, which runs as www-data and cannot read the store, works as
# doc/http/nginx-pam.md says.
proxy=nginx
. "$(dirname "$0")/lib.sh"

rm -f /etc/nginx/sites-enabled/*
if [ ! -e /etc/nginx/modules-enabled/50-mod-http-auth-pam.conf ]; then
    echo "skipped: nginx has no auth_pam"
    exit 77
fi
certificate /etc/nginx/tls
page_files http/nginx-pam.md
mkdir -p /var/log/nginx /var/lib/nginx
install_plugin

start_daemon
start_app www-data
nginx -g 'daemon off;' 2>nginx.log &
until_port 443 $! nginx.log
host=pam.example.org

# as_password WHAT STATUS USER: ask with $token as the password of the user.
as_password() {
    printf 'user = "%s:%s"\n' "$3" "$token" >basic
    ask "$1" "$2" -K basic
}

ask "no token" 401
token='horse battery staple' as_password "a password" 401 jane
issue jane --scope web
as_password "a token" 200 jane
told '^Remote-User: jane$'
not_told '^Authorization:'
# shellcheck disable=SC2317 # prove_headers calls it
as_jane() {
    ask "$1" "$2" -K basic "${@:3}"
}
ask_as=as_jane only_user=yes prove_headers
as_password "a token as another user's password" 401 bob
accesstoken modify "$id" --disable 2>/dev/null
as_password "a disabled token" 401 jane
accesstoken modify "$id" --enable 2>/dev/null
as_password "a token enabled again" 200 jane
accesstoken revoke "$id" 2>/dev/null
as_password "a revoked token" 401 jane
issue jane
as_password "a token without scopes" 200 jane
issue jane --scope nginx
as_password "a token with another scope" 401 jane
issue jane --scope web --expires 1s
until_expired web
as_password "an expired token" 401 jane
issue jane --scope web --from 127.0.0.0/8
as_password "a token for the client's network" 200 jane
issue jane --scope web --from 192.0.2.0/24
as_password "a token for another network" 401 jane

issue jane --scope web
stop_daemon
as_password "the daemon is down" 401 jane
log_has 'pam_accesstoken\(nginx:auth\): authentication unavailable; '
start_daemon
as_password "the daemon is back" 200 jane
mv /var/lib/accesstoken kept
as_password "the store is missing" 401 jane
log_has 'pam_accesstoken\(nginx:auth\): authentication unavailable; '
mv kept /var/lib/accesstoken
as_password "the store is back" 200 jane

service=nginx page=http/nginx-pam.md
# shellcheck disable=SC2317 # prove_length calls it
log_in() {
    printf 'user = "jane:%s"\n' "$(cat)" >basic
    curl -s -K basic --cacert ca.pem --resolve "$host:443:127.0.0.1" \
        "https://$host/"
}
prove_length
conclude_proxy /var/log/nginx/access.log
