/*
 * revoke.c - accesstoken revoke: revoke tokens by id, all of a user, or a
 * token and all that it has issued.
 */
#include <config.h>

#include "tools/accesstoken/commands/revoke.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/issued.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

/* Reads ids; an id that is given twice counts once. */
static enum exit_code parse_ids(const struct options *options,
                                struct ids *ids) {
    for (int i = 0; i < options->argument_count; i++) {
        uint64_t id;
        const enum exit_code code = parse_id(options->arguments[i], &id);

        if (code != EXIT_OK)
            return code;
        if (!ids_add(ids, id))
            return out_of_memory();
    }
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
            audit(context, caller, "revoke", code, ids[i], NULL, NULL, NULL);
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
            audit(context, caller, "revoke", code, ids[i], NULL, NULL, NULL);
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
            audit(context, caller, "revoke", code, 0, user, NULL, NULL);
            if (total > 0)
                caution("revoked %zu token%s of %s, but not all: run the "
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

/* Notes what became of a revocation.  It is no error if somebody else was
 * faster. */
static enum exit_code settle(struct context *context,
                             const struct caller *caller,
                             const struct tokenstore_change *change,
                             size_t *total) {
    const enum exit_code code = exit_code(change->error);

    if (change->error == TOKENSTORE_ERROR_NOT_FOUND)
        return EXIT_OK;
    if (change->error == TOKENSTORE_OK) {
        audit_token(context, caller, "revoke", EXIT_OK, change->token);
        ++*total;
        return EXIT_OK;
    }
    complain("token %" PRIu64 ": %s", change->id, change->message);
    audit(context, caller, "revoke", code, change->id, NULL, NULL, NULL);
    return code;
}

/* Revokes at most TOKENSTORE_CHANGES_MAX tokens. */
static enum exit_code revoke_batch(struct context *context,
                                   const struct caller *caller,
                                   const uint64_t *ids, size_t count,
                                   size_t *total) {
    struct tokenstore_change *changes = calloc(count, sizeof(*changes));
    enum tokenstore_error error;
    enum exit_code code = EXIT_OK;

    if (changes == NULL)
        return out_of_memory();
    for (size_t i = 0; i < count; i++)
        changes[i] = (struct tokenstore_change){
            .kind = TOKENSTORE_CHANGE_REVOKE, .id = ids[i]};
    error =
        tokenstore_apply(context->store, changes, count, context->options.now);
    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        audit(context, caller, "revoke", code, context->options.issued_by,
              NULL, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (error == TOKENSTORE_OK) {
            const enum exit_code one =
                settle(context, caller, &changes[i], total);

            if (code == EXIT_OK)
                code = one;
        }
        tokenstore_token_free(&changes[i].token);
    }
    free(changes);
    return code;
}

/* Revokes tokens in the order of their ids, so issuers first. */
static enum exit_code revoke_listed(struct context *context,
                                    const struct caller *caller,
                                    const struct ids *ids, size_t *total) {
    enum exit_code code = EXIT_OK;
    size_t count;

    for (size_t done = 0; done < ids->count && code == EXIT_OK;
         done += count) {
        count = ids->count - done;
        if (count > TOKENSTORE_CHANGES_MAX)
            count = TOKENSTORE_CHANGES_MAX;
        code = revoke_batch(context, caller, ids->list + done, count, total);
    }
    return code;
}

/* Finds all tokens that "issued" is about and that exist. */
static enum exit_code find_issued(struct context *context,
                                  struct issued *issued, struct ids *found) {
    struct tokenstore_list *page = NULL;
    uint64_t after = issued->top;

    do {
        const enum tokenstore_error error = tokenstore_list(
            context->store, NULL, after, TOKENSTORE_LIMIT_MAX, &page);

        if (error != TOKENSTORE_OK)
            return store_failed(context, error);
        for (size_t i = 0; i < tokenstore_list_count(page); i++) {
            const struct tokenstore_token *token =
                tokenstore_list_token(page, i);

            if (issued_look(context, issued, token))
                issued->failed |= !ids_add(found, tokenstore_token_id(token));
        }
        after = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (after != 0);
    return issued->failed ? out_of_memory() : EXIT_OK;
}

static void report_issued(const struct issued *issued, enum exit_code code,
                          bool top_existed, size_t others) {
    const uint64_t top = issued->top;

    if (code == EXIT_OK && !top_existed && others == 0)
        remark("there is no token %" PRIu64 ", and none that it issued", top);
    else if (top_existed || others > 0)
        remark("revoked %s%zu token%s that token %" PRIu64 " issued",
               top_existed ? "the token and " : "", others, plural(others),
               top);
    if (code != EXIT_OK && (top_existed || others > 0))
        caution("not all are revoked: run the command again");
    issued_put_doubts(issued);
}

/*
 * Revokes a token and what it has issued.  Revokes issuers first, because a
 * token that is revoked issues nothing, and looks for tokens that were issued
 * meanwhile until there are none.
 */
static enum exit_code revoke_issued(struct context *context,
                                    const struct caller *caller) {
    struct ids found = {0};
    struct issued issued;
    size_t tops = 0, others = 0;
    enum exit_code code;

    issued_begin(context, context->options.issued_by, &issued);
    code = revoke_batch(context, caller, &issued.top, 1, &tops);
    while (code == EXIT_OK) {
        code = find_issued(context, &issued, &found);
        if (code != EXIT_OK || found.count == 0)
            break;
        code = revoke_listed(context, caller, &found, &others);
        ids_free(&found);
    }
    report_issued(&issued, code, tops > 0, others);
    ids_free(&found);
    issued_free(&issued);
    return code;
}

enum exit_code command_revoke(struct context *context) {
    const struct options *options = &context->options;
    struct caller caller;
    enum exit_code code;
    struct ids ids = {0};

    if ((options->user != NULL) + (options->issued_by != 0) +
            (options->argument_count > 0) !=
        1)
        return usage_failed(context, "give either ids, --user or --issued-by");
    code = parse_ids(options, &ids);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK) {
        caller_get(&caller);
        code = options->user != NULL     ? revoke_user(context, &caller)
               : options->issued_by != 0 ? revoke_issued(context, &caller)
               : store_is_remote(context)
                   ? revoke_each(context, &caller, ids.list, ids.count)
                   : revoke_ids(context, &caller, ids.list, ids.count);
        caller_free(&caller);
    }
    ids_free(&ids);
    return code;
}
