/*
 * restore.c - replace a local store by a backup.
 * Must never bring a revoked token back without being asked to, never issue an
 * id twice, and never remove the old store before the new one is complete.
 */
#include "tokenstore/local/restore.h"

#include <inttypes.h>
#include <string.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/file/replace.h"
#include "tokenstore/file/write.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/check.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/report.h"

/* How many ids the current store may have issued since the backup. */
#define ID_GAP (UINT64_C(1) << 20)

#define PAGE 256

struct restore {
    struct local *local;
    bool accept_revoked;
    struct tokenstore_report *report;
    struct view *backup;
    uint64_t backup_next;
    struct view *current; /* NULL: it cannot be read */
    uint64_t current_next;
    uint64_t restored;
};

/* The current store, or a token in it, cannot be read, and so does not tell
 * what was revoked.  OK if that is accepted. */
static enum tokenstore_error refuse_unreadable(struct restore *restore,
                                               enum tokenstore_error why) {
    if (restore->accept_revoked)
        return TOKENSTORE_OK;
    return message_set(&restore->local->file.message,
                       TOKENSTORE_ERROR_CONFLICT,
                       "%s: %s, so it is not known which tokens were revoked "
                       "since the backup; --accept-revoked restores them too",
                       restore->local->file.path, tokenstore_strerror(why));
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
    return why; /* no right to read it, or another process is in the way */
}

/* If the current store is stricter about a token, it takes precedence.
 * *drop: the token was revoked. */
static enum tokenstore_error respect_current(struct restore *restore,
                                             struct tokenstore_token *token,
                                             bool *drop) {
    struct tokenstore_token now;
    enum tokenstore_error error;

    *drop = false;
    if (restore->current == NULL || token->id >= restore->current_next)
        return TOKENSTORE_OK;
    error = tokens_get(restore->current, token->id, &now);
    if (error == TOKENSTORE_ERROR_NOT_FOUND) {
        *drop = true;
        report_add(restore->report,
                   "token %" PRIu64 ": left out, revoked since the backup",
                   token->id);
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
                   "token %" PRIu64 ": disabled, as in the current store",
                   token->id);
    }
    if (now.expiration_time < token->expiration_time) {
        token->expiration_time = now.expiration_time;
        report_add(restore->report,
                   "token %" PRIu64
                   ": expires as early as in the current store",
                   token->id);
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

/* Report the tokens that are in the current store and not in the backup. */
static enum tokenstore_error report_lost(struct restore *restore) {
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
                           "token %" PRIu32 ": gone, issued since the backup",
                           after);
        }
    }
    return error;
}

static enum tokenstore_error fill_and_report(struct view *target,
                                             void *argument) {
    enum tokenstore_error error = fill(target, argument);

    return error == TOKENSTORE_OK ? report_lost(argument) : error;
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
    return file_replace(&restore->local->file, records, begin, fill_and_report,
                        restore);
}

/* What went wrong with the backup: the store's message, if it has one, tells
 * more. */
static void take_message(struct message *message, const char *file,
                         const struct message *why,
                         enum tokenstore_error error) {
    if (message->text[0] != '\0')
        return;
    if (why->text[0] == '/')
        *message = *why;
    else
        message_set(message, error, "%s: %s", file,
                    why->text[0] != '\0' ? why->text
                                         : tokenstore_strerror(error));
}

enum tokenstore_error local_restore(void *store, const char *file,
                                    bool accept_revoked,
                                    struct tokenstore_report **report) {
    struct local *local = store;
    struct restore restore = {.local = local,
                              .accept_revoked = accept_revoked};
    struct file source = {.path = ""};
    enum tokenstore_error error;

    if (*file == '\0' || !safepath_absolute(file, source.path))
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    restore.report = report_new();
    if (restore.report == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error =
        file_snapshot(&source, LOCATION_SOURCE, restore_from, &restore, NULL);
    if (error != TOKENSTORE_OK) {
        take_message(&local->file.message, file, &source.message, error);
        tokenstore_report_free(&restore.report);
        return error;
    }
    report_add(restore.report, "%" PRIu64 " token%s restored",
               restore.restored, restore.restored == 1 ? "" : "s");
    *report = restore.report;
    return TOKENSTORE_OK;
}
