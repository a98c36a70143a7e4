/*
 * listen_unix.c - make a Unix socket.  Replaces a socket of the same name only
 * if nobody answers there, and removes nothing that is not a socket.
 */
#include <config.h>

#include "tools/accesstokend/http/listen_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/accesstokend/shared/log.h"

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

static bool set_access(const char *path, mode_t mode, const char *group) {
    const struct group *entry;

    if (group != NULL) {
        entry = getgrnam(group);
        if (entry == NULL) {
            log_line(LOG_ERR, "--verify-socket-group %s: no such group",
                     group);
            return false;
        }
        if (chown(path, (uid_t)-1, entry->gr_gid) != 0)
            return log_failed(path, "give it to the group");
    }
    return chmod(path, mode) == 0 || log_failed(path, "set its permissions");
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
static bool make_directory(const char *path, uid_t owner) {
    char directory[108];
    char *slash;

    memcpy(directory, path, strlen(path) + 1);
    slash = strrchr(directory, '/');
    if (slash == NULL || slash == directory)
        return true;
    *slash = '\0';
    if (mkdir(directory, 0700) == 0)
        return give_directory(directory, owner);
    return errno == EEXIST || log_failed(directory, "make it");
}

/* Makes a socket at the path, which nobody may connect to yet. */
static bool bind_unix(const struct sockaddr_un *address,
                      struct listening *listening) {
    const char *path = address->sun_path;
    struct stat status;
    mode_t old;
    bool bound;

    listening->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening->socket < 0)
        return log_failed(path, "make a socket");
    old = umask(0777);
    bound = bind(listening->socket, (const struct sockaddr *)address,
                 sizeof(*address)) == 0;
    umask(old);
    if (!bound || lstat(path, &status) != 0)
        return log_failed(path, "bind a socket to it");
    listening->device = status.st_dev;
    listening->inode = status.st_ino;
    memcpy(listening->path, path, sizeof(listening->path));
    return true;
}

bool listen_unix(const char *path, uid_t owner, mode_t mode, const char *group,
                 struct listening *listening) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        log_line(LOG_ERR, "%s: the path is too long for a socket", path);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    return make_directory(path, owner) && clear_way(path, &address) &&
           bind_unix(&address, listening) && set_access(path, mode, group) &&
           (listen(listening->socket, LISTEN_BACKLOG) == 0 ||
            log_failed(path, "listen"));
}

/* Another daemon may have made a socket of the same name since. */
void listen_unix_remove(const struct listening *listening) {
    struct stat status;

    if (lstat(listening->path, &status) == 0 &&
        status.st_dev == listening->device &&
        status.st_ino == listening->inode)
        unlink(listening->path);
}
