/*
 * process.c - make the state that a process inherits from its parent safe.
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
 * If descriptor 0, 1 or 2 were closed, the next file would get its number, and
 * an error message could end up inside the database.  /dev/null is opened in
 * the opposite direction, so that using the descriptor fails instead of
 * seeming to work.
 */
static void occupy_stdio(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_FAILURE);
}

void process_begin(void) {
    unsetenv(
        "TDB_NO_FSYNC"); /* it would make libtdb lose changes in a crash */
    occupy_stdio();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe becomes an error */
    signal(SIGXFSZ, SIG_IGN); /* and so does a file that may not grow */
}

void process_forbid_dumps(void) {
    static const struct rlimit none = {0, 0};

    /* Neither can fail with these arguments. */
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}
