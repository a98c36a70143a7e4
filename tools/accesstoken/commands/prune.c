/*
 * prune.c - accesstoken prune: remove the tokens that expired long ago, or
 * whose account is gone.  Must never remove a token because it was expired
 * when it was listed: the transaction that removes it asks again.
 */
#include <config.h>

#include "tools/accesstoken/commands/prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/confirm.h"
#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/orphans.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/progress.h"
#include "tools/accesstoken/table.h"
#include "tools/common/token_json.h"

struct pruning {
    const struct options *options;
    struct caller caller;
    bool only_show;     /* the tokens, and remove nothing */
    struct ids orphans; /* with --orphaned */
    uint64_t read;      /* tokens */
    uint64_t pruned;    /* tokens; with only_show those that would be */
    uint64_t ids[TOKENSTORE_CHANGES_MAX];
    size_t id_count; /* of the next transaction */
    struct table table;
    struct json_writer writer;
    struct progress progress;
};

/* Says whether the token is to be removed. */
static bool is_chosen(const struct pruning *pruning,
                      const struct tokenstore_token *token) {
    if (pruning->options->orphaned)
        return ids_have(&pruning->orphans, tokenstore_token_id(token));
    return expired_for(token, pruning->options->older_than,
                       pruning->options->now);
}

/* ----------------------------------------------------------------- removal */

static enum tokenstore_error
is_still_chosen(const struct tokenstore_token *before,
                const struct tokenstore_token *after, void *argument) {
    const struct pruning *pruning = argument;

    (void)after; /* NULL: the token is removed */
    return is_chosen(pruning, before) ? TOKENSTORE_OK
                                      : TOKENSTORE_ERROR_CONFLICT;
}

/* Reports what became of one token.  It is no error if somebody else removed
 * or changed it before. */
static enum exit_code settle(struct context *context, struct pruning *pruning,
                             const struct tokenstore_change *change) {
    enum exit_code code;

    if (change->error == TOKENSTORE_OK) {
        pruning->pruned++;
        audit(context, &pruning->caller, "prune", EXIT_OK, change->id, NULL,
              change->token, NULL);
        if (pruning->options->json)
            token_json(&pruning->writer, change->token);
        return EXIT_OK;
    }
    if (change->error == TOKENSTORE_ERROR_NOT_FOUND ||
        change->error == TOKENSTORE_ERROR_CONFLICT)
        return EXIT_OK;
    code = exit_code(change->error);
    progress_clear(&pruning->progress);
    complain("%s", change->message);
    audit(context, &pruning->caller, "prune", code, change->id, NULL, NULL,
          NULL);
    return code;
}

/* Removes the tokens that are gathered, in one transaction. */
static enum exit_code remove_batch(struct context *context,
                                   struct pruning *pruning) {
    const size_t count = pruning->id_count;
    struct tokenstore_change *changes;
    enum tokenstore_error error;
    enum exit_code code = EXIT_OK;

    pruning->id_count = 0;
    if (count == 0)
        return EXIT_OK;
    changes = calloc(count, sizeof(*changes));
    if (changes == NULL)
        return out_of_memory();
    for (size_t i = 0; i < count; i++)
        changes[i] =
            (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_REVOKE,
                                       .id = pruning->ids[i],
                                       .approve = is_still_chosen,
                                       .argument = pruning};
    error = tokenstore_apply(context->store, changes, count,
                             pruning->options->now);
    if (error != TOKENSTORE_OK) {
        progress_clear(&pruning->progress);
        code = store_failed(context, error);
        audit(context, &pruning->caller, "prune", code, 0,
              pruning->options->user, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (error == TOKENSTORE_OK) {
            const enum exit_code one = settle(context, pruning, &changes[i]);

            if (code == EXIT_OK)
                code = one;
        }
        tokenstore_token_free(&changes[i].token);
    }
    free(changes);
    if (code == EXIT_OK && pruning->options->json)
        code = send_json(&pruning->writer);
    return code;
}

/* -------------------------------------------------------------------- walk */

/* Shows the chosen tokens of a page, or gathers them into transactions. */
static enum exit_code take_page(struct context *context,
                                struct pruning *pruning,
                                const struct tokenstore_list *page) {
    const struct tokenstore_token *rows[TOKENSTORE_LIMIT_MAX];
    const size_t count = tokenstore_list_count(page);
    enum exit_code code = EXIT_OK;
    size_t shown = 0;

    pruning->read += count;
    for (size_t i = 0; i < count && code == EXIT_OK; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);

        if (!is_chosen(pruning, token))
            continue;
        if (pruning->only_show)
            rows[shown++] = token;
        else
            pruning->ids[pruning->id_count++] = tokenstore_token_id(token);
        if (pruning->id_count == TOKENSTORE_CHANGES_MAX)
            code = remove_batch(context, pruning);
    }
    pruning->pruned += shown;
    if (shown == 0)
        return code;
    progress_clear(&pruning->progress);
    if (!pruning->options->json)
        return table_print(&pruning->table, rows, shown,
                           pruning->options->now);
    for (size_t i = 0; i < shown; i++)
        token_json(&pruning->writer, rows[i]);
    return send_json(&pruning->writer);
}

static enum exit_code walk(struct context *context, struct pruning *pruning) {
    struct tokenstore_list *page = NULL;
    enum exit_code code = EXIT_OK;
    uint64_t after = 0;

    do {
        enum tokenstore_error error;

        progress_show(&pruning->progress,
                      "%" PRIu64 " tokens read, %" PRIu64 " pruned",
                      pruning->read, pruning->only_show ? 0 : pruning->pruned);
        error = tokenstore_list(context->store, pruning->options->user, after,
                                TOKENSTORE_LIMIT_MAX, &page);
        if (error != TOKENSTORE_OK) {
            progress_clear(&pruning->progress);
            code = store_failed(context, error);
            break;
        }
        after = tokenstore_list_next(page);
        code = take_page(context, pruning, page);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && after != 0);
    if (code == EXIT_OK)
        code = remove_batch(context, pruning);
    progress_clear(&pruning->progress);
    return code;
}

static enum exit_code prune(struct context *context, struct pruning *pruning) {
    struct json_writer *json = &pruning->writer;
    enum exit_code code;

    if (pruning->options->json) {
        json_begin_object(json);
        json_put_key(json, "entries");
        json_begin_array(json);
    }
    code = walk(context, pruning);
    if (code == EXIT_OK && !pruning->only_show)
        /* The tokens are gone; if this fails, the next run does it. */
        (void)!tokenstore_discard_uses(context->store);
    if (code == EXIT_OK && pruning->options->json) {
        json_end_array(json);
        json_end_object(json);
        json_newline(json);
        code = send_json(json);
    }
    if (pruning->pruned > 0) {
        fflush(stdout);
        remark("%s %" PRIu64 " token%s%s",
               pruning->only_show ? "would prune" : "pruned", pruning->pruned,
               plural(pruning->pruned),
               code == EXIT_OK ? ""
                               : ", perhaps not all: run the command "
                                 "again");
    }
    return code;
}

/* Refuses to prune if "expired" could be wrong or cannot be asked again in the
 * transaction: with a wrong clock, or in a remote store. */
static enum exit_code may_prune(const struct context *context) {
    const int64_t now = context->options.now;

    if (store_is_remote(context)) {
        complain("%s: prune is only for local stores; run it on the server",
                 tokenstore_path(context->store));
        return EXIT_USAGE;
    }
    if (now < 0 || now > TOKENSTORE_TIME_MAX) {
        complain("the clock of this machine is wrong");
        return exit_code(TOKENSTORE_ERROR_TIME_RANGE);
    }
    return EXIT_OK;
}

/* ---------------------------------------------------------------- orphaned */

/* Finds the orphans, lists them, and removes them if that is wanted. */
static enum exit_code prune_orphaned(struct context *context,
                                     struct pruning *pruning) {
    const struct options *options = pruning->options;
    enum exit_code code =
        orphans_find(context, options->user, &pruning->orphans);

    if (code != EXIT_OK || options->json || options->dry_run)
        return code == EXIT_OK ? prune(context, pruning) : code;
    pruning->only_show = true;
    code = prune(context, pruning);
    if (code != EXIT_OK || pruning->pruned == 0)
        return code;
    if (!options->yes &&
        !confirm(pruning->orphans.count == 1 ? "remove it" : "remove them")) {
        complain("nothing was removed");
        return EXIT_FAILED;
    }
    pruning->only_show = false;
    pruning->read = pruning->pruned = 0;
    return prune(context, pruning);
}

/* Refuses to remove orphans without being asked to: nobody answers a question
 * that a script asks. */
static enum exit_code check_options(const struct context *context) {
    const struct options *options = &context->options;

    if (options->orphaned == (options->older_than >= 0))
        return usage_failed(context, "give either --older-than or --orphaned");
    if (options->orphaned && !options->yes && !options->dry_run &&
        (options->json || !isatty(STDIN_FILENO)))
        return usage_failed(
            context, options->json ? "--json needs --yes or --dry-run"
                                   : "--yes is missing, and standard input is "
                                     "not a terminal");
    return EXIT_OK;
}

enum exit_code command_prune(struct context *context) {
    struct pruning pruning = {.options = &context->options,
                              .only_show = context->options.dry_run};
    enum exit_code code = check_options(context);

    table_begin(&pruning.table, pruning.options);
    if (code == EXIT_OK)
        code = expect_arguments(context, 0, NULL);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = may_prune(context);
    if (code != EXIT_OK)
        return code;
    caller_get(&pruning.caller);
    code = pruning.options->orphaned ? prune_orphaned(context, &pruning)
                                     : prune(context, &pruning);
    caller_free(&pruning.caller);
    json_free(&pruning.writer);
    ids_free(&pruning.orphans);
    return code;
}
