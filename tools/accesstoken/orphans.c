/*
 * orphans.c - find the tokens whose account is gone.  Must never take silence
 * of the name service for an answer: the tokens will be removed.
 */
#include <config.h>

#include "tools/accesstoken/orphans.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/progress.h"

/* What the name service said about a name. */
struct account {
    enum tokenstore_error answer; /* OK: the account exists */
    uint32_t uid;
    char name[];
};

static int compare_names(const void *left, const void *right) {
    const struct account *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* Asks by name alone: the domain, the group or the sid of an account may
 * change without making its tokens invalid. */
static void ask(struct account *account) {
    struct tokenstore_identity *name = NULL, *found = NULL;

    account->answer = tokenstore_identity_new(&name);
    if (account->answer == TOKENSTORE_OK)
        account->answer = tokenstore_identity_set(name, "name", account->name);
    if (account->answer == TOKENSTORE_OK)
        account->answer = tokenstore_identity_resolve(name, false, &found);
    if (account->answer == TOKENSTORE_OK &&
        !tokenstore_identity_uid(found, &account->uid))
        account->answer = TOKENSTORE_ERROR_NSS_UNAVAILABLE;
    tokenstore_identity_free(&name);
    tokenstore_identity_free(&found);
}

/* Finds what is known of a name, or asks; NULL without memory. */
static const struct account *find_account(struct orphans *orphans,
                                          const char *name) {
    const size_t size = strlen(name) + 1;
    struct account *account = calloc(1, sizeof(*account) + size);
    struct account **place;

    if (account == NULL)
        return NULL;
    memcpy(account->name, name, size);
    place = tsearch(account, &orphans->tree, compare_names);
    if (place == NULL || *place != account) {
        free(account);
        return place == NULL ? NULL : *place;
    }
    ask(account);
    return account;
}

enum exit_code orphans_judge(struct orphans *orphans,
                             const struct tokenstore_token *token,
                             enum orphan *orphan) {
    const struct tokenstore_identity *user = tokenstore_token_user(token);
    const struct account *account;
    uint32_t uid;

    *orphan = ORPHAN_NO;
    if (!tokenstore_identity_uid(user, &uid))
        return EXIT_OK;
    account = find_account(orphans, tokenstore_identity_name(user));
    if (account == NULL || account->answer == TOKENSTORE_ERROR_NO_MEMORY)
        return out_of_memory();
    if (account->answer == TOKENSTORE_OK)
        *orphan = account->uid == uid ? ORPHAN_NO : ORPHAN_YES;
    else if (account->answer == TOKENSTORE_ERROR_NO_SUCH_USER)
        *orphan = ORPHAN_YES;
    else
        *orphan = ORPHAN_UNKNOWN;
    return EXIT_OK;
}

void orphans_free(struct orphans *orphans) {
    tdestroy(orphans->tree, free);
    orphans->tree = NULL;
}

/* -------------------------------------------------------------------- walk */

struct search {
    struct orphans orphans;
    struct ids *found;
    uint64_t read; /* tokens */
    struct progress progress;
};

static enum exit_code take(struct search *search,
                           const struct tokenstore_token *token) {
    enum orphan orphan;
    enum exit_code code = orphans_judge(&search->orphans, token, &orphan);
    char label[16];

    if (code == EXIT_OK && orphan == ORPHAN_UNKNOWN) {
        progress_clear(&search->progress);
        complain("%s: %s; nothing was removed",
                 user_label(tokenstore_token_user(token), label),
                 tokenstore_strerror(TOKENSTORE_ERROR_NSS_UNAVAILABLE));
        code = exit_code(TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    }
    if (code == EXIT_OK && orphan == ORPHAN_YES &&
        !ids_add(search->found, tokenstore_token_id(token)))
        code = out_of_memory();
    return code;
}

static enum exit_code take_page(struct search *search,
                                const struct tokenstore_list *page) {
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; i < tokenstore_list_count(page) && code == EXIT_OK;
         i++) {
        progress_show(&search->progress, "%" PRIu64 " tokens read",
                      search->read++);
        code = take(search, tokenstore_list_token(page, i));
    }
    return code;
}

enum exit_code orphans_find(struct context *context,
                            const struct tokenstore_identity *user,
                            struct ids *found) {
    struct search search = {.found = found};
    struct tokenstore_list *page = NULL;
    enum exit_code code = EXIT_OK;
    uint64_t after = 0;

    do {
        const enum tokenstore_error error = tokenstore_list(
            context->store, user, after, TOKENSTORE_LIMIT_MAX, &page);

        if (error != TOKENSTORE_OK) {
            progress_clear(&search.progress);
            code = store_failed(context, error);
            break;
        }
        after = tokenstore_list_next(page);
        code = take_page(&search, page);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && after != 0);
    progress_clear(&search.progress);
    orphans_free(&search.orphans);
    return code;
}
