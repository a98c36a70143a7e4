/*
 * server.c - run a program that serves, wait until it answers, and measure its
 * processor time. No server outlives the benchmark.
 */
#include <config.h>

#include "tests/bench/server.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

#define PATIENCE 60000 /* hundredths of a second: npm may have to install */
#define SERVERS_MAX 8

static struct server *running[SERVERS_MAX];

void server_print_log(const struct server *server) {
    FILE *file = fopen(server->log, "re");
    char line[1024];

    if (file == NULL)
        return;
    fprintf(stderr, "%s:\n", server->name);
    if (fseek(file, -2000, SEEK_END) != 0)
        rewind(file);
    while (fgets(line, sizeof(line), file) != NULL)
        fprintf(stderr, "    %s", line);
    fclose(file);
}

/* Runs if the benchmark fails: the servers must stop before their directory is
 * removed. */
static void stop_all(void) {
    for (size_t i = 0; i < SERVERS_MAX; i++)
        if (running[i] != NULL) {
            kill(running[i]->pid, SIGTERM);
            waitpid(running[i]->pid, NULL, 0);
            server_print_log(running[i]);
        }
}

static void remember(struct server *server) {
    static bool asked;
    size_t i = 0;

    if (!asked && atexit(stop_all) != 0)
        fail_hard("no memory");
    asked = true;
    while (running[i] != NULL)
        if (++i == SERVERS_MAX)
            fail_hard("too many servers");
    running[i] = server;
}

static void forget(const struct server *server) {
    for (size_t i = 0; i < SERVERS_MAX; i++)
        if (running[i] == server)
            running[i] = NULL;
}

void server_name(struct server *server, const char *name) {
    const char *directory = fixture_directory();

    server->name = name;
    snprintf(server->log, sizeof(server->log), "%s/%s.log", directory, name);
    snprintf(server->unix_socket, sizeof(server->unix_socket), "%s/%s.sock",
             directory, name);
}

void server_start(struct server *server) {
    const pid_t parent = getpid();
    int log =
        open(server->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (log < 0)
        fail_hard("%s: %m", server->log);
    fflush(stdout);
    server->pid = fork();
    if (server->pid < 0)
        fail_hard("fork: %m");
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent || dup2(log, STDOUT_FILENO) < 0 ||
            dup2(log, STDERR_FILENO) < 0)
            _exit(99);
        if (server->preload != NULL)
            setenv("LD_PRELOAD", server->preload, 1);
        execv(server->arguments[0],
              (char *const *)(uintptr_t)server->arguments);
        _exit(99);
    }
    remember(server);
    close(log);
}

static bool has_ended(const struct server *server) {
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)server->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

static bool find_line(const struct server *server, const char *begin,
                      char *rest, size_t size) {
    FILE *file = fopen(server->log, "re");
    char line[4096];
    bool found = false;

    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, begin, strlen(begin)) == 0 &&
            strchr(line, '\n') != NULL) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(rest, size, "%s", line + strlen(begin));
            found = true;
        }
    if (file != NULL)
        fclose(file);
    return found;
}

bool server_says(struct server *server, const char *begin, char *rest,
                 size_t size) {
    for (int i = 0; i < PATIENCE; i++) {
        const bool ended = has_ended(server);

        if (find_line(server, begin, rest, size))
            return true;
        if (ended)
            return false;
        usleep(10000);
    }
    fail_hard("%s does not print a line that begins with \"%s\"", server->name,
              begin);
}

void server_listens(struct server *server, const char *begin) {
    char words[64], port[16];

    snprintf(words, sizeof(words), "%slistening on 127.0.0.1:", begin);
    if (!server_says(server, words, port, sizeof(port)))
        fail_hard("%s does not serve", server->name);
    server->port = (unsigned int)strtoul(port, NULL, 10);
}

void server_answers(struct server *server) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    bool connected = false;

    if (strlen(server->unix_socket) >= sizeof(address.sun_path))
        fail_hard("%s: too long for the name of a socket",
                  server->unix_socket);
    strcpy(address.sun_path, server->unix_socket);
    for (int i = 0; i < PATIENCE && !connected; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address,
                                       sizeof(address)) == 0;
        close(fd);
        if (!connected && has_ended(server))
            fail_hard("%s does not serve", server->name);
        if (!connected)
            usleep(10000);
    }
    if (!connected)
        fail_hard("%s does not serve", server->name);
}

/* ----------------------------------------------------------- processor time
 */

/* Nanoseconds of one thread, as the kernel counts them. */
static double thread_time(const char *process, const char *thread) {
    char path[128];
    double time = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/schedstat", process,
             thread);
    file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%lf", &time) != 1)
        fail_hard("%s: %m", path);
    fclose(file);
    return time;
}

static double process_time(const char *process);

static double children_time(const char *process, const char *thread) {
    char path[128], child[32];
    double time = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/children", process,
             thread);
    file = fopen(path, "re");
    while (file != NULL && fscanf(file, "%31s", child) == 1)
        time += process_time(child);
    if (file != NULL)
        fclose(file);
    return time;
}

static double process_time(const char *process) {
    const struct dirent *entry;
    char path[64];
    double time = 0;
    DIR *directory;

    snprintf(path, sizeof(path), "/proc/%.20s/task", process);
    directory = opendir(path);
    if (directory == NULL)
        fail_hard("%s: %m", path);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            time += thread_time(process, entry->d_name) +
                    children_time(process, entry->d_name);
    closedir(directory);
    return time;
}

double server_processor_time(const struct server *server) {
    char process[32];

    snprintf(process, sizeof(process), "%ld", (long)server->pid);
    return process_time(process);
}

int server_stop(struct server *server) {
    int status;

    forget(server);
    kill(server->pid, SIGTERM);
    if (waitpid(server->pid, &status, 0) != server->pid)
        fail_hard("%s: %m", server->name);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
