/*
 * mend.c - how to mend what makes a path unsafe.  Looks at names in
 * directories, and changes nothing.
 *
 * Whoever owns the directory of a file can put a link in its place, between
 * our look and the command.  So the commands for a file of a store follow no
 * link (mv), run as the owner (setpriv), or are for directories of the one who
 * runs them.
 */
#include "tokenstore/host/mend.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOVE "mv -T @ @.unsafe"
/* A copy has no other links, and nobody has it open for writing. */
#define COPY "install -T -m 0600 @ @.copy && mv -T @.copy @"

struct mend mend_otherwise(const char *otherwise) {
    return (struct mend){.command = "", .otherwise = otherwise};
}

static struct mend mend_by(const char *command, const char *otherwise) {
    struct mend mend = mend_otherwise(otherwise);

    snprintf(mend.command, sizeof(mend.command), "%s", command);
    return mend;
}

/* -------------------------------------------------------------- directories
 */

static size_t depth(const char *path) {
    size_t count = 0;

    for (path += strspn(path, "/"); *path != '\0'; path += strspn(path, "/")) {
        path += strcspn(path, "/");
        count++;
    }
    return count;
}

/* Returns whether it is a directory that packages make for us alone. */
static bool is_ours(const char *path) {
    return strcmp(path, STATEDIR) == 0 || strcmp(path, CONFDIR) == 0 ||
           strcmp(path, RUNSTATEDIR) == 0;
}

/* Returns whether others may use it by design: /tmp, /etc, a home, a directory
 * of a group. */
static bool is_shared(const struct stat *status, const char *path) {
    const size_t level = depth(path);

    if (is_ours(path))
        return false;
    return (status->st_mode & (S_ISVTX | S_ISGID | S_IWOTH)) != 0 ||
           level <= 1 ||
           (level == 2 && strncmp(path + strspn(path, "/"), "home/", 5) == 0);
}

/* Returns whether nothing is in a directory but the files of the store whose
 * name is the beginning of these. */
static bool has_only(const char *directory, const char *name, size_t length) {
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    bool found = false, others = false;

    if (entries == NULL)
        return false;
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0)
            continue;
        found = true;
        others = others || strncmp(entry->d_name, name, length) != 0;
    }
    closedir(entries);
    return found && !others;
}

struct mend mend_writable(const struct stat *status, const char *path,
                          const char *otherwise) {
    return is_shared(status, path) ? mend_otherwise(otherwise)
                                   : mend_by("chmod go-w @", otherwise);
}

struct mend mend_foreign(const char *path, const char *otherwise) {
    /* The files in it are judged by themselves. */
    if (strcmp(path, CONFDIR) == 0)
        return mend_by("chown 0 @", otherwise);
    return strcmp(path, STATEDIR) == 0 ? mend_by(MOVE, otherwise)
                                       : mend_otherwise(otherwise);
}

struct mend mend_directory(const struct stat *status, const char *path,
                           const char *name, bool *made) {
    *made = false;
    if (is_ours(path))
        return mend_by("chmod 0700 @", MEND_STORE);
    if (is_shared(status, path))
        return mend_otherwise(MEND_STORE);
    if (has_only(path, name, strlen(name)))
        return mend_by("chmod 0700 @", MEND_STORE);
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return mend_otherwise(MEND_STORE);
    *made = true;
    return mend_by("mkdir -m 0700 @/tokens", MEND_STORE);
}

/* -------------------------------------------------------------------- files
 */

/* Returns whether a file of a store has no other neighbours than its store.
 * Otherwise it may be another file, which somebody named by mistake. */
static bool is_alone(const char *path) {
    static const char *const endings[] = {".lock", ".last-use"};
    const char *name = strrchr(path, '/');
    char directory[PATH_MAX];
    size_t length;

    if (name == NULL || name == path)
        return false;
    snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);
    length = strlen(++name);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t ending = strlen(endings[i]);

        if (length > ending && strcmp(name + length - ending, endings[i]) == 0)
            length -= ending;
    }
    return has_only(directory, name, length);
}

struct mend mend_irregular(const char *path) {
    return is_alone(path) ? mend_by(MOVE, MEND_STORE)
                          : mend_otherwise(MEND_STORE);
}

struct mend mend_owner(uid_t owner, const char *path) {
    if (!is_alone(path))
        return mend_otherwise(MEND_STORE);
    return mend_by(owner == 0 ? COPY : MOVE, MEND_STORE);
}

struct mend mend_mode(const struct stat *status, const char *path) {
    const uid_t owner = status->st_uid;
    struct mend mend = mend_otherwise(MEND_STORE);

    if (owner != 0 && owner <= SYSTEM_UID_MAX)
        snprintf(mend.command, sizeof(mend.command),
                 "setpriv --reuid %u --clear-groups chmod go= @",
                 (unsigned int)owner);
    else if (status->st_nlink == 1)
        return mend_by("chmod go= @", MEND_STORE);
    else if (is_alone(path))
        return mend_by(COPY, MEND_STORE);
    return mend;
}

struct mend mend_backup(uid_t owner) {
    return owner == geteuid()
               ? mend_by("install -T -m 0600 @ @.private", MEND_BACKUP)
               : mend_otherwise(MEND_BACKUP);
}

struct mend mend_trusted_owner(const char *path) {
    return strncmp(path, CONFDIR "/", sizeof(CONFDIR)) == 0
               ? mend_by("install -T -m 0644 @ @.copy && mv -T @.copy @",
                         MEND_FILE)
               : mend_otherwise(MEND_FILE);
}

struct mend mend_trusted_mode(const struct stat *status) {
    return status->st_nlink == 1 ? mend_by("chmod go-w @", MEND_FILE)
                                 : mend_otherwise(MEND_FILE);
}
