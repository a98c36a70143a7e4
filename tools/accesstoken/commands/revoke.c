/*
 * revoke.c - accesstoken revoke: take tokens back, by id or all of a user's.
 * Success says that none of them is left; a token named twice is one token.
 */
#include <config.h>

#include <stddef.h>
#include <stdlib.h>

#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"

static const struct option options[] = {
    {"user", required_argument, NULL, OPTION_USER},
    COMMON_OPTIONS,
};

static int compare_ids(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* The ids, in order, each once. */
static enum exit_code parse_ids(char **texts, size_t *count, uint64_t **ids) {
    enum exit_code code = EXIT_OK;
    size_t i, unique = 0;
    uint64_t *list = calloc(*count, sizeof(*list));

    if (list == NULL)
        return out_of_memory();
    for (i = 0; code == EXIT_OK && i < *count; i++)
        code = parse_id(texts[i], &list[i]);
    if (code != EXIT_OK) {
        free(list);
        return code;
    }
    qsort(list, *count, sizeof(*list), compare_ids);
    for (i = 0; i < *count; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[unique++] = list[i];
    *count = unique;
    *ids = list;
    return EXIT_OK;
}

static void audit_revoked(struct context *context, const struct caller *caller,
                          const struct tokenstore_list *revoked) {
    const size_t count = tokenstore_list_count(revoked);
    size_t i;

    for (i = 0; i < count; i++) {
        const struct tokenstore_token *token =
            tokenstore_list_token(revoked, i);

        audit_token(context, caller, "revoke", EXIT_OK, token);
    }
}

static enum exit_code revoke_ids(struct context *context,
                                 const struct caller *caller,
                                 const uint64_t *ids, size_t count) {
    struct tokenstore_list *revoked = NULL;
    const enum tokenstore_error error =
        tokenstore_revoke(context->store, ids, count, &revoked);
    enum exit_code code;
    char label[16], id[TOKENSTORE_ID_SIZE];
    size_t i;

    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        for (i = 0; i < count; i++)
            audit(context, caller, "revoke", code, ids[i], NULL, NULL);
        return code;
    }
    audit_revoked(context, caller, revoked);
    for (i = 0; i < tokenstore_list_count(revoked); i++) {
        const struct tokenstore_token *token =
            tokenstore_list_token(revoked, i);

        remark("revoked token %s for %s", tokenstore_token_id_text(token, id),
               user_label(tokenstore_token_user(token), label));
    }
    tokenstore_list_free(&revoked);
    return EXIT_OK;
}

/* A server takes one at a time, and each has its own outcome; that all of them
 * are there is looked at before. */
static enum exit_code revoke_each(struct context *context,
                                  const struct caller *caller,
                                  const uint64_t *ids, size_t count) {
    enum exit_code code = EXIT_OK;
    size_t i;

    for (i = 0; i < count; i++) {
        struct tokenstore_token *token = NULL;
        const enum tokenstore_error error =
            tokenstore_get(context->store, ids[i], &token);

        tokenstore_token_free(&token);
        if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_FORBIDDEN) {
            code = store_failed(context, error);
            audit(context, caller, "revoke", code, ids[i], NULL, NULL);
        }
    }
    for (i = 0; i < count && code == EXIT_OK; i++)
        code = revoke_ids(context, caller, &ids[i], 1);
    return code;
}

/* Batch after batch, until there is none left. */
static enum exit_code revoke_user(struct context *context,
                                  const struct caller *caller,
                                  const struct tokenstore_identity *user,
                                  const char *text) {
    struct tokenstore_list *revoked = NULL;
    size_t count, total = 0;
    enum tokenstore_error error;
    enum exit_code code;

    do {
        error = tokenstore_revoke_user(context->store, user, &revoked);
        if (error != TOKENSTORE_OK) {
            code = store_failed(context, error);
            audit(context, caller, "revoke", code, 0, user, NULL);
            if (total > 0)
                remark("%zu tokens of %s are revoked, not all: run it again",
                       total, text);
            return code;
        }
        audit_revoked(context, caller, revoked);
        count = tokenstore_list_count(revoked);
        total += count;
        tokenstore_list_free(&revoked);
    } while (count > 0);
    if (total == 0)
        remark("%s has no tokens", text);
    else
        remark("revoked %zu token%s of %s", total, total == 1 ? "" : "s",
               text);
    return EXIT_OK;
}

enum exit_code command_revoke(struct context *context, int argc, char **argv) {
    struct tokenstore_identity *user = NULL;
    const char *text = NULL;
    struct caller caller;
    enum exit_code code = EXIT_OK;
    uint64_t *ids = NULL;
    size_t count;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        if (option == OPTION_USER) {
            text = optarg;
            code = parse_user("--user", optarg, &user);
        } else {
            code = EXIT_USAGE;
        }
    }
    count = (size_t)(argc - optind);
    if (code == EXIT_OK && (text != NULL) == (count > 0))
        code = usage_failed(context, "either ids or --user");
    if (code == EXIT_OK && count > 0)
        code = parse_ids(argv + optind, &count, &ids);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK) {
        caller_get(&caller);
        code = user != NULL ? revoke_user(context, &caller, user, text)
               : store_is_remote(context)
                   ? revoke_each(context, &caller, ids, count)
                   : revoke_ids(context, &caller, ids, count);
        caller_free(&caller);
    }
    free(ids);
    tokenstore_identity_free(&user);
    return code;
}
