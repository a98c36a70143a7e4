/*
 * preload.c - replaces functions of libc and of the library in the tests of
 * the tool: syslog writes to a file, and some calls fail or return other
 * values on demand.  Preloaded by lib.sh, never installed.
 *
 *   ACCESSTOKEN_TEST_LOG=FILE    append "facility.priority ident: text"
 *   ACCESSTOKEN_TEST_FSYNC=FILE  fsync of this file fails with EIO
 *   ACCESSTOKEN_TEST_CHILD=WORD  a process that asks for a signal at its
 *                                parent's death crashes ("crash") or hangs
 *                                ("hang")
 *   ACCESSTOKEN_TEST_TIME=SECONDS  what time() says
 *   ACCESSTOKEN_TEST_PLACES=DIR  the default store is DIR/state/tokens.tdb,
 *                                the daemon's sockets are DIR/api.sock and
 *                                DIR/verify.sock, PAM's services are in
 *                                DIR/pam.d and DIR/lib/pam.d, backups in
 *                                DIR/backups, and libpam's own directory of
 *                                modules is DIR/security
 *   ACCESSTOKEN_TEST_FREE=BYTES  what statvfs() says is free
 *   ACCESSTOKEN_TEST_CLOCK=WORD  what the kernel says of the clock: "right",
 * or "unsynchronized" ACCESSTOKEN_TEST_LEAP=1      poll does not wait, and
 * each call of clock_gettime returns a time that is another 1,000 seconds
 * later ACCESSTOKEN_TEST_MEANWHILE=COMMAND  a shell command that runs just
 * before tokenstore_apply ACCESSTOKEN_TEST_ACCOUNTS="NAME:UID ..."  accounts
 * that exist ACCESSTOKEN_TEST_NSS_DOWN=NAME  the name service does not answer
 * for NAME ACCESSTOKEN_TEST_EUID=UID    what geteuid() says
 *   ACCESSTOKEN_TEST_LABEL=TEXT  every file has this label of SELinux, and the
 *                                log says which label a file gets
 *   ACCESSTOKEN_TEST_CONFDIR=DIR the directory of limits.conf is a link to
 *                                DIR; if it is not set, the directory does
 *                                not exist, whatever this machine has
 */
#include <config.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tokenstore/tokenstore.h"

#define EXPORT __attribute__((visibility("default")))

static void add_accounts(const char *list) {
    static char text[256]; /* the names have to last */
    char *rest;

    if (strlen(list) >= sizeof(text))
        abort();
    strcpy(text, list);
    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        char *colon = strchr(word, ':');

        if (colon == NULL)
            abort();
        *colon = '\0';
        accounts_add(word, (uid_t)strtoul(colon + 1, NULL, 10));
    }
}

/* Hide this machine's accounts, whose names the tests may use. */
__attribute__((constructor)) static void begin(void) {
    accounts_of_machine();
    if (getenv("ACCESSTOKEN_TEST_ACCOUNTS") != NULL)
        add_accounts(getenv("ACCESSTOKEN_TEST_ACCOUNTS"));
    accounts.down = getenv("ACCESSTOKEN_TEST_NSS_DOWN");
}

EXPORT void __vsyslog_chk(int priority, int flag, const char *format,
                          va_list arguments)
    __attribute__((format(printf, 3, 0)));
EXPORT void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *log_ident = "";
static bool log_to_stderr;

EXPORT void openlog(const char *ident, int option, int facility) {
    (void)facility;
    log_ident = ident;
    log_to_stderr = (option & LOG_PERROR) != 0;
}

/* Must not allocate: a test may make the next allocation fail. */
EXPORT void vsyslog(int priority, const char *format, va_list arguments) {
    const char *path = getenv("ACCESSTOKEN_TEST_LOG");
    char text[8192], line[8192 + 64];
    int fd, length;

    /* The tool removes this variable before it does anything else. */
    if (getenv("TDB_NO_FSYNC") != NULL)
        abort();
    fd = path != NULL
             ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)
             : -1;
    if (fd < 0 || vsnprintf(text, sizeof(text), format, arguments) < 0)
        abort();
    length = snprintf(line, sizeof(line), "%d.%d %s: %s\n", LOG_FAC(priority),
                      LOG_PRI(priority), log_ident, text);
    if (write(fd, line, (size_t)length) != length || close(fd) != 0)
        abort();
    if (log_to_stderr && write(STDERR_FILENO, line, (size_t)length) != length)
        abort();
}

EXPORT void syslog(int priority, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

EXPORT void __vsyslog_chk(int priority, int flag, const char *format,
                          va_list arguments) {
    (void)flag;
    vsyslog(priority, format, arguments);
}

EXPORT void __syslog_chk(int priority, int flag, const char *format, ...) {
    va_list arguments;

    (void)flag;
    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

/* Returns the URI or path that replaces a place of the machine, or NULL if
 * ACCESSTOKEN_TEST_PLACES is not set.  The fourth call after this one
 * overwrites it. */
static const char *place(const char *scheme, const char *name) {
    static char paths[4][4096]; /* used in turn */
    static unsigned int next;
    const char *directory = getenv("ACCESSTOKEN_TEST_PLACES");
    char *path = paths[next++ % 4];

    if (directory == NULL)
        return NULL;
    snprintf(path, sizeof(paths[0]), "%s%s/%s", scheme, directory, name);
    return path;
}

static void *next_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        abort();
    return function;
}

EXPORT const char *tokenstore_default_path(void) {
    union {
        void *object;
        const char *(*function)(void);
    } real = {next_function("tokenstore_default_path")};

    const char *path = place("", "state/tokens.tdb");

    return path != NULL ? path : real.function();
}

EXPORT int eaccess(const char *path, int mode) {
    const char *other = place("", "api.sock");

    if (other != NULL && strcmp(path, RUNSTATEDIR "/api.sock") == 0)
        path = other;
    else if (other != NULL && strcmp(path, PAMDIR "/pam_accesstoken.so") == 0)
        path = place("", "security/pam_accesstoken.so");
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length) {
    const char *begin = RUNSTATEDIR "/";
    struct sockaddr_un local;
    const char *other = NULL;

    if (address->sa_family == AF_UNIX && length == sizeof(local)) {
        memcpy(&local, address, sizeof(local));
        if (strncmp(local.sun_path, begin, strlen(begin)) == 0)
            other = place("", local.sun_path + strlen(begin));
    }
    if (other != NULL) {
        snprintf(local.sun_path, sizeof(local.sun_path), "%s", other);
        address = (const struct sockaddr *)&local;
    }
    return (int)syscall(SYS_connect, fd, address, length);
}

EXPORT DIR *opendir(const char *path) {
    union {
        void *object;
        DIR *(*function)(const char *);
    } real = {next_function("opendir")};
    const char *other = NULL;

    if (strcmp(path, "/etc/pam.d") == 0)
        other = place("", "pam.d");
    else if (strcmp(path, "/usr/lib/pam.d") == 0)
        other = place("", "lib/pam.d");
    else if (strcmp(path, "/var/backups/accesstoken") == 0)
        other = place("", "backups");
    return real.function(other != NULL ? other : path);
}

/* The services are in DIR/pam.d. */
EXPORT int pam_start(const char *service, const char *user,
                     const struct pam_conv *conversation,
                     pam_handle_t **handle) {
    union {
        void *object;
        int (*function)(const char *, const char *, const struct pam_conv *,
                        const char *, pam_handle_t **);
    } real = {next_function("pam_start_confdir")};

    return real.function(service, user, conversation, place("", "pam.d"),
                         handle);
}

EXPORT int mkdir(const char *path, mode_t mode) {
    const char *other = NULL;

    if (strcmp(path, "/var/backups") == 0)
        other = place("", "");
    else if (strcmp(path, "/var/backups/accesstoken") == 0)
        other = place("", "backups");
    return (int)syscall(SYS_mkdirat, AT_FDCWD, other != NULL ? other : path,
                        mode);
}

EXPORT ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) {
    const char *label = getenv("ACCESSTOKEN_TEST_LABEL");

    if (label == NULL || strlen(label) > size)
        return syscall(SYS_fgetxattr, fd, name, value, size);
    memcpy(value, label, strlen(label));
    return (ssize_t)strlen(label);
}

EXPORT int fsetxattr(int fd, const char *name, const void *value, size_t size,
                     int flags) {
    if (getenv("ACCESSTOKEN_TEST_LABEL") == NULL)
        return (int)syscall(SYS_fsetxattr, fd, name, value, size, flags);
    syslog(LOG_DEBUG, "%s=%.*s", name, (int)size, (const char *)value);
    return 0;
}

EXPORT enum tokenstore_error tokenstore_open(const char *uri,
                                             struct tokenstore **store) {
    union {
        void *object;
        enum tokenstore_error (*function)(const char *, struct tokenstore **);
    } real = {next_function("tokenstore_open")};

    const char *other = NULL;

    if (uri == NULL)
        other = place("", "state/tokens.tdb");
    else if (strcmp(uri, "unix:" RUNSTATEDIR "/api.sock") == 0)
        other = place("unix:", "api.sock");
    return real.function(other != NULL ? other : uri, store);
}

EXPORT enum tokenstore_error
tokenstore_apply(struct tokenstore *store, struct tokenstore_change *changes,
                 size_t count, int64_t now) {
    union {
        void *object;
        enum tokenstore_error (*function)(struct tokenstore *,
                                          struct tokenstore_change *, size_t,
                                          int64_t);
    } real = {next_function("tokenstore_apply")};
    const char *command = getenv("ACCESSTOKEN_TEST_MEANWHILE");

    if (command != NULL && system(command) != 0)
        abort();
    return real.function(store, changes, count, now);
}

EXPORT int fsync(int fd) {
    const char *path = getenv("ACCESSTOKEN_TEST_FSYNC");
    struct stat named, open;

    if (path != NULL && stat(path, &named) == 0 && fstat(fd, &open) == 0 &&
        named.st_ino == open.st_ino && named.st_dev == open.st_dev) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

EXPORT int prctl(int option, ...) {
    const char *word = getenv("ACCESSTOKEN_TEST_CHILD");
    unsigned long argument[4];
    va_list arguments;

    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        argument[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (option == PR_SET_PDEATHSIG && word != NULL) {
        if (strcmp(word, "crash") == 0)
            syscall(SYS_kill, getpid(), SIGKILL);
        syscall(SYS_prctl, option, argument[0], 0, 0, 0);
        for (;;)
            pause();
    }
    return (int)syscall(SYS_prctl, option, argument[0], argument[1],
                        argument[2], argument[3]);
}

EXPORT uid_t geteuid(void) {
    const char *given = getenv("ACCESSTOKEN_TEST_EUID");

    return given != NULL ? (uid_t)strtoul(given, NULL, 10)
                         : (uid_t)syscall(SYS_geteuid);
}

EXPORT int lstat(const char *path, struct stat *status) {
    if (strcmp(path, CONFDIR) != 0)
        return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
    if (getenv("ACCESSTOKEN_TEST_CONFDIR") == NULL) {
        errno = ENOENT;
        return -1;
    }
    memset(status, 0, sizeof(*status)); /* owned by root */
    status->st_mode = S_IFLNK | 0777;
    return 0;
}

EXPORT ssize_t readlink(const char *path, char *target, size_t size) {
    const char *given = getenv("ACCESSTOKEN_TEST_CONFDIR");

    if (strcmp(path, CONFDIR) != 0 || given == NULL)
        return syscall(SYS_readlinkat, AT_FDCWD, path, target, size);
    strncpy(target, given, size);
    return (ssize_t)strnlen(given, size);
}

EXPORT int statvfs(const char *path, struct statvfs *system) {
    union {
        void *object;
        int (*function)(const char *, struct statvfs *);
    } real = {next_function("statvfs")};
    const char *given = getenv("ACCESSTOKEN_TEST_FREE");
    const int result = real.function(path, system);

    if (result == 0 && given != NULL) {
        system->f_frsize = 1;
        system->f_bavail = strtoull(given, NULL, 10);
    }
    return result;
}

EXPORT int adjtimex(struct timex *kernel) {
    const char *given = getenv("ACCESSTOKEN_TEST_CLOCK");

    if (given == NULL)
        return (int)syscall(SYS_adjtimex, kernel);
    return strcmp(given, "right") == 0 ? TIME_OK : TIME_ERROR;
}

EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout) {
    if (getenv("ACCESSTOKEN_TEST_LEAP") != NULL)
        timeout = 0;
    return (int)syscall(SYS_poll, fds, count, timeout);
}

EXPORT time_t time(time_t *out) {
    const char *given = getenv("ACCESSTOKEN_TEST_TIME");
    struct timespec now = {0};

    if (given != NULL)
        now.tv_sec = strtoll(given, NULL, 10);
    else
        syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *now) {
    static time_t leap;
    const int result = (int)syscall(SYS_clock_gettime, clock, now);

    if (result == 0 && getenv("ACCESSTOKEN_TEST_LEAP") != NULL)
        now->tv_sec += leap += 1000;
    return result;
}
