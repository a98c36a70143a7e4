/*
 * census.c - count tokens; see census.h.
 * Must not keep tokens: there may be a million.
 */
#include <config.h>

#include "tools/accesstoken/census.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/accesstoken/output.h"
#include "tools/accesstoken/progress.h"
#include "tools/accesstoken/select.h"

static int compare_names(const void *left, const void *right) {
    const struct census_user *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* tsearch() compares members of this type, so that is what is looked for. */
static struct census_user *new_user(const char *name) {
    const size_t size = strlen(name) + 1;
    struct census_user *user = calloc(1, sizeof(*user) + size);

    if (user != NULL)
        memcpy(user->name, name, size);
    return user;
}

static bool count_user(struct census *census, const char *name) {
    struct census_user *user = new_user(name);
    struct census_user **place;

    if (user == NULL)
        return false;
    place = tsearch(user, &census->tree, compare_names);
    if (place == NULL) {
        free(user);
        return false;
    }
    if (*place == user) {
        user->next = census->users;
        census->users = user;
        census->user_count++;
    } else {
        free(user);
    }
    (*place)->tokens++;
    return true;
}

static void judge_use(struct census *census,
                      const struct tokenstore_token *token) {
    struct census_unused *unused = &census->unused;
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

static bool count_token(struct census *census,
                        const struct tokenstore_token *token, int64_t now) {
    char label[16];

    census->total++;
    switch (tokenstore_token_status(token, now)) {
    case TOKENSTORE_STATUS_ACTIVE:
        census->active++;
        judge_use(census, token);
        break;
    case TOKENSTORE_STATUS_DISABLED:
        census->disabled++;
        break;
    case TOKENSTORE_STATUS_EXPIRED:
        census->expired++;
        break;
    }
    if (expires_within(token, CENSUS_EXPIRING, now))
        census->expiring++;
    return count_user(census, user_label(tokenstore_token_user(token), label));
}

/* More tokens, or as many and the earlier name. */
static bool is_before(const struct census_user *a,
                      const struct census_user *b) {
    return a->tokens != b->tokens ? a->tokens > b->tokens
                                  : strcmp(a->name, b->name) < 0;
}

static void find_top(struct census *census) {
    const struct census_user *user;

    for (user = census->users; user != NULL; user = user->next) {
        size_t place = census->top_count;

        while (place > 0 && is_before(user, census->top[place - 1]))
            place--;
        if (place == CENSUS_TOP)
            continue;
        if (census->top_count < CENSUS_TOP)
            census->top_count++;
        memmove(&census->top[place + 1], &census->top[place],
                (census->top_count - place - 1) *
                    sizeof(struct census_user *));
        census->top[place] = user;
    }
}

enum exit_code census_take(struct context *context, struct census *census) {
    struct tokenstore_list *page = NULL;
    struct progress progress = {0};
    const int64_t now = time(NULL);
    uint64_t after = 0;
    enum exit_code code = EXIT_OK;

    do {
        enum tokenstore_error error;
        size_t i;

        progress_show(&progress, "%" PRIu64 " tokens counted", census->total);
        error = tokenstore_list(context->store, NULL, after,
                                TOKENSTORE_LIMIT_MAX, &page);
        if (error != TOKENSTORE_OK) {
            progress_clear(&progress);
            return store_failed(context, error);
        }
        for (i = 0; i < tokenstore_list_count(page) && code == EXIT_OK; i++)
            if (!count_token(census, tokenstore_list_token(page, i), now))
                code = EXIT_FAILED;
        after = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && after != 0);
    progress_clear(&progress);
    if (code != EXIT_OK)
        return out_of_memory();
    find_top(census);
    return EXIT_OK;
}

static void keep(void *user) { (void)user; /* census_free() has a list */ }

void census_free(struct census *census) {
    struct census_user *user;

    tdestroy(census->tree, keep);
    while ((user = census->users) != NULL) {
        census->users = user->next;
        free(user);
    }
}
