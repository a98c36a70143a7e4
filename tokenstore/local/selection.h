/*
 * selection.h - the ids of one user's tokens, or of all.  See selection.c.
 */
#ifndef TOKENSTORE_LOCAL_SELECTION_H
#define TOKENSTORE_LOCAL_SELECTION_H

#include "tokenstore/host/owner.h"
#include "tokenstore/local/tokens.h"

/* Which tokens are meant.  Prepared outside every lock: it may ask NSS. */
struct selection {
    struct owner owner;
    uint64_t sets[2 * TOKENS_SETS_MAX];
    size_t set_count;
};

/* user NULL: every token. */
void selection_prepare(struct selection *selection,
                       const struct tokenstore_identity *user);

/*
 * Read the selected tokens after an id, in order, until *count are found or
 * "scan" ids have been looked at.
 *   after  in and out: where to go on from
 *   count  in: the room in tokens; out: how many there are now
 *   done   there are no more
 */
enum tokenstore_error selection_read(struct view *view,
                                     const struct selection *selection,
                                     size_t scan, uint32_t *after,
                                     struct tokenstore_token *tokens,
                                     size_t *count, bool *done);

#endif
