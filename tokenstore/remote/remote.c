/*
 * remote.c - a store behind HTTP: its state, and the table of its functions.
 */
#include "tokenstore/remote/remote.h"

#include <stdlib.h>

#include "tokenstore/remote/change.h"
#include "tokenstore/remote/read.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/remote/verify.h"

static enum tokenstore_error open_remote(const char *uri, void **store) {
    struct remote *remote = calloc(1, sizeof(*remote));
    enum tokenstore_error error;

    if (remote == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error = server_parse(uri, &remote->server);
    if (error != TOKENSTORE_OK) {
        free(remote);
        return error;
    }
    *store = remote;
    return TOKENSTORE_OK;
}

static void close_remote(void *store) {
    struct remote *remote = store;

    server_free(&remote->server);
    free(remote);
}

static const char *uri_of(const void *store) {
    const struct remote *remote = store;

    return remote->server.uri;
}

static struct message *message_of(void *store) {
    struct remote *remote = store;

    return &remote->message;
}

static enum tokenstore_error
set_remote(void *store, const struct tokenstore_remote *options) {
    struct remote *remote = store;

    return server_set_options(&remote->server, options, &remote->message);
}

/* The server remembers tokens, not the handle. */
static enum tokenstore_error set_memory(void *store, size_t tokens) {
    (void)store;
    (void)tokens;
    return TOKENSTORE_OK;
}

/* The server notes the uses of the tokens that it accepts. */
static void note_use(void *store, const struct tokenstore_token *token,
                     const char *service, const char *address, int64_t now) {
    (void)store;
    (void)token;
    (void)service;
    (void)address;
    (void)now;
}

static enum tokenstore_error discard_uses(void *store) {
    struct remote *remote = store;

    return server_cannot(&remote->server, "discard last uses",
                         &remote->message);
}

static enum tokenstore_error store_id(void *store,
                                      char id[TOKENSTORE_STORE_ID_SIZE]) {
    struct remote *remote = store;

    (void)id;
    return server_cannot(&remote->server, "id", &remote->message);
}

static enum tokenstore_error check(void *store,
                                   struct tokenstore_report **report) {
    struct remote *remote = store;

    (void)report;
    return server_cannot(&remote->server, "check", &remote->message);
}

static enum tokenstore_error backup(void *store, const char *file) {
    struct remote *remote = store;

    (void)file;
    return server_cannot(&remote->server, "backup", &remote->message);
}

static enum tokenstore_error backup_to(void *store, int fd, uint64_t *size) {
    (void)fd;
    *size = 0;
    return backup(store, NULL);
}

static enum tokenstore_error restore(void *store, const char *file,
                                     bool accept_revoked,
                                     struct tokenstore_report **report) {
    struct remote *remote = store;

    (void)file;
    (void)accept_revoked;
    (void)report;
    return server_cannot(&remote->server, "restore", &remote->message);
}

static enum tokenstore_error restore_from(void *store, int fd,
                                          bool accept_revoked,
                                          struct tokenstore_report **report) {
    (void)fd;
    return restore(store, NULL, accept_revoked, report);
}

const struct backend remote_backend = {
    .open = open_remote,
    .close = close_remote,
    .path = uri_of,
    .message = message_of,
    .set_remote = set_remote,
    .set_memory = set_memory,
    .get = remote_get,
    .list = remote_list,
    .apply = remote_apply,
    .revoke = remote_revoke,
    .revoke_user = remote_revoke_user,
    .verify = remote_verify,
    .verify_again = remote_verify_again,
    .note_use = note_use,
    .store_id = store_id,
    .discard_uses = discard_uses,
    .check = check,
    .backup = backup,
    .backup_to = backup_to,
    .restore = restore,
    .restore_from = restore_from,
};
