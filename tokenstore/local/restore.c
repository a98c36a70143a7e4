/*
 * restore.c - replace a store by a backup.
 * Must never bring a revoked token back to life unasked, never hand an id out
 * twice, and leave the old store in place unless the new one is complete.
 */
#include <string.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/file/replace.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/store.h"
#include "tokenstore/values/report.h"

/* Ids that the lost store may have handed out after the backup. */
#define ID_GAP (UINT64_C(1) << 20)

#define PAGE 256

struct restore {
    struct tokenstore *store;
    bool accept_revoked;
    struct tokenstore_report *report;
    struct view *backup;
    uint64_t backup_next;
    struct view *current; /* NULL where it cannot be read */
    uint64_t current_next;
    uint64_t restored;
};

static enum tokenstore_error refuse_unreadable(struct restore *restore,
                                               enum tokenstore_error why) {
    struct message *message = &restore->store->file.message;

    if (restore->accept_revoked)
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_CONFLICT,
                       "%s: %s, so which tokens were revoked since the backup "
                       "is not known; --accept-revoked restores them too",
                       tokenstore_path(restore->store),
                       tokenstore_strerror(why));
}

/* A file_begin: may the current store be replaced? */
static enum tokenstore_error begin(struct view *current,
                                   enum tokenstore_error why, void *argument) {
    struct restore *restore = argument;

    if (current != NULL)
        why = tokens_next_id(current, &restore->current_next);
    if (why == TOKENSTORE_OK) {
        restore->current = current;
        return TOKENSTORE_OK;
    }
    if (why == TOKENSTORE_ERROR_MISSING || why == TOKENSTORE_ERROR_DAMAGED ||
        why == TOKENSTORE_ERROR_NEWER_FORMAT)
        return refuse_unreadable(restore, why);
    return why; /* others' rights, or somebody in the way: no matter of data */
}

/* What the current store knows of a token takes precedence where it is the
 * stricter.  *drop: the token was revoked. */
static enum tokenstore_error respect_current(struct restore *restore,
                                             struct tokenstore_token *token,
                                             bool *drop) {
    unsigned long long id = (unsigned long long)token->id;
    struct tokenstore_token now;
    enum tokenstore_error error;

    *drop = false;
    if (restore->current == NULL || token->id >= restore->current_next)
        return TOKENSTORE_OK;
    error = tokens_get(restore->current, token->id, &now);
    if (error == TOKENSTORE_ERROR_NOT_FOUND) {
        *drop = true;
        report_add(restore->report,
                   "token %llu: left out, revoked since the backup", id);
        return TOKENSTORE_OK;
    }
    if (error == TOKENSTORE_ERROR_DAMAGED ||
        error == TOKENSTORE_ERROR_NEWER_FORMAT)
        return refuse_unreadable(restore, error);
    if (error != TOKENSTORE_OK)
        return error;
    if (token->enabled && !now.enabled) {
        token->enabled = false;
        report_add(restore->report,
                   "token %llu: disabled, as it is in the current store", id);
    }
    if (now.expiration_time < token->expiration_time) {
        token->expiration_time = now.expiration_time;
        report_add(restore->report,
                   "token %llu: expires as early as in the current store", id);
    }
    return TOKENSTORE_OK;
}

static enum tokenstore_error restore_token(struct restore *restore,
                                           struct view *target, uint32_t id) {
    struct tokenstore_token token;
    enum tokenstore_error error = tokens_get(restore->backup, id, &token);
    bool drop = false;

    if (error == TOKENSTORE_OK)
        error = respect_current(restore, &token, &drop);
    if (error != TOKENSTORE_OK || drop)
        return error;
    error = tokens_add(target, &token);
    if (error == TOKENSTORE_OK && ++restore->restored % FILE_BATCH == 0)
        error = view_flush(target);
    return error;
}

static uint64_t next_id(const struct restore *restore) {
    uint64_t next = restore->backup_next > restore->current_next
                        ? restore->backup_next
                        : restore->current_next;
    uint64_t end = (uint64_t)UINT32_MAX + 1;

    return next < end - ID_GAP ? next + ID_GAP : end;
}

/* A view_function: the content of the new file. */
static enum tokenstore_error fill(struct view *target, void *argument) {
    struct restore *restore = argument;
    enum tokenstore_error error = tokens_put_next_id(target, next_id(restore));
    uint32_t ids[PAGE];
    uint32_t after = 0;
    size_t count = PAGE;

    while (error == TOKENSTORE_OK && count == PAGE) {
        error = idset_list(restore->backup, IDSET_ALL, after, ids, &count);
        for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++) {
            after = ids[i];
            error = restore_token(restore, target, after);
        }
    }
    return error;
}

/* Name the tokens that the current store has and the backup has not. */
static enum tokenstore_error name_lost(struct restore *restore) {
    enum tokenstore_error error = TOKENSTORE_OK;
    uint32_t ids[PAGE];
    uint32_t after = 0;
    size_t count = restore->current != NULL ? PAGE : 0;

    while (error == TOKENSTORE_OK && count == PAGE) {
        error = idset_list(restore->current, IDSET_ALL, after, ids, &count);
        for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++) {
            bool contains = false;

            after = ids[i];
            error =
                idset_contains(restore->backup, IDSET_ALL, after, &contains);
            if (error == TOKENSTORE_OK && !contains)
                report_add(restore->report,
                           "token %u: gone, issued since the backup",
                           (unsigned int)after);
        }
    }
    return error;
}

static enum tokenstore_error fill_and_name(struct view *target,
                                           void *argument) {
    enum tokenstore_error error = fill(target, argument);

    return error == TOKENSTORE_OK ? name_lost(argument) : error;
}

/* A view_function on the snapshot of the backup. */
static enum tokenstore_error restore_from(struct view *backup,
                                          void *argument) {
    struct restore *restore = argument;
    uint64_t records = 0;
    enum tokenstore_error error = check_view(backup, NULL, &records);

    restore->backup = backup;
    if (error == TOKENSTORE_OK)
        error = tokens_next_id(backup, &restore->backup_next);
    if (error != TOKENSTORE_OK)
        return error;
    return file_replace(&restore->store->file, records, begin, fill_and_name,
                        restore);
}

enum tokenstore_error tokenstore_restore(struct tokenstore *store,
                                         const char *file, bool accept_revoked,
                                         struct tokenstore_report **report) {
    struct restore restore = {.store = store,
                              .accept_revoked = accept_revoked};
    struct file source = {.path = ""};
    struct message *message = &store->file.message;
    enum tokenstore_error error;

    store_begin(store);
    *report = NULL;
    if (store->remote != NULL)
        return store_end(store,
                         remote_cannot(store->remote, "restore", message));
    if (*file == '\0' || !store_absolute_path(file, source.path))
        return store_end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
    restore.report = report_new();
    if (restore.report == NULL)
        return store_end(store, TOKENSTORE_ERROR_NO_MEMORY);
    error =
        file_snapshot(&source, LOCATION_SOURCE, restore_from, &restore, NULL);
    if (error != TOKENSTORE_OK && message->text[0] == '\0')
        message_set(message, error, "%s%s%s",
                    source.message.text[0] == '/' ? "" : file,
                    source.message.text[0] == '/' ? "" : ": ",
                    source.message.text[0] != '\0'
                        ? source.message.text
                        : tokenstore_strerror(error));
    if (error == TOKENSTORE_OK) {
        report_add(restore.report, "%llu token%s restored",
                   (unsigned long long)restore.restored,
                   restore.restored == 1 ? "" : "s");
        *report = restore.report;
    } else {
        tokenstore_report_free(&restore.report);
    }
    return store_end(store, error);
}
