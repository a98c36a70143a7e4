#!/bin/sh
# units.sh - the systemd units are valid, name sockets that the daemon knows,
# and have an exposure level below 1.5 by systemd-analyze.  Runs in the build
# directory; exits with 77 if there is no systemd-analyze.
set -eu
LC_ALL=C
export LC_ALL

source=${srcdir:-$(dirname "$0")/../..}

command -v systemd-analyze >/dev/null || {
    echo "skipped: systemd-analyze is not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The units unchanged, except that their programs, which are not installed,
# are replaced by one that exists.
for unit in tools/*/systemd/*.service tools/*/systemd/*.socket \
    "$source"/tools/*/systemd/*.timer; do
    if grep -n '@[a-z]*@' "$unit"; then
        echo "$unit: not configured"
        exit 1
    fi
    sed "s|^\(Exec[SR][a-z]*=\)[^ ]*|\1$(command -v true)|
        /^Documentation=/d" "$unit" >"$work/${unit##*/}"
done
[ "$(find "$work" -name '*.service' | wc -l)" -ge 3 ] || {
    echo "found fewer than 3 services"
    exit 1
}
systemd-analyze --man=no verify "$work"/*.socket "$work"/*.service \
    "$work"/*.timer >"$work/said" 2>&1 || true
# Complaints about other units of this machine do not count.
if grep accesstoken "$work/said"; then
    exit 1
fi
for unit in "$work"/*.service; do
    systemd-analyze --no-pager security --offline=true --threshold=15 \
        "$unit" >"$work/said" 2>&1 || {
        tail -n 1 "$work/said"
        exit 1
    }
    tail -n 1 "$work/said" | grep 'exposure level'
done

# listen.c knows the name of every socket.
sed -n 's/^FileDescriptorName=//p' "$work"/*.socket | while read -r name; do
    grep -q "strcmp(name, \"$name\")" \
        "$source/tools/accesstokend/http/listen.c" || {
        echo "accesstokend does not know a socket named $name"
        exit 1
    }
done

# The tool has every command that a unit calls.
sed -n 's/^ExecStart=.*accesstoken --store [^ ]* \([a-z]*\) .*/\1/p' \
    tools/accesstoken/systemd/*.service >"$work/commands"
[ -s "$work/commands" ]
while read -r command; do
    ./accesstoken "$command" --help >/dev/null || {
        echo "accesstoken has no command $command"
        exit 1
    }
done <"$work/commands"
