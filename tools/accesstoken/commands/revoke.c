/*
 * revoke.c - accesstoken revoke: revoke tokens by id, or all of a user.
 */
#include <config.h>

#include "tools/accesstoken/commands/revoke.h"

#include <stdlib.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

static int compare_ids(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Reads ids and sorts them; an id that is given twice counts once.  Free the
 * list with free(). */
static enum exit_code parse_ids(char **texts, size_t *count, uint64_t **ids) {
    enum exit_code code = EXIT_OK;
    size_t unique = 0;
    uint64_t *list = calloc(*count, sizeof(*list));

    if (list == NULL)
        return out_of_memory();
    for (size_t i = 0; code == EXIT_OK && i < *count; i++)
        code = parse_id(texts[i], &list[i]);
    if (code != EXIT_OK) {
        free(list);
        return code;
    }
    qsort(list, *count, sizeof(*list), compare_ids);
    for (size_t i = 0; i < *count; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[unique++] = list[i];
    *count = unique;
    *ids = list;
    return EXIT_OK;
}

static void audit_revoked(struct context *context, const struct caller *caller,
                          const struct tokenstore_list *revoked) {
    const size_t count = tokenstore_list_count(revoked);

    for (size_t i = 0; i < count; i++) {
        audit_token(context, caller, "revoke", EXIT_OK,
                    tokenstore_list_token(revoked, i));
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

    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        for (size_t i = 0; i < count; i++)
            audit(context, caller, "revoke", code, ids[i], NULL, NULL);
        return code;
    }
    audit_revoked(context, caller, revoked);
    for (size_t i = 0; i < tokenstore_list_count(revoked); i++) {
        const struct tokenstore_token *token =
            tokenstore_list_token(revoked, i);

        remark("revoked token %s for %s", tokenstore_token_id_text(token, id),
               user_label(tokenstore_token_user(token), label));
    }
    tokenstore_list_free(&revoked);
    return EXIT_OK;
}

/* Revokes tokens at a server, which takes one at a time, so that each has its
 * own outcome.  Makes sure before that all of them exist. */
static enum exit_code revoke_each(struct context *context,
                                  const struct caller *caller,
                                  const uint64_t *ids, size_t count) {
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; i < count; i++) {
        struct tokenstore_token *token = NULL;
        const enum tokenstore_error error =
            tokenstore_get(context->store, ids[i], &token);

        tokenstore_token_free(&token);
        if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_FORBIDDEN) {
            code = store_failed(context, error);
            audit(context, caller, "revoke", code, ids[i], NULL, NULL);
        }
    }
    for (size_t i = 0; i < count && code == EXIT_OK; i++)
        code = revoke_ids(context, caller, &ids[i], 1);
    return code;
}

/* Revokes one batch after another until no token is left. */
static enum exit_code revoke_user(struct context *context,
                                  const struct caller *caller) {
    const struct tokenstore_identity *user = context->options.user;
    const char *text = context->options.user_text;
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
                remark("revoked %zu token%s of %s, but not all: run the "
                       "command again",
                       total, plural(total), text);
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
        remark("revoked %zu token%s of %s", total, plural(total), text);
    return EXIT_OK;
}

enum exit_code command_revoke(struct context *context) {
    const struct options *options = &context->options;
    size_t count = (size_t)options->argument_count;
    struct caller caller;
    enum exit_code code = EXIT_OK;
    uint64_t *ids = NULL;

    if ((options->user != NULL) == (count > 0))
        return usage_failed(context, "give either ids or --user");
    if (count > 0)
        code = parse_ids(options->arguments, &count, &ids);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK) {
        caller_get(&caller);
        code = options->user != NULL ? revoke_user(context, &caller)
               : store_is_remote(context)
                   ? revoke_each(context, &caller, ids, count)
                   : revoke_ids(context, &caller, ids, count);
        caller_free(&caller);
    }
    free(ids);
    return code;
}
