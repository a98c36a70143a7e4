#!/bin/bash
# debian.sh - the Debian packages are built, and in a fresh system they are
# installed, used for logins, upgraded, booted, removed and purged; after that
# the system is as it was before.  This needs root and the machine's Debian
# mirror.
#
# The system is a tmpfs in namespaces of its own (see spaces.sh), so it is gone
# when this ends.  Nothing may be written outside of it.
for program in debootstrap dpkg-buildpackage lintian systemd-nspawn; do
    command -v "$program" >/dev/null || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
# The control group of a process names its service; in a new control group
# namespace there is none.
spaces=(--cgroup)
# shellcheck source=../support/spaces.sh
. "$(dirname "$0")/../support/spaces.sh"

source=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../scripts/packages.sh
. "$source/scripts/packages.sh"
kill_at_sync=$PWD/tests/login/.libs/kill_at_sync.so
work=$(mktemp -d "${TMPDIR:-/tmp}/accesstoken-packages.XXXXXX")
trap 'umount -l "$work"; rmdir "$work"' EXIT
mount -t tmpfs -o mode=755 packages "$work"
export TMPDIR=$work
system=$work/system
cd "$work"

failed=0
ok() { echo "ok: $*"; }
wrong() {
    echo "FAILED: $*"
    failed=1
}
stop() {
    echo "$*"
    exit 1
}

# ------------------------------------------------------------------- helpers

# build DIRECTORY: build packages.
build() {
    mkdir "$work/copy"
    copy_sources "$source" "$work/copy"
    "$work/copy/scripts/package" "$1" >"$work/log" 2>&1 || {
        tail -n 60 "$work/log"
        stop "the packages cannot be built"
    }
    rm -rf "$work/copy"
}

# build_next FROM DIRECTORY SUFFIX: the packages in FROM again, as if they had
# been built from sources whose version has this suffix.
build_next() {
    local file version tree=$work/tree
    mkdir "$2"
    for file in "$1"/*.deb; do
        [[ $file != *-dbgsym_* ]] || continue
        version=$(dpkg-deb -f "$file" Version)
        dpkg-deb -R "$file" "$tree"
        sed -i -e "s/^Version: .*/&$3/" -e "s/(= $version)/(= $version$3)/g" \
            "$tree/DEBIAN/control"
        dpkg-deb -Znone -b "$tree" "$2" >/dev/null
        rm -rf "$tree"
    done
}

# dependencies DIRECTORY: print what our packages depend on, without our own
# packages.
dependencies() {
    local file
    for file in "$1"/*.deb; do
        [[ $file == *-dbgsym_* ]] || dpkg-deb -f "$file" Depends Pre-Depends
    done | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
        sed 's/^ *//; s/[ |(].*//' | sort -u |
        grep -vE '^(|accesstokend?|lib(tokenstore|pam-accesstoken).*)$'
}

# make_system DIRECTORY: a system of the machine's own release, from the
# machine's own mirror.
make_system() {
    local codename mirror include
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    mirror=$(apt-get indextargets --format \
        '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        sed -n "s/ $codename main\$//p" | head -n 1)
    [ -n "$mirror" ] || stop "apt knows no mirror of $codename"
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    [ -z "${http_proxy:-}" ] || export http_proxy
    include=$(dependencies "$1" | paste -sd,)
    include=pamtester,curl,openssh-server,$include
    debootstrap --variant=minbase --include="$include" \
        "$codename" "$system" "$mirror" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log"
        stop "debootstrap failed; check the mirror of $codename"
    }
    mount -t proc proc "$system/proc"
    touch "$system/etc/fstab"
    python3 "$source/tests/login/log.py" "$system/dev/log" "$work/syslog" &
    until [ -S "$system/dev/log" ]; do sleep 0.05; done
}

# in_system [--userspec=USER] COMMAND...: run a command in the system.
in_system() {
    local who=--userspec=0
    case $1 in --userspec=*)
        who=$1
        shift
        ;;
    esac
    chroot "$who" "$system" /usr/bin/env -i LC_ALL=C.UTF-8 HOME=/ \
        DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# start COMMAND...: run a command in the system, in the background, until
# "finish".  Its output goes to the file "output".
start() {
    rm -f "$system/tmp/pid"
    in_system sh -c 'echo $$ >/tmp/pid; exec "$@"' sh "$@" >output 2>&1 &
    until [ -s "$system/tmp/pid" ]; do sleep 0.05; done
    started=$(cat "$system/tmp/pid")
}
finish() {
    kill "$started"
    wait "$!" || :
}

# install DIRECTORY NAME...: install packages.  The output of dpkg goes to the
# file "said".
install() {
    local directory=$1 name
    shift
    mkdir -p "$system/tmp/debs"
    for name in "$@"; do
        cp "$directory/${name}_"*.deb "$system/tmp/debs"
    done
    in_system sh -c 'dpkg -i /tmp/debs/*.deb' >said 2>&1 </dev/null || {
        cat said
        stop "dpkg -i fails"
    }
    rm -r "$system/tmp/debs"
}

# remove --remove|--purge NAME...: remove packages.
remove() {
    in_system dpkg "$@" >said 2>&1 </dev/null || {
        cat said
        stop "dpkg $* fails"
    }
}

# look FILE: list everything in the system, except the records of dpkg, apt,
# ld.so and debconf, and the copies that useradd and others make before a change.
look() {
    (cd "$system" && find . \( -path ./proc -o -path ./tmp -o -path ./dev \
        -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
        -o -path ./var/log \) -prune -o ! -path ./etc/ld.so.cache \
        ! -path './etc/*-' -printf '%p %y %m %u:%g %l\n' | sort) >"$1"
    (cd "$system" && find ./etc -type f ! -name '*-' ! -name ld.so.cache \
        -exec sha256sum {} + | sort -k 2) >>"$1"
}

# same WHAT FILE: the system must be as it was when look wrote the file.
same() {
    look now
    if diff "$2" now >difference; then
        ok "$1"
    else
        cat difference
        wrong "$1"
    fi
}

# issue USER OPTION...: issue a token; sets $token and $id.
issue() {
    token=$(in_system accesstoken create "$@" 2>issued)
    id=$(sed -n 's/^token \([0-9]*\) for .*/\1/p' issued)
}

# attempt WHAT yes|no SECRET: bob becomes jane with the secret, or must not.
# $attempt_user is somebody else than jane.
attempt() {
    local got=no user=${attempt_user:-jane}
    attempt_from=$(wc -l <syslog)
    printf '%s\n' "$3" | in_system --userspec=bob:bob \
        su "$user" -c 'echo "in as $(id -un)"' >shown 2>&1 || :
    if grep -q "^in as $user\$" shown || grep -q ": in as $user\$" shown; then
        got=yes
    fi
    if [ "$got" = "$2" ]; then
        ok "$1"
    else
        cat shown
        tail -n "+$((attempt_from + 1))" syslog
        wrong "$1: expected $2"
    fi
}

# handed_on WHAT: the module must have refused the last attempt, and the token
# must not have reached another module.
handed_on() {
    tail -n "+$((attempt_from + 1))" syslog >logged
    if ! grep -q 'pam_accesstoken(su:auth): authentication failure' logged; then
        wrong "$1: not in the log"
    elif grep -q 'pam_unix(su:auth)' logged; then
        wrong "$1: passed on to the next module"
    fi
}

# owner USER: the store must belong to this user.
owner() {
    local found
    found=$(in_system find /var/lib/accesstoken -printf '%u %m\n' | sort -u)
    if [ "$found" = "$1 600
$1 700" ]; then
        ok "the store belongs to $1"
    else
        echo "$found"
        wrong "the store does not belong to $1"
    fi
}

# shellcheck source=boot.sh
. "$source/tests/packages/boot.sh"
# shellcheck source=readme.sh
. "$source/tests/packages/readme.sh"

# ------------------------------------------------------------------- the test

build "$work/one"
build_next "$work/one" "$work/two" +next
# The packages are those of Debian 12, where files are in /lib as well, and
# pkgconf is called pkg-config.  Later releases have these in other places.
other=()
[ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ] ||
    other=(--suppress-tags
        'aliased-location,build-depends-on-obsolete-package')
if lintian --fail-on error,warning "${other[@]}" "$work"/one/*.changes \
    >said 2>&1; then
    ok "lintian reports nothing"
else
    cat said
    wrong "lintian"
fi
make_system "$work/one"

password='horse battery staple'
for name in jane bob; do
    in_system useradd -m -s /bin/sh "$name"
done
echo "jane:$password" | in_system chpasswd
look fresh
packages=(libpam-accesstoken accesstoken libtokenstore0 libtokenstore-http
    libtokenstore-dev)

# After the installation nothing has changed for users.
cp "$system/etc/pam.d/common-auth" auth.before
install "$work/one" "${packages[@]}"
cmp "$system/etc/pam.d/common-auth" auth.before ||
    wrong "the installation has enabled the profile"
[ -e "$system/usr/share/doc/libpam-accesstoken/packaging/selinux/accesstoken.te" ] ||
    wrong "a file that confinement.md names is missing"
issue jane --scope su
attempt "a token before the profile is enabled" no "$token"

# After the profile is enabled, the line is that of the README, but jumps to the
# end of the profiles.
in_system pam-auth-update --enable accesstoken
sed -n '/^## The two PAM stacks/,/^## /s/^    \(auth .*pam_accesstoken\)/\1/p' \
    "$source/README.md" | head -n 1 | tr -s ' \t' ' ' |
    sed 's/success=done/success=2/' >want
sed -n '/^    account .*pam_accesstoken/s/^    //p' "$source/README.md" |
    head -n 1 | tr -s ' \t' ' ' >>want
cat "$system"/etc/pam.d/common-{auth,account} | grep pam_accesstoken |
    tr -s ' \t' ' ' | sed 's/ $//' | diff want - ||
    wrong "the stack is not that of the README"
owner root
attempt "a token" yes "$token"
attempt "a password" yes "$password"
attempt "a wrong password" no "not $password"
issue jane --scope other
attempt "a token for another service" no "$token"
handed_on "a token for another service"
issue jane
module=$(cd "$system" && echo lib/*/security/pam_accesstoken.so)
mv "$system/$module" "$system/$module.away"
attempt "a password without the module's file" yes "$password"
attempt "a token without the module's file" no "$token"
mv "$system/$module.away" "$system/$module"

# The tokens of an account end with it: the next one may get its uid.
in_system useradd -M -s /bin/sh leaver
issue leaver
uid=$(in_system id -u leaver)
in_system userdel leaver
in_system useradd -M -s /bin/sh -u "$uid" leaver
attempt_user=leaver attempt "a token of a deleted account" no "$token"
in_system accesstoken list --user leaver --json | grep -q '"entries":\[\]' ||
    wrong "userdel left the tokens of an account"
in_system userdel leaver
issue jane

# Other profiles before and after ours.  The one after ours accepts everybody.
for profile in front:704:auth_err behind:128:success; do
    IFS=: read -r name priority answer <<<"$profile"
    printf '%s\n' "Name: $name" 'Default: no' "Priority: $priority" \
        'Auth-Type: Primary' 'Auth:' \
        "	[success=end default=ignore]	pam_debug.so auth=$answer" \
        >"$system/usr/share/pam-configs/$name"
done
in_system pam-auth-update --enable behind
attempt "a token before another profile" yes "$token"
attempt "what is not a token goes to the other profile" yes "no password"
in_system accesstoken modify "$id" --disable
attempt "a refused token before another profile" no "$token"
handed_on "a refused token before another profile"
in_system accesstoken modify "$id" --enable
in_system pam-auth-update --enable front
attempt "a token after another profile" yes "$token"
attempt "a password after another profile" yes "$password"
in_system pam-auth-update --disable front behind
rm "$system/usr/share/pam-configs/front" "$system/usr/share/pam-configs/behind"
in_system pam-auth-update --package
attempt "a token when the other profiles are gone" yes "$token"

# The daemon's package takes over the store with its content, or fails with a
# message.
tmpfiles=$(in_system readlink -f /bin/systemd-tmpfiles)
mv "$system$tmpfiles" "$system$tmpfiles.away"
if (install "$work/one" accesstokend) >half 2>&1; then
    wrong "the store was not given to the daemon, and no error was reported"
else
    grep -q '^    /var/lib/accesstoken/tokens.tdb$' half || {
        cat half
        wrong "the error does not name the store"
    }
fi
attempt "a token after the failed installation" yes "$token"
mv "$system$tmpfiles.away" "$system$tmpfiles"
rm -rf "$system/tmp/debs"
install "$work/one" accesstokend
owner accesstoken
attempt "a token in the daemon's store" yes "$token"
issue jane
attempt "a token that root issues in the daemon's store" yes "$token"
owner accesstoken
start accesstokend
until [ -S "$system/run/accesstoken/api.sock" ]; do
    kill -0 "$started"
    sleep 0.05
done
# Users have Debian's path, which has no sbin.
if in_system --userspec=jane:jane env PATH=/usr/local/bin:/usr/bin:/bin \
    accesstoken list --no-header >shown &&
    [ "$(wc -l <shown)" -eq 5 ]; then
    ok "users see their own tokens"
else
    cat shown output
    wrong "users do not see their own tokens"
fi
finish

# An upgrade keeps everything, and names the processes that use the old module.
in_system accesstoken list --all --json >list.before
cp "$system/etc/pam.d/common-auth" auth.before
start perl -e 'require DynaLoader;
    DynaLoader::dl_load_file($ARGV[0]) or die DynaLoader::dl_error();
    $| = 1; print "loaded\n"; sleep 600' "/$module"
until grep -q loaded output; do
    kill -0 "$started"
    sleep 0.05
done
install "$work/two" "${packages[@]}" accesstokend
in_system dpkg-query -W -f '${Version}\n' accesstokend | grep -q '+next$' ||
    wrong "the package was not upgraded"
if grep -A 9 'which still use the old pam_accesstoken.so' said | grep -q '^    perl (process'
then
    ok "an upgrade names the processes that use the old module"
else
    cat said
    wrong "the upgrade does not name the processes that use the old module"
fi
finish
cmp "$system/etc/pam.d/common-auth" auth.before ||
    wrong "the upgrade has changed the stack"
in_system accesstoken list --all --json | cmp - list.before ||
    wrong "the upgrade has changed the tokens"
owner accesstoken
attempt "a token after an upgrade" yes "$token"

# A crash, and a boot.  Bob's token has expired by then.
in_system accesstoken create bob --expires 1s >/dev/null
interrupt
attempt "a token after a crash" no "$token"
boot
in_system accesstoken list >/dev/null
attempt "a token after root has used the store" yes "$token"

# After the packages are removed, the store is still there, and no stack names
# the module.
remove --remove accesstokend "${packages[@]}"
if grep -r pam_accesstoken "$system/etc/pam.d"; then
    wrong "a stack still names the module"
fi
attempt "a password after the packages are removed" yes "$password"
owner accesstoken
install "$work/two" "${packages[@]}"
in_system pam-auth-update --enable accesstoken
attempt "a token after they are installed again" yes "$token"

# When it is purged, the daemon's package gives the store back to root.  Its
# user stays while a process of that user is running that dpkg does not know, and
# what that process writes to files that it holds open does not reach the store.
# After all packages are purged, the system is as it was before.
in_system setpriv --reuid accesstoken --clear-groups sh -c '
    cd /var/lib/accesstoken
    exec 7<>tokens.tdb 8<>tokens.tdb.lock 9<>tokens.tdb.last-use
    echo $$
    until [ -e /tmp/go ]; do sleep 0.1; done
    for fd in 7 8 9; do head -c 4096 /dev/zero >&"$fd" && echo "$fd written"; done
    mv tokens.tdb other || echo "not moved"
    exec sleep 600' >busy 2>/dev/null &
job=$!
until [ -s busy ]; do sleep 0.1; done
remove --purge accesstokend
touch "$system/tmp/go"
until grep -q moved busy; do sleep 0.1; done
[ "$(grep -c -e written -e 'not moved' busy)" -eq 4 ] ||
    wrong "the process did not write: $(cat busy)"
owner root
attempt "a token after the daemon is purged" yes "$token"
in_system getent passwd accesstoken ||
    wrong "the user was deleted while its process was running"
kill "$(head -n 1 busy)"
rm "$system/tmp/go"
wait "$job" || true
in_system userdel accesstoken
remove --purge "${packages[@]}"
same "nothing is left after the purge" fresh

follow_readme

if grep -F -e "$password" -e pamat1_ syslog; then
    wrong "a secret is in the log"
fi
exit "$failed"
