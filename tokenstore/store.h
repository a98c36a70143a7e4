/*
 * store.h - the store handle inside libtokenstore.
 */
#ifndef TOKENSTORE_STORE_H
#define TOKENSTORE_STORE_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"
#include "tokenstore/local/verified.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/token.h"

struct tokenstore {
    struct file file;      /* its message is every store's */
    struct remote *remote; /* instead; NULL where the store is a file */
    struct tokenstore_limits limits;
    struct verified *verified; /* NULL: nothing is remembered */
};

/* Begin and end a public call: the message tells of this call alone, and of
 * every failure. */
void store_begin(struct tokenstore *store);
enum tokenstore_error store_end(struct tokenstore *store,
                                enum tokenstore_error error);

/* Add an id to the message "no token 3, 5, 8"; missing: how many are there
 * already. */
void revoke_name_missing(struct message *message, uint64_t id, size_t missing);

/* An absolute path from what a caller names; false when it is too long. */
bool store_absolute_path(const char *path, char absolute[PATH_MAX]);

/* A view_function: a token, or the certainty that there is none; in a
 * file that is no store (any more) nothing is certain. */
struct getting {
    uint64_t id;
    struct tokenstore_token *token; /* read into */
    bool found;
};
enum tokenstore_error store_read_token(struct view *view, void *getting);

/* Run the checks of tokenstore_check on an open view; the report may be NULL.
 * *records becomes the number of records in the file. */
struct tokenstore_report;
enum tokenstore_error check_view(struct view *view,
                                 struct tokenstore_report *report,
                                 uint64_t *records);

#endif
