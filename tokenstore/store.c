/*
 * store.c - the handle, and the operations on one token: create, get, modify,
 * rotate.  Must never report a failure for a change that stands: all memory
 * for the answer is there before the change.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bearer.h"
#include "entry.h"

/* ------------------------------------------------------------------ handle */

bool store_absolute_path(const char *path, char absolute[PATH_MAX]) {
    char directory[PATH_MAX];

    if (*path == '/')
        return snprintf(absolute, PATH_MAX, "%s", path) < PATH_MAX;
    if (getcwd(directory, sizeof directory) == NULL || *directory != '/')
        return false;
    return snprintf(absolute, PATH_MAX, "%s/%s", directory, path) < PATH_MAX;
}

/* The path in a URI; NULL for a scheme that is not ours. */
static const char *path_of(const char *uri) {
    size_t word = strcspn(uri, ":/.");

    if (strncmp(uri, "tdb:", 4) == 0)
        return uri + 4;
    return uri[word] == ':' ? NULL : uri;
}

enum tokenstore_error tokenstore_open(const char *uri,
                                      struct tokenstore **store) {
    const char *path = path_of(uri != NULL ? uri : tokenstore_default_path());

    *store = NULL;
    if (path == NULL || *path == '\0' || path[strlen(path) - 1] == '/')
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    *store = calloc(1, sizeof **store);
    if (*store == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    if (store_absolute_path(path, (*store)->database.path))
        return TOKENSTORE_OK;
    tokenstore_close(store);
    return TOKENSTORE_ERROR_INVALID_ARGUMENT;
}

void tokenstore_close(struct tokenstore **store) {
    if (store == NULL)
        return;
    free(*store);
    *store = NULL;
}

const char *tokenstore_path(const struct tokenstore *store) {
    return store->database.path;
}

const char *tokenstore_message(const struct tokenstore *store) {
    return store->database.message.text;
}

void store_begin(struct tokenstore *store) {
    store->database.message.text[0] = '\0';
}

enum tokenstore_error store_end(struct tokenstore *store,
                                enum tokenstore_error error) {
    struct complaint *message = &store->database.message;

    if (error == TOKENSTORE_OK)
        message->text[0] = '\0';
    else if (message->text[0] == '\0')
        complain(message, error, "%s", tokenstore_strerror(error));
    return error;
}

static enum tokenstore_error no_such_token(struct complaint *message,
                                           uint64_t id) {
    return complain(message, TOKENSTORE_ERROR_NOT_FOUND, "no token %llu",
                    (unsigned long long)id);
}

/*
 * Get the memory for a result before anything is changed: a change must not
 * stand while its caller hears of a failure.
 */
static enum tokenstore_error prepare_result(struct tokenstore_token **result,
                                            struct tokenstore_token **given) {
    if (given != NULL)
        *given = NULL;
    return tokenstore_token_new(result);
}

static enum tokenstore_error hand_over(enum tokenstore_error error,
                                       struct tokenstore_token **result,
                                       struct tokenstore_token **given) {
    if (error == TOKENSTORE_OK && given != NULL) {
        *given = *result;
        *result = NULL;
    }
    tokenstore_token_free(result);
    return error;
}

/* ------------------------------------------------------------------ create */

/* A token with the next id, for create and rotate.  token is filled in. */
static enum tokenstore_error add_next(struct database_view *view,
                                      struct tokenstore_token *token,
                                      struct tokenstore_bearer *bearer) {
    uint64_t next;
    enum tokenstore_error error = database_has_room(view);

    if (error == TOKENSTORE_OK)
        error = entry_next_id(view, &next);
    if (error != TOKENSTORE_OK)
        return error;
    if (next > entry_id_max)
        return complain(database_complaint(view), TOKENSTORE_ERROR_FULL,
                        "full: every id has been handed out");
    token->id = next;
    /* As it will be read back. */
    identity_derive(&token->user);
    identity_derive(&token->creator);
    error = bearer_generate(next, bearer, token->hash);
    if (error == TOKENSTORE_OK)
        error = entry_add(view, token);
    if (error == TOKENSTORE_OK)
        error = entry_put_next_id(view, next + 1);
    return error;
}

struct creation {
    const struct tokenstore_token *const *tokens;
    size_t count;
    int64_t now;
    struct tokenstore_bearer *bearers;
    uint64_t *ids;
    struct tokenstore_token *token; /* as created: the last */
};

static enum tokenstore_error apply_create(struct database_view *view,
                                          void *argument) {
    const struct creation *creation = argument;
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < creation->count && error == TOKENSTORE_OK; i++) {
        *creation->token = *creation->tokens[i];
        creation->token->creation_time = creation->now;
        error = add_next(view, creation->token, &creation->bearers[i]);
        creation->ids[i] = creation->token->id;
    }
    return error;
}

static bool time_is_after(int64_t time, int64_t now) {
    return time == TOKENSTORE_NEVER || time > now;
}

static bool clock_is_sane(int64_t now) {
    return now >= 0 && now <= TOKENSTORE_TIME_MAX;
}

/* One transaction; no bearer token is left behind where it fails. */
static enum tokenstore_error create(struct tokenstore *store,
                                    struct creation *creation) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < creation->count; i++) {
        const struct tokenstore_token *token = creation->tokens[i];

        if (token->user.name[0] == '\0' ||
            token->user.domain == IDENTITY_DOMAIN_UNSET)
            return TOKENSTORE_ERROR_INVALID_IDENTITY;
        if (!clock_is_sane(creation->now) ||
            !time_is_after(token->expiration_time, creation->now))
            return TOKENSTORE_ERROR_TIME_RANGE;
    }
    error = database_write(&store->database, entry_initialise, apply_create,
                           creation);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(creation->bearers,
                        creation->count * sizeof creation->bearers[0]);
    return error;
}

enum tokenstore_error tokenstore_create(struct tokenstore *store,
                                        const struct tokenstore_token *token,
                                        int64_t now,
                                        struct tokenstore_bearer *bearer,
                                        struct tokenstore_token **created) {
    uint64_t id;
    struct creation creation = {&token, 1, now, bearer, &id, NULL};
    enum tokenstore_error error = prepare_result(&creation.token, created);

    store_begin(store);
    if (error == TOKENSTORE_OK)
        error = create(store, &creation);
    return store_end(store, hand_over(error, &creation.token, created));
}

enum tokenstore_error tokenstore_create_batch(
    struct tokenstore *store, const struct tokenstore_token *const *tokens,
    size_t count, int64_t now, struct tokenstore_bearer *bearers,
    uint64_t *ids, size_t *created) {
    struct creation creation = {.now = now};
    enum tokenstore_error error = tokenstore_token_new(&creation.token);

    store_begin(store);
    *created = 0;
    while (error == TOKENSTORE_OK && *created < count) {
        creation.tokens = tokens + *created;
        creation.bearers = bearers + *created;
        creation.ids = ids + *created;
        creation.count = count - *created < DATABASE_BATCH ? count - *created
                                                           : DATABASE_BATCH;
        error = create(store, &creation);
        if (error == TOKENSTORE_OK)
            *created += creation.count;
    }
    tokenstore_token_free(&creation.token);
    return store_end(store, error);
}

/* --------------------------------------------------------------------- get */

enum tokenstore_error store_read_token(struct database_view *view,
                                       void *argument) {
    struct getting *getting = argument;
    enum tokenstore_error error = entry_get(view, getting->id, getting->token);
    uint64_t next;

    getting->found = error == TOKENSTORE_OK;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? entry_next_id(view, &next)
                                               : error;
}

enum tokenstore_error tokenstore_get(struct tokenstore *store, uint64_t id,
                                     struct tokenstore_token **token) {
    struct getting getting = {.id = id};
    enum tokenstore_error error = prepare_result(&getting.token, token);

    store_begin(store);
    if (error == TOKENSTORE_OK)
        error = database_read(&store->database, store_read_token, &getting);
    if (error == TOKENSTORE_OK && !getting.found)
        error = no_such_token(&store->database.message, id);
    return store_end(store, hand_over(error, &getting.token, token));
}

/* ------------------------------------------------------------------ modify */

struct modification {
    uint64_t id;
    unsigned int fields;
    const struct tokenstore_token *values;
    int64_t now;
    struct tokenstore_token *token;
};

static enum tokenstore_error apply_modify(struct database_view *view,
                                          void *argument) {
    const struct modification *change = argument;
    const struct tokenstore_token *values = change->values;
    struct tokenstore_token *token = change->token;
    enum tokenstore_error error = entry_get(view, change->id, token);

    if (error == TOKENSTORE_OK)
        error = database_has_room(view);
    if (error != TOKENSTORE_OK)
        return error == TOKENSTORE_ERROR_NOT_FOUND
                   ? no_such_token(database_complaint(view), change->id)
                   : error;
    if ((change->fields & TOKENSTORE_FIELD_NAME) != 0)
        memcpy(token->name, values->name, sizeof token->name);
    if ((change->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0) {
        if (!time_is_after(values->expiration_time, change->now) ||
            !time_is_after(values->expiration_time, token->creation_time))
            return TOKENSTORE_ERROR_TIME_RANGE;
        token->expiration_time = values->expiration_time;
    }
    if ((change->fields & TOKENSTORE_FIELD_ENABLED) != 0)
        token->enabled = values->enabled;
    if ((change->fields & TOKENSTORE_FIELD_SCOPES) != 0) {
        memcpy(token->scopes, values->scopes, sizeof token->scopes);
        token->scope_count = values->scope_count;
    }
    if ((change->fields & TOKENSTORE_FIELD_NETWORKS) != 0) {
        memcpy(token->networks, values->networks, sizeof token->networks);
        token->network_count = values->network_count;
    }
    return entry_replace(view, token);
}

enum tokenstore_error tokenstore_modify(struct tokenstore *store, uint64_t id,
                                        unsigned int fields,
                                        const struct tokenstore_token *values,
                                        int64_t now,
                                        struct tokenstore_token **modified) {
    const unsigned int known =
        TOKENSTORE_FIELD_NAME | TOKENSTORE_FIELD_EXPIRATION_TIME |
        TOKENSTORE_FIELD_ENABLED | TOKENSTORE_FIELD_SCOPES |
        TOKENSTORE_FIELD_NETWORKS;
    struct modification change = {id, fields, values, now, NULL};
    enum tokenstore_error error = prepare_result(&change.token, modified);

    store_begin(store);
    if (error == TOKENSTORE_OK && (fields & ~known) != 0)
        error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
    if (error == TOKENSTORE_OK)
        error = database_write(&store->database, NULL, apply_modify, &change);
    return store_end(store, hand_over(error, &change.token, modified));
}

/* ------------------------------------------------------------------ rotate */

struct rotation {
    uint64_t id;
    int64_t grace;
    const struct tokenstore_identity *creator;
    int64_t now;
    struct tokenstore_bearer bearer;
    struct tokenstore_token *token;
};

static int64_t add_capped(int64_t time, int64_t seconds) {
    return seconds > TOKENSTORE_TIME_MAX - time ? TOKENSTORE_TIME_MAX
                                                : time + seconds;
}

static enum tokenstore_error retire(struct database_view *view,
                                    struct tokenstore_token *old,
                                    const struct rotation *rotation) {
    int64_t end = add_capped(rotation->now, rotation->grace);

    if (rotation->grace == 0)
        return entry_delete(view, old);
    if (old->expiration_time > end)
        old->expiration_time = end;
    return entry_replace(view, old);
}

static enum tokenstore_error apply_rotate(struct database_view *view,
                                          void *argument) {
    struct rotation *rotation = argument;
    struct tokenstore_token *token = rotation->token;
    struct tokenstore_token old;
    enum tokenstore_error error = entry_get(view, rotation->id, &old);

    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return no_such_token(database_complaint(view), rotation->id);
    if (error != TOKENSTORE_OK)
        return error;
    memcpy(token, &old, sizeof *token);
    if (rotation->creator != NULL)
        token->creator = *rotation->creator;
    token->creation_time = rotation->now;
    if (old.expiration_time != TOKENSTORE_NEVER)
        token->expiration_time =
            add_capped(rotation->now, old.expiration_time - old.creation_time);
    /* A clock set back may have left a lifetime of less than nothing. */
    if (!time_is_after(token->expiration_time, rotation->now))
        return TOKENSTORE_ERROR_TIME_RANGE;
    error = add_next(view, token, &rotation->bearer);
    return error == TOKENSTORE_OK ? retire(view, &old, rotation) : error;
}

enum tokenstore_error
tokenstore_rotate(struct tokenstore *store, uint64_t id, int64_t grace,
                  const struct tokenstore_identity *creator, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created) {
    struct rotation rotation = {id, grace, creator, now, {{0}}, NULL};
    enum tokenstore_error error = prepare_result(&rotation.token, created);

    store_begin(store);
    if (error == TOKENSTORE_OK && grace < 0)
        error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
    if (error == TOKENSTORE_OK && !clock_is_sane(now))
        error = TOKENSTORE_ERROR_TIME_RANGE;
    if (error == TOKENSTORE_OK)
        error =
            database_write(&store->database, NULL, apply_rotate, &rotation);
    if (error == TOKENSTORE_OK)
        *bearer = rotation.bearer;
    tokenstore_wipe(&rotation.bearer, sizeof rotation.bearer);
    return store_end(store, hand_over(error, &rotation.token, created));
}
