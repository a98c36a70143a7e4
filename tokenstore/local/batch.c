/*
 * batch.c - changes of tokens: many at once, and the calls for one.
 * Must never report a failure for a change that stands (all memory for the
 * answer is there before the change), nor hand out the secret of one that
 * does not.
 */
#include <stdio.h>
#include <string.h>

#include "tokenstore/file/write.h"
#include "tokenstore/local/change.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/store.h"

/* ----------------------------------------------------------- many at once */

_Static_assert(TOKENSTORE_CHANGES_MAX <= FILE_BATCH, "room for them");

struct application {
    const struct tokenstore_limits *limits;
    struct tokenstore_change *changes;
    size_t count;
    int64_t now;
    bool remote;
    bool left_out[TOKENSTORE_CHANGES_MAX]; /* for good, each with its error */
    bool again; /* the transaction is broken: make the others anew */
};

/* "" is the text of an error that says nothing more. */
static void settle(struct tokenstore_change *change,
                   enum tokenstore_error error,
                   const struct message *message) {
    const char *text = message->text;

    if (error == TOKENSTORE_OK)
        text = "";
    else if (*text == '\0')
        text = tokenstore_strerror(error);
    change->error = error;
    snprintf(change->message, sizeof change->message, "%s", text);
}

/* A server completes whom a new token is for, by its own clock. */
static enum tokenstore_error validate(const struct application *application,
                                      const struct tokenstore_change *change) {
    if (application->remote && change->kind == TOKENSTORE_CHANGE_CREATE)
        return TOKENSTORE_OK;
    return change_validate(change, application->now);
}

/* Memory for the answers, and what can be refused out of hand. */
static enum tokenstore_error prepare(struct application *application) {
    static const struct message nothing;
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < application->count; i++) {
        struct tokenstore_change *change = &application->changes[i];

        change->token = NULL;
        memset(&change->bearer, 0, sizeof change->bearer);
        settle(change, validate(application, change), &nothing);
        application->left_out[i] = change->error != TOKENSTORE_OK;
        if (error == TOKENSTORE_OK && !application->left_out[i])
            error = tokenstore_token_new(&change->token);
    }
    return error;
}

/* Which there are still to make; *creates: does one of them make a store? */
static bool is_left(const struct application *application, bool *creates) {
    bool left = false;

    *creates = false;
    for (size_t i = 0; i < application->count; i++)
        if (!application->left_out[i]) {
            left = true;
            *creates |=
                application->changes[i].kind == TOKENSTORE_CHANGE_CREATE;
        }
    return left;
}

/* Each change by itself.  What one that failed has done to the transaction
 * cannot be undone, except with the whole of it. */
static enum tokenstore_error make_all(struct view *view, void *argument) {
    struct application *application = argument;
    struct message *message = view_message(view);

    for (size_t i = 0; i < application->count; i++) {
        struct tokenstore_change *change = &application->changes[i];
        unsigned int mark = view_mark(view);
        enum tokenstore_error error;

        if (application->left_out[i])
            continue;
        message->text[0] = '\0';
        error = change_make(view, application->limits, change,
                            application->now, change->token);
        settle(change, error, message);
        if (error != TOKENSTORE_OK && view_mark(view) != mark) {
            application->left_out[i] = true;
            application->again = true;
            return error;
        }
    }
    return TOKENSTORE_OK;
}

/* An error of all falls on those, too, that were refused in the transaction:
 * it was because of others, perhaps. */
static void finish(struct application *application,
                   enum tokenstore_error error,
                   const struct message *message) {
    for (size_t i = 0; i < application->count; i++) {
        struct tokenstore_change *change = &application->changes[i];

        if (error != TOKENSTORE_OK && !application->left_out[i])
            settle(change, error, message);
        if (change->error != TOKENSTORE_OK) {
            tokenstore_token_free(&change->token);
            tokenstore_wipe(&change->bearer, sizeof change->bearer);
        }
    }
}

/* A server takes one change at a time. */
static void make_remotely(struct tokenstore *store,
                          struct application *application) {
    struct message *message = &store->file.message;

    for (size_t i = 0; i < application->count; i++) {
        struct tokenstore_change *change = &application->changes[i];

        message->text[0] = '\0';
        if (!application->left_out[i])
            settle(change, remote_change(store->remote, change, message),
                   message);
    }
}

static enum tokenstore_error apply(struct tokenstore *store,
                                   struct tokenstore_change *changes,
                                   size_t count, int64_t now) {
    struct application application = {
        .limits = &store->limits,
        .changes = changes,
        .count = count,
        .now = now,
        .remote = store->remote != NULL,
    };
    enum tokenstore_error error = prepare(&application);
    bool creates;

    if (error == TOKENSTORE_OK && store->remote != NULL)
        make_remotely(store, &application);
    while (error == TOKENSTORE_OK && store->remote == NULL &&
           is_left(&application, &creates)) {
        store_begin(store); /* what it said before is over */
        application.again = false;
        error = file_write(&store->file, creates ? tokens_initialise : NULL,
                           make_all, &application);
        if (!application.again)
            break;
        error = TOKENSTORE_OK;
    }
    finish(&application, error, &store->file.message);
    return error;
}

enum tokenstore_error tokenstore_apply(struct tokenstore *store,
                                       struct tokenstore_change *changes,
                                       size_t count, int64_t now) {
    store_begin(store);
    if (count <= TOKENSTORE_CHANGES_MAX)
        return store_end(store, apply(store, changes, count, now));
    for (size_t i = 0; i < count; i++) {
        changes[i].token = NULL;
        settle(&changes[i], TOKENSTORE_ERROR_INVALID_ARGUMENT,
               &store->file.message);
    }
    return store_end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

/* -------------------------------------------------------------------- one */

/* bearer and token are outputs; each may be NULL. */
static enum tokenstore_error apply_one(struct tokenstore *store,
                                       struct tokenstore_change change,
                                       int64_t now,
                                       struct tokenstore_bearer *bearer,
                                       struct tokenstore_token **token) {
    enum tokenstore_error error;

    store_begin(store);
    error = apply(store, &change, 1, now);
    if (error == TOKENSTORE_OK)
        error = change.error;
    if (error == TOKENSTORE_OK && bearer != NULL)
        *bearer = change.bearer;
    tokenstore_wipe(&change.bearer, sizeof change.bearer);
    if (token != NULL)
        *token = change.token;
    else
        tokenstore_token_free(&change.token);
    return store_end(store, error);
}

enum tokenstore_error tokenstore_create(struct tokenstore *store,
                                        const struct tokenstore_token *token,
                                        int64_t now,
                                        struct tokenstore_bearer *bearer,
                                        struct tokenstore_token **created) {
    return apply_one(store,
                     (struct tokenstore_change){
                         .kind = TOKENSTORE_CHANGE_CREATE, .values = token},
                     now, bearer, created);
}

enum tokenstore_error tokenstore_modify(struct tokenstore *store, uint64_t id,
                                        unsigned int fields,
                                        const struct tokenstore_token *values,
                                        int64_t now,
                                        struct tokenstore_token **modified) {
    return apply_one(store,
                     (struct tokenstore_change){
                         .kind = TOKENSTORE_CHANGE_MODIFY,
                         .id = id,
                         .fields = fields,
                         .values = values,
                     },
                     now, NULL, modified);
}

enum tokenstore_error
tokenstore_rotate(struct tokenstore *store, uint64_t id, int64_t grace,
                  const struct tokenstore_identity *creator, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created) {
    return apply_one(store,
                     (struct tokenstore_change){
                         .kind = TOKENSTORE_CHANGE_ROTATE,
                         .id = id,
                         .grace = grace,
                         .creator = creator,
                     },
                     now, bearer, created);
}

/* ---------------------------------------------------------- all or nothing */

struct batch {
    const struct tokenstore_limits *limits;
    const struct tokenstore_token *const *tokens;
    size_t count;
    int64_t now;
    struct tokenstore_bearer *bearers;
    uint64_t *ids;
    struct tokenstore_token *token; /* as created: the last */
};

static struct tokenstore_change batch_change(const struct batch *batch,
                                             size_t i) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_CREATE,
                                      .values = batch->tokens[i]};
}

static enum tokenstore_error make_batch(struct view *view, void *argument) {
    const struct batch *batch = argument;
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < batch->count && error == TOKENSTORE_OK; i++) {
        struct tokenstore_change change = batch_change(batch, i);

        error = change_make(view, batch->limits, &change, batch->now,
                            batch->token);
        batch->bearers[i] = change.bearer;
        batch->ids[i] = batch->token->id;
        tokenstore_wipe(&change.bearer, sizeof change.bearer);
    }
    return error;
}

/* One transaction; no bearer token is left behind where it fails. */
static enum tokenstore_error create_all(struct tokenstore *store,
                                        struct batch *batch) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < batch->count && error == TOKENSTORE_OK; i++) {
        struct tokenstore_change change = batch_change(batch, i);

        error = change_validate(&change, batch->now);
    }
    if (error != TOKENSTORE_OK)
        return error;
    error = file_write(&store->file, tokens_initialise, make_batch, batch);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(batch->bearers, batch->count * sizeof *batch->bearers);
    return error;
}

/* A server takes one at a time. */
static enum tokenstore_error
create_each(struct tokenstore *store,
            const struct tokenstore_token *const *tokens, size_t count,
            int64_t now, struct tokenstore_bearer *bearers, uint64_t *ids,
            size_t *created) {
    for (; *created < count; ++*created) {
        struct tokenstore_token *token = NULL;
        enum tokenstore_error error = tokenstore_create(
            store, tokens[*created], now, &bearers[*created], &token);

        if (error != TOKENSTORE_OK)
            return error;
        ids[*created] = token->id;
        tokenstore_token_free(&token);
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error tokenstore_create_batch(
    struct tokenstore *store, const struct tokenstore_token *const *tokens,
    size_t count, int64_t now, struct tokenstore_bearer *bearers,
    uint64_t *ids, size_t *created) {
    struct batch batch = {.limits = &store->limits, .now = now};
    enum tokenstore_error error = tokenstore_token_new(&batch.token);

    store_begin(store);
    *created = 0;
    if (store->remote != NULL) {
        tokenstore_token_free(&batch.token);
        return create_each(store, tokens, count, now, bearers, ids, created);
    }
    while (error == TOKENSTORE_OK && *created < count) {
        batch.tokens = tokens + *created;
        batch.bearers = bearers + *created;
        batch.ids = ids + *created;
        batch.count =
            count - *created < FILE_BATCH ? count - *created : FILE_BATCH;
        error = create_all(store, &batch);
        if (error == TOKENSTORE_OK)
            *created += batch.count;
    }
    tokenstore_token_free(&batch.token);
    return store_end(store, error);
}
