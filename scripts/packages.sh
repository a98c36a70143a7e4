# packages.sh - the Debian packages that scripts/quickstart, scripts/check and
# scripts/package need, how to copy the sources, and what these scripts share;
# sourced by them, not run.
# Does not use the network if every package is installed.
# shellcheck shell=sh

# For the PAM module and the tool: configure --without-daemon --without-http.
packages_minimal="gcc libc6-dev make autoconf automake libtool pkg-config
    libpam0g-dev libtdb-dev libsodium-dev libsmartcols-dev"
# For the whole build.
packages_build="$packages_minimal libcurl4-openssl-dev libmicrohttpd-dev
    libjansson-dev libsystemd-dev"
packages_pamtester="pamtester libpam-wrapper"
# shellcheck disable=SC2034 # scripts/check uses it
packages_check="$packages_build $packages_pamtester libcmocka-dev
    clang libclang-rt-14-dev clang-format cppcheck shellcheck valgrind
    mandoc python3 python3-jsonschema python3-yaml xz-utils
    libsqlite3-dev db5.3-util libnss-wrapper nginx-light nghttp2-client
    openssh-server openssh-client sudo systemd
    apparmor checkpolicy semodule-utils zsh fish"

# For the build and the tests in Debian 13.
# shellcheck disable=SC2034 # tests/packages/trixie.sh uses it
packages_trixie="$packages_build $packages_pamtester libcmocka-dev mandoc
    python3 python3-jsonschema python3-yaml xz-utils libnss-wrapper
    openssh-server openssh-client sudo openssl procps zsh fish"

# For tests of proxies that ask the daemon.
# shellcheck disable=SC2034 # scripts/check uses it
packages_proxies="nginx libnginx-mod-http-auth-pam apache2-bin
    libapache2-mod-oauth2 caddy haproxy dovecot-imapd curl openssl"

# For tests of servers that ask PAM.
# shellcheck disable=SC2034 # scripts/check uses it
packages_services="nginx libnginx-mod-http-auth-pam dovecot-imapd
    proftpd-core proftpd-mod-crypto cups-daemon apparmor curl openssl"

# For scripts/package, and for the tests of the packages that it builds.
# shellcheck disable=SC2034 # scripts/package and scripts/check use them
packages_package="build-essential dpkg-dev debhelper xz-utils"
# shellcheck disable=SC2034
packages_install="$packages_package debootstrap systemd-container lintian
    rpm rpmlint"

# missing_packages NAME...: print those that are not installed.
missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -qx installed || printf ' %s' "$package"
    done
}

# say_changes NAME...: print which installed packages apt-get would upgrade or
# remove in order to install these.  Prints nothing if apt-get cannot tell.
say_changes() {
    LC_ALL=C apt-get -s -qq install --no-install-recommends "$@" \
        2>/dev/null </dev/null | awk '
            $1 == "Inst" && $3 ~ /^\[/ { upgraded = upgraded " " $2 }
            $1 == "Remv" { removed = removed " " $2 }
            END {
                if (upgraded) print "This upgrades:" upgraded
                if (removed) print "This removes:" removed
            }'
}

# need_packages NAME...: install those that are missing if root runs this;
# otherwise print how to install them, and fail.  The output of apt-get is shown
# only if it fails.
need_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        {
            echo "Some packages are missing. As root, run:"
            echo "    apt-get update"
            echo "    apt-get install --no-install-recommends$missing"
            # shellcheck disable=SC2086 # words
            say_changes $missing
        } >&2
        return 1
    fi
    echo "Installing:$missing"
    packages_log=$(mktemp) || return 1
    # The machine's list of packages may name versions that no longer exist.
    # shellcheck disable=SC2086 # words
    if apt-get -q update >"$packages_log" 2>&1 </dev/null &&
        say_changes $missing &&
        DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
            --no-install-recommends -o Dpkg::Use-Pty=0 $missing \
            >>"$packages_log" 2>&1 </dev/null; then
        rm -f "$packages_log"
        return 0
    fi
    tail -n 30 "$packages_log" >&2
    rm -f "$packages_log"
    echo "The packages could not be installed; the lines above say why." >&2
    return 1
}

# copy_sources FROM TO: copy the sources as they are now, with changes that are
# not committed and without the products of a build.  In a git repository, git
# knows which files are sources; in an unpacked archive the usual products are
# left out by name.
copy_sources() {
    if [ -e "$1/.git" ] && command -v git >/dev/null; then
        # The files may belong to another user: git is allowed to read them.
        (cd "$1" && git -c safe.directory="$1" -c core.fsmonitor=false \
            ls-files -z --cached --others --exclude-standard) |
            tar -C "$1" -c --ignore-failed-read --null -T - |
            tar -C "$2" -x --no-same-owner
    else
        tar -C "$1" -c --exclude=./.git --exclude=autom4te.cache \
            --exclude='*.o' --exclude='*.l[oa]' --exclude=.libs \
            --exclude=.deps --exclude=.dirstamp --exclude=./config.status \
            --exclude='*.log' --exclude='*.trs' . |
            tar -C "$2" -x --no-same-owner
    fi
}

# explain SCRIPT ARGUMENT...: a script that is given --help, or an argument that
# it does not know, prints the comment at its top, and does nothing else.
explain() {
    [ $# -gt 1 ] || return 0
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
    [ "$2" = --help ] && exit 0
    echo "$1: unknown argument: $2" >&2
    exit 2
}
