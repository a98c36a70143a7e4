#!/bin/sh
# units.sh - the systemd units are sound, name sockets that the daemon knows,
# and expose little: systemd-analyze says less than 1.5.  Runs in the build
# directory; exits with 77 where there is no systemd-analyze.
set -eu
LC_ALL=C
export LC_ALL

source=${srcdir:-$(dirname "$0")/../..}

command -v systemd-analyze >/dev/null || {
    echo "systemd-analyze is not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# As they are, but for the programs, which are not installed.
for unit in tools/*/systemd/*.service tools/*/systemd/*.socket \
    "$source"/tools/*/systemd/*.timer; do
    if grep -n '@[a-z]*@' "$unit"; then
        echo "$unit: not configured"
        exit 1
    fi
    sed "s|^\(ExecStart=\)[^ ]*|\1$(command -v true)|
        /^Documentation=/d" "$unit" >"$work/${unit##*/}"
done
[ "$(find "$work" -name '*.service' | wc -l)" -ge 3 ] || {
    echo "where are the units?"
    exit 1
}
systemd-analyze --man=no verify "$work"/*.socket "$work"/*.service \
    "$work"/*.timer >"$work/said" 2>&1 || true
# Of this machine's other units it may say what it likes.
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

# Every socket's name is one that listen.c takes.
sed -n 's/^FileDescriptorName=//p' "$work"/*.socket | while read -r name; do
    grep -q "strcmp(name, \"$name\")" \
        "$source/tools/accesstokend/http/listen.c" || {
        echo "accesstokend does not know a socket named $name"
        exit 1
    }
done

# What a unit has the tool do, the tool can do.
sed -n 's/^ExecStart=.*accesstoken --store [^ ]* \([a-z]*\) .*/\1/p' \
    tools/accesstoken/systemd/*.service >"$work/commands"
[ -s "$work/commands" ]
while read -r command; do
    ./accesstoken "$command" --help >/dev/null || {
        echo "accesstoken has no command $command"
        exit 1
    }
done <"$work/commands"
