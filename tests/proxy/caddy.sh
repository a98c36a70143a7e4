#!/bin/bash
# Caddy's forward_auth works as doc/http/caddy.md says.
proxy=caddy
. "$(dirname "$0")/lib.sh"

certificate /etc/caddy/tls
chown caddy /etc/caddy/tls/app.key
page_files http/caddy.md

start_daemon
start_app caddy
# Run Caddy as its systemd unit does.
setpriv --reuid caddy --regid caddy --init-groups \
    --inh-caps +net_bind_service --ambient-caps +net_bind_service \
    env HOME="$dir" caddy run --config /etc/caddy/Caddyfile >caddy.log 2>&1 &
until_port 443 $! caddy.log

no_scope=yes prove_web 502
prove_paths
conclude_proxy caddy.log
