/*
 * procs.c - find out what other processes do to a store, from its lock file
 * and from /proc. Must not touch the store.
 */
#include <config.h>

#include "tests/soak/procs.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

static ssize_t read_start(const char *path, void *bytes, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return -1;
    length = read(fd, bytes, size);
    close(fd);
    return length;
}

/* Whether this descriptor of the process holds a lock. */
static bool holds_lock(pid_t process, const char *descriptor) {
    char path[300], text[1024] = "";

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.200s", (int)process,
             descriptor);
    if (read_start(path, text, sizeof(text) - 1) < 0)
        fail_hard("%s: %s", path, strerror(errno));
    return strstr(text, "OFDLCK") != NULL;
}

static void look(pid_t process, const char *store, struct doing *doing) {
    char path[300], target[PATH_MAX];
    struct dirent *entry;
    DIR *directory;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
    directory = opendir(path);
    if (directory == NULL)
        fail_hard("%s: %s", path, strerror(errno));
    while ((entry = readdir(directory)) != NULL) {
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target,
                                    sizeof(target) - 1);

        if (length < 0)
            continue;
        target[length] = '\0';
        if (strcmp(target, store) == 0)
            doing->opened = true;
        else if (strncmp(target, store, strlen(store)) == 0)
            doing->locked |= holds_lock(process, entry->d_name);
    }
    closedir(directory);
}

uint64_t procs_counter(const char *store) {
    char path[PATH_MAX];
    uint64_t stored = 0;

    snprintf(path, sizeof(path), "%.4000s.lock", store);
    if (read_start(path, &stored, sizeof(stored)) != sizeof(stored))
        soak_wrong("%s: cannot be read", path);
    return le64toh(stored);
}

bool procs_stop(pid_t child, const char *store, struct doing *doing) {
    siginfo_t info;

    memset(doing, 0, sizeof(*doing));
    kill(child, SIGSTOP);
    /* WNOWAIT: a child that has exited can still be waited for. */
    if (waitid(P_PID, (id_t)child, &info, WSTOPPED | WEXITED | WNOWAIT) != 0)
        fail_hard("waitid: %s", strerror(errno));
    if (info.si_code != CLD_STOPPED)
        return false;
    waitid(P_PID, (id_t)child, &info, WSTOPPED);
    look(child, store, doing);
    doing->changing = doing->locked && procs_counter(store) % 2 == 1;
    return true;
}
