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

start_daemon
start_app
nginx -g 'daemon off;' 2>nginx.log &
until_port 443 $! nginx.log

prove_web 500

issue jane --scope web
path=/accesstoken/web as_bearer "clients cannot ask the question themselves" 404
path=/admin/ as_bearer "as the page says: another scope is refused" 403
path=/admin/ as_bearer "the mistake: another scope is accepted" 200 \
    -H 'Host: trap.example.org'
conclude_proxy /var/log/nginx/access.log
