/*
 * list.c - pages of a local store's tokens.
 * Takes no lock, however long the page.  If writers disturb it, it reads fewer
 * tokens at a time; each piece is read in one consistent state.
 */
#include "tokenstore/local/list.h"

#include "tokenstore/file/read.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/local/user_tokens.h"
#include "tokenstore/values/token_list.h"

struct listing {
    const struct user_tokens *wanted;
    struct tokenstore_list *list; /* count: tokens of the earlier pieces */
    size_t room;
    uint32_t after;
    uint32_t new_after;
    size_t new_count;
    bool done;
};

/* A view_function: read a piece of the page.  Each time a writer has disturbed
 * it, it reads half as much, at last one token, as a login does. */
static enum tokenstore_error read_piece(struct view *view, void *argument) {
    struct listing *listing = argument;
    unsigned int attempt = view_attempt(view);
    size_t scan = attempt < 10 ? listing->room >> attempt : 1;
    uint64_t next;
    enum tokenstore_error error = tokens_next_id(view, &next);

    if (error != TOKENSTORE_OK)
        return error;
    listing->new_after = listing->after;
    listing->new_count = listing->room - listing->list->count;
    return user_tokens_read(view, listing->wanted, scan > 0 ? scan : 1,
                            &listing->new_after,
                            listing->list->tokens + listing->list->count,
                            &listing->new_count, &listing->done);
}

/* Fill the page, piece by piece. */
static enum tokenstore_error read_pieces(struct local *local,
                                         struct listing *listing) {
    enum tokenstore_error error = TOKENSTORE_OK;

    while (error == TOKENSTORE_OK && !listing->done &&
           listing->list->count < listing->room) {
        error = file_read(&local->file, read_piece, listing);
        if (error == TOKENSTORE_OK) {
            listing->list->count += listing->new_count;
            listing->after = listing->new_after;
        }
    }
    return error;
}

enum tokenstore_error local_list(void *store,
                                 const struct tokenstore_identity *user,
                                 uint64_t after, uint32_t limit,
                                 struct tokenstore_list **list) {
    struct local *local = store;
    struct user_tokens wanted;
    /* One token more than asked for tells whether there is another page. */
    struct listing listing = {
        .wanted = &wanted,
        .list = token_list_new((size_t)limit + 1),
        .room = (size_t)limit + 1,
        .after = after < UINT32_MAX ? (uint32_t)after : UINT32_MAX,
    };
    enum tokenstore_error error;

    *list = NULL;
    if (listing.list == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    user_tokens_prepare(&wanted, user);
    error = read_pieces(local, &listing);
    if (error != TOKENSTORE_OK) {
        tokenstore_list_free(&listing.list);
        return error;
    }
    if (listing.list->count > limit) {
        listing.list->count = limit;
        listing.list->next = listing.list->tokens[limit - 1].id;
    }
    last_use_read(local->file.path, listing.list->tokens, listing.list->count);
    *list = listing.list;
    return TOKENSTORE_OK;
}
