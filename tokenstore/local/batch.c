/*
 * batch.c - many changes of a local store in one transaction.
 * Must never report a failure for a change that was made, nor success for one
 * that was not.
 */
#include "tokenstore/local/batch.h"

#include <string.h>

#include "tokenstore/file/write.h"
#include "tokenstore/local/change.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"

_Static_assert(TOKENSTORE_CHANGES_MAX <= FILE_BATCH,
               "a transaction must have room for all changes");

struct batch {
    const struct tokenstore_limits *limits;
    struct tokenstore_change *changes;
    size_t count;
    int64_t now;
    bool left_out[TOKENSTORE_CHANGES_MAX]; /* has failed by itself, for good */
    bool again; /* the transaction is spoilt: repeat it without the last one */
};

static void set_outcome(struct tokenstore_change *change,
                        enum tokenstore_error error,
                        const struct message *message) {
    change->error = error;
    memcpy(change->message, message->text, sizeof(change->message));
}

/* Leave out what can be refused without looking at the store. */
static void prepare(struct batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        struct tokenstore_change *change = &batch->changes[i];

        if (change->error == TOKENSTORE_OK)
            change->error = change_validate(change, batch->now);
        batch->left_out[i] = change->error != TOKENSTORE_OK;
    }
}

/* Is a change left to be made?  *creates: is one of them a create, which makes
 * the store if it is missing? */
static bool is_left(const struct batch *batch, bool *creates) {
    bool left = false;

    *creates = false;
    for (size_t i = 0; i < batch->count; i++)
        if (!batch->left_out[i]) {
            left = true;
            *creates |= batch->changes[i].kind == TOKENSTORE_CHANGE_CREATE;
        }
    return left;
}

/* A view_function: make one change after the other.  If one fails after it has
 * written something, that cannot be undone alone: the whole transaction is
 * repeated without it. */
static enum tokenstore_error make_all(struct view *view, void *argument) {
    struct batch *batch = argument;
    struct message *message = view_message(view);
    const unsigned int begin = view_mark(view);

    for (size_t i = 0; i < batch->count; i++) {
        struct tokenstore_change *change = &batch->changes[i];
        unsigned int mark = view_mark(view);
        enum tokenstore_error error;

        if (batch->left_out[i])
            continue;
        message->text[0] = '\0';
        error = change_make(view, batch->limits, change, batch->now,
                            change->token);
        set_outcome(change, error, message);
        if (error != TOKENSTORE_OK && view_mark(view) != mark) {
            batch->left_out[i] = true;
            batch->again = true;
            return error;
        }
    }
    return view_mark(view) != begin ? tokens_give_store_id(view)
                                    : TOKENSTORE_OK;
}

enum tokenstore_error local_apply(void *store,
                                  const struct tokenstore_limits *limits,
                                  struct tokenstore_change *changes,
                                  size_t count, int64_t now) {
    struct local *local = store;
    struct batch batch = {
        .limits = limits, .changes = changes, .count = count, .now = now};
    enum tokenstore_error error = TOKENSTORE_OK;
    bool creates;

    prepare(&batch);
    while (is_left(&batch, &creates)) {
        local->file.message.text[0] = '\0';
        batch.again = false;
        error = file_write(&local->file, creates ? tokens_initialise : NULL,
                           make_all, &batch);
        if (!batch.again)
            break;
        error = TOKENSTORE_OK;
    }
    /* If the transaction fails, so does each change that was refused in it:
     * perhaps it was refused because of another one. */
    for (size_t i = 0; i < count; i++)
        if (error != TOKENSTORE_OK && !batch.left_out[i])
            set_outcome(&changes[i], error, &local->file.message);
    return error;
}
