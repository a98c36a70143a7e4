/*
 * revoke.c - delete tokens of a local store: those with some ids, or a user's.
 * Must leave nothing half done: a transaction deletes all its tokens or none.
 */
#include "tokenstore/local/revoke.h"

#include "tokenstore/file/write.h"
#include "tokenstore/local/list.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/local/user_tokens.h"
#include "tokenstore/values/token_list.h"

/* ------------------------------------------------------------------- by id */

struct revocation {
    const uint64_t *ids; /* in order, without repeats */
    size_t count;
    size_t first; /* of this transaction */
    bool skip_missing;
    struct tokenstore_list *revoked; /* count: by earlier transactions */
    size_t new_count;
};

static size_t batch_end(const struct revocation *revocation) {
    size_t left = revocation->count - revocation->first;

    return revocation->first + (left < FILE_BATCH ? left : FILE_BATCH);
}

/* All ids must exist before the first transaction changes anything. */
static enum tokenstore_error find_missing(struct view *view, void *argument) {
    const struct revocation *revocation = argument;
    struct tokenstore_token *token = revocation->revoked->tokens;
    enum tokenstore_error result = TOKENSTORE_OK;
    size_t missing = 0;

    for (size_t i = 0; i < revocation->count; i++) {
        enum tokenstore_error error =
            tokens_get(view, revocation->ids[i], token);

        if (error == TOKENSTORE_ERROR_NOT_FOUND)
            result = message_no_token(view_message(view), revocation->ids[i],
                                      missing++);
        else if (error != TOKENSTORE_OK)
            return error;
    }
    return result;
}

static enum tokenstore_error delete_batch(struct view *view, void *argument) {
    struct revocation *revocation = argument;
    struct tokenstore_list *revoked = revocation->revoked;
    enum tokenstore_error error = TOKENSTORE_OK;
    size_t end = batch_end(revocation);

    /* Check in the first transaction.  In the later ones, part of the work is
     * done, and an id that is missing is what was asked for. */
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
    return error == TOKENSTORE_OK && revocation->new_count > 0
               ? tokens_give_store_id(view)
               : error;
}

enum tokenstore_error local_revoke(void *store, const uint64_t *ids,
                                   size_t count,
                                   struct tokenstore_list *revoked) {
    struct local *local = store;
    struct revocation revocation = {
        .ids = ids, .count = count, .revoked = revoked};
    enum tokenstore_error error = TOKENSTORE_OK;

    while (error == TOKENSTORE_OK && revocation.first < count) {
        error = file_write(&local->file, NULL, delete_batch, &revocation);
        if (error == TOKENSTORE_OK)
            revoked->count += revocation.new_count;
        revocation.first = batch_end(&revocation);
        revocation.skip_missing = true;
    }
    return error;
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

    /* More than one turn only if other users share the sets of ids. */
    for (revoked->count = 0;
         error == TOKENSTORE_OK && revoked->count == 0 && !done;) {
        revoked->count = FILE_BATCH;
        error = user_tokens_read(view, &revocation->wanted, FILE_BATCH, &after,
                                 revoked->tokens, &revoked->count, &done);
    }
    for (size_t i = 0; i < revoked->count && error == TOKENSTORE_OK; i++)
        error = tokens_delete(view, &revoked->tokens[i]);
    return error == TOKENSTORE_OK && revoked->count > 0
               ? tokens_give_store_id(view)
               : error;
}

enum tokenstore_error local_revoke_user(void *store,
                                        const struct tokenstore_identity *user,
                                        struct tokenstore_list **revoked) {
    struct local *local = store;
    struct user_revocation revocation;
    enum tokenstore_error error = local_list(store, user, 0, 1, revoked);

    /* If there is nothing to delete, no right to write is needed. */
    if (error != TOKENSTORE_OK || (*revoked)->count == 0)
        return error;
    tokenstore_list_free(revoked);
    user_tokens_prepare(&revocation.wanted, user);
    revocation.revoked = token_list_new(FILE_BATCH);
    if (revocation.revoked == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error = file_write(&local->file, NULL, delete_users, &revocation);
    if (error == TOKENSTORE_OK)
        *revoked = revocation.revoked;
    else
        tokenstore_list_free(&revocation.revoked);
    return error;
}
