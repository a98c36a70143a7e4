/*
 * limits.c - does a change stay within the limits of the handle?
 * Runs inside the transaction, so all other writers wait.  Must cost no more
 * than reading the index while the user has room, and never more than some
 * thousand look-ups, however many tokens the user has.
 */
#include "tokenstore/local/limits.h"

#include <inttypes.h>
#include <string.h>

#include "tokenstore/local/idset.h"
#include "tokenstore/local/tokens.h"

/* --------------------------------------------------------- tokens per user */

/* Counts the tokens of one user, except the one that is being replaced. */
struct census {
    const struct tokenstore_identity *user;
    uint64_t except;  /* 0: none */
    bool active_only; /* else all in the user's set of ids */
    int64_t now;
    uint64_t enough; /* stop counting here */
    uint64_t count;
};

/* The same account?  One with the same name and another uid is not: the name
 * was given away. */
static bool is_same_user(const struct tokenstore_identity *a,
                         const struct tokenstore_identity *b) {
    return strcmp(a->name, b->name) == 0 && a->has_uid == b->has_uid &&
           (!a->has_uid || a->uid == b->uid);
}

static enum tokenstore_error count_one(struct view *view,
                                       struct census *census, uint32_t id) {
    struct tokenstore_token token;
    enum tokenstore_error error;

    if (id == census->except)
        return TOKENSTORE_OK;
    if (!census->active_only) {
        census->count++;
        return TOKENSTORE_OK;
    }
    error = tokens_get_listed(view, id, &token);
    if (error == TOKENSTORE_OK && is_same_user(&token.user, census->user) &&
        tokenstore_token_status(&token, census->now) ==
            TOKENSTORE_STATUS_ACTIVE)
        census->count++;
    return error;
}

static enum tokenstore_error count_tokens(struct view *view,
                                          struct census *census) {
    const uint64_t set = idset_named("name", census->user->name);
    enum tokenstore_error error = TOKENSTORE_OK;
    uint32_t ids[256];
    uint32_t after = 0;
    size_t found;

    census->count = 0;
    do {
        found = sizeof(ids) / sizeof(ids[0]);
        error = idset_list(view, set, after, ids, &found);
        for (size_t i = 0; i < found && error == TOKENSTORE_OK &&
                           census->count < census->enough;
             i++)
            error = count_one(view, census, ids[i]);
        if (found > 0)
            after = ids[found - 1];
    } while (error == TOKENSTORE_OK && census->count < census->enough &&
             found == sizeof(ids) / sizeof(ids[0]));
    return error;
}

/* The limit for a user's tokens that are not active. */
#define DEAD_MAX 1000

static enum tokenstore_error
judge_number(struct view *view, uint32_t permitted, struct census *census) {
    enum tokenstore_error error;

    /* Reading tokens is expensive; in most cases counting the ids is enough.
     */
    census->enough = (uint64_t)permitted + DEAD_MAX;
    error = count_tokens(view, census);
    if (error != TOKENSTORE_OK || census->count < permitted)
        return error;
    if (census->count >= census->enough)
        return message_set(view_message(view), TOKENSTORE_ERROR_LIMIT,
                           "limits permit %" PRIu32
                           " active tokens a user, and "
                           "%d that are not; revoke some first, of %s",
                           permitted, DEAD_MAX, census->user->name);
    census->enough = permitted;
    census->active_only = true;
    error = count_tokens(view, census);
    if (error != TOKENSTORE_OK || census->count < permitted)
        return error;
    return message_set(
        view_message(view), TOKENSTORE_ERROR_LIMIT,
        "limits permit %" PRIu32 " active token%s a user; revoke "
        "one first, of %s",
        permitted, permitted == 1 ? "" : "s", census->user->name);
}

/* --------------------------------------------------------------- lifetime */

static enum tokenstore_error judge_lifetime(struct view *view,
                                            int64_t permitted, int64_t time,
                                            int64_t now) {
    char text[TOKENSTORE_DURATION_SIZE];

    if (time != TOKENSTORE_NEVER && now >= 0 && time - now <= permitted)
        return TOKENSTORE_OK;
    if (tokenstore_duration_format(permitted, text) != TOKENSTORE_OK)
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    return message_set(view_message(view), TOKENSTORE_ERROR_LIMIT,
                       "limits permit a lifetime of %s; give the token an "
                       "earlier expiration time",
                       text);
}

/* -------------------------------------------------------------------- all */

enum tokenstore_error limits_judge(struct view *view,
                                   const struct tokenstore_limits *limits,
                                   const struct tokenstore_change *change,
                                   const struct tokenstore_token *before,
                                   const struct tokenstore_token *after,
                                   int64_t now) {
    const bool issues = change->kind != TOKENSTORE_CHANGE_MODIFY;
    const bool activates =
        tokenstore_token_status(after, now) == TOKENSTORE_STATUS_ACTIVE &&
        (issues ||
         tokenstore_token_status(before, now) != TOKENSTORE_STATUS_ACTIVE);
    const bool replaces =
        change->kind == TOKENSTORE_CHANGE_ROTATE && change->grace == 0;
    struct census census = {
        .user = &after->user, .except = replaces ? change->id : 0, .now = now};
    enum tokenstore_error error = TOKENSTORE_OK;

    if (limits->name_required && after->name[0] == '\0' &&
        (issues || before->name[0] != '\0'))
        return message_set(view_message(view), TOKENSTORE_ERROR_LIMIT,
                           "limits require a name; give the token one");
    if (limits->lifetime_max != 0 &&
        (issues || activates ||
         (change->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0))
        error = judge_lifetime(view, limits->lifetime_max,
                               after->expiration_time, now);
    if (error == TOKENSTORE_OK && limits->tokens_per_user != 0 && activates)
        error = judge_number(view, limits->tokens_per_user, &census);
    return error;
}
