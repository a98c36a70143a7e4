/*
 * pam_daemon.c - accesstokend over the fixture's store.
 * Must not outlive the test.
 */
#include <config.h>

#include "tests/support/pam_daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

static pid_t daemon_pid = -1;

static void copy_plugin(void) {
    FILE *from = fopen(BUILD_DIRECTORY "/.libs/tokenstore-http.so", "re");
    char path[PATH_MAX], block[65536];
    size_t length;
    FILE *to;

    if (from == NULL && errno == ENOENT)
        return; /* configured without it */
    snprintf(path, sizeof(path), "%s/tokenstore-http.so", fixture_directory());
    to = fopen(path, "we");
    if (from == NULL || to == NULL)
        fail_hard("%s: %s", path, strerror(errno));
    while ((length = fread(block, 1, sizeof(block), from)) > 0)
        fwrite(block, 1, length, to);
    if (ferror(from) || fclose(to) != 0 || chmod(path, 0755) != 0 ||
        setenv("ACCESSTOKEN_TEST_PLUGIN", path, 1) != 0)
        fail_hard("%s: %s", path, strerror(errno));
    fclose(from);
}

void daemon_use_plugin(char **argv) {
    if (getenv("ACCESSTOKEN_TEST_PLUGIN") != NULL)
        return;
    copy_plugin();
    if (argv != NULL)
        fixture_new_image(argv);
}

static const char *socket_path(void) {
    static char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/verify.sock", fixture_directory()) >=
        (int)sizeof(path))
        fail_hard("%s: too long", fixture_directory());
    return path;
}

const char *daemon_uri(void) {
    static char uri[PATH_MAX + 5];

    snprintf(uri, sizeof(uri), "unix:%s", socket_path());
    return uri;
}

_Noreturn static void be_daemon(pid_t parent) {
    static const char program[] = BUILD_DIRECTORY "/.libs/accesstokend";
    char log[PATH_MAX], no_limits[PATH_MAX];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    alarm(0);
    snprintf(log, sizeof(log), "%s/accesstokend.log", fixture_directory());
    snprintf(no_limits, sizeof(no_limits), "%s/limits.conf",
             fixture_directory());
    if (freopen(log, "ae", stderr) == NULL ||
        setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1) != 0)
        _exit(1);
    execl(program, program, "--store", fixture_store(), "--api-socket", "none",
          "--verify-socket", socket_path(), "--limits", no_limits,
          (char *)NULL);
    _exit(1);
}

static bool lets_in(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool in;

    if (strlen(socket_path()) >= sizeof(address.sun_path))
        fail_hard("%s: too long for a socket", socket_path());
    strcpy(address.sun_path, socket_path());
    in = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return in;
}

static _Noreturn void say_why(void) {
    char log[PATH_MAX], text[1024] = "";
    FILE *file;

    snprintf(log, sizeof(log), "%s/accesstokend.log", fixture_directory());
    file = fopen(log, "re");
    if (file != NULL)
        (void)!fread(text, 1, sizeof(text) - 1, file);
    fail_hard("accesstokend does not start: %s", text);
}

void daemon_start(void) {
    const struct timespec pause = {0, 10000000};
    pid_t parent = getpid();

    daemon_pid = fork();
    if (daemon_pid < 0)
        fail_hard("fork: %s", strerror(errno));
    if (daemon_pid == 0)
        be_daemon(parent);
    while (!lets_in()) {
        if (waitpid(daemon_pid, NULL, WNOHANG) != 0)
            say_why();
        nanosleep(&pause, NULL);
    }
}

void daemon_stop(void) {
    if (daemon_pid > 0 && kill(daemon_pid, SIGKILL) == 0)
        waitpid(daemon_pid, NULL, 0);
    daemon_pid = -1;
}
