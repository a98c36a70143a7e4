/*
 * safepath.c - may this path be trusted?  Rules for owners and permissions.
 * Looks at directories and at the status of files, and makes new files.  Must
 * never open the file of a store: closing it drops the locks that libtdb
 * holds.
 *
 * The owner of the directory is the authority: anybody who can write there can
 * make tokens for all users who trust the store.  So every directory above
 * must belong to root or the caller and be writable by nobody else (except a
 * sticky one, such as /tmp).  The last one must have mode 0700 and belong to
 * root, to the caller, or, if root is the caller, to a system user.
 */
#include <config.h>

#include "tokenstore/host/safepath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tokenstore/host/filesystem.h"
#include "tokenstore/host/mend.h"

static bool owned_by_root_or_caller(uid_t uid) {
    return uid == 0 || uid == geteuid();
}

/* Nobody but the owner may write, unless a sticky bit protects the names. */
static enum tokenstore_error check_mode(const struct stat *status,
                                        const char *path,
                                        const char *otherwise,
                                        struct message *message) {
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
        (status->st_mode & S_ISVTX) != 0)
        return TOKENSTORE_OK;
    return unsafe_set(message, path, mend_writable(status, path, otherwise),
                      "writable by its group or by others");
}

static enum tokenstore_error check_private(const struct stat *status,
                                           const char *path, const char *name,
                                           struct message *message) {
    struct mend mend;
    bool made;

    if ((status->st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return TOKENSTORE_OK;
    mend = mend_directory(status, path, name, &made);
    return unsafe_set(message, path, mend,
                      "others have access to it; a store needs a directory "
                      "of its own, of mode 0700%s",
                      made ? "; make one and name the store there" : "");
}

static enum tokenstore_error check_ancestor(const struct stat *status,
                                            const char *path,
                                            const char *otherwise,
                                            struct message *message) {
    if (!owned_by_root_or_caller(status->st_uid))
        return unsafe_set(message, path, mend_foreign(path, otherwise),
                          "owned by uid %u, not by root; its owner could "
                          "replace what is in it",
                          (unsigned int)status->st_uid);
    return check_mode(status, path, otherwise, message);
}

/*
 * May this owner have a directory in a directory of the mode "above"?  Root,
 * the caller and, if "given", a system user may, to whom root gave it.  Root
 * did not if others can write above: in /tmp, that user could have made it.
 */
static enum tokenstore_error
check_owner(const struct stat *status, mode_t above, bool given,
            const char *path, const char *otherwise, struct message *message) {
    if (owned_by_root_or_caller(status->st_uid))
        return TOKENSTORE_OK;
    if (!given || status->st_uid > SYSTEM_UID_MAX)
        return unsafe_set(message, path, mend_foreign(path, otherwise),
                          "owned by uid %u, which is neither root nor the "
                          "caller nor a system user",
                          (unsigned int)status->st_uid);
    if ((above & (S_IWGRP | S_IWOTH)) == 0)
        return TOKENSTORE_OK;
    return unsafe_set(message, path, mend_foreign(path, otherwise),
                      "owned by uid %u, and root may not have given it: "
                      "others can make directories beside it",
                      (unsigned int)status->st_uid);
}

/* The kernel follows as many. */
#define LINKS_MAX 40

/* Replace a symbolic link, whose name is the first "length" bytes of the path,
 * by its target.  The directory of the link has been judged. */
static enum tokenstore_error follow(char path[PATH_MAX], size_t length,
                                    struct message *message) {
    char target[PATH_MAX], name[PATH_MAX], joined[PATH_MAX];
    ssize_t size;
    int above; /* the length of the link's directory */

    memcpy(name, path, length);
    name[length] = '\0';
    size = readlink(name, target, sizeof(target) - 1);
    if (size <= 0)
        return message_set_errno(message, errno, name, "readlink");
    target[size] = '\0';
    above = *target == '/' ? 0 : (int)(strrchr(name, '/') - name) + 1;
    if (snprintf(joined, sizeof(joined), "%.*s%s%s", above, name, target,
                 path + length) >= PATH_MAX)
        return message_set_errno(message, ENAMETOOLONG, path, "open");
    memcpy(path, joined, sizeof(joined));
    return TOKENSTORE_OK;
}

/*
 * Judge everything above a directory, from the root down.  After a directory
 * is known to be safe, nobody else can exchange what is in it, so the next
 * look-up finds what this one has found.  Symbolic links that belong to root
 * or the caller (a moved /var, say) are followed one by one, as the kernel
 * does; the path becomes one without links.  *above is the mode of the
 * directory in which the last name is.
 */
static enum tokenstore_error walk(char path[PATH_MAX], mode_t *above,
                                  const char *otherwise,
                                  struct message *message) {
    enum tokenstore_error error = TOKENSTORE_OK;
    struct stat status;
    int links = 0;
    size_t end = 1;

    *above = 0;
    while (error == TOKENSTORE_OK) {
        bool last = path[end] == '\0';
        char kept = path[end];
        bool link = false;

        path[end] = '\0'; /* the path so far, for the message */
        if (lstat(path, &status) != 0)
            error = message_set_errno(message, errno, path, "open");
        else if (S_ISLNK(status.st_mode)) {
            link = true;
            if (!owned_by_root_or_caller(status.st_uid))
                error = unsafe_set(message, path, mend_otherwise(otherwise),
                                   "a symbolic link of uid %u",
                                   (unsigned int)status.st_uid);
            else if (++links > LINKS_MAX)
                error = message_set_errno(message, ELOOP, path, "open");
        } else if (!last) {
            *above = status.st_mode;
            error = check_ancestor(&status, path, otherwise, message);
        }
        path[end] = kept;
        if (link && error == TOKENSTORE_OK) {
            error = follow(path, end, message);
            end = 1; /* from the root again */
        } else {
            if (last)
                break;
            end += strspn(path + end, "/");
            end += strcspn(path + end, "/");
        }
    }
    return error;
}

/* "store" is the name of a store in it; NULL: it is the directory of a backup,
 * which others may read. */
static enum tokenstore_error open_directory(const char *directory,
                                            const char *store, int *fd,
                                            uid_t *owner,
                                            struct message *message) {
    const char *otherwise = store != NULL ? MEND_STORE : MEND_BACKUP;
    struct stat status = {0};
    enum tokenstore_error error;
    char path[PATH_MAX];
    mode_t above;

    *fd = -1;
    *owner = 0;
    if (snprintf(path, sizeof(path), "%s", directory) >= PATH_MAX)
        return message_set_errno(message, ENAMETOOLONG, directory, "open");
    error = walk(path, &above, otherwise, message);
    if (error != TOKENSTORE_OK)
        return error;
    *fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | SAFEPATH_OPEN);
    if (*fd < 0 || fstat(*fd, &status) != 0)
        error = message_set_errno(message, errno, path, "open");
    if (error == TOKENSTORE_OK)
        error = check_owner(&status, above, geteuid() == 0, path, otherwise,
                            message);
    if (error == TOKENSTORE_OK)
        error = store != NULL ? check_private(&status, path, store, message)
                              : check_mode(&status, path, otherwise, message);
    if (error == TOKENSTORE_OK)
        error = filesystem_check(*fd, store != NULL, path, message);
    if (error != TOKENSTORE_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    *owner = status.st_uid;
    return error;
}

enum tokenstore_error safepath_directory(const char *directory,
                                         const char *store, int *fd,
                                         uid_t *owner,
                                         struct message *message) {
    return open_directory(directory, store, fd, owner, message);
}

enum tokenstore_error safepath_readable_directory(const char *directory,
                                                  int *fd, uid_t *owner,
                                                  struct message *message) {
    enum tokenstore_error error =
        open_directory(directory, NULL, fd, owner, message);

    /* In a directory of root (/tmp, /var/backups) the file is the caller's. */
    if (*owner == 0)
        *owner = geteuid();
    return error;
}

static enum tokenstore_error check_trusted(const struct stat *status,
                                           const char *path,
                                           struct message *message) {
    if (!S_ISREG(status->st_mode))
        return unsafe_set(message, path,
                          mend_otherwise("put a regular file in its place"),
                          "not a regular file");
    if (!owned_by_root_or_caller(status->st_uid))
        return unsafe_set(message, path, mend_trusted_owner(path),
                          "owned by uid %u, not by root, who has to look at "
                          "what is in it",
                          (unsigned int)status->st_uid);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return TOKENSTORE_OK;
    /* A sticky bit protects the names in a directory, but not a file. */
    return unsafe_set(message, path, mend_trusted_mode(status),
                      "writable by its group or by others");
}

enum tokenstore_error safepath_open_trusted(const char *given, int *fd,
                                            struct message *message) {
    enum tokenstore_error error;
    struct stat status;
    char path[PATH_MAX];
    mode_t above;

    *fd = -1;
    if (snprintf(path, sizeof(path), "%s", given) >= PATH_MAX)
        return message_set_errno(message, ENAMETOOLONG, given, "open");
    error = walk(path, &above, MEND_FILE, message);
    if (error != TOKENSTORE_OK)
        return error;
    *fd = open(path, O_RDONLY | O_NOFOLLOW | SAFEPATH_OPEN);
    if (*fd < 0 || fstat(*fd, &status) != 0)
        error = message_set_errno(message, errno, path, "open");
    else
        error = check_trusted(&status, path, message);
    if (error != TOKENSTORE_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return error;
}

bool safepath_give(int fd, uid_t owner) {
    return fchmod(fd, 0600) == 0 &&
           (owner == geteuid() || fchown(fd, owner, (gid_t)-1) == 0);
}

/* A short write sets no errno: the disk is full. */
static bool write_and_sync(int fd, const void *bytes, size_t length) {
    ssize_t written = length > 0 ? write(fd, bytes, length) : 0;

    if (written >= 0 && (size_t)written < length)
        errno = ENOSPC;
    return written == (ssize_t)length && (length == 0 || fsync(fd) == 0);
}

/* Give a complete file its name, unless that is taken: in one step, if the
 * file system can do that, so that the file never has two names. */
static bool put_in_place(int directory, const char *temporary,
                         const char *name) {
    if (renameat2(directory, temporary, directory, name, RENAME_NOREPLACE) ==
        0)
        return true;
    return errno == EEXIST ||
           (errno == EINVAL &&
            (linkat(directory, temporary, directory, name, 0) == 0 ||
             errno == EEXIST));
}

bool safepath_make(int directory, const char *name, uid_t owner,
                   const void *bytes, size_t length) {
    char temporary[NAME_MAX + 1];
    struct timespec now;
    bool made;
    int code;
    int fd;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(temporary, sizeof(temporary), "%.220s.%ld.%ld", name,
             (long)gettid(), now.tv_nsec);
    fd =
        openat(directory, temporary,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | SAFEPATH_OPEN, 0600);
    if (fd < 0)
        return false;
    made = safepath_give(fd, owner) && write_and_sync(fd, bytes, length) &&
           put_in_place(directory, temporary, name);
    code = errno;
    unlinkat(directory, temporary, 0); /* if it still has that name */
    close(fd);
    errno = code;
    return made;
}

static const char *kind_of(const struct stat *status) {
    return S_ISLNK(status->st_mode)    ? "a symbolic link"
           : S_ISFIFO(status->st_mode) ? "a FIFO"
                                       : "something else";
}

enum tokenstore_error safepath_file(const struct stat *status, uid_t owner,
                                    bool is_store, const char *path,
                                    struct message *message) {
    if (!S_ISREG(status->st_mode))
        return unsafe_set(
            message, path,
            is_store ? mend_irregular(path)
                     : mend_otherwise(S_ISLNK(status->st_mode)
                                          ? "name the file that it leads to"
                                          : MEND_BACKUP),
            "%s, not a regular file", kind_of(status));
    if (status->st_uid != owner)
        return unsafe_set(message, path,
                          is_store ? mend_owner(owner, path)
                                   : mend_otherwise(MEND_BACKUP),
                          "owned by uid %u, its directory by uid %u; they "
                          "must be the same",
                          (unsigned int)status->st_uid, (unsigned int)owner);
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return unsafe_set(message, path,
                          is_store ? mend_mode(status, path)
                                   : mend_backup(owner),
                          "others have access to it; the files of a store, "
                          "and its backups, need mode 0600%s",
                          is_store ? "" : "; use a copy");
    return TOKENSTORE_OK;
}

enum tokenstore_error safepath_socket(const char *path,
                                      struct message *message) {
    struct stat directory, status;
    char parent[PATH_MAX];
    enum tokenstore_error error;
    mode_t above;
    char *slash;

    if (snprintf(parent, sizeof(parent), "%s", path) >= PATH_MAX)
        return message_set_errno(message, ENAMETOOLONG, path, "open");
    slash = strrchr(parent, '/');
    slash[slash == parent ? 1 : 0] = '\0';
    error = walk(parent, &above, MEND_SOCKET, message);
    if (error != TOKENSTORE_OK)
        return error;
    if (lstat(parent, &directory) != 0)
        return message_set_errno(message, errno, parent, "open");
    /* systemd gives the directory to the user that the daemon runs as. */
    error = check_owner(&directory, above, true, parent, MEND_SOCKET, message);
    if (error == TOKENSTORE_OK)
        error = check_mode(&directory, parent, MEND_SOCKET, message);
    if (error != TOKENSTORE_OK)
        return error;
    if (lstat(path, &status) != 0)
        return message_set_errno(message, errno, path, "connect");
    if (!S_ISSOCK(status.st_mode))
        return unsafe_set(message, path, mend_otherwise(MEND_SOCKET),
                          "not a socket");
    /* In a directory such as /tmp, anybody could have made it. */
    if (!owned_by_root_or_caller(status.st_uid) &&
        status.st_uid != directory.st_uid)
        return unsafe_set(message, path, mend_otherwise(MEND_SOCKET),
                          "owned by uid %u", (unsigned int)status.st_uid);
    return TOKENSTORE_OK;
}

enum tokenstore_error safepath_peer(uid_t uid, const char *path,
                                    struct message *message) {
    if (owned_by_root_or_caller(uid) || uid <= SYSTEM_UID_MAX)
        return TOKENSTORE_OK;
    return unsafe_set(message, path, mend_otherwise(MEND_SOCKET),
                      "served by uid %u, which is neither root nor the "
                      "caller nor a system user",
                      (unsigned int)uid);
}

bool safepath_absolute(const char *path, char absolute[PATH_MAX]) {
    char directory[PATH_MAX];

    if (*path == '/')
        return snprintf(absolute, PATH_MAX, "%s", path) < PATH_MAX;
    if (getcwd(directory, sizeof(directory)) == NULL || *directory != '/')
        return false;
    return snprintf(absolute, PATH_MAX, "%s/%s",
                    strcmp(directory, "/") == 0 ? "" : directory,
                    path) < PATH_MAX;
}
