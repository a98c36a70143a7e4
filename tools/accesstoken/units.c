/*
 * units.c - ask systemd about units, with "systemctl show".
 */
#include <config.h>

#include "tools/accesstoken/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/common/monotonic.h"

#define PATIENCE (10 * MONOTONIC_SECOND)
#define ANSWER_MAX 16384

static const char *const names[UNITS] = {
    [UNIT_RECOVER] = "accesstoken-recover.service",
    [UNIT_BACKUP_TIMER] = "accesstoken-backup.timer",
    [UNIT_BACKUP] = "accesstoken-backup.service",
    [UNIT_PRUNE_TIMER] = "accesstoken-prune.timer",
    [UNIT_PRUNE] = "accesstoken-prune.service",
    [UNIT_DAEMON] = "accesstokend.service",
    [UNIT_API_SOCKET] = "accesstokend-api.socket",
    [UNIT_VERIFY_SOCKET] = "accesstokend-verify.socket",
};

/* Starts a program with its output in "fd".  Returns -1 on an error. */
static pid_t start(char *const *arguments, int fd) {
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    int error;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    error = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
                                                 "/dev/null", O_WRONLY, 0);
    if (error == 0)
        error = posix_spawnp(&child, arguments[0], &actions, NULL, arguments,
                             environ);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? child : -1;
}

/* Starts systemctl. */
static pid_t start_systemctl(int fd) {
    char text[1024] = "systemctl show "
                      "--property=Id,LoadState,UnitFileState,ActiveState";
    char *arguments[3 + UNITS + 1] = {NULL};
    char *rest;

    for (size_t i = 0; i < UNITS; i++) {
        strcat(text, " ");
        strcat(text, names[i]);
    }
    arguments[0] = strtok_r(text, " ", &rest);
    for (size_t i = 1; arguments[i - 1] != NULL && i < 3 + UNITS; i++)
        arguments[i] = strtok_r(NULL, " ", &rest);
    return start(arguments, fd);
}

/* Reads to the end, or until the buffer is full or the time is over. */
static void read_answer(int fd, char answer[static ANSWER_MAX]) {
    const int64_t deadline = monotonic_now() + PATIENCE;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    size_t used = 0;

    for (;;) {
        const int64_t left =
            (deadline - monotonic_now()) / MONOTONIC_MILLISECOND;
        ssize_t count;

        if (left <= 0 || used == ANSWER_MAX - 1)
            break;
        if (poll(&ready, 1, (int)left) <= 0)
            continue;
        count = read(fd, answer + used, ANSWER_MAX - 1 - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        used += (size_t)count;
    }
    answer[used] = '\0';
}

/* Takes a block of the answer: the lines about one unit. */
static void take_block(struct unit units[static UNITS], char *block) {
    struct unit unit = {0};
    const char *id = "";
    char *rest;

    for (char *line = strtok_r(block, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "Id=", 3) == 0)
            id = line + 3;
        unit.installed |= strcmp(line, "LoadState=loaded") == 0;
        unit.enabled |= strcmp(line, "UnitFileState=enabled") == 0;
        unit.active |= strcmp(line, "ActiveState=active") == 0;
        unit.failed |= strcmp(line, "ActiveState=failed") == 0;
    }
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(id, names[i]) == 0)
            units[i] = unit;
}

bool units_read(struct unit units[static UNITS]) {
    char answer[ANSWER_MAX];
    char *block = answer;
    int ends[2], status = 0;
    pid_t child;

    memset(units, 0, UNITS * sizeof(*units));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    child = start_systemctl(ends[1]);
    close(ends[1]);
    if (child > 0)
        read_answer(ends[0], answer);
    close(ends[0]);
    if (child <= 0)
        return false;
    kill(child, SIGKILL); /* if it is still there, it answers no more */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    for (char *end; *block != '\0'; block = end) {
        end = strstr(block, "\n\n");
        end = end != NULL ? end : block + strlen(block);
        if (*end != '\0') {
            *end = '\0';
            end += 2;
        }
        take_block(units, block);
    }
    return answer[0] != '\0';
}
