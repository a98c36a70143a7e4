#!/bin/bash
# rpm.sh - the spec file is correct, and its packages contain everything that
# "make install" installs.  This builds in a temporary directory and installs
# nothing.
set -eu
umask 022
export LC_ALL=C.UTF-8

for program in rpmbuild rpmlint autoreconf; do
    command -v "$program" >/dev/null || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
source=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../scripts/packages.sh
. "$source/scripts/packages.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/accesstoken-rpm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
# Debian's rpm keeps a database in the home directory.
export HOME=$work

spec=$source/packaging/pam_accesstoken.spec
if ! rpmlint -c "$source/packaging/rpmlint.toml" "$spec" >log 2>&1 ||
    grep -E '\.spec:.* [EW]: ' log; then
    cat log
    exit 1
fi

# The version must be the same everywhere.
version=$(sed -n 's/^AC_INIT(.*\[\(.*\)\])$/\1/p' "$source/configure.ac")
grep -q "^Version: *$version$" "$spec" || {
    echo "the spec file's version is not $version"
    exit 1
}
head -n 1 "$source/debian/changelog" | grep -q "($version-" || {
    echo "debian/changelog's version is not $version"
    exit 1
}

# Make an archive like a released one.
name=pam_accesstoken-$version
mkdir "$name"
copy_sources "$source" "$name"
(cd "$name" && autoreconf -fi >../log 2>&1) || {
    tail -n 20 log
    exit 1
}
tar -cJf "$name.tar.xz" "$name"

# Debian's rpm does not have Fedora's macros.
define=()
for line in "_unitdir $(rpm --eval %_prefix)/lib/systemd/system" \
    "_sysusersdir $(rpm --eval %_prefix)/lib/sysusers.d" \
    "_tmpfilesdir $(rpm --eval %_prefix)/lib/tmpfiles.d" \
    '_pkgdocdir /usr/share/doc/pam_accesstoken' \
    '_libexecdir /usr/libexec' \
    'systemd_post() %{nil}' 'systemd_preun() %{nil}' \
    'systemd_postun() %{nil}' 'systemd_postun_with_restart() %{nil}' \
    'sysusers_create() %{nil}' 'tmpfiles_create() %{nil}' \
    "_topdir $work/rpm" "_sourcedir $work" "_tmppath $work" 'debug_package %{nil}'; do
    define+=(--define "$line")
done
rpmbuild --nodeps "${define[@]}" -ba "$spec" >log 2>&1 || {
    tail -n 40 log
    exit 1
}
count=$(find rpm/RPMS -name '*.rpm' | wc -l)
[ "$count" -eq 6 ] || {
    echo "expected 6 packages, got $count"
    exit 1
}
# The SELinux module, which the documents mention, is in a package.
rpm -qlp rpm/RPMS/*/pam_accesstoken-0*.rpm |
    grep -q '/packaging/selinux/accesstoken\.te$' || {
    echo "no package contains the SELinux module"
    exit 1
}
for package in rpm/RPMS/*/*.rpm; do
    echo "${package##*/}"
    rpm -qlp "$package" | sed 's/^/    /'
done
