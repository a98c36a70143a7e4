#!/bin/bash
# Apache's mod_oauth2 works as doc/http/apache.md says.
proxy=apache2
. "$(dirname "$0")/lib.sh"

modules=/usr/lib/apache2/modules
if [ ! -e "$modules/mod_oauth2.so" ]; then
    echo "skipped: Apache has no mod_oauth2"
    exit 77
fi
certificate /etc/apache2/tls
page_files http/apache.md
site=/etc/apache2/sites-enabled/app.conf
issue www-data --scope tokens:introspect
asker=$id
sed -i "s/TOKEN/$token/" "$site"
chmod 0600 "$site"

# Debian's configuration, as far as the page needs it.
{
    for name in mpm_event authn_core authz_core headers lua oauth2 proxy \
        proxy_http ssl; do
        echo "LoadModule ${name}_module $modules/mod_$name.so"
    done
    printf '%s\n' 'User www-data' 'Group www-data' 'Listen 443' \
        'ServerName localhost' 'PidFile /run/apache.pid' \
        'DefaultRuntimeDir /run' 'ErrorLog /run/login/apache.log' \
        'LogLevel info oauth2:debug' "Include $site"
} >/etc/apache2/test.conf

start_daemon
start_app www-data
apache2 -f /etc/apache2/test.conf -D FOREGROUND 2>apache.err &
until_port 443 $! apache.err

ask "no token" 401
grep -qi '^www-authenticate: Bearer' headers || wrong "there is no challenge"
issue jane --scope web
as_bearer "a token" 200
told '^Remote-User: jane$'
not_told '^Authorization:'
as_bearer "a token, with a body" 200 --data sent
told '^body: sent$'
only_user=yes prove_headers
as_bearer "a connection that is to be upgraded" 200 --http1.1 \
    -H 'Connection: Remote-User, Upgrade' -H 'Upgrade: other'
told '^REMOTE_USER = jane$'
accesstoken modify "$id" --disable 2>/dev/null
as_bearer "a disabled token" 401
accesstoken modify "$id" --enable 2>/dev/null
as_bearer "a token enabled again" 200
accesstoken revoke "$id" 2>/dev/null
as_bearer "a revoked token" 401
issue jane
as_bearer "a token without scopes" 401
issue jane --scope webmail
as_bearer "a token with another scope" 401
issue jane --scope tokens:introspect
as_bearer "a token like Apache's own" 401
issue jane --scope web --from 127.0.0.0/8
as_bearer "a token for a network" 401
issue jane --scope web --expires 1s
until_expired web
as_bearer "an expired token" 401

issue jane --scope web
stop_daemon
as_bearer "the daemon is down" 401
start_daemon
as_bearer "the daemon is back" 200
accesstoken modify "$asker" --disable 2>/dev/null
as_bearer "Apache may not ask" 401
conclude_proxy apache.log
