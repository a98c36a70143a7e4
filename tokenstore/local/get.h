/*
 * get.h - read one token of a local store, or the store's own id.
 */
#ifndef TOKENSTORE_LOCAL_GET_H
#define TOKENSTORE_LOCAL_GET_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

/* What to read, and what came of it. */
struct get {
    uint64_t id;
    struct tokenstore_token *token; /* filled in */
    bool found;
};

/*
 * A view_function with a struct get: read a token, or make sure that there is
 * none.  DAMAGED if the file is not a store, because then nothing is sure.
 */
enum tokenstore_error get_read(struct view *view, void *get);

/* For struct backend. */
enum tokenstore_error local_get(void *store, uint64_t id,
                                struct tokenstore_token *token);
enum tokenstore_error local_store_id(void *store,
                                     char id[TOKENSTORE_STORE_ID_SIZE]);

#endif
