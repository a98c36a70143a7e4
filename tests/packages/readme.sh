# readme.sh - do what README.md and doc/upgrade.md say, word for word, in the
# system of debian.sh.  debian.sh sources it; it is not run.
# shellcheck shell=bash disable=SC2154

# commands FILE HEADING: print the commands in this section of a document.
commands() {
    awk -v heading="$2" '/^#/ { here = $0 == heading } here && /^    /' \
        "$source/$1" | sed 's/^ *//'
}

# follow WHAT COMMANDS: run them in the directory that has ./packages.
follow() {
    [ -n "$2" ] || stop "$1: no commands"
    if in_system bash -ec "cd /srv; $2" >said 2>&1 </dev/null; then
        ok "README: $1"
    else
        cat said
        wrong "README: $1"
    fi
}

# have VERSION NAME...: these packages must be installed in this version.
have() {
    local version=$1 name found
    shift
    for name; do
        found=$(in_system dpkg-query -W -f '${db:Status-Status} ${Version}' \
            "$name")
        [ "$found" = "installed $version" ] ||
            wrong "README: $name is $found, not $version"
    done
}

# offer DIRECTORY: these are ./packages.  Sets $version.
offer() {
    rm -rf "$system/srv/packages"
    mkdir "$system/srv/packages"
    cp "$1"/*.deb "$system/srv/packages"
    version=$(dpkg-deb -f "$1"/accesstoken_*.deb Version)
}

# five_minutes: what README does with sshd, up to the login from elsewhere.
five_minutes() {
    local all auth account trial=$system/etc/pam.d/accesstoken-trial secret
    all=$(commands README.md '## Five minutes with sshd')
    token=$(in_system sh -c "$(grep '^accesstoken create' <<<"$all")" \
        2>/dev/null)
    follow "a trial" "$(grep -e '^apt-get' -e '^cp .*trial$' <<<"$all")"
    auth=$(commands README.md '## The two PAM stacks' | grep -m 1 '^auth')
    account=$(commands README.md '## The two PAM stacks' | grep -m 1 '^account')
    sed -i -e "/^@include common-auth/i $auth scope=sshd" \
        -e "0,/^account/s/^account/$account\n&/" "$trial"
    for secret in "$token" "$password"; do
        echo "$secret" | in_system sh -c "$(grep '^pamtester' <<<"$all")" \
            >said 2>&1 || {
            cat said
            wrong "README: pamtester"
        }
    done
    follow "sshd uses the file" "$(grep -e '/root/' -e '^mv' <<<"$all")"
    echo "$token" | in_system pamtester sshd jane authenticate acct_mgmt \
        >said 2>&1 || wrong "README: sshd refuses the token"
    cp "$system/root/pam.d-sshd" "$system/etc/pam.d/sshd"
    rm "$system/root/pam.d-sshd"
}

# over_http: the daemon's package, and a question by hand.
over_http() {
    local all
    all=$(commands README.md '## Over HTTP')
    follow "the daemon" "$(grep '^apt-get' <<<"$all")"
    owner accesstoken
    token=$(in_system accesstoken create jane --scope web 2>/dev/null)
    echo "header = \"Authorization: Bearer $token\"" >"$system/srv/auth"
    # There is no systemd here; README says what to do then.
    start accesstokend
    until [ -S "$system/run/accesstoken/verify.sock" ]; do
        kill -0 "$started"
        sleep 0.05
    done
    follow "a question by hand" "$(sed -n '/^curl/,/web.$/p' <<<"$all")"
    if ! grep -q '^HTTP/1.1 200 OK' said ||
        ! tr -d '\r' <said | grep -qx 'Remote-User: jane'; then
        cat said
        wrong "README: the answer"
    fi
    finish
    rm "$system/srv/auth"
}

follow_readme() {
    local all before
    echo 'APT::Get::Assume-Yes "true";' >"$system/etc/apt/apt.conf.d/readme"
    offer "$work/one"
    all=$(commands README.md '### Packages (Debian 12)')
    follow "installation" "$all"
    have "$version" accesstoken libpam-accesstoken libtokenstore0 \
        libtokenstore-http
    five_minutes
    over_http
    before=$version
    # README's first command upgrades what it has installed, and no more.
    offer "$work/two"
    follow "upgrade by installation" "$all"
    have "$version" accesstoken libpam-accesstoken
    have "$before" accesstokend
    all=$(commands doc/upgrade.md '## Upgrade')
    follow "upgrade" "$(grep '^apt-get' <<<"$all")"
    have "$version" accesstoken libpam-accesstoken libtokenstore0 \
        libtokenstore-http accesstokend
    in_system dpkg-query -W libtokenstore-dev >/dev/null 2>&1 &&
        wrong "README: the upgrade has installed more"
    all=$(commands doc/upgrade.md '## Removal')
    follow "removal" "$(sed -n '/^apt-get remove/,/http$/p' <<<"$all")"
    [ -s "$system/var/lib/accesstoken/tokens.tdb" ] ||
        wrong "README: the removal has deleted the store"
    follow "purge" "$(grep '^apt-get purge' <<<"$all")"
    remove --purge libpam-accesstoken libtokenstore0 libtokenstore-http
    rm -r "$system/srv/packages" "$system/etc/apt/apt.conf.d/readme"
    same "nothing is left after README" fresh
}
