#!/bin/bash
# HAProxy, with the Lua script of its page, works as doc/http/haproxy.md says.
proxy=haproxy
. "$(dirname "$0")/lib.sh"

certificate /etc/haproxy/tls
cat /etc/haproxy/tls/app.key >>/etc/haproxy/tls/app.pem
page_files http/haproxy.md
# Log requests, to see that no secret is logged.
sed -i 's|^    mode http|&\n    log /dev/log local0\n    option httplog|' \
    /etc/haproxy/haproxy.cfg

# start_haproxy: start HAProxy with the files as they are.
start_haproxy() {
    haproxy -db -f /etc/haproxy/haproxy.cfg 2>haproxy.log &
    haproxy=$!
    until_port 443 "$haproxy" haproxy.log
}

start_daemon
start_app haproxy
start_haproxy

prove_web 502
log_has 'haproxy\[.* "GET (https://app\.example\.org)?/ HTTP/'

issue jane --scope web
kill -STOP "$daemon"
as_bearer "the daemon does not answer" 502
kill -CONT "$daemon"
as_bearer "the daemon answers again" 200

kill "$haproxy"
wait "$haproxy" || true
sed -i 's/core.httpclient()/core.nothing()/' /etc/haproxy/accesstoken.lua
start_haproxy
as_bearer "the script fails" 502
conclude_proxy syslog
