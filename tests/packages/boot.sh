# boot.sh - boot the system of debian.sh with its own systemd, and check that
# the units work.  debian.sh sources it; it is not run.
#
# Never boot the system itself, only a copy.
# shellcheck shell=bash disable=SC2154

# This runs in the booted system when users may log in, and prints a line for
# each check that passes.  The daemon is off at first, because it would recover
# the store too.
probe='#!/bin/sh
su bob -c "su jane -c id" </token | grep -q "(jane)" &&
    echo "su takes a token after a crash"
systemctl start accesstoken-backup.service &&
    accesstoken --store /var/backups/accesstoken/nightly-*.tdb list |
    grep -q jane && echo "there is a backup"
systemctl start accesstoken-prune.service &&
    ! accesstoken list --all | grep bob && echo "old tokens are gone"
systemctl unmask accesstokend.service
systemctl start accesstokend.service &&
    su bob -c "accesstoken list" >/dev/null && echo "the daemon answers"
systemctl --failed --plain --no-legend | grep accesstoken ||
    echo "no unit has failed"
'

# interrupt: leave a change half done, as a crash would; su does not repair it.
interrupt() {
    local status=0
    cp "$kill_at_sync" "$system/tmp/kill_at_sync.so"
    in_system env LD_PRELOAD=/tmp/kill_at_sync.so KILL_AT_SYNC=3 \
        accesstoken create bob >/dev/null 2>&1 || status=$?
    rm "$system/tmp/kill_at_sync.so"
    [ "$status" -eq 137 ] || stop "the writer was not killed: $status"
}

# boot: boot a copy of the system until the probe has finished.
boot() {
    local copy=$work/booted line
    umount "$system/proc"
    cp -a "$system" "$copy"
    mount -t proc proc "$system/proc"
    printf '%s\n' "$token" >"$copy/token"
    chmod 0644 "$copy/token"
    printf '%s' "$probe" >"$copy/probe"
    chmod 0755 "$copy/probe"
    ln -s /dev/null "$copy/etc/systemd/system/accesstokend.service"
    mkdir "$copy/etc/systemd/system/accesstoken-prune.service.d"
    printf '%s\n' '[Service]' 'Environment=OLDER_THAN=1s' \
        >"$copy/etc/systemd/system/accesstoken-prune.service.d/test.conf"
    cat >"$copy/etc/systemd/system/probe.service" <<END
[Unit]
After=systemd-user-sessions.service
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/probe
StandardOutput=file:/said
StandardError=file:/complained
TimeoutStartSec=60
END
    mkdir -p "$copy/etc/systemd/system/multi-user.target.wants"
    ln -s ../probe.service "$copy/etc/systemd/system/multi-user.target.wants"
    timeout 120 systemd-nspawn -D "$copy" --boot --register=no --keep-unit \
        --private-network >log 2>&1 </dev/null || :
    for line in "su takes a token after a crash" "there is a backup" \
        "old tokens are gone" \
        "the daemon answers" "no unit has failed"; do
        if grep -qFx "$line" "$copy/said"; then
            ok "booted: $line"
        else
            wrong "booted: $line"
        fi
    done
    [ "$failed" -eq 0 ] || tail -n 40 log "$copy/said" "$copy/complained" || :
    rm -rf "$copy"
}
