/*
 * store.c - the handle: every function of tokenstore.h that takes a store.
 * Checks the arguments and goes to the backend of the store, which does the
 * work.  Must keep no file open between calls, nor open one when a handle is
 * made.
 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/backend.h"
#include "tokenstore/format/presented.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/local.h"
#include "tokenstore/remote/remote.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/token_list.h"

struct tokenstore {
    const struct backend *backend;
    void *state;             /* the backend's */
    struct message *message; /* in the state */
    struct tokenstore_limits limits;
    int cancellation; /* what the caller of the present call accepted */
};

/* Each call begins with an empty message, and ends with one if it fails.
 * Nobody is cancelled meanwhile, who would leave descriptors and secrets. */
static void begin(struct tokenstore *store) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &store->cancellation);
    store->message->text[0] = '\0';
}

static enum tokenstore_error end(struct tokenstore *store,
                                 enum tokenstore_error error) {
    if (error == TOKENSTORE_OK)
        store->message->text[0] = '\0';
    else if (store->message->text[0] == '\0')
        message_set(store->message, error, "%s", tokenstore_strerror(error));
    pthread_setcancelstate(store->cancellation, NULL);
    return error;
}

/* ------------------------------------------------------------------ handle */

/* The path in a URI; NULL for an unknown scheme. */
static const char *path_of(const char *uri) {
    size_t word = strcspn(uri, ":/.");

    if (strncmp(uri, "tdb:", 4) == 0)
        return uri + 4;
    return uri[word] == ':' ? NULL : uri;
}

enum tokenstore_error tokenstore_open(const char *uri,
                                      struct tokenstore **store) {
    const char *place = uri != NULL ? uri : tokenstore_default_path();
    const bool is_remote = server_is_uri(place);
    struct tokenstore *handle;
    enum tokenstore_error error;

    *store = NULL;
    if (!is_remote)
        place = path_of(place);
    if (place == NULL)
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    handle->backend = is_remote ? &remote_backend : &local_backend;
    error = handle->backend->open(place, &handle->state);
    if (error != TOKENSTORE_OK) {
        free(handle);
        return error;
    }
    handle->message = handle->backend->message(handle->state);
    *store = handle;
    return TOKENSTORE_OK;
}

void tokenstore_close(struct tokenstore **store) {
    int before;

    if (store == NULL || *store == NULL)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    (*store)->backend->close((*store)->state);
    free(*store);
    *store = NULL;
    pthread_setcancelstate(before, NULL);
}

const char *tokenstore_path(const struct tokenstore *store) {
    return store->backend->path(store->state);
}

const char *tokenstore_message(const struct tokenstore *store) {
    return store->message->text;
}

enum tokenstore_error
tokenstore_set_remote(struct tokenstore *store,
                      const struct tokenstore_remote *options) {
    begin(store);
    return end(store, store->backend->set_remote(store->state, options));
}

enum tokenstore_error tokenstore_set_memory(struct tokenstore *store,
                                            size_t tokens) {
    begin(store);
    return end(store, store->backend->set_memory(store->state, tokens));
}

void tokenstore_set_limits(struct tokenstore *store,
                           const struct tokenstore_limits *limits) {
    store->limits = limits != NULL ? *limits : (struct tokenstore_limits){0};
}

/* -------------------------------------------------------------------- read */

enum tokenstore_error tokenstore_get(struct tokenstore *store, uint64_t id,
                                     struct tokenstore_token **token) {
    enum tokenstore_error error;

    begin(store);
    error = tokenstore_token_new(token);
    if (error == TOKENSTORE_OK)
        error = store->backend->get(store->state, id, *token);
    if (error != TOKENSTORE_OK)
        tokenstore_token_free(token);
    return end(store, error);
}

enum tokenstore_error tokenstore_list(struct tokenstore *store,
                                      const struct tokenstore_identity *user,
                                      uint64_t after, uint32_t limit,
                                      struct tokenstore_list **list) {
    begin(store);
    *list = NULL;
    if (limit == 0)
        return end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
    if (limit > TOKENSTORE_LIMIT_MAX)
        limit = TOKENSTORE_LIMIT_MAX;
    return end(store,
               store->backend->list(store->state, user, after, limit, list));
}

/* ------------------------------------------------------------------ change */

/* Did somebody give a bearer token as the name of the user?  Programs get that
 * name, and log it. */
static bool has_token_as_user(const struct tokenstore_token *values) {
    const struct tokenstore_identity *user = tokenstore_token_user(values);
    const char *name = user != NULL ? tokenstore_identity_name(user) : NULL;

    return name != NULL && presented_holds_token(name, strlen(name));
}

/* What is wrong with a change, whatever the store. */
static enum tokenstore_error
check_arguments(const struct tokenstore_change *change) {
    const unsigned int known =
        TOKENSTORE_FIELD_NAME | TOKENSTORE_FIELD_EXPIRATION_TIME |
        TOKENSTORE_FIELD_ENABLED | TOKENSTORE_FIELD_SCOPES |
        TOKENSTORE_FIELD_NETWORKS;
    bool valid = false;

    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        valid = change->values != NULL;
        break;
    case TOKENSTORE_CHANGE_MODIFY:
        valid = change->values != NULL && (change->fields & ~known) == 0;
        break;
    case TOKENSTORE_CHANGE_REVOKE:
        valid = true;
        break;
    case TOKENSTORE_CHANGE_ROTATE:
        valid = change->grace >= 0;
        break;
    }
    if (!valid)
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    return change->kind == TOKENSTORE_CHANGE_CREATE &&
                   has_token_as_user(change->values)
               ? TOKENSTORE_ERROR_INVALID_IDENTITY
               : TOKENSTORE_OK;
}

/* All memory for the outcomes is allocated before anything is changed: a
 * change that was made must never be reported as one that failed. */
static enum tokenstore_error prepare(struct tokenstore_change *changes,
                                     size_t count) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < count; i++) {
        struct tokenstore_change *change = &changes[i];

        change->token = NULL;
        change->message[0] = '\0';
        memset(&change->bearer, 0, sizeof(change->bearer));
        change->error = check_arguments(change);
        if (change->error == TOKENSTORE_OK && error == TOKENSTORE_OK)
            error = tokenstore_token_new(&change->token);
    }
    for (size_t i = 0; i < count; i++)
        if (error != TOKENSTORE_OK && changes[i].error == TOKENSTORE_OK)
            changes[i].error = error;
    return error;
}

/* Give each failed change a message; hand out no secret of a token that was
 * not issued. */
static void finish(struct tokenstore_change *changes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct tokenstore_change *change = &changes[i];

        if (change->error == TOKENSTORE_OK) {
            change->message[0] = '\0';
            continue;
        }
        if (change->message[0] == '\0')
            strcpy(change->message, tokenstore_strerror(change->error));
        tokenstore_token_free(&change->token);
        tokenstore_wipe(&change->bearer, sizeof(change->bearer));
    }
}

static enum tokenstore_error apply(struct tokenstore *store,
                                   struct tokenstore_change *changes,
                                   size_t count, int64_t now) {
    enum tokenstore_error error = prepare(changes, count);

    if (error == TOKENSTORE_OK)
        error = store->backend->apply(store->state, &store->limits, changes,
                                      count, now);
    finish(changes, count);
    return error;
}

enum tokenstore_error tokenstore_apply(struct tokenstore *store,
                                       struct tokenstore_change *changes,
                                       size_t count, int64_t now) {
    begin(store);
    if (count <= TOKENSTORE_CHANGES_MAX)
        return end(store, apply(store, changes, count, now));
    for (size_t i = 0; i < count; i++) {
        changes[i].token = NULL;
        changes[i].error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
        changes[i].message[0] = '\0';
    }
    finish(changes, count);
    return end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

/* One change.  bearer and token are outputs; each may be NULL. */
static enum tokenstore_error apply_one(struct tokenstore *store,
                                       struct tokenstore_change change,
                                       int64_t now,
                                       struct tokenstore_bearer *bearer,
                                       struct tokenstore_token **token) {
    enum tokenstore_error error;

    begin(store);
    error = apply(store, &change, 1, now);
    if (error == TOKENSTORE_OK)
        error = change.error;
    if (error == TOKENSTORE_OK && bearer != NULL)
        *bearer = change.bearer;
    tokenstore_wipe(&change.bearer, sizeof(change.bearer));
    if (token != NULL)
        *token = change.token;
    else
        tokenstore_token_free(&change.token);
    return end(store, error);
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

/* ------------------------------------------------------------------ revoke */

static int compare_ids(const void *a, const void *b) {
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* Sort, and remove repeats; returns how many are left. */
static size_t sort_unique(uint64_t *ids, size_t count) {
    size_t kept = 0;

    qsort(ids, count, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    return kept;
}

enum tokenstore_error tokenstore_revoke(struct tokenstore *store,
                                        const uint64_t *ids, size_t count,
                                        struct tokenstore_list **revoked) {
    struct tokenstore_list *list = token_list_new(count);
    uint64_t *sorted = calloc(count > 0 ? count : 1, sizeof(*sorted));
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    begin(store);
    if (revoked != NULL)
        *revoked = NULL;
    if (sorted != NULL && list != NULL) {
        if (count > 0)
            memcpy(sorted, ids, count * sizeof(*ids));
        error = store->backend->revoke(store->state, sorted,
                                       sort_unique(sorted, count), list);
    }
    if (error == TOKENSTORE_OK && revoked != NULL) {
        *revoked = list;
        list = NULL;
    }
    free(sorted);
    tokenstore_list_free(&list);
    return end(store, error);
}

enum tokenstore_error
tokenstore_revoke_user(struct tokenstore *store,
                       const struct tokenstore_identity *user,
                       struct tokenstore_list **revoked) {
    begin(store);
    *revoked = NULL;
    return end(store,
               store->backend->revoke_user(store->state, user, revoked));
}

/* ------------------------------------------------------------------ verify */

enum tokenstore_error tokenstore_verify(
    struct tokenstore *store, const struct tokenstore_request *request,
    struct tokenstore_token **token, enum tokenstore_reason *reason) {
    struct tokenstore_request trimmed = *request;
    enum tokenstore_error error;

    begin(store);
    if (token != NULL)
        *token = NULL;
    *reason = TOKENSTORE_REASON_NONE;
    presented_trim(&trimmed.bearer, &trimmed.bearer_length);
    error = store->backend->verify(store->state, &trimmed, token, reason);
    if (error == TOKENSTORE_ERROR_INVALID_BEARER &&
        presented_holds_token(trimmed.bearer, trimmed.bearer_length)) {
        *reason = TOKENSTORE_REASON_MALFORMED;
        error = TOKENSTORE_ERROR_REFUSED;
    }
    return end(store, error);
}

enum tokenstore_error tokenstore_verify_again(
    struct tokenstore *store, const struct tokenstore_token *token,
    const struct tokenstore_request *request, enum tokenstore_reason *reason) {
    begin(store);
    *reason = TOKENSTORE_REASON_NONE;
    return end(store, store->backend->verify_again(store->state, token,
                                                   request, reason));
}

void tokenstore_note_use(struct tokenstore *store,
                         const struct tokenstore_token *token,
                         const char *service, const char *address,
                         int64_t now) {
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    store->backend->note_use(store->state, token, service, address, now);
    pthread_setcancelstate(before, NULL);
}

enum tokenstore_error tokenstore_discard_uses(struct tokenstore *store) {
    begin(store);
    return end(store, store->backend->discard_uses(store->state));
}

/* ----------------------------------------------- check, backup and restore */

enum tokenstore_error tokenstore_store_id(struct tokenstore *store,
                                          char id[TOKENSTORE_STORE_ID_SIZE]) {
    char text[TOKENSTORE_STORE_ID_SIZE] = "";
    enum tokenstore_error error;

    begin(store);
    error = store->backend->store_id(store->state, text);
    if (error == TOKENSTORE_OK)
        memcpy(id, text, sizeof(text));
    return end(store, error);
}

enum tokenstore_error tokenstore_check(struct tokenstore *store,
                                       struct tokenstore_report **report) {
    begin(store);
    *report = NULL;
    return end(store, store->backend->check(store->state, report));
}

enum tokenstore_error tokenstore_backup(struct tokenstore *store,
                                        const char *file) {
    begin(store);
    return end(store, store->backend->backup(store->state, file));
}

enum tokenstore_error tokenstore_backup_to(struct tokenstore *store, int fd,
                                           uint64_t *size) {
    uint64_t written;

    begin(store);
    return end(store, store->backend->backup_to(
                          store->state, fd, size != NULL ? size : &written));
}

enum tokenstore_error tokenstore_restore(struct tokenstore *store,
                                         const char *file, bool accept_revoked,
                                         struct tokenstore_report **report) {
    begin(store);
    *report = NULL;
    return end(store, store->backend->restore(store->state, file,
                                              accept_revoked, report));
}

enum tokenstore_error
tokenstore_restore_from(struct tokenstore *store, int fd, bool accept_revoked,
                        struct tokenstore_report **report) {
    begin(store);
    *report = NULL;
    return end(store, store->backend->restore_from(store->state, fd,
                                                   accept_revoked, report));
}

/* ------------------------------------------------------------------- files */

enum tokenstore_error
tokenstore_open_trusted(const char *path, int *fd,
                        char message[TOKENSTORE_MESSAGE_SIZE]) {
    struct message sentence = {""};
    enum tokenstore_error error;
    char absolute[PATH_MAX];
    int before;

    *fd = -1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    error = safepath_absolute(path, absolute)
                ? safepath_open_trusted(absolute, fd, &sentence)
                : message_set(&sentence, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                              "%s: not a path", path);
    memcpy(message, sentence.text, sizeof(sentence.text));
    pthread_setcancelstate(before, NULL);
    return error;
}
