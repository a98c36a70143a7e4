#!/bin/sh
# units.sh - the systemd units are sound, name sockets that the daemon knows,
# and expose little: systemd-analyze says less than 1.5.  Runs in the build
# directory; exits with 77 where there is no systemd-analyze.
set -eu
LC_ALL=C
export LC_ALL

units=tools/accesstokend/systemd
source=${srcdir:-$(dirname "$0")/../..}

command -v systemd-analyze >/dev/null || {
    echo "systemd-analyze is not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# As they are, but for the program, which is not installed.
for unit in accesstokend.service accesstokend-api.socket \
    accesstokend-verify.socket; do
    if grep -n '@[a-z]*@' "$units/$unit"; then
        echo "$unit: not configured"
        exit 1
    fi
    sed "s|^ExecStart=.*accesstokend|ExecStart=$(command -v true)|
        /^Documentation=/d" "$units/$unit" >"$work/$unit"
done
systemd-analyze --man=no verify "$work"/*.socket "$work"/*.service \
    >"$work/said" 2>&1 || true
# Of this machine's other units it may say what it likes.
if grep accesstoken "$work/said"; then
    exit 1
fi
systemd-analyze --no-pager security --offline=true --threshold=15 \
    "$work/accesstokend.service" >"$work/said" 2>&1 || {
    tail -n 1 "$work/said"
    exit 1
}
tail -n 1 "$work/said" | grep 'exposure level'

# Every name is one that listen.c takes.
sed -n 's/^FileDescriptorName=//p' "$units"/*.socket | while read -r name; do
    grep -q "strcmp(name, \"$name\")" \
        "$source/tools/accesstokend/listen.c" || {
        echo "accesstokend does not know a socket named $name"
        exit 1
    }
done
