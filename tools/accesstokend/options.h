/*
 * options.h - the command line of accesstokend.  See options.c.
 */
#ifndef TOOLS_ACCESSTOKEND_OPTIONS_H
#define TOOLS_ACCESSTOKEND_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#define LISTEN_MAX 16

struct options {
    const char *store;
    const char *limits;        /* NULL: the default file */
    const char *api_socket;    /* NULL: none */
    const char *verify_socket; /* NULL: none */
    mode_t verify_mode;
    const char *verify_group;
    const char *listen[LISTEN_MAX]; /* ADDRESS:PORT */
    size_t listen_count;
    const char *certificate, *key; /* files; NULL: plain HTTP */
    bool insecure;
    const char *admin_group;
    unsigned int threads;
    bool log_requests;
};

/* false: the program ends, with this exit status; what there was to say has
 * been said. */
bool options_read(struct options *options, int argc, char **argv, int *status);

#endif
