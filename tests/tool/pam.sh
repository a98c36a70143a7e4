#!/bin/bash
# pam.sh - pam shows the services that use the module; pam add puts its lines
# where they belong and changes no other, pam remove takes them out again, and
# both refuse the files in which that would be wrong.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_PLACES=$work
export ACCESSTOKEN_TEST_TIME=1800000000
export ACCESSTOKEN_TEST_LABEL=system_u:object_r:etc_t:s0
mkdir -p "$work/pam.d" "$work/lib/pam.d"
auth='auth  [success=done authtok_err=ignore module_unknown=ignore cred_insufficient=ignore default=die]  pam_accesstoken.so'
account='account  [success=ok ignore=ignore module_unknown=ignore default=bad]  pam_accesstoken.so'

# service NAME LINE...: write a service's file.
service() { printf '%s\n' "${@:2}" >"$work/pam.d/$1"; }

# nothing_left: the command has left no other file in /etc/pam.d.
nothing_left() {
    same "$(find "$work/pam.d" -name '.*' ! -path "$work/pam.d")" ""
}

# patched FILE DIFF RESULT: what "pam" shows is a diff between these files.
patched() {
    if command -v patch >/dev/null; then
        patch -s -o "$work/patched" "$1" "$2"
        cmp "$work/patched" "$3"
    fi
}

# added NAME LINE...: "pam add" makes these lines of the service, "pam remove"
# makes the old ones of them again, and both show what they change.
added() {
    local name=$1
    shift
    cp "$work/pam.d/$name" "$work/before"
    rm -rf "$work/backups"
    expect 0 pam add "$name" --dry-run
    cmp "$work/pam.d/$name" "$work/before"
    [ ! -e "$work/backups" ] || fail "--dry-run keeps a file"
    cp "$out" "$work/diff"
    expect 0 pam add "$name"
    cmp "$out" "$work/diff"
    printf '%s\n' "$@" >"$work/wanted"
    cmp "$work/pam.d/$name" "$work/wanted" || fail "$(cat "$work/pam.d/$name")"
    cmp "$work/backups/pam.d-$name-20270115T080000Z" "$work/before"
    has "$err" "^the old file is /var/backups/accesstoken/pam.d-$name-20270115T080000Z\$"
    patched "$work/before" "$work/diff" "$work/wanted"
    cp "$work/pam.d/$name" "$work/now"
    expect 0 pam add "$name"
    lines "$out" 0
    has "$err" "^nothing to change in $name\$"
    cmp "$work/pam.d/$name" "$work/now"
    expect 0 pam remove "$name"
    cmp "$work/backups/pam.d-$name-20270115T080000Z-2" "$work/wanted"
    cmp "$work/pam.d/$name" "$work/before"
    patched "$work/wanted" "$out" "$work/before"
    nothing_left
}

# refused CODE REGEX ARGUMENT...: pam changes nothing and says why, in a line.
refused() {
    local code=$1 what=$2
    shift 2
    find "$work/pam.d" -type f -exec cat {} + >"$work/before"
    expect "$code" pam "$@"
    lines "$err" 1
    has "$err" "^accesstoken: .*$what"
    find "$work/pam.d" -type f -exec cat {} + >"$work/now"
    cmp "$work/before" "$work/now"
    nothing_left
}

# -------------------------------------------------------------------- show
expect 0 pam
lines "$out" 0
has "$err" '^no service uses pam_accesstoken.so$'
service imap "$auth" 'auth required pam_unix.so'
service only 'auth required pam_accesstoken.so' "$account"
expect 0 pam
same "$(cat "$out")" "imap: auth
only: auth, account; fails if the module is missing"
lines "$err" 0
expect 0 pam --json
cp "$out" "$work/shown"
accesstoken status --json >"$out" 2>/dev/null || :
same "$(json "$out" 'd["pam"]')" "$(json "$work/shown" d)"
ln -s loop "$work/pam.d/loop"
expect 0 pam
has "$err" '^some files could not be read$'
rm "$work/pam.d/"*

# --------------------------------------------------------------- where it stands
service common-auth 'auth [success=1 default=ignore] pam_unix.so nullok' \
    'auth requisite pam_deny.so' 'auth required pam_permit.so'
service common-account 'account required pam_unix.so'
service common-session 'session required pam_unix.so'
service sshd '# sshd' '@include common-auth' \
    'account    required     pam_nologin.so' '@include common-account' \
    '@include common-session'
chmod 640 "$work/pam.d/sshd"
added sshd '# sshd' "$auth" '@include common-auth' "$account" \
    'account    required     pam_nologin.so' '@include common-account' \
    '@include common-session'
same "$(stat -c '%a %u' "$work/pam.d/sshd")" "640 $(id -u)"
same "$(grep -v '^ ' "$work/diff")" "--- /etc/pam.d/sshd
+++ /etc/pam.d/sshd
@@ -1,5 +1,7 @@
+$auth
+$account"
lines "$log" 2
has "$log" 'security.selinux=system_u:object_r:etc_t:s0$'
service login 'auth optional pam_faildelay.so delay=3000000' \
    'auth requisite pam_nologin.so' '@include common-session' \
    '@include common-auth' 'auth optional pam_group.so' \
    'session required pam_limits.so' '@include common-account'
added login 'auth optional pam_faildelay.so delay=3000000' \
    'auth requisite pam_nologin.so' '@include common-session' \
    "$auth" '@include common-auth' 'auth optional pam_group.so' \
    'session required pam_limits.so' "$account" '@include common-account'
service su 'auth sufficient pam_rootok.so' \
    '# auth required pam_wheel.so' '@include common-auth' \
    '@include common-account'
added su 'auth sufficient pam_rootok.so' \
    '# auth required pam_wheel.so' "$auth" '@include common-auth' \
    "$account" '@include common-account'
# Account lines before auth lines, and a file whose last line has no newline.
service early '@include common-account' \
    'auth [success=ok user_unknown=bad default=die] pam_securetty.so'
printf 'auth required pam_env.so' >>"$work/pam.d/early"
expect 0 pam add early
same "$(cat "$work/pam.d/early")" "$account
@include common-account
auth [success=ok user_unknown=bad default=die] pam_securetty.so
$auth
auth required pam_env.so"
has "$out" '^\\ No newline at end of file$'
# A line that jumps, and one that asks for a password, end the search.
service jump 'auth requisite pam_nologin.so' \
    '-auth [success=1 default=ignore] pam_succeed_if.so user = root' \
    'auth required pam_unix.so' '@include common-account'
added jump 'auth requisite pam_nologin.so' "$auth" \
    '-auth [success=1 default=ignore] pam_succeed_if.so user = root' \
    'auth required pam_unix.so' "$account" '@include common-account'
service asks 'auth optional pam_echo.so' \
    'auth sufficient /lib/security/pam_ldap.so' \
    'auth requisite pam_deny.so' 'account required pam_unix.so'
added asks 'auth optional pam_echo.so' "$auth" \
    'auth sufficient /lib/security/pam_ldap.so' \
    'auth requisite pam_deny.so' "$account" 'account required pam_unix.so'
# Fedora's form, and an include that asks nobody.
service quiet 'auth optional pam_echo.so' 'session required pam_unix.so'
service fedora 'auth include quiet' 'auth substack common-auth' \
    'account include common-account'
added fedora 'auth include quiet' "$auth" 'auth substack common-auth' \
    "$account" 'account include common-account'
# Without account lines, those of "other" stay in use.
service bare 'auth required pam_unix.so'
expect 0 pam add bare
has "$err" '^bare has no account lines; the module gets none$'
same "$(cat "$work/pam.d/bare")" "$auth
auth required pam_unix.so"
# What includes have is not added again.
service through '@include sshd'
expect 0 pam add sshd
expect 0 pam add through
has "$err" '^nothing to change in through$'
expect 0 pam remove through
# Options that were added to the line go with it.
sed -i '/^auth/s/$/ scope=ssh/' "$work/pam.d/sshd"
expect 0 pam remove sshd
same "$(head -n 2 "$work/pam.d/sshd")" '# sshd
@include common-auth'

# ---------------------------------------------------------------- refusals
for module in pam_nologin pam_wheel pam_listfile pam_access pam_succeed_if \
    pam_time pam_securetty; do
    service guard '@include common-auth' '@include common-account' \
        "auth required $module.so"
    refused 8 "guard: line 3 \(auth required $module.so\)" add guard
    service guard "auth required $module.so" '@include common-auth' \
        '@include common-account'
    refused 8 "guard: line 1 \(auth required $module.so\)" add guard
    service guard "auth requisite $module.so" '@include common-auth' \
        '@include common-account'
    expect 0 pam add guard --dry-run
done
service guard 'auth [success=ok default=1] pam_succeed_if.so uid >= 1000' \
    '@include common-auth' 'account required pam_access.so'
expect 0 pam add guard --dry-run
service su-l 'auth include su' 'account include su'
refused 8 'into the file su, which is included; run: accesstoken pam add su$' \
    add su-l
service noauth '@include common-account'
refused 8 'noauth: no auth line asks for a password' add noauth
service dangling '@include no-such-file'
refused 8 'no-such-file: cannot be read' add dangling
service endless '@include endless'
refused 7 'endless: not every file' add endless
refused 3 '/etc/pam.d/nothing: No such file' add nothing
mkdir "$work/pam.d/directory"
refused 8 'directory is not the file of a PAM service' add directory
rmdir "$work/pam.d/directory"
# A line of another file that skips others would end elsewhere.
service inner '@include common-auth' '@include common-account'
service between 'auth include inner'
service outer 'auth [success=2 default=ignore] pam_permit.so' \
    '@include between' 'auth required pam_deny.so'
refused 8 'outer includes inner behind an auth line' add inner
sed -i "1i$auth" "$work/pam.d/inner"
refused 8 'outer includes inner' remove inner
sed -i 1d "$work/pam.d/inner"
# In a stack of its own, and in front of such a line, it does not matter.
service outer 'auth [success=1 default=ignore] pam_permit.so' \
    'auth substack inner' 'auth required pam_deny.so'
expect 0 pam add inner --dry-run
service outer '@include inner' 'auth [success=1 default=ignore] pam_unix.so'
expect 0 pam add inner --dry-run
# Files of other programs.
ln -s /etc/authselect/system-auth "$work/pam.d/system-auth"
ln -s sshd "$work/pam.d/link"
service fingerprint '# Generated by authselect' 'auth required pam_unix.so'
sed -i '1i# here are the per-package modules (the "Primary" block)' \
    "$work/pam.d/common-auth"
for action in add remove; do
    refused 8 'run: pam-auth-update --enable accesstoken$' \
        "$action" common-auth
    refused 8 'authselect create-profile' "$action" system-auth
    refused 8 'authselect create-profile' "$action" fingerprint
    refused 8 'symbolic link to sshd' "$action" link
    refused 2 "SERVICE '../x': not the name" "$action" ../x
    refused 2 'SERVICE is missing' "$action"
    refused 2 'too many arguments' "$action" sshd login
    refused 2 'json' "$action" sshd --json
done
refused 2 'expected add, remove or test' frob
refused 2 'dry-run' --dry-run
# Lines that "add" did not write.
service other 'auth [success=2 default=die] pam_accesstoken.so' \
    'auth required pam_unix.so' 'account required pam_unix.so'
refused 8 'other: line 1 ' remove other
service other 'auth [success=2 default=ignore] pam_usertype.so' "$auth" \
    'auth required pam_unix.so'
refused 8 'other: line 2 ' remove other
service other "$auth" 'auth required pam_unix.so' \
    'session optional pam_accesstoken.so'
refused 8 'other: line 3 ' remove other

# Without a place for the old file, nothing is changed.
rm -rf "$work/backups"
: >"$work/backups"
refused 1 '/var/backups/accesstoken' add sshd
rm "$work/backups"
mkdir -m 777 "$work/backups"
chmod 777 "$work/backups"
refused 4 '/var/backups/accesstoken' add sshd
