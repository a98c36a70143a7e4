/*
 * options.h - the command line of accesstokend.
 */
#ifndef TOOLS_ACCESSTOKEND_OPTIONS_H
#define TOOLS_ACCESSTOKEND_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

/* The most --listen. */
#define LISTEN_MAX 16

/* The texts belong to argv, or are static. */
struct options {
    const char *store;
    const char *limits;        /* NULL: the default file */
    const char *api_socket;    /* NULL: none */
    const char *verify_socket; /* NULL: none */
    mode_t verify_mode;
    const char *verify_group;       /* NULL: this process's */
    const char *listen[LISTEN_MAX]; /* ADDRESS:PORT */
    size_t listen_count;
    const char *certificate, *key; /* files; both NULL: plain HTTP */
    bool insecure;
    const char *admin_group;
    unsigned int threads;
    bool log_requests;
};

/* Reads the command line.  Returns false if the program must end with *status:
 * after --help, --version or a mistake, which is then printed. */
bool options_read(struct options *options, int argc, char **argv, int *status);

#endif
