/*
 * statistics.c - count the tokens of a store.  Must not keep tokens in memory:
 * there may be a million.
 */
#include <config.h>

#include "tools/accesstoken/statistics.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/progress.h"

static int compare_names(const void *left, const void *right) {
    const struct statistics_user *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* Makes a user to search for: tsearch() compares members of this type. */
static struct statistics_user *new_user(const char *name) {
    const size_t size = strlen(name) + 1;
    struct statistics_user *user = calloc(1, sizeof(*user) + size);

    if (user != NULL)
        memcpy(user->name, name, size);
    return user;
}

static bool count_user(struct statistics *statistics, const char *name) {
    struct statistics_user *user = new_user(name);
    struct statistics_user **place;

    if (user == NULL)
        return false;
    place = tsearch(user, &statistics->tree, compare_names);
    if (place == NULL) {
        free(user);
        return false;
    }
    if (*place == user) {
        user->next = statistics->users;
        statistics->users = user;
        statistics->user_count++;
    } else {
        free(user);
    }
    (*place)->tokens++;
    return true;
}

static void note_use(struct statistics *statistics,
                     const struct tokenstore_token *token) {
    struct statistics_unused *unused = &statistics->unused;
    char label[16];
    int64_t since;
    bool used;

    if (!unused_since(token, &since, &used) ||
        (unused->id != 0 && since >= unused->since))
        return;
    unused->id = tokenstore_token_id(token);
    unused->since = since;
    unused->used = used;
    snprintf(unused->user, sizeof(unused->user), "%s",
             user_label(tokenstore_token_user(token), label));
    snprintf(unused->name, sizeof(unused->name), "%s",
             tokenstore_token_name(token));
}

static bool count_token(struct statistics *statistics,
                        const struct tokenstore_token *token, int64_t now) {
    const int64_t created = tokenstore_token_creation_time(token);
    char label[16];

    statistics->total++;
    if (created != TOKENSTORE_NEVER && created > statistics->newest)
        statistics->newest = created;
    switch (tokenstore_token_status(token, now)) {
    case TOKENSTORE_STATUS_ACTIVE:
        statistics->active++;
        statistics->endless +=
            tokenstore_token_expiration_time(token) == TOKENSTORE_NEVER;
        note_use(statistics, token);
        break;
    case TOKENSTORE_STATUS_DISABLED:
        statistics->disabled++;
        break;
    case TOKENSTORE_STATUS_EXPIRED:
        statistics->expired++;
        break;
    }
    if (expires_within(token, STATISTICS_EXPIRING, now))
        statistics->expiring++;
    return count_user(statistics,
                      user_label(tokenstore_token_user(token), label));
}

static enum exit_code count_orphan(struct statistics *statistics,
                                   const struct tokenstore_token *token) {
    enum orphan orphan;
    const enum exit_code code =
        orphans_judge(&statistics->orphans, token, &orphan);

    if (orphan == ORPHAN_YES)
        statistics->orphaned++;
    if (orphan == ORPHAN_UNKNOWN)
        statistics->unanswered++;
    return code;
}

/* Counts a page of tokens.  The accounts of another machine are not asked
 * about. */
static enum exit_code count_page(struct statistics *statistics,
                                 const struct tokenstore_list *page,
                                 int64_t now, bool is_here) {
    for (size_t i = 0; i < tokenstore_list_count(page); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);
        enum exit_code code = EXIT_OK;

        if (!count_token(statistics, token, now))
            return out_of_memory();
        if (is_here)
            code = count_orphan(statistics, token);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

/* Returns whether a user has more tokens, or as many and the earlier name. */
static bool is_before(const struct statistics_user *a,
                      const struct statistics_user *b) {
    return a->tokens != b->tokens ? a->tokens > b->tokens
                                  : strcmp(a->name, b->name) < 0;
}

static void find_top(struct statistics *statistics) {
    for (const struct statistics_user *user = statistics->users; user != NULL;
         user = user->next) {
        size_t place = statistics->top_count;

        while (place > 0 && is_before(user, statistics->top[place - 1]))
            place--;
        if (place == STATISTICS_TOP)
            continue;
        if (statistics->top_count < STATISTICS_TOP)
            statistics->top_count++;
        memmove(&statistics->top[place + 1], &statistics->top[place],
                (statistics->top_count - place - 1) *
                    sizeof(struct statistics_user *));
        statistics->top[place] = user;
    }
}

enum exit_code statistics_take(struct context *context,
                               struct statistics *statistics) {
    struct tokenstore_list *page = NULL;
    struct progress progress = {0};
    const int64_t now = time(NULL);
    uint64_t after = 0;
    enum exit_code code = EXIT_OK;

    do {
        enum tokenstore_error error;
        progress_show(&progress, "%" PRIu64 " tokens counted",
                      statistics->total);
        error = tokenstore_list(context->store, NULL, after,
                                TOKENSTORE_LIMIT_MAX, &page);
        if (error != TOKENSTORE_OK) {
            progress_clear(&progress);
            return store_is_new(context, error) ? EXIT_OK
                                                : store_failed(context, error);
        }
        code = count_page(statistics, page, now, !store_is_remote(context));
        after = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && after != 0);
    progress_clear(&progress);
    if (code == EXIT_OK)
        find_top(statistics);
    return code;
}

/* tdestroy() frees no user, because the list below does. */
static void keep(void *user) { (void)user; }

void statistics_free(struct statistics *statistics) {
    struct statistics_user *user;

    orphans_free(&statistics->orphans);
    tdestroy(statistics->tree, keep);
    while ((user = statistics->users) != NULL) {
        statistics->users = user->next;
        free(user);
    }
}
