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

/* Returns NULL after logging that there is none. */
static const struct passwd *find_account(uid_t uid) {
    const struct passwd *entry = getpwuid(uid);

    if (entry == NULL)
        log_line(LOG_ERR, "uid %lu owns the store and has no account",
                 (unsigned long)uid);
    return entry;
}

bool owner_act(uid_t owner, gid_t group) {
    const struct passwd *entry;

    if (geteuid() != 0)
        return true;
    if (owner == 0)
        return group == (gid_t)-1 || setegid(group) == 0 ||
               log_failed("root", "act with another group");
    entry = find_account(owner);
    if (entry == NULL)
        return false;
    if (group == (gid_t)-1)
        group = entry->pw_gid;
    return (initgroups(entry->pw_name, entry->pw_gid) == 0 &&
            setegid(group) == 0 && seteuid(owner) == 0) ||
           log_failed(entry->pw_name, "act as this user");
}

void owner_act_end(void) {
    /* They fail only if the process has lost what it was started with. */
    if (seteuid(getuid()) != 0 || setegid(getgid()) != 0) {
        log_failed("accesstokend", "act as the user who started it");
        _exit(EXIT_FAILURE);
    }
    process_forbid_dumps(); /* a change of uid may allow them again */
}

static bool become(uid_t uid) {
    const struct passwd *entry = find_account(uid);

    if (entry == NULL)
        return false;
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
