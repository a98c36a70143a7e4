#!/bin/bash
# nginx's auth_request works as doc/http/nginx.md says.
proxy=nginx
. "$(dirname "$0")/lib.sh"

rm -rf /etc/nginx/sites-enabled /etc/nginx/modules-enabled
certificate /etc/nginx/tls
page_files http/nginx.md
mkdir -p /var/log/nginx /var/lib/nginx

# The mistake that the page warns of: the scope in a variable.
sed 's|include snippets/accesstoken.conf;|set $scope web;\
    location = /asked { internal; proxy_pass http://accesstokend/v1/auth/verify?require_scope=$scope; }|
    s|server_name .*|server_name trap.example.org;|
    s|auth_request /accesstoken/\(.*\);|set $scope \1; auth_request /asked;|' \
    /etc/nginx/sites-enabled/app.conf >/etc/nginx/sites-enabled/trap.conf

# The other challenge that the page mentions.
cd /etc/nginx
sed 's/&from=/\&challenge=basic\&from=/' snippets/accesstoken.conf \
    >snippets/accesstoken-basic.conf
sed 's/accesstoken.conf/accesstoken-basic.conf/
    s/server_name .*/server_name basic.example.org;/' sites-enabled/app.conf \
    >sites-enabled/basic.conf
cd "$dir"

start_daemon
start_app www-data
nginx -g 'daemon off;' 2>nginx.log &
until_port 443 $! nginx.log

prove_web 500
prove_paths

issue jane --scope web
as_bearer "a header that the page does not name" 500 -H 'Remote-Groups: forged'
as_bearer "another one" 500 -H 'X-Token-Owner: forged'
path=/accesstoken/web as_bearer "clients cannot ask the question themselves" 404
path=/admin/ as_bearer "as the page says: another scope is refused" 403
path=/admin/ as_bearer "the mistake: another scope is accepted" 200 \
    -H 'Host: trap.example.org'

issue jane --scope web
printf 'user = "jane:%s"\n' "$token" >basic
ask "a client that waits for a challenge, and gets Bearer" 401 -K basic \
    --anyauth
ask "a client that waits for a challenge, and gets Basic" 200 -K basic \
    --anyauth -H 'Host: basic.example.org'
told '^REMOTE_USER = jane$'
conclude_proxy /var/log/nginx/access.log
