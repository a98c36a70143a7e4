/*
 * listen_unix.c - make a Unix socket.  Replaces a socket of the same name only
 * if nobody answers there, and removes nothing that is not a socket.  Must
 * never act as root on a path that anybody else can change meanwhile.
 */
#include <config.h>

#include "tools/accesstokend/http/listen_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/accesstokend/owner.h"
#include "tools/accesstokend/shared/log.h"

#define PATH_SIZE sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* Removes the socket of a daemon that has ended.  Returns false if anything
 * else has the name. */
static bool clear_way(const char *path, const struct sockaddr_un *address) {
    struct stat status;
    int probe;
    bool alive;

    if (lstat(path, &status) != 0)
        return errno == ENOENT || log_failed(path, "look at it");
    if (!S_ISSOCK(status.st_mode)) {
        log_line(LOG_ERR, "%s: exists and is not a socket", path);
        return false;
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return log_failed(path, "make a socket");
    alive = connect(probe, (const struct sockaddr *)address,
                    sizeof(*address)) == 0 ||
            errno != ECONNREFUSED;
    close(probe);
    if (alive) {
        log_line(LOG_ERR, "%s: another program listens there", path);
        return false;
    }
    return unlink(path) == 0 || log_failed(path, "remove it");
}

/* ---------------------------------------------------------------- directory
 */

/* Copies the directory of a path that fits into a socket's address. */
static void find_directory(const char *path, char *directory) {
    char *slash;

    memcpy(directory, path, strlen(path) + 1);
    slash = strrchr(directory, '/');
    if (slash == NULL)
        memcpy(directory, ".", 2);
    else
        slash[slash == directory ? 1 : 0] = '\0';
}

/* Can nobody but root change what this path leads to, and what is in there? */
static bool is_roots(const char *directory) {
    char path[PATH_MAX], *slash;
    struct stat status;
    bool last = true;

    if (realpath(directory, path) == NULL)
        return false;
    for (;;) {
        if (lstat(path, &status) != 0 || status.st_uid != 0)
            return false;
        /* Root's own directories do not move in a sticky one. */
        if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
            (last || (status.st_mode & S_ISVTX) == 0))
            return false;
        last = false;
        if (strcmp(path, "/") == 0)
            return true;
        slash = strrchr(path, '/');
        slash[slash == path ? 1 : 0] = '\0';
    }
}

/* The user who makes and removes names in this directory. */
static uid_t who_acts(const char *directory, uid_t owner) {
    return geteuid() == 0 && is_roots(directory) ? 0 : owner;
}

/* The store's owner, who removes the socket at the end, needs the directory.
 */
static bool give_directory(const char *directory, uid_t owner) {
    const int fd =
        open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const bool good =
        fd >= 0 && fchmod(fd, 0755) == 0 &&
        (owner == geteuid() || fchown(fd, owner, (gid_t)-1) == 0);

    if (!good)
        log_failed(directory, "give it to the store's owner");
    if (fd >= 0)
        close(fd);
    return good;
}

/* Makes the directory if it is missing: /run is empty after a boot. */
static bool make_directory(const char *directory, uid_t owner) {
    char parent[PATH_SIZE];
    bool good;

    find_directory(directory, parent);
    good = owner_act(who_acts(parent, owner), (gid_t)-1);
    if (good && mkdir(directory, 0700) == 0)
        good = give_directory(directory, owner);
    else if (good)
        good = errno == EEXIST || log_failed(directory, "make it");
    owner_act_end();
    return good;
}

/* ------------------------------------------------------------------- socket
 */

/* Finds the group of a new socket; NULL: that of this process.  Returns false
 * after logging why. */
static bool find_group(const char *name, const char *directory, gid_t *group) {
    const struct group *entry;
    struct stat status;

    *group = getegid();
    if (name == NULL)
        return true;
    entry = getgrnam(name);
    if (entry == NULL) {
        log_line(LOG_ERR, "--verify-socket-group %s: no such group", name);
        return false;
    }
    *group = entry->gr_gid;
    if (stat(directory, &status) != 0 || (status.st_mode & S_ISGID) == 0 ||
        status.st_gid == *group)
        return true;
    log_line(LOG_ERR,
             "%s: sockets there get the group of this directory "
             "(set-group-ID), not --verify-socket-group %s",
             directory, name);
    return false;
}

/* Binds with the final mode and group, because root must not set them later.
 * Nobody can connect before listen(). */
static bool bind_unix(const struct sockaddr_un *address, mode_t mode,
                      gid_t group, struct listening *listening) {
    const char *path = address->sun_path;
    const mode_t old = umask(0777 & ~mode);
    const bool bound =
        bind(listening->socket, (const struct sockaddr *)address,
             sizeof(*address)) == 0;
    struct stat status;

    umask(old);
    if (!bound || lstat(path, &status) != 0)
        return log_failed(path, "bind a socket to it");
    listening->device = status.st_dev;
    listening->inode = status.st_ino;
    memcpy(listening->path, path, strlen(path) + 1);
    /* Root already has the group. */
    return group == getegid() || lchown(path, (uid_t)-1, group) == 0 ||
           log_failed(path, "give it to the group");
}

bool listen_unix(const char *path, uid_t owner, mode_t mode, const char *group,
                 struct listening *listening) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[PATH_SIZE];
    gid_t gid;
    bool good;

    if (strlen(path) >= PATH_SIZE) {
        log_line(LOG_ERR, "%s: the path is too long for a socket", path);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    find_directory(path, directory);
    if (!make_directory(directory, owner) ||
        !find_group(group, directory, &gid))
        return false;
    listening->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening->socket < 0)
        return log_failed(path, "make a socket");
    listening->user = who_acts(directory, owner);
    good = owner_act(listening->user, (gid_t)-1) && clear_way(path, &address);
    owner_act_end();
    if (good) {
        good = owner_act(listening->user, gid) &&
               bind_unix(&address, mode, gid, listening);
        owner_act_end();
    }
    return good && (listen(listening->socket, LISTEN_BACKLOG) == 0 ||
                    log_failed(path, "listen"));
}

/* Another daemon may have made a socket of the same name since. */
void listen_unix_remove(const struct listening *listening) {
    struct stat status;

    if (owner_act(listening->user, (gid_t)-1) &&
        lstat(listening->path, &status) == 0 &&
        status.st_dev == listening->device &&
        status.st_ino == listening->inode)
        unlink(listening->path);
    owner_act_end();
}
