/*
 * list.c - pages of tokens.  Takes no lock, however long the page: beside
 * steady changes it reads less at a time, never a mixture of two states.
 */
#include "tokenstore/file/read.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/local/user_tokens.h"
#include "tokenstore/store.h"
#include "tokenstore/values/token_list.h"

struct listing {
    const struct user_tokens *wanted;
    struct tokenstore_list *list; /* count: what earlier reads brought */
    size_t room;
    uint32_t after;
    uint32_t new_after;
    size_t new_count;
    bool done;
};

/* Each time a writer got in between, half as much: one token is read as fast
 * as a login reads its own. */
static enum tokenstore_error read_page(struct view *view, void *argument) {
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

enum tokenstore_error tokenstore_list(struct tokenstore *store,
                                      const struct tokenstore_identity *user,
                                      uint64_t after, uint32_t limit,
                                      struct tokenstore_list **list) {
    struct user_tokens wanted;
    struct listing listing = {.wanted = &wanted};
    enum tokenstore_error error = TOKENSTORE_OK;

    *list = NULL;
    store_begin(store);
    if (limit == 0)
        return store_end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
    if (store->remote != NULL)
        return store_end(store, remote_list(store->remote, user, after, limit,
                                            list, &store->file.message));
    if (limit > TOKENSTORE_LIMIT_MAX)
        limit = TOKENSTORE_LIMIT_MAX;
    listing.after = after < UINT32_MAX ? (uint32_t)after : UINT32_MAX;
    /* One more than wanted tells whether this is the last page. */
    listing.room = (size_t)limit + 1;
    listing.list = token_list_new(listing.room);
    if (listing.list == NULL)
        return store_end(store, TOKENSTORE_ERROR_NO_MEMORY);
    user_tokens_prepare(&wanted, user);
    while (error == TOKENSTORE_OK && !listing.done &&
           listing.list->count < listing.room) {
        error = file_read(&store->file, read_page, &listing);
        if (error == TOKENSTORE_OK) {
            listing.list->count += listing.new_count;
            listing.after = listing.new_after;
        }
    }
    if (error != TOKENSTORE_OK) {
        tokenstore_list_free(&listing.list);
        return store_end(store, error);
    }
    if (listing.list->count > limit) {
        listing.list->count = limit;
        listing.list->next = listing.list->tokens[limit - 1].id;
    }
    last_use_read(store->file.path, listing.list->tokens, listing.list->count);
    *list = listing.list;
    return store_end(store, TOKENSTORE_OK);
}
