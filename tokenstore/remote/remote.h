/*
 * remote.h - a store behind HTTP.
 */
#ifndef TOKENSTORE_REMOTE_REMOTE_H
#define TOKENSTORE_REMOTE_REMOTE_H

#include "tokenstore/backend.h"
#include "tokenstore/remote/interface.h"

/* The state of such a store: the first argument of each function of the
 * backend.  Holds no connection open. */
struct remote {
    struct remote_server server;
    struct remote_pages pages; /* of the last list */
    struct message message;
};

extern const struct backend remote_backend;

#endif
