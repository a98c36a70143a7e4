#!/bin/bash
# trixie.sh - in a new system of Debian 13, the sources are built and tested,
# are installed as README says, and log people in:
#
#     make check-trixie [TRIXIE_STAGES="check install check-root ..."]
#
# The stages are "install", which installs and removes, and the names of
# targets, which run as an ordinary user if they are "check" and as root
# otherwise.  Without this variable, as a test, it runs these three, without
# the scripts that test the tool.  This needs root and the machine's Debian
# mirror.
#
# The system is a tmpfs in namespaces of its own, so it is gone when this ends.
# If TRIXIE_SYSTEM names a directory, the system is there instead, and the next
# run uses it again.
command -v debootstrap >/dev/null || {
    echo "skipped: debootstrap is not installed"
    exit 77
}
spaces=(--cgroup)
# shellcheck source=../support/spaces.sh
. "$(dirname "$0")/../support/spaces.sh"

source=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../scripts/packages.sh
. "$source/scripts/packages.sh"
read -ra stages <<<"${TRIXIE_STAGES:-check install check-root}"
fewer=()
[ -n "${TRIXIE_STAGES:-}" ] || fewer=(tool_tests=)
mount -t tmpfs -o mode=755 trixie /mnt
system=${TRIXIE_SYSTEM:-/mnt/system}
mkdir -p "$system"
failed=0

# in_system USER COMMAND...: run a command in the system, in the build.
in_system() {
    local user=$1
    shift
    chroot --userspec="$user" "$system" /usr/bin/env -i HOME=/tmp TMPDIR=/tmp \
        LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive VERBOSE=1 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c 'cd /build 2>/dev/null; exec "$@"' sh "$@"
}

make_system() {
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' |
        sed -n '/security/d; s/ main$//p' | head -n 1)
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    [ -z "${http_proxy:-}" ] || export http_proxy
    debootstrap --variant=minbase trixie "$system" "${mirror:?}" &&
        echo force-unsafe-io >"$system/etc/dpkg/dpkg.cfg.d/trixie"
    # ProFTPD does not start without a name.
    echo "127.0.0.1 localhost $(hostname)" >"$system/etc/hosts"
    # Servers do not start.
    printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
    chmod 0755 "$system/usr/sbin/policy-rc.d"
}

# prepare: install the packages, copy the sources, and build.
prepare() {
    local names=$packages_trixie name
    for name in "${stages[@]}"; do
        case $name in
        check-proxies) names+=" $packages_proxies" ;;
        check-services) names+=" $packages_services" ;;
        check-packages) names+=" $packages_install" ;;
        esac
    done
    # shellcheck disable=SC2086 # words
    in_system 0 apt-get -q -y install --no-install-recommends \
        -o Dpkg::Use-Pty=0 $names || return
    for name in accesstoken-check jane bob alice; do
        in_system 0 id "$name" >/dev/null 2>&1 ||
            in_system 0 useradd -m -s /bin/sh "$name" || return
    done
    rm -rf "$system/source" "$system/build"
    mkdir "$system/source" "$system/build"
    copy_sources "$source" "$system/source"
    chroot "$system" chown -R accesstoken-check: /source /build
    in_system accesstoken-check sh -c 'cd /source && autoreconf -fi' &&
        in_system accesstoken-check ../source/configure -q --enable-werror \
            --prefix=/usr --sysconfdir=/etc &&
        in_system accesstoken-check make -j"$(nproc)"
}

# installed: "make install" as README has it; then tokens work, and "make
# uninstall" leaves no file.
installed() {
    local token
    in_system 0 make install || return
    in_system 0 /sbin/ldconfig
    token=$(in_system 0 accesstoken create jane --scope su) &&
        in_system 0 accesstokend --version || return
    in_system 0 pam-auth-update --enable accesstoken &&
        echo "$token" | in_system 0 accesstoken verify --scope su || return
    echo "$token" | in_system bob su jane -c 'echo "in as $(id -un)"' |
        grep 'in as jane' || return
    in_system 0 pam-auth-update --disable accesstoken
    in_system 0 make uninstall || return
    rm -r "$system/var/lib/accesstoken"
    ! find "$system"/{etc,usr} ! -type d -path '*accesstoken*' | grep .
}

# stage NAME COMMAND...: run it, and say how it ended.  A skipped test is a
# failure, except for two checks of the sources, which Debian 12 does, and for
# what only root can run, which check-root does.
elsewhere='tests/\(checks/confinement\|checks/format\|.*_safepath_owner\)$'
stage() {
    local name=$1 start=$SECONDS result=ok
    shift
    "$@" >"/mnt/$name.log" 2>&1 </dev/null || result=FAILED
    grep -E '^(FAIL|SKIP): tests' "/mnt/$name.log" | sort -u
    if grep '^SKIP: tests' "/mnt/$name.log" | grep -qv "$elsewhere"; then
        result=FAILED
    fi
    [ "$result" = ok ] || {
        failed=1
        tail -n 40 "/mnt/$name.log" | sed 's/^/    | /'
    }
    printf '%-15s %-6s %4d s\n' "$name" "$result" "$((SECONDS - start))"
}

[ -e "$system/etc/debian_version" ] || stage system make_system
[ "$failed" -eq 0 ] || exit 1
# A mount, as "/" has to be for those who make namespaces in there.
mount --bind "$system" "$system"
mount -t proc proc "$system/proc"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts \
    "$system/dev/pts"
mount -t tmpfs -o mode=1777 tmp "$system/tmp"
case " ${stages[*]} " in *" check-packages "*)
    # It boots a system.
    mount -t sysfs sysfs "$system/sys"
    mount -t cgroup2 cgroup2 "$system/sys/fs/cgroup"
    ;;
esac
stage build prepare
[ "$failed" -eq 0 ] || exit 1
for name in "${stages[@]}"; do
    case $name in
    install) stage install installed ;;
    check)
        stage check in_system accesstoken-check make -j"$(nproc)" check \
            "${fewer[@]}"
        ;;
    *) stage "$name" in_system 0 make "$name" ;;
    esac
done
[ "$failed" -eq 0 ]
