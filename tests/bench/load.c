/*
 * load.c - send many requests to a server with h2load, and read its report. If
 * a word of the report is missing, the benchmark stops.
 */
#include <config.h>

#include "tests/bench/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

#define ARGUMENTS_MAX 40
#define OUTPUT_MAX 65536
#define SECONDS 2U

/* Room for the arguments that are composed; the caller owns the others. */
struct command {
    const char *arguments[ARGUMENTS_MAX + 1];
    size_t count;
    char connections[32], amount[32], base[PATH_MAX + 8], uri[512];
};

static void add(struct command *command, const char *argument) {
    if (command->count == ARGUMENTS_MAX)
        fail_hard("too many arguments");
    command->arguments[command->count++] = argument;
}

static void add_pair(struct command *command, const char *option,
                     const char *value) {
    add(command, option);
    add(command, value);
}

static void make_command(const struct load *load, struct command *command) {
    command->count = 0;
    add(command, H2LOAD);
    add(command, "--h1");
    add_pair(command, "-t", "1");
    snprintf(command->connections, sizeof(command->connections), "%u",
             load->connections);
    add_pair(command, "-c", command->connections);
    if (load->requests > 0)
        snprintf(command->amount, sizeof(command->amount), "%zu",
                 load->requests);
    else
        snprintf(command->amount, sizeof(command->amount), "%u", SECONDS);
    add_pair(command, load->requests > 0 ? "-n" : "-D", command->amount);
    for (size_t i = 0; load->headers[i] != NULL; i++)
        add_pair(command, "-H", load->headers[i]);
    if (load->body != NULL)
        add_pair(command, "-d", load->body);
    if (load->unix_socket != NULL)
        snprintf(command->base, sizeof(command->base), "unix:%s",
                 load->unix_socket);
    else
        snprintf(command->base, sizeof(command->base), "http://127.0.0.1:%u",
                 load->port);
    add_pair(command, "-B", command->base);
    snprintf(command->uri, sizeof(command->uri), "http://localhost%s",
             load->target != NULL ? load->target : "");
    if (load->target != NULL)
        add(command, command->uri);
    else
        add_pair(command, "-i", load->uris);
    command->arguments[command->count] = NULL;
}

/* Runs the command and keeps its output. */
static void run(const struct command *command, char output[OUTPUT_MAX]) {
    size_t length = 0;
    ssize_t got;
    int ends[2], status;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0 || fflush(stdout) != 0)
        fail_hard("pipe: %m");
    child = fork();
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0 ||
            dup2(ends[1], STDERR_FILENO) < 0)
            _exit(99);
        execv(H2LOAD, (char *const *)(uintptr_t)command->arguments);
        _exit(99);
    }
    close(ends[1]);
    while (length < OUTPUT_MAX - 1 &&
           (got = read(ends[0], output + length, OUTPUT_MAX - 1 - length)) > 0)
        length += (size_t)got;
    output[length] = '\0';
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail_hard("h2load failed:\n%s", output);
}

/* Returns the text after a word that begins a line. */
static const char *line_of(const char *output, const char *word) {
    const char *line = strstr(output, word);

    if (line == NULL || (line > output && line[-1] != '\n'))
        fail_hard("h2load does not say \"%s\":\n%s", word, output);
    return line + strlen(word);
}

void load_run(const struct load *load, struct load_result *result) {
    static char output[OUTPUT_MAX];
    struct command command;
    size_t done, good, failed, errors;
    const char *rate, *bytes;

    make_command(load, &command);
    run(&command, output);
    if (sscanf(line_of(output, "requests: "),
               "%*u total, %*u started, %zu done, %*u succeeded, %zu failed, "
               "%zu errored",
               &done, &failed, &errors) != 3 ||
        sscanf(line_of(output, "status codes: "), "%zu 2xx,", &good) != 1)
        fail_hard("h2load prints another format:\n%s", output);
    if (done == 0 || good != done || failed != 0 || errors != 0 ||
        (load->requests > 0 && done != load->requests))
        fail_hard("a request was not answered with 200:\n%s", output);
    rate = strchr(line_of(output, "finished in "), ',');
    bytes = strstr(line_of(output, "traffic: "), "headers");
    bytes = bytes != NULL ? strstr(bytes, "), ") : NULL;
    bytes = bytes != NULL ? strchr(bytes + 3, '(') : NULL;
    if (rate == NULL || sscanf(rate, ", %lf req/s", &result->rate) != 1 ||
        bytes == NULL || sscanf(bytes, "(%lf) data", &result->bytes) != 1)
        fail_hard("h2load prints another format:\n%s", output);
    result->requests = done;
}
