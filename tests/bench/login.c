/*
 * login.c - an application that uses PAM and links nothing else, so that the
 * libraries of the modules are loaded here for the first time.
 *
 *     login DIRECTORY SERVICE USER login|load
 *
 * Each line of standard input is a secret. For each one the program logs in
 * (pam_start to pam_end), or only loads and unloads the modules, and prints
 * the nanoseconds that this took.
 */
#include <config.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/serve.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

static const char *directory;

/* pam_client.c needs these two functions; pam_fixture.c would link the
 * library. */
const char *fixture_directory(void) { return directory; }

void fixture_stop(int status, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

struct login {
    const char *service;
    const char *user;
    bool load_only;
};

static void log_in(const char *secret, void *argument) {
    const struct login *login = argument;
    int code = PAM_SUCCESS;

    if (login->load_only)
        pam_end(
            client_start(login->service, login->user, client_presents(secret)),
            code);
    else
        code = client_login(login->service, login->user, secret);
    if (code != PAM_SUCCESS)
        fail_hard("%s: the login failed: %d", login->service, code);
}

int main(int argc, char **argv) {
    struct login login;

    if (argc != 5)
        fail_hard("usage: login DIRECTORY SERVICE USER login|load");
    directory = argv[1];
    login.service = argv[2];
    login.user = argv[3];
    login.load_only = strcmp(argv[4], "load") == 0;
    return serve(log_in, &login);
}
