/*
 * token_selection.h - the first tokens of a list in some order, found in one
 * pass over all tokens, which are offered one after the other.  Holds no more
 * tokens than are wanted.  Pure: no I/O and no clock.
 */
#ifndef TOOLS_COMMON_TOKEN_SELECTION_H
#define TOOLS_COMMON_TOKEN_SELECTION_H

#include <stddef.h>

#include "tools/common/token_order.h"

struct selected {
    struct token_place place;
    void *shown; /* the caller's: how the token is shown */
};

/* Zero-initialise it, and set the first members. */
struct token_selection {
    struct token_order order;
    const struct token_place *after; /* leave out up to here; NULL: nothing */
    size_t limit;                    /* the most tokens, 1 or more */
    void (*forget)(void *shown);     /* frees what is not wanted any more */

    struct selected *entries;
    size_t count;
    size_t room;
    uint64_t offered;
    bool more;   /* tokens follow those that were selected */
    bool failed; /* out of memory */
};

/*
 * Offers a token.  Returns NULL if it is not among the first ones so far, or
 * without memory; else its entry, whose "shown" the caller sets before the
 * next call.
 */
struct selected *token_selection_offer(struct token_selection *selection,
                                       const struct tokenstore_token *token);

/* Sorts the entries.  Nothing may be offered afterwards. */
void token_selection_sort(struct token_selection *selection);

/* Forgets all entries and frees them. */
void token_selection_free(struct token_selection *selection);

#endif
