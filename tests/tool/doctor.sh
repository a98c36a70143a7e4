#!/bin/bash
# doctor.sh - doctor finds what is wrong with the store and with what is around
# it, names the command that mends it, and fails if something does not work.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_PLACES=$work
export ACCESSTOKEN_TEST_TIME=1800000000
export ACCESSTOKEN_TEST_CLOCK=right
export ACCESSTOKEN_TEST_FREE=1073741824
export ACCESSTOKEN_TEST_ACCOUNTS="jane:1001 bob:1002"
export ACCESSTOKEN_TEST_CONFDIR=$work/conf
mkdir -p "$work"/{pam.d,lib/pam.d,backups,conf,security,bin}
export PATH=$work/bin:$PATH

# unit NAME LOAD ENABLED ACTIVE: what "systemctl show" says of a unit.
unit() {
    printf 'Id=%s\nLoadState=%s\nUnitFileState=%s\nActiveState=%s\n' "$@" \
        >"$work/units/$1"
}
# A systemctl that knows these units.
cat >"$work/bin/systemctl" <<END
#!/bin/sh
[ "\$1" = show ] || exit 1
shift 2
for unit; do
    cat "$work/units/\$unit" 2>/dev/null ||
        printf 'Id=%s\nLoadState=not-found\nUnitFileState=\nActiveState=inactive\n' "\$unit"
    echo
done
END
chmod +x "$work/bin/systemctl"

# healthy: nothing is wrong.
healthy() {
    rm -rf "$work"/{state,pam.d,units,conf}
    mkdir -p "$work"/{pam.d,units,conf}
    unit accesstoken-recover.service loaded enabled active
    unit accesstoken-backup.timer loaded enabled active
    unit accesstoken-backup.service loaded static inactive
    unit accesstoken-prune.timer loaded enabled active
    unit accesstoken-prune.service loaded static inactive
    touch -d @1799990000 "$work/backups/nightly-20270115T050000Z.tdb"
    : >"$work/security/pam_accesstoken.so"
    cat >"$work/pam.d/sshd" <<END
auth [success=done default=ignore] pam_accesstoken.so
account [success=ok module_unknown=ignore default=ignore] pam_accesstoken.so
END
    issue jane --expires 30d
}

# found CODE LINE...: doctor exits with CODE, and these are the lines that are
# not "ok"; the JSON says the same.
found() {
    local code=$1
    shift
    expect "$code" doctor
    lines "$err" 0
    same "$(grep -v '^ok ' "$out" || :)" "$(printf '%s\n' "$@")"
    cp "$out" "$work/text"
    expect "$code" doctor --json
    same "$(json "$out" '"\n".join("%-4s  %-8s  %s%s" % (f["state"], f["about"], f["text"],
        "; run: " + f["command"] if "command" in f else "") for f in d["findings"])')" \
        "$(cat "$work/text")"
}

# ----------------------------------------------------------- nothing is wrong
healthy
found 0
expect 0 doctor
same "$(sed 's/has [0-9]* KiB/has N KiB/' "$out")" \
    "ok    store     $store: sound
ok    space     1024 MiB are left; the store has N KiB
ok    clock     synchronized
ok    accounts  the name service answers
ok    tokens    1 active, and each of them expires
ok    orphans   none
ok    recovery  accesstoken-recover.service is enabled
ok    backup    the newest backup is less than 2 days old
ok    prune     accesstoken-prune.timer is on
ok    daemon    /run/accesstoken/api.sock: not running, and not enabled
ok    daemon    /run/accesstoken/verify.sock: not running, and not enabled
ok    limits    /etc/accesstoken/limits.conf does not exist, so nothing is limited
ok    pam       1 service can load the module"

# ------------------------------------------------------ the store, its tokens
nss='the name service does not say whether the user exists; see passwd: in /etc/nsswitch.conf'
issue jane
issue bob --expires 1d
ACCESSTOKEN_TEST_ACCOUNTS=jane:1001 found 0 \
    'warn  tokens    1 of 3 active tokens never expire; run: accesstoken modify ID --expires 365d' \
    'warn  orphans   1 token without an account; run: accesstoken prune --orphaned'
healthy
ACCESSTOKEN_TEST_NSS_DOWN=jane found 1 \
    "fail  accounts  the users of 1 token are not known: $nss; run: getent passwd"
ACCESSTOKEN_TEST_NSS_DOWN=root found 1 \
    "fail  accounts  root is not found: $nss; run: getent passwd root"
ACCESSTOKEN_TEST_CLOCK=unsynchronized found 0 \
    'warn  clock     nothing keeps the clock right, on which the expiration of tokens depends; run: timedatectl set-ntp true'
ACCESSTOKEN_TEST_TIME=1799999000 found 1 \
    'fail  clock     the clock is behind the creation of the newest token, so tokens may be valid for too long; run: timedatectl set-ntp true'
ACCESSTOKEN_TEST_FREE=1000000 found 1 \
    "fail  space     the disk is full, so no token can be issued or revoked; run: df -h $work/state"
ACCESSTOKEN_TEST_FREE=16777216 found 0 \
    "warn  space     16 MiB are left, which is not enough to restore a backup; run: df -h $work/state"
ACCESSTOKEN_TEST_CHILD=crash found 1 \
    "fail  store     $store: the check has found damage; run: accesstoken check"
chmod 640 "$store"
expect 1 doctor
has "$out" "^fail  store     $store: unsafe"
has "$out" '^ok    pam '
lacks "$out" '^.... *(tokens|orphans)'
lines "$err" 0
chmod 600 "$store"
dd if=/dev/zero of="$store" bs=1 count=4096 conv=notrunc 2>/dev/null
expect 1 doctor
has "$out" "^fail  store     .*damaged.*; run: accesstoken restore FILE\$"
healthy
rm -r "$work/state"
mkdir -m 700 "$work/state"
expect 0 doctor
has "$out" "^warn  store     $store: there is no store yet; run: accesstoken create USER\$"

# -------------------------------------------------------- what is around them
healthy
unit accesstoken-recover.service loaded disabled inactive
unit accesstoken-backup.timer loaded disabled inactive
unit accesstoken-prune.timer loaded disabled inactive
found 0 'warn  recovery  accesstoken-recover.service is not enabled, so su and sudo may refuse tokens after a crash; run: systemctl enable accesstoken-recover.service' \
    'warn  prune     nothing removes the tokens that expired long ago; run: systemctl enable --now accesstoken-prune.timer'
rm "$work/backups/"*
found 0 'warn  recovery  accesstoken-recover.service is not enabled, so su and sudo may refuse tokens after a crash; run: systemctl enable accesstoken-recover.service' \
    'warn  backup    no backup is known in /var/backups/accesstoken: there is none; run: systemctl enable --now accesstoken-backup.timer' \
    'warn  prune     nothing removes the tokens that expired long ago; run: systemctl enable --now accesstoken-prune.timer'
healthy
touch -d @1799800000 "$work/backups/nightly-20270115T050000Z.tdb"
unit accesstoken-recover.service loaded enabled failed
unit accesstoken-prune.service loaded static failed
found 1 'fail  recovery  accesstoken-recover.service has failed; run: systemctl restart accesstoken-recover.service' \
    'fail  backup    the newest backup is 2 days old; run: systemctl start accesstoken-backup.service' \
    'fail  prune     accesstoken-prune.service has failed; run: systemctl start accesstoken-prune.service'
healthy
unit accesstoken-backup.service loaded static failed
unit accesstokend-verify.socket loaded enabled inactive
rm "$work/units/accesstoken-recover.service"
: >"$work/api.sock"
found 1 'warn  recovery  accesstoken-recover.service is not installed, so su and sudo may refuse tokens after a crash' \
    'fail  backup    accesstoken-backup.service has failed; run: systemctl start accesstoken-backup.service' \
    'fail  daemon    /run/accesstoken/api.sock: no process listens; run: systemctl restart accesstokend.service' \
    'fail  daemon    /run/accesstoken/verify.sock: not running (no socket); run: systemctl start accesstokend-verify.socket'
unit accesstokend.service loaded enabled inactive
rm "$work/api.sock"
expect 1 doctor
has "$out" '^fail  daemon    /run/accesstoken/api.sock: not running \(no socket\); run: systemctl start accesstokend.service$'
healthy
echo 'frobs = 7' >"$work/conf/limits.conf"
expect 1 doctor
has "$out" '^fail  limits    .*limits.conf:1: .*frobs.*; run: accesstoken limits$'
healthy
printf '#!/bin/sh\nexit 1\n' >"$work/bin/systemctl"
found 0 'warn  systemd   systemctl does not answer, so it is not known whether the store is recovered at boot; run: systemctl status' \
    'warn  prune     nothing removes the tokens that expired long ago; run: systemctl enable --now accesstoken-prune.timer'

# -------------------------------------------------------------- the services
systemd=('warn  systemd   systemctl does not answer, so it is not known whether the store is recovered at boot; run: systemctl status'
    'warn  prune     nothing removes the tokens that expired long ago; run: systemctl enable --now accesstoken-prune.timer')
rm "$work/security/pam_accesstoken.so"
echo "auth required $work/security/pam_accesstoken.so" >"$work/pam.d/imap"
echo "auth required $build/.libs/pam_accesstoken.so" >"$work/pam.d/pop3"
found 1 "${systemd[@]}" \
    'fail  pam       imap names pam_accesstoken.so, whose file is missing, so that every login fails; install the module, or change /etc/pam.d/imap' \
    'warn  pam       pop3 fails if the file of the module is missing, which is right only for a service that accepts nothing but tokens; run: man pam_accesstoken' \
    'fail  pam       sshd names pam_accesstoken.so, whose file is missing; install the module, or take the lines out; run: accesstoken pam remove sshd'
rm "$work/pam.d/"*
ln -s loop "$work/pam.d/loop"
found 0 "${systemd[@]}" \
    "warn  pam       some files of PAM's services cannot be read; run: ls -l /etc/pam.d" \
    'warn  pam       no service accepts tokens; run: accesstoken pam add SERVICE'

expect 2 doctor --store https://127.0.0.1:9
has "$err" 'doctor works only with the file of a store'
expect 2 doctor now
