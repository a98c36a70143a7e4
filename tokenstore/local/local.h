/*
 * local.h - a store that is a file on this machine.
 */
#ifndef TOKENSTORE_LOCAL_LOCAL_H
#define TOKENSTORE_LOCAL_LOCAL_H

#include "tokenstore/backend.h"
#include "tokenstore/file/location.h"
#include "tokenstore/local/verified.h"

/* The state of such a store: the first argument of each function of the
 * backend.  Holds no file open. */
struct local {
    struct file file;          /* its path, and the message of the store */
    struct verified *verified; /* NULL: nothing is remembered */
};

extern const struct backend local_backend;

#endif
