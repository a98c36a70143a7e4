/*
 * local.c - a store that is a file on this machine: its state, and the table
 * of its functions.
 */
#include "tokenstore/local/local.h"

#include <stdlib.h>
#include <string.h>

#include "tokenstore/host/safepath.h"
#include "tokenstore/local/backup.h"
#include "tokenstore/local/batch.h"
#include "tokenstore/local/check.h"
#include "tokenstore/local/discard.h"
#include "tokenstore/local/get.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/list.h"
#include "tokenstore/local/restore.h"
#include "tokenstore/local/revoke.h"
#include "tokenstore/local/verify.h"

static enum tokenstore_error open_local(const char *path, void **store) {
    struct local *local;

    if (*path == '\0' || path[strlen(path) - 1] == '/')
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    local = calloc(1, sizeof(*local));
    if (local == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    if (!safepath_absolute(path, local->file.path)) {
        free(local);
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    }
    *store = local;
    return TOKENSTORE_OK;
}

static void close_local(void *store) {
    struct local *local = store;

    verified_free(local->verified);
    free(local);
}

static const char *path_of(const void *store) {
    const struct local *local = store;

    return local->file.path;
}

static struct message *message_of(void *store) {
    struct local *local = store;

    return &local->file.message;
}

static enum tokenstore_error
set_remote(void *store, const struct tokenstore_remote *options) {
    (void)store;
    (void)options;
    return TOKENSTORE_ERROR_INVALID_ARGUMENT;
}

static enum tokenstore_error set_memory(void *store, size_t tokens) {
    struct local *local = store;
    struct verified *verified = NULL;

    if (tokens > 0) {
        verified = verified_new(local->file.path, tokens);
        if (verified == NULL)
            return TOKENSTORE_ERROR_NO_MEMORY;
    }
    verified_free(local->verified);
    local->verified = verified;
    return TOKENSTORE_OK;
}

const struct backend local_backend = {
    .open = open_local,
    .close = close_local,
    .path = path_of,
    .message = message_of,
    .set_remote = set_remote,
    .set_memory = set_memory,
    .get = local_get,
    .list = local_list,
    .apply = local_apply,
    .revoke = local_revoke,
    .revoke_user = local_revoke_user,
    .verify = local_verify,
    .verify_again = local_verify_again,
    .note_use = local_note_use,
    .store_id = local_store_id,
    .discard_uses = local_discard_uses,
    .check = local_check,
    .backup = local_backup,
    .backup_to = local_backup_to,
    .restore = local_restore,
    .restore_from = local_restore_from,
};
