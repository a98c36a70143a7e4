/*
 * options.c - read the command line of accesstokend.  Opens nothing and looks
 * nothing up; no option takes a secret.
 */
#include <config.h>

#include "tools/accesstokend/options.h"

#include "tokenstore/tokenstore.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/decimal.h"
#include "tools/common/long_options.h"

#define EXIT_USAGE 2
#define USAGE "usage: accesstokend [OPTION]..."
#define THREADS_MAX 256
#define THREADS_DEFAULT 4 /* if the number of processors is not known */

enum {
    OPTION_STORE = 256,
    OPTION_LIMITS,
    OPTION_API_SOCKET,
    OPTION_VERIFY_SOCKET,
    OPTION_VERIFY_MODE,
    OPTION_VERIFY_GROUP,
    OPTION_LISTEN,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_INSECURE,
    OPTION_ADMIN_GROUP,
    OPTION_THREADS,
    OPTION_LOG_REQUESTS,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option known[] = {
    {"store", required_argument, NULL, OPTION_STORE},
    {"limits", required_argument, NULL, OPTION_LIMITS},
    {"api-socket", required_argument, NULL, OPTION_API_SOCKET},
    {"verify-socket", required_argument, NULL, OPTION_VERIFY_SOCKET},
    {"verify-socket-mode", required_argument, NULL, OPTION_VERIFY_MODE},
    {"verify-socket-group", required_argument, NULL, OPTION_VERIFY_GROUP},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"tls-certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"tls-key", required_argument, NULL, OPTION_KEY},
    {"insecure", no_argument, NULL, OPTION_INSECURE},
    {"admin-group", required_argument, NULL, OPTION_ADMIN_GROUP},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"log-requests", no_argument, NULL, OPTION_LOG_REQUESTS},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    printf(
        USAGE
        "\n\n"
        "Serve access tokens over HTTP, on Unix sockets and optionally on "
        "TCP.\n\n"
        "  --store PATH          the store (%s)\n"
        "  --limits FILE         the limits on what may be issued\n"
        "  --api-socket PATH     the socket for everybody on this machine, or "
        "none\n"
        "                        (" RUNSTATEDIR "/api.sock)\n"
        "  --verify-socket PATH  the socket for proxies, or none\n"
        "                        (" RUNSTATEDIR "/verify.sock)\n"
        "  --verify-socket-mode MODE\n"
        "                        its permissions, in octal (0660)\n"
        "  --verify-socket-group GROUP\n"
        "                        its group\n"
        "  --listen ADDRESS:PORT listen on TCP as well; may be repeated\n"
        "  --tls-certificate FILE\n"
        "                        serve HTTPS on TCP with this certificate "
        "(PEM)\n"
        "  --tls-key FILE        the key of the certificate (PEM)\n"
        "  --insecure            permit plain HTTP on other than loopback "
        "addresses\n"
        "  --admin-group GROUP   the group whose members administer "
        "(accesstoken)\n"
        "  --threads N           the number of threads that verify, for each "
        "socket\n"
        "                        (the number of processors)\n"
        "  --log-requests        log every request\n"
        "  -h, --help            print this help and exit\n"
        "  -V, --version         print the version and exit\n\n"
        "Exit codes:\n"
        "  0  it was stopped, or has printed what was asked for\n"
        "  1  it could not start\n"
        "  2  a mistake on the command line\n\n"
        "Example:\n"
        "  $ accesstokend --listen 127.0.0.1:8000\n\n"
        "See accesstokend(8).\n",
        tokenstore_default_path());
}

/* Prints what is wrong; returns the exit status. */
static int complain(const char *option, const char *value, const char *why) {
    warnx("--%s '%s': %s", option, value, why);
    return EXIT_USAGE;
}

static const char *none(const char *path) {
    return strcmp(path, "none") == 0 ? NULL : path;
}

static int take_mode(struct options *options, const char *text) {
    char *end;
    unsigned long mode = strtoul(text, &end, 8);

    if (*text < '0' || *text > '7' || *end != '\0' || mode > 0777)
        return complain("verify-socket-mode", text,
                        "not permissions such as 0660");
    options->verify_mode = (mode_t)mode;
    return 0;
}

static int take_threads(struct options *options, const char *text) {
    uint64_t threads;

    if (!decimal_parse(text, THREADS_MAX, &threads) || threads < 1 ||
        threads > THREADS_MAX)
        return complain("threads", text, "not a number from 1 to 256");
    options->threads = (unsigned int)threads;
    return 0;
}

static int take(struct options *options, int option, const char *value) {
    switch (option) {
    case OPTION_STORE:
        options->store = value;
        return 0;
    case OPTION_LIMITS:
        options->limits = value;
        return 0;
    case OPTION_API_SOCKET:
        options->api_socket = none(value);
        return 0;
    case OPTION_VERIFY_SOCKET:
        options->verify_socket = none(value);
        return 0;
    case OPTION_VERIFY_MODE:
        return take_mode(options, value);
    case OPTION_VERIFY_GROUP:
        options->verify_group = value;
        return 0;
    case OPTION_LISTEN:
        if (options->listen_count == LISTEN_MAX)
            return complain("listen", value, "too many addresses");
        options->listen[options->listen_count++] = value;
        return 0;
    case OPTION_CERTIFICATE:
        options->certificate = value;
        return 0;
    case OPTION_KEY:
        options->key = value;
        return 0;
    case OPTION_INSECURE:
        options->insecure = true;
        return 0;
    case OPTION_ADMIN_GROUP:
        options->admin_group = value;
        return 0;
    case OPTION_THREADS:
        return take_threads(options, value);
    case OPTION_LOG_REQUESTS:
        options->log_requests = true;
        return 0;
    }
    return EXIT_USAGE;
}

static bool is_print(int option) {
    return option == OPTION_HELP || option == 'h' ||
           option == OPTION_VERSION || option == 'V';
}

/* Prints the help or the version; returns the exit status. */
static int print(int option) {
    if (option == OPTION_HELP || option == 'h')
        print_help();
    else
        printf("accesstokend %s\n", tokenstore_version());
    if (fflush(stdout) == 0)
        return EXIT_SUCCESS;
    warn("standard output");
    return EXIT_FAILURE;
}

static void set_defaults(struct options *options) {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *options = (struct options){
        .store = tokenstore_default_path(),
        .api_socket = RUNSTATEDIR "/api.sock",
        .verify_socket = RUNSTATEDIR "/verify.sock",
        .verify_mode = 0660,
        .admin_group = "accesstoken",
        .threads = THREADS_DEFAULT,
    };
    if (processors > 0 && processors <= THREADS_MAX)
        options->threads = (unsigned int)processors;
}

bool options_read(struct options *options, int argc, char **argv,
                  int *status) {
    char error[LONG_OPTIONS_ERROR_SIZE];
    int option;

    set_defaults(options);
    *status = 0;
    while (*status == 0 &&
           (option = long_options_next(argc, argv, ":hV", known, error)) !=
               LONG_OPTIONS_END) {
        if (option == LONG_OPTIONS_UNKNOWN || option == LONG_OPTIONS_WRONG) {
            warnx("%s", error);
            fputs(USAGE "\n", stderr);
            *status = EXIT_USAGE;
        } else if (is_print(option)) {
            *status = print(option);
            return false;
        } else {
            *status = take(options, option, optarg);
        }
    }
    if (*status == 0 && optind < argc) {
        warnx("unexpected argument; see accesstokend --help");
        *status = EXIT_USAGE;
    }
    if (*status == 0 &&
        (options->certificate == NULL) != (options->key == NULL)) {
        warnx("--tls-certificate and --tls-key must be given together");
        *status = EXIT_USAGE;
    }
    return *status == 0;
}
