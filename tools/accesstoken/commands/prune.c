/*
 * prune.c - accesstoken prune: remove what has been expired for long.
 * Must never remove a token by what it was when it was listed: whether it is
 * still expired is asked again in the transaction that removes it.
 */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/progress.h"
#include "tools/accesstoken/table.h"
#include "tools/common/token_json.h"

static const struct option options[] = {
    {"older-than", required_argument, NULL, OPTION_OLDER_THAN},
    {"user", required_argument, NULL, OPTION_USER},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"json", no_argument, NULL, OPTION_JSON},
    COMMON_OPTIONS,
};

struct pruning {
    int64_t older_than; /* seconds; -1: not given */
    struct tokenstore_identity *user;
    bool dry_run;
    bool json;
    int64_t now;
    struct caller caller;
    uint64_t looked_at;
    uint64_t pruned; /* or would be */
    uint64_t ids[TOKENSTORE_CHANGES_MAX];
    size_t id_count; /* that are to go with the next transaction */
    struct table table;
    struct json_writer writer;
    struct progress progress;
};

static enum exit_code parse_options(struct context *context,
                                    struct pruning *pruning, int argc,
                                    char **argv) {
    enum exit_code code = EXIT_OK;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        switch (option) {
        case OPTION_OLDER_THAN:
            code =
                parse_duration("--older-than", optarg, &pruning->older_than);
            break;
        case OPTION_USER:
            code = parse_user("--user", optarg, &pruning->user);
            break;
        case OPTION_DRY_RUN:
            pruning->dry_run = true;
            break;
        case OPTION_JSON:
            pruning->json = true;
            break;
        default: /* said by getopt */
            return EXIT_USAGE;
        }
    }
    if (code == EXIT_OK && pruning->older_than < 0)
        return usage_failed(context, "--older-than is missing");
    return code;
}

/* ------------------------------------------------------------------ removal
 */

static enum tokenstore_error
is_still_expired(const struct tokenstore_token *before,
                 const struct tokenstore_token *after, void *argument) {
    const struct pruning *pruning = argument;

    (void)after; /* there is none */
    return expired_for(before, pruning->older_than, pruning->now)
               ? TOKENSTORE_OK
               : TOKENSTORE_ERROR_CONFLICT;
}

/* What came of one; that somebody was faster is well. */
static enum exit_code settle(struct context *context, struct pruning *pruning,
                             const struct tokenstore_change *change) {
    enum exit_code code;

    if (change->error == TOKENSTORE_OK) {
        pruning->pruned++;
        audit(context, &pruning->caller, "prune", EXIT_OK, change->id,
              tokenstore_token_user(change->token), NULL);
        if (pruning->json)
            token_json(&pruning->writer, change->token);
        return EXIT_OK;
    }
    if (change->error == TOKENSTORE_ERROR_NOT_FOUND ||
        change->error == TOKENSTORE_ERROR_CONFLICT)
        return EXIT_OK;
    code = exit_code(change->error);
    progress_clear(&pruning->progress);
    complain("%s", change->message);
    audit(context, &pruning->caller, "prune", code, change->id, NULL, NULL);
    return code;
}

/* The transaction. */
static enum exit_code remove_batch(struct context *context,
                                   struct pruning *pruning) {
    const size_t count = pruning->id_count;
    struct tokenstore_change *changes;
    enum tokenstore_error error;
    enum exit_code code = EXIT_OK;
    size_t i;

    pruning->id_count = 0;
    if (count == 0)
        return EXIT_OK;
    changes = calloc(count, sizeof(*changes));
    if (changes == NULL)
        return out_of_memory();
    for (i = 0; i < count; i++)
        changes[i] =
            (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_REVOKE,
                                       .id = pruning->ids[i],
                                       .approve = is_still_expired,
                                       .argument = pruning};
    error = tokenstore_apply(context->store, changes, count, pruning->now);
    if (error != TOKENSTORE_OK) {
        progress_clear(&pruning->progress);
        code = store_failed(context, error);
        audit(context, &pruning->caller, "prune", code, 0, pruning->user,
              NULL);
    }
    for (i = 0; i < count; i++) {
        if (error == TOKENSTORE_OK) {
            const enum exit_code one = settle(context, pruning, &changes[i]);

            if (code == EXIT_OK)
                code = one;
        }
        tokenstore_token_free(&changes[i].token);
    }
    free(changes);
    if (code == EXIT_OK && pruning->json)
        code = send_json(&pruning->writer);
    return code;
}

/* --------------------------------------------------------------- what to do
 */

/* A page's tokens: shown, or gathered into transactions. */
static enum exit_code take_page(struct context *context,
                                struct pruning *pruning,
                                const struct tokenstore_list *page) {
    const struct tokenstore_token *rows[TOKENSTORE_LIMIT_MAX];
    const size_t count = tokenstore_list_count(page);
    enum exit_code code = EXIT_OK;
    size_t i, shown = 0;

    pruning->looked_at += count;
    for (i = 0; i < count && code == EXIT_OK; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);

        if (!expired_for(token, pruning->older_than, pruning->now))
            continue;
        if (pruning->dry_run)
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
    if (!pruning->json)
        return table_print(&pruning->table, rows, shown, pruning->now);
    for (i = 0; i < shown; i++)
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
                      "%" PRIu64 " tokens looked at, %" PRIu64 " pruned",
                      pruning->looked_at,
                      pruning->dry_run ? 0 : pruning->pruned);
        error = tokenstore_list(context->store, pruning->user, after,
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

    if (pruning->json) {
        json_begin_object(json);
        json_put_key(json, "entries");
        json_begin_array(json);
    }
    code = walk(context, pruning);
    if (code == EXIT_OK && pruning->json) {
        json_end_array(json);
        json_end_object(json);
        json_newline(json);
        code = send_json(json);
    }
    if (pruning->pruned > 0) {
        fflush(stdout);
        remark("%s %" PRIu64 " token%s%s",
               pruning->dry_run ? "would prune" : "pruned", pruning->pruned,
               pruning->pruned == 1 ? "" : "s",
               code == EXIT_OK ? "" : ", perhaps not all: run it again");
    }
    return code;
}

/* What a prune needs, and a wrong answer must not be had for: a clock, and
 * transactions of our own. */
static enum exit_code may_prune(const struct context *context,
                                const struct pruning *pruning) {
    if (store_is_remote(context)) {
        complain("%s: prune is for the file of a store; run it where that is",
                 tokenstore_path(context->store));
        return EXIT_USAGE;
    }
    if (pruning->now < 0 || pruning->now > TOKENSTORE_TIME_MAX) {
        complain("the clock of this machine is wrong");
        return exit_code(TOKENSTORE_ERROR_TIME_RANGE);
    }
    return EXIT_OK;
}

enum exit_code command_prune(struct context *context, int argc, char **argv) {
    struct pruning pruning = {.older_than = -1, .now = time(NULL)};
    enum exit_code code = parse_options(context, &pruning, argc, argv);

    pruning.table.color = !pruning.json && table_wants_color();
    if (code == EXIT_OK)
        code = expect_arguments(context, argc, 0, NULL);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = may_prune(context, &pruning);
    if (code == EXIT_OK) {
        caller_get(&pruning.caller);
        code = prune(context, &pruning);
        caller_free(&pruning.caller);
    }
    json_free(&pruning.writer);
    tokenstore_identity_free(&pruning.user);
    return code;
}
