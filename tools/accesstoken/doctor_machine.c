/*
 * doctor_machine.c - examine what runs beside the store.
 */
#include <config.h>

#include "tools/accesstoken/doctor_machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tools/accesstoken/probe.h"
#include "tools/accesstoken/units.h"
#include "tools/common/limits_file.h"

#define BACKUPS "/var/backups/accesstoken"
#define DAY INT64_C(86400)
#define BACKUP_DAYS 2 /* the newest backup of every night is not older */

static void examine_recovery(struct findings *findings,
                             const struct unit *unit) {
    if (!unit->installed)
        finding(findings, FINDING_WARN, "recovery", NULL,
                "accesstoken-recover.service is not installed, so su and sudo "
                "may refuse tokens after a crash");
    else if (unit->failed)
        finding(findings, FINDING_FAIL, "recovery",
                "systemctl restart accesstoken-recover.service",
                "accesstoken-recover.service has failed");
    else if (!unit->enabled)
        finding(findings, FINDING_WARN, "recovery",
                "systemctl enable accesstoken-recover.service",
                "accesstoken-recover.service is not enabled, so su and sudo "
                "may refuse tokens after a crash");
    else
        finding(findings, FINDING_OK, "recovery", NULL,
                "accesstoken-recover.service is enabled");
}

/* Finds the time of the newest backup.  Returns false if there is none, with
 * errno ENOENT, or if it is not known. */
static bool find_backup(int64_t *newest) {
    DIR *directory = opendir(BACKUPS);
    const struct dirent *entry;
    bool found = false;
    struct stat file;

    if (directory == NULL)
        return false;
    while ((entry = readdir(directory)) != NULL) {
        const size_t length = strlen(entry->d_name);

        if (length < 4 || strcmp(entry->d_name + length - 4, ".tdb") != 0 ||
            fstatat(dirfd(directory), entry->d_name, &file,
                    AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (!found || file.st_mtime > *newest)
            *newest = file.st_mtime;
        found = true;
    }
    closedir(directory);
    errno = ENOENT;
    return found;
}

/* Examines the age of the newest backup.  Without a timer, cron may make
 * backups. */
static void examine_backup(struct findings *findings, const struct unit *timer,
                           const struct unit *service) {
    const bool on = timer->enabled || timer->active;
    const char *command =
        on ? "systemctl start accesstoken-backup.service"
           : "systemctl enable --now accesstoken-backup.timer";
    int64_t newest = 0, age;

    if (service->failed) {
        finding(findings, FINDING_FAIL, "backup", command,
                "accesstoken-backup.service has failed");
    } else if (!find_backup(&newest)) {
        finding(findings, FINDING_WARN, "backup",
                errno == ENOENT ? command : "sudo accesstoken doctor",
                "no backup is known in %s: %s", BACKUPS,
                errno == ENOENT ? "there is none" : strerror(errno));
    } else {
        age = (time(NULL) - newest) / DAY;
        if (age >= BACKUP_DAYS)
            finding(findings, on ? FINDING_FAIL : FINDING_WARN, "backup",
                    command, "the newest backup is %" PRId64 " days old", age);
        else
            finding(findings, FINDING_OK, "backup", NULL,
                    "the newest backup is less than %d days old", BACKUP_DAYS);
    }
}

static void examine_prune(struct findings *findings, const struct unit *timer,
                          const struct unit *service) {
    if (service->failed)
        finding(findings, FINDING_FAIL, "prune",
                "systemctl start accesstoken-prune.service",
                "accesstoken-prune.service has failed");
    else if (!timer->enabled && !timer->active)
        finding(findings, FINDING_WARN, "prune",
                "systemctl enable --now accesstoken-prune.timer",
                "nothing removes the tokens that expired long ago");
    else
        finding(findings, FINDING_OK, "prune", NULL,
                "accesstoken-prune.timer is on");
}

/* Examines a socket of the daemon.  It need not exist, unless systemd is to
 * make it or to start the daemon. */
static void examine_socket(struct findings *findings, size_t socket,
                           const struct unit *unit, const char *start,
                           const struct unit *daemon) {
    const enum probe probe = probe_socket(socket);
    const char *path = probe_paths[socket];
    const char *text = probe_text(probe);

    if (probe == PROBE_OK)
        finding(findings, FINDING_OK, "daemon", NULL, "%s: %s", path, text);
    else if (probe == PROBE_DENIED)
        finding(findings, FINDING_WARN, "daemon", "sudo accesstoken doctor",
                "%s: %s", path, text);
    else if (probe != PROBE_ABSENT)
        finding(findings, FINDING_FAIL, "daemon",
                "systemctl restart accesstokend.service", "%s: %s", path,
                text);
    else if (unit->enabled)
        finding(findings, FINDING_FAIL, "daemon", start, "%s: %s", path, text);
    else if (daemon->enabled)
        finding(findings, FINDING_FAIL, "daemon",
                "systemctl start accesstokend.service", "%s: %s", path, text);
    else
        finding(findings, FINDING_OK, "daemon", NULL,
                "%s: not running, and not enabled", path);
}

static void examine_limits(struct findings *findings) {
    char message[PATH_MAX + TOKENSTORE_MESSAGE_SIZE];
    struct limits limits;

    if (!limits_read(NULL, &limits, message, sizeof(message)))
        finding(findings, FINDING_FAIL, "limits", "accesstoken limits", "%s",
                message);
    else
        finding(findings, FINDING_OK, "limits", NULL, "%s%s",
                limits_default_path(),
                limits.found ? "" : " does not exist, so nothing is limited");
}

void doctor_machine(struct findings *findings) {
    struct unit units[UNITS];

    if (units_read(units))
        examine_recovery(findings, &units[UNIT_RECOVER]);
    else
        finding(findings, FINDING_WARN, "systemd", "systemctl status",
                "systemctl does not answer, so it is not known whether the "
                "store is recovered at boot");
    examine_backup(findings, &units[UNIT_BACKUP_TIMER], &units[UNIT_BACKUP]);
    examine_prune(findings, &units[UNIT_PRUNE_TIMER], &units[UNIT_PRUNE]);
    examine_socket(findings, 0, &units[UNIT_API_SOCKET],
                   "systemctl start accesstokend-api.socket",
                   &units[UNIT_DAEMON]);
    examine_socket(findings, 1, &units[UNIT_VERIFY_SOCKET],
                   "systemctl start accesstokend-verify.socket",
                   &units[UNIT_DAEMON]);
    examine_limits(findings);
}
