/*
 * restore.c - replace a local store by a backup.
 * Puts back only what the current store cannot contradict.  Must never bring a
 * revoked token back without being asked to, never issue an id twice, and
 * never remove the old store before the new one is complete.
 */
#include "tokenstore/local/restore.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/file/receive.h"
#include "tokenstore/file/replace.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/check.h"
#include "tokenstore/local/compare.h"
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
    struct tokens_head backup_head;
    struct view *current; /* NULL: it cannot be read */
    struct tokens_head current_head;
    bool is_foreign; /* what the current store lacks need not be revoked */
    struct view *target;
    uint64_t restored;
};

/* The current store, or a token in it, cannot be read, and so does not tell
 * what was revoked.  OK if that is accepted. */
static enum tokenstore_error refuse_unreadable(struct restore *restore,
                                               enum tokenstore_error why) {
    struct message *message = &restore->local->file.message;

    message->text[0] = '\0';
    if (restore->accept_revoked)
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_CONFLICT,
                       "%s: %s, so it is not known which tokens were revoked "
                       "since the backup; --accept-revoked restores them too",
                       restore->local->file.path, tokenstore_strerror(why));
}

static bool is_unreadable(enum tokenstore_error error) {
    return error == TOKENSTORE_ERROR_DAMAGED ||
           error == TOKENSTORE_ERROR_NEWER_FORMAT;
}

/* The current store contradicts the backup.  OK if that is accepted. */
static enum tokenstore_error refuse_conflict(struct restore *restore,
                                             const char *why) {
    if (restore->accept_revoked) {
        /* If the ids of the stores agree, this one still knows what was
         * revoked of the ids that it has issued. */
        restore->is_foreign =
            !tokens_has_store_id(&restore->current_head) ||
            memcmp(&restore->current_head.store, &restore->backup_head.store,
                   sizeof(restore->backup_head.store)) != 0;
        return TOKENSTORE_OK;
    }
    return message_set(&restore->local->file.message,
                       TOKENSTORE_ERROR_CONFLICT,
                       "%s: %s; --accept-revoked replaces the store "
                       "nevertheless, and tokens that were revoked since the "
                       "backup may become valid again",
                       restore->local->file.path, why);
}

/* ---------------------------------------------------------- contradictions */

typedef enum tokenstore_error visit(struct restore *restore, uint32_t id);

/* Call a function for each token of a store, in the order of the ids. */
static enum tokenstore_error for_each(struct restore *restore,
                                      struct view *view, visit *function) {
    enum tokenstore_error error = TOKENSTORE_OK;
    uint32_t ids[PAGE];
    uint32_t after = 0;
    size_t count = PAGE;

    while (error == TOKENSTORE_OK && count == PAGE) {
        error = idset_list(view, IDSET_ALL, after, ids, &count);
        for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++) {
            after = ids[i];
            error = function(restore, after);
        }
    }
    return error;
}

/* Read a token of the current store: NOT_FOUND, or DAMAGED ... */
static enum tokenstore_error get_current(struct restore *restore, uint64_t id,
                                         struct tokenstore_token *token) {
    return restore->current != NULL && id < restore->current_head.next
               ? tokens_get(restore->current, id, token)
               : TOKENSTORE_ERROR_NOT_FOUND;
}

/* A visit: may one token of the backup be restored? */
static enum tokenstore_error judge_token(struct restore *restore,
                                         uint32_t id) {
    struct tokenstore_token token, now;
    enum tokenstore_error error = get_current(restore, id, &now);
    char why[96];

    if (is_unreadable(error))
        return refuse_unreadable(restore, error);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return TOKENSTORE_OK;
    if (error == TOKENSTORE_OK)
        error = tokens_get(restore->backup, id, &token);
    if (error != TOKENSTORE_OK || compare_is_same_token(&token, &now))
        return error;
    snprintf(why, sizeof(why),
             "token %" PRIu32 " is another one than in the backup", id);
    return refuse_conflict(restore, why);
}

/* May the backup take the place of the current store, which can be read? */
static enum tokenstore_error judge(struct restore *restore) {
    const struct tokens_head *now = &restore->current_head;
    const struct tokens_head *backup = &restore->backup_head;
    enum tokenstore_error error = TOKENSTORE_OK;
    char id[TOKENSTORE_STORE_ID_SIZE], other[TOKENSTORE_STORE_ID_SIZE];
    char why[160];

    /* A store or a backup without an id is judged by its tokens alone. */
    if (tokens_has_store_id(now) && tokens_has_store_id(backup) &&
        memcmp(&now->store, &backup->store, sizeof(now->store)) != 0) {
        tokens_store_id_text(now, id);
        tokens_store_id_text(backup, other);
        snprintf(why, sizeof(why),
                 "the backup is one of another store, %s; this one is %s",
                 other, id);
        error = refuse_conflict(restore, why);
    }
    if (error == TOKENSTORE_OK && backup->next > now->next)
        error = refuse_conflict(
            restore, "the backup has ids that this store never issued");
    return error == TOKENSTORE_OK
               ? for_each(restore, restore->backup, judge_token)
               : error;
}

/* A file_begin: may the current store be replaced? */
static enum tokenstore_error begin(struct view *current,
                                   enum tokenstore_error why, void *argument) {
    struct restore *restore = argument;

    if (current != NULL)
        why = tokens_head(current, &restore->current_head);
    if (why == TOKENSTORE_OK) {
        restore->current = current;
        return judge(restore);
    }
    if (why == TOKENSTORE_ERROR_MISSING || is_unreadable(why))
        return refuse_unreadable(restore, why);
    return why; /* no right to read it, or another process is in the way */
}

/* ------------------------------------------------------------- the content */

/* Of a token that both stores have, take the current record, whole.  *drop: it
 * was revoked. */
static enum tokenstore_error respect_current(struct restore *restore,
                                             struct tokenstore_token *token,
                                             bool *drop) {
    char differences[COMPARE_TEXT_SIZE];
    struct tokenstore_token now;
    enum tokenstore_error error = get_current(restore, token->id, &now);

    if (error == TOKENSTORE_ERROR_NOT_FOUND) {
        *drop = restore->current != NULL && !restore->is_foreign &&
                token->id < restore->current_head.next;
        if (*drop)
            report_add(restore->report,
                       "token %" PRIu64 ": left out, revoked since the backup",
                       token->id);
        return TOKENSTORE_OK;
    }
    if (is_unreadable(error)) {
        report_add(restore->report,
                   "token %" PRIu64
                   ": as in the backup, unreadable in the current store",
                   token->id);
        return refuse_unreadable(restore, error);
    }
    if (error != TOKENSTORE_OK)
        return error;
    if (!compare_is_same_token(token, &now)) {
        report_add(restore->report,
                   "token %" PRIu64
                   ": gone, the backup has another one with this id",
                   token->id);
        return TOKENSTORE_OK;
    }
    if (compare_differences(token, &now, differences))
        report_add(restore->report,
                   "token %" PRIu64
                   ": as in the current store; different in the backup: %s",
                   token->id, differences);
    *token = now;
    return TOKENSTORE_OK;
}

/* A visit: put one token of the backup into the new file. */
static enum tokenstore_error restore_token(struct restore *restore,
                                           uint32_t id) {
    struct tokenstore_token token;
    enum tokenstore_error error = tokens_get(restore->backup, id, &token);
    bool drop = false;

    if (error == TOKENSTORE_OK)
        error = respect_current(restore, &token, &drop);
    if (error != TOKENSTORE_OK || drop)
        return error;
    restore->restored++;
    return tokens_add(restore->target, &token);
}

/* A visit: report a token of the current store that is not in the backup. */
static enum tokenstore_error report_lost(struct restore *restore,
                                         uint32_t id) {
    bool contains = false;
    enum tokenstore_error error =
        idset_contains(restore->backup, IDSET_ALL, id, &contains);

    if (error == TOKENSTORE_OK && !contains)
        report_add(restore->report, "token %" PRIu32 ": gone, %s", id,
                   id < restore->backup_head.next ? "not in the backup"
                                                  : "issued since the backup");
    return error;
}

/* The new store goes on as the one in the backup: it has its id.  If only the
 * current store has one, that stays. */
static struct tokens_head new_head(const struct restore *restore) {
    const uint64_t end = (uint64_t)UINT32_MAX + 1;
    struct tokens_head head = tokens_has_store_id(&restore->backup_head)
                                  ? restore->backup_head
                                  : restore->current_head;

    head.next = restore->backup_head.next > restore->current_head.next
                    ? restore->backup_head.next
                    : restore->current_head.next;
    head.next = head.next < end - ID_GAP ? head.next + ID_GAP : end;
    return head;
}

/* A view_function: the content of the new file, and the report. */
static enum tokenstore_error fill(struct view *target, void *argument) {
    struct restore *restore = argument;
    struct tokens_head head = new_head(restore);
    enum tokenstore_error error = tokens_put_head(target, &head);

    restore->target = target;
    if (error == TOKENSTORE_OK)
        error = for_each(restore, restore->backup, restore_token);
    if (error == TOKENSTORE_OK && restore->current != NULL) {
        error = for_each(restore, restore->current, report_lost);
        if (is_unreadable(error)) {
            report_add(restore->report, "the current store is damaged: more "
                                        "of its tokens may be gone");
            error = refuse_unreadable(restore, error);
        }
    }
    if (error == TOKENSTORE_OK && !report_is_complete(restore->report))
        error = TOKENSTORE_ERROR_NO_MEMORY;
    return error;
}

/* A view_function on the snapshot of the backup. */
static enum tokenstore_error restore_from(struct view *backup,
                                          void *argument) {
    struct restore *restore = argument;
    uint64_t records = 0;
    enum tokenstore_error error = check_view(backup, NULL, &records);

    restore->backup = backup;
    if (error == TOKENSTORE_OK)
        error = tokens_head(backup, &restore->backup_head);
    if (error != TOKENSTORE_OK)
        return error;
    return file_replace(&restore->local->file, records, begin, fill, restore);
}

/* What went wrong with the backup: the store's message, if it has one, tells
 * more. */
static void take_message(struct message *message, const char *file,
                         const struct message *why,
                         enum tokenstore_error error) {
    if (message->text[0] != '\0')
        return;
    if (why->text[0] == '/' || strncmp(why->text, file, strlen(file)) == 0)
        *message = *why;
    else
        message_set(message, error, "%s: %s", file,
                    why->text[0] != '\0' ? why->text
                                         : tokenstore_strerror(error));
}

/* Complete the report, or the message. */
static enum tokenstore_error finish(struct restore *restore, const char *file,
                                    const struct message *why,
                                    enum tokenstore_error error,
                                    struct tokenstore_report **report) {
    if (error != TOKENSTORE_OK) {
        take_message(&restore->local->file.message, file, why, error);
        tokenstore_report_free(&restore->report);
        return error;
    }
    report_add(restore->report, "%" PRIu64 " token%s restored",
               restore->restored, restore->restored == 1 ? "" : "s");
    *report = restore->report;
    return TOKENSTORE_OK;
}

enum tokenstore_error local_restore(void *store, const char *file,
                                    bool accept_revoked,
                                    struct tokenstore_report **report) {
    struct restore restore = {.local = store,
                              .accept_revoked = accept_revoked};
    struct file source = {.path = ""};
    enum tokenstore_error error;

    if (*file == '\0' || !safepath_absolute(file, source.path))
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    restore.report = report_new(SIZE_MAX);
    if (restore.report == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error =
        file_snapshot(&source, LOCATION_SOURCE, restore_from, &restore, NULL);
    return finish(&restore, file, &source.message, error, report);
}

enum tokenstore_error local_restore_from(void *store, int fd,
                                         bool accept_revoked,
                                         struct tokenstore_report **report) {
    struct restore restore = {.local = store,
                              .accept_revoked = accept_revoked,
                              .report = report_new(SIZE_MAX)};
    struct message why = {""};
    enum tokenstore_error error;

    if (restore.report == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error = file_receive(restore.local->file.path, fd, restore_from, &restore,
                         &why);
    return finish(&restore, RECEIVE_NAME, &why, error, report);
}
