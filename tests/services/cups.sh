#!/bin/bash
# CUPS works as doc/services/cups.md says: users print with a token as the
# password of HTTP Basic.
for program in cupsd apparmor_parser curl; do
    command -v "$program" >/dev/null || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
more=("${srcdir:-.}/tests/services/ask.py"
    "${srcdir:-.}/packaging/apparmor/abstractions")
. "$(dirname "$0")/../login/lib.sh"

cp abstractions/accesstoken /etc/apparmor.d/abstractions/
configure cups cups.md
what="the AppArmor profile for cupsd, with the line of the page"
if apparmor_parser -QK /etc/apparmor.d/usr.sbin.cupsd >shown 2>&1 &&
    apparmor_parser -p /etc/apparmor.d/usr.sbin.cupsd 2>&1 |
    grep -q '^  /var/lib/accesstoken/tokens.tdb rwk,'; then
    echo "ok: $what"
else
    attempt_from=0
    wrong "it does not compile, or lacks the rule for the store"
fi
# Add an address that is not a loopback address, as of a client elsewhere.
"$python" -c 'import fcntl, socket, struct
address = struct.pack("H2x4s8x", socket.AF_INET, bytes([192, 0, 2, 7]))
request = struct.pack("16s16s8x", b"lo:1", address)
fcntl.ioctl(socket.socket(), 0x8916, request)'
sed -i 's/^Listen localhost:631/Listen 631/' /etc/cups/cupsd.conf
echo 'FileDevice Yes' >>/etc/cups/cups-files.conf
cat >/etc/cups/printers.conf <<END
<Printer till>
  DeviceURI file:///dev/null
  State Idle
  Accepting Yes
</Printer>
END
mount -t tmpfs -o mode=755 login /var/spool
mount -t tmpfs -o mode=755 login /var/cache
mkdir -p /run/cups /var/log/cups /var/spool/cups/tmp /var/cache/cups
cupsd -f >cupsd.log 2>&1 &
until_port 631 $! cupsd.log

host=127.0.0.1
log_in() {
    "$python" ask.py ipp jane "$host"
}

attempt "no password" no ''
grep -q '^HTTP 401' shown || wrong "the server did not ask for a password"
# shellcheck disable=SC2034 # prove uses it
resident=yes
prove
prove_tokens_only
prove_length

issue jane --from 127.0.0.0/8
refused "a token for the loopback, whose address PAM is not told" network
host=192.0.2.7
issue jane --from 198.51.100.0/24
refused "a token for another network" network
issue jane --from 192.0.2.0/24
attempt "a token for the client's network" yes "$token"

# by_socket USER STATUS: jane claims to be USER.  Status 404 means that she was
# accepted: the page is not installed.
by_socket() {
    what="jane as $1, through the socket, without a password"
    attempt_from=$(wc -l <syslog)
    as jane curl -s -o /dev/null -w '%{http_code}\n' \
        --unix-socket /run/cups/cups.sock -H "Authorization: PeerCred $1" \
        http://localhost/printers/ >shown
    if grep -qx "$2" shown; then echo "ok: $what"; else wrong "expected $2"; fi
}
by_socket bob 401
by_socket jane '200\|404'
conclude syslog /var/log/cups/error_log
