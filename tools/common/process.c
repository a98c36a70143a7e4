/*
 * process.c - the state that a process is given by whoever starts it, made
 * safe to work in.
 */
#include <config.h>

#include "tools/common/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * A closed descriptor 0, 1 or 2 would be the next file's, and an error text
 * end up inside the database.  Opened the wrong way round, so that using it
 * fails instead of seeming to work.
 */
static void occupy_stdio(void) {
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_FAILURE);
}

void process_begin(void) {
    unsetenv("TDB_NO_FSYNC"); /* it would make libtdb forget its promises */
    occupy_stdio();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report */
    signal(SIGXFSZ, SIG_IGN); /* as is a file that may not grow */
}

void process_forbid_dumps(void) {
    static const struct rlimit none = {0, 0};

    /* Neither can fail in a way that would matter. */
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}
