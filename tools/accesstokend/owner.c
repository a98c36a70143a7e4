/*
 * owner.c - run as the store's owner.
 */
#include <config.h>

#include "tools/accesstokend/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "tools/accesstokend/shared/log.h"
#include "tools/common/process.h"

bool owner_find(const char *store, uid_t *owner) {
    char *directory = strdup(store), *slash;
    struct stat status;
    bool good = true;

    if (directory == NULL)
        return log_failed(store, "find its owner");
    slash = strrchr(directory, '/');
    if (slash != NULL && slash != directory)
        *slash = '\0';
    if (stat(directory, &status) == 0)
        *owner = status.st_uid;
    else if (errno == ENOENT)
        *owner = geteuid();
    else
        good = log_failed(directory, "find its owner");
    free(directory);
    return good;
}

static bool become(uid_t uid) {
    const struct passwd *entry = getpwuid(uid);

    if (entry == NULL) {
        log_line(LOG_ERR, "uid %lu owns the store and has no account",
                 (unsigned long)uid);
        return false;
    }
    if (initgroups(entry->pw_name, entry->pw_gid) == 0 &&
        setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
        setresuid(uid, uid, uid) == 0) {
        process_forbid_dumps(); /* a change of uid may allow them again */
        return true;
    }
    return log_failed(entry->pw_name, "become this user");
}

bool owner_become(uid_t owner) {
    if (owner == geteuid())
        return true;
    if (geteuid() == 0)
        return become(owner);
    log_line(LOG_ERR,
             "the store belongs to uid %lu: run accesstokend as that "
             "user, or as root",
             (unsigned long)owner);
    return false;
}
