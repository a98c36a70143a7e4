/*
 * revoke.c - accesstoken revoke: revoke tokens by id, all of a user, or a
 * token and all that it has issued.
 */
#include <config.h>

#include "tools/accesstoken/commands/revoke.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/confirm.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/issued.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/targets.h"
#include "tools/common/token_json.h"

/* A revocation: who makes it, and with --json what it has revoked. */
struct revocation {
    struct caller caller;
    struct json_writer entries;
};

/* Notes that a token is revoked. */
static void note(struct context *context, struct revocation *revocation,
                 const struct tokenstore_token *token) {
    audit_token(context, &revocation->caller, "revoke", EXIT_OK, token);
    if (context->options.json)
        token_json(&revocation->entries, token);
}

static void audit_revoked(struct context *context,
                          struct revocation *revocation,
                          const struct tokenstore_list *revoked) {
    const size_t count = tokenstore_list_count(revoked);

    for (size_t i = 0; i < count; i++)
        note(context, revocation, tokenstore_list_token(revoked, i));
}

static enum exit_code revoke_ids(struct context *context,
                                 struct revocation *revocation,
                                 const uint64_t *ids, size_t count) {
    struct tokenstore_list *revoked = NULL;
    const enum tokenstore_error error =
        tokenstore_revoke(context->store, ids, count, &revoked);
    enum exit_code code;
    char label[16], id[TOKENSTORE_ID_SIZE];

    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        for (size_t i = 0; i < count; i++)
            audit(context, &revocation->caller, "revoke", code, ids[i], NULL,
                  NULL, NULL);
        return code;
    }
    audit_revoked(context, revocation, revoked);
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
                                  struct revocation *revocation,
                                  const uint64_t *ids, size_t count) {
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; i < count; i++) {
        struct tokenstore_token *token = NULL;
        const enum tokenstore_error error =
            tokenstore_get(context->store, ids[i], &token);

        tokenstore_token_free(&token);
        if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_FORBIDDEN) {
            code = store_failed(context, error);
            audit(context, &revocation->caller, "revoke", code, ids[i], NULL,
                  NULL, NULL);
        }
    }
    for (size_t i = 0; i < count && code == EXIT_OK; i++)
        code = revoke_ids(context, revocation, &ids[i], 1);
    return code;
}

/* Revokes one batch after another until no token is left. */
static enum exit_code revoke_user(struct context *context,
                                  struct revocation *revocation) {
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
            audit(context, &revocation->caller, "revoke", code, 0, user, NULL,
                  NULL);
            if (total > 0)
                caution("revoked %zu token%s of %s, but not all: run the "
                        "command again",
                        total, plural(total), text);
            return code;
        }
        audit_revoked(context, revocation, revoked);
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
                             struct revocation *revocation,
                             const struct tokenstore_change *change,
                             size_t *total) {
    const enum exit_code code = exit_code(change->error);

    if (change->error == TOKENSTORE_ERROR_NOT_FOUND)
        return EXIT_OK;
    if (change->error == TOKENSTORE_OK) {
        note(context, revocation, change->token);
        ++*total;
        return EXIT_OK;
    }
    complain("token %" PRIu64 ": %s", change->id, change->message);
    audit(context, &revocation->caller, "revoke", code, change->id, NULL, NULL,
          NULL);
    return code;
}

/* Revokes at most TOKENSTORE_CHANGES_MAX tokens. */
static enum exit_code revoke_batch(struct context *context,
                                   struct revocation *revocation,
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
        audit(context, &revocation->caller, "revoke", code,
              context->options.issued_by, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (error == TOKENSTORE_OK) {
            const enum exit_code one =
                settle(context, revocation, &changes[i], total);

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
                                    struct revocation *revocation,
                                    const struct ids *ids, size_t *total) {
    enum exit_code code = EXIT_OK;
    size_t count;

    for (size_t done = 0; done < ids->count && code == EXIT_OK;
         done += count) {
        count = ids->count - done;
        if (count > TOKENSTORE_CHANGES_MAX)
            count = TOKENSTORE_CHANGES_MAX;
        code =
            revoke_batch(context, revocation, ids->list + done, count, total);
    }
    return code;
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
                                    struct revocation *revocation) {
    struct ids found = {0};
    struct issued issued;
    size_t tops = 0, others = 0;
    enum exit_code code;

    issued_begin(context, context->options.issued_by, &issued);
    code = revoke_batch(context, revocation, &issued.top, 1, &tops);
    while (code == EXIT_OK) {
        code = targets_issued(context, &issued, &found);
        if (code != EXIT_OK || found.count == 0)
            break;
        code = revoke_listed(context, revocation, &found, &others);
        ids_free(&found);
    }
    report_issued(&issued, code, tops > 0, others);
    ids_free(&found);
    issued_free(&issued);
    return code;
}

/* Revokes the tokens of a user that have a name. */
static enum exit_code revoke_named(struct context *context,
                                   struct revocation *revocation) {
    const struct options *options = &context->options;
    struct ids found = {0};
    size_t total = 0;
    enum exit_code code = targets_of_user(context, &found);

    if (code == EXIT_OK && found.count > 0)
        code = revoke_listed(context, revocation, &found, &total);
    if (total > 0)
        remark("revoked %zu token%s of %s", total, plural(total),
               options->user_text);
    else if (code == EXIT_OK)
        remark("%s has no tokens with this name", options->user_text);
    ids_free(&found);
    return code;
}

static enum exit_code revoke_all(struct context *context,
                                 struct revocation *revocation,
                                 const struct ids *given) {
    const struct options *options = &context->options;

    if (options->issued_by != 0)
        return revoke_issued(context, revocation);
    if (options->user != NULL)
        return (options->fields & TOKENSTORE_FIELD_NAME) != 0
                   ? revoke_named(context, revocation)
                   : revoke_user(context, revocation);
    if (given->count == 0) {
        remark("no ids were given");
        return EXIT_OK;
    }
    return store_is_remote(context)
               ? revoke_each(context, revocation, given->list, given->count)
               : revoke_ids(context, revocation, given->list, given->count);
}

/* Finds the tokens that a filter selects now. */
static enum exit_code find(struct context *context, struct ids *found) {
    const uint64_t top = context->options.issued_by;
    struct issued issued;
    enum exit_code code;

    if (context->options.user != NULL)
        return targets_of_user(context, found);
    if (!ids_add(found, top))
        return out_of_memory();
    issued_begin(context, top, &issued);
    code = targets_issued(context, &issued, found);
    if (context->options.dry_run)
        issued_put_doubts(&issued);
    issued_free(&issued);
    return code;
}

/* With --dry-run shows what would be revoked; before a filter revokes more
 * than one token, asks on a terminal.  "go_on" says whether to revoke. */
static enum exit_code preview(struct context *context, const struct ids *given,
                              bool *go_on) {
    const struct options *options = &context->options;
    const bool is_filter = options->argument_count == 0;
    struct ids found = {0};
    enum exit_code code = EXIT_OK;

    *go_on = !options->dry_run;
    if (*go_on && (!is_filter || options->yes || !isatty(STDIN_FILENO)))
        return EXIT_OK;
    if (is_filter)
        code = find(context, &found);
    if (code == EXIT_OK && (options->dry_run || found.count > 1))
        code = targets_show(context, is_filter ? &found : given, !is_filter);
    if (code == EXIT_OK && !options->dry_run && found.count > 1 &&
        !confirm("revoke them")) {
        complain("nothing was revoked");
        code = EXIT_FAILED;
    }
    ids_free(&found);
    return code;
}

static enum exit_code act(struct context *context, const struct ids *given) {
    struct revocation revocation = {.entries = {0}};
    enum exit_code code, printed;

    caller_get(&revocation.caller);
    json_begin_entries(&revocation.entries);
    code = revoke_all(context, &revocation, given);
    if (context->options.json) {
        printed = print_entries(&revocation.entries);
        code = code == EXIT_OK ? printed : code;
    }
    json_free(&revocation.entries);
    caller_free(&revocation.caller);
    return code;
}

static enum exit_code check_options(const struct context *context) {
    const struct options *options = &context->options;

    if ((options->user != NULL) + (options->issued_by != 0) +
            (options->argument_count > 0) !=
        1)
        return usage_failed(context, "give either ids, --user or --issued-by");
    if ((options->fields & TOKENSTORE_FIELD_NAME) != 0 &&
        options->user == NULL)
        return usage_failed(context, "--name needs --user");
    if (options->json && !options->yes && !options->dry_run &&
        options->argument_count == 0 && isatty(STDIN_FILENO))
        return usage_failed(context, "--json needs --yes or --dry-run");
    return EXIT_OK;
}

enum exit_code command_revoke(struct context *context) {
    enum exit_code code = check_options(context);
    struct ids given = {0};
    bool go_on = false;

    if (code == EXIT_OK)
        code = targets_given(context, &given);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = preview(context, &given, &go_on);
    if (code == EXIT_OK && go_on)
        code = act(context, &given);
    ids_free(&given);
    return code;
}
