/*
 * revoke.c - delete tokens: some by id, or a user's.
 * Must leave nothing half done: a transaction takes all its tokens or none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/file/write.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/local/user_tokens.h"
#include "tokenstore/store.h"
#include "tokenstore/values/token_list.h"

/* ------------------------------------------------------------------- by id */

struct revocation {
    const uint64_t *ids; /* in order, without repeats */
    size_t count;
    size_t first; /* of this transaction */
    bool skip_missing;
    struct tokenstore_list *revoked; /* count: of the transactions before */
    size_t new_count;
};

static size_t batch_end(const struct revocation *revocation) {
    size_t left = revocation->count - revocation->first;

    return revocation->first + (left < FILE_BATCH ? left : FILE_BATCH);
}

void revoke_name_missing(struct message *message, uint64_t id,
                         size_t missing) {
    size_t used = missing == 0 ? 0 : strlen(message->text);
    size_t room = sizeof message->text - used;

    if (room > 32)
        snprintf(message->text + used, room, "%s %llu",
                 missing == 0 ? "no token" : ",", (unsigned long long)id);
    else if (room > 4 && message->text[used - 1] != '.')
        snprintf(message->text + used, room, "...");
}

/* Every id must be there before the first transaction changes anything. */
static enum tokenstore_error find_missing(struct view *view, void *argument) {
    const struct revocation *revocation = argument;
    struct tokenstore_token *token = revocation->revoked->tokens;
    size_t missing = 0;

    for (size_t i = 0; i < revocation->count; i++) {
        enum tokenstore_error error =
            tokens_get(view, revocation->ids[i], token);

        if (error == TOKENSTORE_ERROR_NOT_FOUND)
            revoke_name_missing(view_message(view), revocation->ids[i],
                                missing++);
        else if (error != TOKENSTORE_OK)
            return error;
    }
    return missing == 0 ? TOKENSTORE_OK : TOKENSTORE_ERROR_NOT_FOUND;
}

static enum tokenstore_error delete_batch(struct view *view, void *argument) {
    struct revocation *revocation = argument;
    struct tokenstore_list *revoked = revocation->revoked;
    enum tokenstore_error error = TOKENSTORE_OK;
    size_t end = batch_end(revocation);

    /* Look again, now that nobody else can change it; unless part of the
     * work is done already, when a token that is gone is what was asked. */
    if (!revocation->skip_missing)
        error = find_missing(view, revocation);
    revocation->new_count = 0;
    for (size_t i = revocation->first; i < end && error == TOKENSTORE_OK;
         i++) {
        struct tokenstore_token *token =
            &revoked->tokens[revoked->count + revocation->new_count];

        error = tokens_get(view, revocation->ids[i], token);
        if (error == TOKENSTORE_OK) {
            error = tokens_delete(view, token);
            revocation->new_count++;
        } else if (error == TOKENSTORE_ERROR_NOT_FOUND) {
            error = TOKENSTORE_OK;
        }
    }
    return error;
}

static int compare_ids(const void *a, const void *b) {
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

static size_t sort_unique(uint64_t *ids, size_t count) {
    size_t kept = 0;

    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    return kept;
}

enum tokenstore_error tokenstore_revoke(struct tokenstore *store,
                                        const uint64_t *ids, size_t count,
                                        struct tokenstore_list **revoked) {
    struct revocation revocation = {.revoked = token_list_new(count)};
    uint64_t *sorted = calloc(count > 0 ? count : 1, sizeof *sorted);
    enum tokenstore_error error = TOKENSTORE_OK;

    if (revoked != NULL)
        *revoked = NULL;
    store_begin(store);
    if (sorted == NULL || revocation.revoked == NULL)
        error = TOKENSTORE_ERROR_NO_MEMORY;
    else if (count > 0)
        memcpy(sorted, ids, count * sizeof *ids);
    if (error == TOKENSTORE_OK) {
        revocation.ids = sorted;
        revocation.count = sort_unique(sorted, count);
    }
    if (error == TOKENSTORE_OK && store->remote != NULL)
        error = remote_revoke(store->remote, sorted, revocation.count,
                              revocation.revoked, &store->file.message);
    while (error == TOKENSTORE_OK && store->remote == NULL &&
           revocation.first < revocation.count) {
        error = file_write(&store->file, NULL, delete_batch, &revocation);
        if (error == TOKENSTORE_OK)
            revocation.revoked->count += revocation.new_count;
        revocation.first = batch_end(&revocation);
        revocation.skip_missing = true;
    }
    if (error == TOKENSTORE_OK && revoked != NULL) {
        *revoked = revocation.revoked;
        revocation.revoked = NULL;
    }
    free(sorted);
    tokenstore_list_free(&revocation.revoked);
    return store_end(store, error);
}

/* ----------------------------------------------------------------- by user */

struct user_revocation {
    struct user_tokens wanted;
    struct tokenstore_list *revoked;
};

static enum tokenstore_error delete_users(struct view *view, void *argument) {
    struct user_revocation *revocation = argument;
    struct tokenstore_list *revoked = revocation->revoked;
    enum tokenstore_error error = TOKENSTORE_OK;
    uint32_t after = 0;
    bool done = false;

    /* More than once only where other users share the index set. */
    for (revoked->count = 0;
         error == TOKENSTORE_OK && revoked->count == 0 && !done;) {
        revoked->count = FILE_BATCH;
        error = user_tokens_read(view, &revocation->wanted, FILE_BATCH, &after,
                                 revoked->tokens, &revoked->count, &done);
    }
    for (size_t i = 0; i < revoked->count && error == TOKENSTORE_OK; i++)
        error = tokens_delete(view, &revoked->tokens[i]);
    return error;
}

enum tokenstore_error
tokenstore_revoke_user(struct tokenstore *store,
                       const struct tokenstore_identity *user,
                       struct tokenstore_list **revoked) {
    struct user_revocation revocation;
    struct tokenstore_list *left = NULL;
    enum tokenstore_error error;

    store_begin(store);
    if (store->remote != NULL)
        return store_end(store,
                         remote_revoke_user(store->remote, user, revoked,
                                            &store->file.message));
    error = tokenstore_list(store, user, 0, 1, &left);
    /* Nothing to do needs no right to write. */
    *revoked = left;
    if (error != TOKENSTORE_OK || left->count == 0)
        return error;
    *revoked = NULL;
    tokenstore_list_free(&left);
    user_tokens_prepare(&revocation.wanted, user);
    revocation.revoked = token_list_new(FILE_BATCH);
    if (revocation.revoked == NULL)
        return store_end(store, TOKENSTORE_ERROR_NO_MEMORY);
    error = file_write(&store->file, NULL, delete_users, &revocation);
    if (error == TOKENSTORE_OK)
        *revoked = revocation.revoked;
    else
        tokenstore_list_free(&revocation.revoked);
    return store_end(store, error);
}
