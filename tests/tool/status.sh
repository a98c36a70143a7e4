#!/bin/bash
# status.sh - status reports the store, the tokens, the daemon's sockets and
# PAM's services; if one of them cannot be read, it reports the others.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_PLACES=$work
export ACCESSTOKEN_TEST_TIME=1800000000
mkdir -p "$work/pam.d" "$work/lib/pam.d"
me=$(id -un)

# said EXPRESSION VALUE: the expression has this value for the JSON document.
said() {
    expect 0 status --json
    same "$(json "$out" "$1")" "$2"
}

# ------------------------------------------------------------- without a store
expect 0 status
has "$err" "^no tokens yet: there is no store at $store\$"
lines "$err" 1
same "$(cat "$out")" "store:     $store
tokens:    0: 0 active, 0 disabled, 0 expired
expiring:  0 within 7 days
users:     0
daemon:    /run/accesstoken/api.sock: not running (no socket)
           /run/accesstoken/verify.sock: not running (no socket)
pam:       no service uses pam_accesstoken.so"
expect 0 status --json
same "$(json "$out" 'sorted(d)')" "['daemon', 'pam', 'store', 'tokens', 'users']"
[ ! -e "$work/state" ] || fail "made a store"

# ------------------------------------------------------------------ the tokens
issue root
issue root --expires 7d --name soon
issue root --expires 604801s
issue 'jane doe' --virtual --expires 60s
issue bob --virtual --expires 1d
expect 0 modify 5 --disable
expect 0 modify 4 --disable
issue jane --virtual --expires 30s
export ACCESSTOKEN_TEST_TIME=1800000030
expect 0 status
lines "$err" 0
has "$out" "^store:     $store\$"
has "$out" "^owner:     $me\$"
has "$out" '^format:    1$'
has "$out" '^size:      [0-9]+\.[0-9] [KM]iB$'
has "$out" '^tokens:    6: 3 active, 2 disabled, 1 expired$'
has "$out" '^expiring:  2 within 7 days$'
has "$out" '^users:     4: root 3, bob 1, jane 1, jane doe 1$'
has "$out" '^unused:    token 1 of root, never used, created 2027-01-15T08:00:00Z$'
has "$out" '^id:        [0-9a-f]{32}$'
said 'sorted(d)' "['daemon', 'format', 'id', 'longest_unused', 'owner', 'pam', 'size', \
'store', 'tokens', 'users']"
said 'sorted(d["tokens"].items())' "[('account_unknown', 0), \
('active', 3), ('disabled', 2), ('expired', 1), ('expiring', 2), \
('orphaned', 0), ('total', 6)]"
said 'd["store"], d["owner"], d["format"]' "('$store', '$me', 1)"
said 'd["size"]' "$(stat -c %s "$store")"

# used ID SECONDS: record a use of the token so long after the test's start.
used() {
    "$python" "$source_dir/tests/tool/use.py" "$store" "$1" 1800000000 \
        $((1800000000 + $2))
}
same "$(json "$out" 'sorted(d["longest_unused"].items())')" \
    "[('id', '1'), ('since', '2027-01-15T08:00:00Z'), ('used', False), \
('user', 'root')]"
# Next are 2 and 3; 4, 5 and 6 do not count: they are disabled or expired.
used 1 20
used 3 20
said 'd["longest_unused"]["id"], d["longest_unused"]["name"]' "('2', 'soon')"
used 2 10
expect 0 status
has "$out" '^unused:    token 2 of root \(soon\), last used 2027-01-15T08:00:10Z$'
said 'd["longest_unused"]["used"]' True
used 2 21
said 'd["longest_unused"]["id"]' 1
# If the last uses cannot be read, nothing is reported about them.
rm "$store.last-use"
mkfifo "$store.last-use"
said '"longest_unused" in d' False
expect 0 status
lacks "$out" '^unused'
rm "$store.last-use"

"$build/tests/tool/seed" "$store" 2400 14 >"$work/seeded"
expect 0 status
has "$out" '^tokens:    2406: 2403 active, '
# 2,400 tokens for 14 users: six users have one more than the others.
has "$out" '^users:     18: tester-1 172, tester-2 172, tester-3 172, '\
'tester-4 172, tester-5 172, tester-6 172, tester-10 171, tester-11 171, '\
'tester-12 171, tester-13 171, \.\.\.$'
said 'd["users"]["total"], len(d["users"]["top"]), d["users"]["top"][6]' \
    "(18, 10, {'name': 'tester-10', 'tokens': 171})"

# ------------------------------------------------------------------ the daemon
# serve NAME ANSWER: start a server on a socket of this name that sends ANSWER
# to each client.  "hang" does not answer; "full" does not accept connections.
cat >"$work/serve.py" <<'PYTHON'
import os, signal, socket, sys
path, answer = sys.argv[1], sys.argv[2].encode().decode("unicode_escape")
listener = socket.socket(socket.AF_UNIX)
listener.bind(path + ".new")
listener.listen(1)
if answer == "full":
    full = []
    for _ in range(2):
        full.append(socket.socket(socket.AF_UNIX))
        full[-1].connect(path + ".new")
os.rename(path + ".new", path)
if answer == "full":
    signal.pause()
while True:
    connection, _ = listener.accept()
    asked = b""
    while not asked.endswith(b"\r\n\r\n"):
        asked += connection.recv(1000)
    open(path + ".asked", "wb").write(asked)
    if answer == "hang":
        held = connection
        continue
    connection.sendall(answer.encode())
    connection.close()
PYTHON
servers=()
serve() {
    rm -f "$work/$1"
    "$python" "$work/serve.py" "$work/$1" "$2" &
    servers+=($!)
    for _ in $(seq 200); do
        [ -S "$work/$1" ] && return
        sleep 0.05
    done
    fail "the server for $1 did not start"
}
stop() {
    [ "${#servers[@]}" -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    servers=()
    rm -f "$work/api.sock" "$work/verify.sock"
}
trap 'stop; rm -rf "$work"' EXIT
states='[s["state"] for s in d["daemon"]]'

serve api.sock 'HTTP/1.1 200 OK\r\n\r\n'
serve verify.sock 'HTTP/1.1 200 OK\r\n\r\n'
expect 0 status
has "$out" '^daemon:    /run/accesstoken/api.sock: answers$'
has "$out" '^           /run/accesstoken/verify.sock: answers$'
said "$states" "['ok', 'ok']"
same "$(head -n 1 "$work/api.sock.asked" | tr -d '\r')" "GET /healthz HTTP/1.1"
same "$(head -n 1 "$work/verify.sock.asked" | tr -d '\r')" \
    "OPTIONS /v1/auth/introspect HTTP/1.1"
stop
serve api.sock 'HTTP/1.1 503 Service Unavailable\r\n\r\n'
serve verify.sock 'SSH-2.0-OpenSSH_9.2\r\n'
said "$states" "['unwell', 'not-http']"
stop
serve api.sock 'HTTP/1.1 2'
said "$states" "['not-http', 'absent']"
stop
serve api.sock hang
# The clock leaps, so that the timeout of two seconds is soon over.
export ACCESSTOKEN_TEST_LEAP=1
said "$states" "['silent', 'absent']"
unset ACCESSTOKEN_TEST_LEAP
stop
serve api.sock full
: >"$work/verify.sock"
said "$states" "['silent', 'refused']"
stop
"$python" -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/api.sock"
said "$states" "['refused', 'absent']"
stop
if [ "$(id -u)" -ne 0 ]; then
    serve api.sock 'HTTP/1.1 200 OK\r\n\r\n'
    chmod 0 "$work/api.sock"
    said "$states" "['denied', 'absent']"
    stop
fi

# ---------------------------------------------------------------- the services
services='[(s["name"], s["auth"], s["account"], s["needs_module"])
    for s in d["pam"]["services"]]'
# service NAME LINE...: write a service's file.
service() { printf '%s\n' "${@:2}" >"$work/$1"; }

service pam.d/sshd '@include common-auth' 'account required pam_unix.so' \
    'account  [success=ok ignore=ignore module_unknown=ignore default=bad]  pam_accesstoken.so'
service pam.d/common-auth \
    'auth  [success=2 module_unknown=ignore cred_insufficient=ignore default=die]  pam_accesstoken.so' \
    'auth  [success=1 default=ignore]  pam_unix.so try_first_pass'
service pam.d/imap 'auth required \
    /lib/security/pam_accesstoken.so scope=imap'
service pam.d/pop3 'AUTH include imap' 'account include imap'
service pam.d/dash '-auth optional pam_accesstoken.so'
service pam.d/deep '@include sshd'
service pam.d/sieve 'auth substack imap'
service pam.d/smtp 'account substack imap' 'session required pam_accesstoken.so'
service pam.d/sudo '#auth required pam_accesstoken.so' \
    'auth required pam_unix.so # pam_accesstoken.so' \
    'auth required pam_unix.so pam_accesstoken.so'
service pam.d/cups 'account [default=die] pam_accesstoken.so'
service pam.d/cron 'account sufficient pam_accesstoken.so'
service pam.d/xdm 'account [success=ok] pam_accesstoken.so'
service pam.d/sshd.dpkg-old 'auth required pam_accesstoken.so'
service pam.d/sshd~ 'auth required pam_accesstoken.so'
service lib/pam.d/polkit-1 '@include common-auth'
service lib/pam.d/imap 'account required pam_accesstoken.so'
mkdir "$work/pam.d/directory"
mkfifo "$work/pam.d/fifo"
said "$services" "[('cron', False, True, False), ('cups', False, True, True), \
('dash', True, False, False), ('deep', True, True, False), \
('imap', True, False, True), ('polkit-1', True, False, False), \
('pop3', True, False, True), ('sieve', True, False, True), \
('sshd', True, True, False), \
('xdm', False, True, True)]"
said 'd["pam"]["complete"]' True
expect 0 status
has "$out" '^pam:       cron: account$'
has "$out" '^           cups: account; fails if the module is missing$'
has "$out" '^           sshd: auth, account$'
ln -s loop2 "$work/pam.d/loop2"
said 'd["pam"]["complete"]' False
expect 0 status
has "$out" '^           some files could not be read$'
rm "$work/pam.d/loop2"
# Reading stops at endless includes and at too many, and this is reported.
service pam.d/loop '@include loop' 'auth include loop'
said 'd["pam"]["complete"]' False
rm "$work/pam.d/loop"
for i in {1..10}; do
    service "pam.d/common-$i" "@include common-$((i + 1))" \
        "@include common-$((i + 1))"
done
service pam.d/wide '@include common-1' 'auth required pam_accesstoken.so'
said 'd["pam"]["complete"]' False
rm "$work"/pam.d/{common-[1-9]*,wide}
said 'd["pam"]["complete"]' True

# -------------------------------------------------------------- broken stores
chmod 640 "$store"
expect 7 status
lines "$err" 1
has "$err" "^accesstoken: $store: unsafe"
has "$out" "^owner:     $me\$"
has "$out" '^pam:       cron: '
lacks "$out" '^(tokens|format|users)'
expect 7 status --json
same "$(json "$out" '"tokens" in d, "size" in d, "unsafe" in d["problem"]')" \
    "(False, True, True)"
chmod 600 "$store"
dd if=/dev/zero of="$store" bs=1 count=4096 conv=notrunc 2>/dev/null
expect 1 status
has "$err" "damaged"
has "$out" '^pam:       cron: '

# For a remote server, nothing is reported about this machine.
expect 7 status --store https://127.0.0.1:9
same "$(cat "$out")" "store:     https://127.0.0.1:9"
expect 2 status now
lines "$err" 1
expect 2 status --all
