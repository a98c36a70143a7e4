# packages.sh - the Debian packages that scripts/quickstart and scripts/check
# need, and how to copy the sources; sourced by both, not run.
# Must ask the network for nothing while every package is there.
# shellcheck shell=sh

packages_build="gcc libc6-dev make autoconf automake libtool pkg-config
    libpam0g-dev libtdb-dev libsodium-dev libsmartcols-dev
    libcurl4-openssl-dev libmicrohttpd-dev libjansson-dev libsystemd-dev"
packages_pamtester="pamtester libpam-wrapper"
# shellcheck disable=SC2034 # scripts/check uses it
packages_check="$packages_build $packages_pamtester libcmocka-dev
    clang libclang-rt-14-dev clang-format cppcheck shellcheck valgrind
    mandoc python3 python3-jsonschema python3-yaml xz-utils
    libsqlite3-dev db5.3-util libnss-wrapper nginx-light nghttp2-client
    openssh-server openssh-client sudo systemd
    apparmor checkpolicy semodule-utils zsh fish"

# For the proxies that ask the daemon; tests only.
# shellcheck disable=SC2034 # scripts/check uses it
packages_proxies="nginx libnginx-mod-http-auth-pam caddy dovecot-imapd curl
    openssl"

# Servers that ask PAM; tests only.
# shellcheck disable=SC2034 # scripts/check uses it
packages_services="nginx libnginx-mod-http-auth-pam dovecot-imapd
    proftpd-core proftpd-mod-crypto cups-daemon apparmor curl openssl"

# For scripts/package, and for what tests its packages.
# shellcheck disable=SC2034 # scripts/package and scripts/check use them
packages_package="dpkg-dev debhelper xz-utils"
# shellcheck disable=SC2034
packages_install="$packages_package debootstrap systemd-container lintian
    rpm rpmlint"

# need_packages NAME...: install those that are missing, or say how and fail.
need_packages() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -qx installed || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "Some packages are missing. As root:" >&2
        echo "    apt-get install --no-install-recommends$missing" >&2
        return 1
    fi
    echo "Installing:$missing"
    # A list as old as the machine's image names versions that are gone.
    apt-get -qq update </dev/null || return 1
    # shellcheck disable=SC2086 # words
    DEBIAN_FRONTEND=noninteractive apt-get -qq install \
        --no-install-recommends -o Dpkg::Use-Pty=0 $missing </dev/null
}

# copy_sources FROM TO: the sources as they stand, changes included, without
# what a build leaves behind.  Where git cannot say what that is (an unpacked
# archive), the usual products are left out by name.
copy_sources() {
    if [ -e "$1/.git" ] && command -v git >/dev/null; then
        # A tree that belongs to somebody else is fine to read.
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
