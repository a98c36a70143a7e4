/*
 * targets.c - find and show the tokens that are to be revoked.
 */
#include <config.h>

#include "tools/accesstoken/targets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/table.h"
#include "tools/common/token_json.h"

/* An id that is given twice counts once. */
static enum exit_code add_id(const char *text, struct ids *ids) {
    uint64_t id;
    const enum exit_code code = parse_id(text, &id);

    if (code != EXIT_OK)
        return code;
    return ids_add(ids, id) ? EXIT_OK : out_of_memory();
}

/* Longer words than an id has are read in parts, none of which is an id. */
static enum exit_code read_ids(struct ids *ids) {
    enum exit_code code = EXIT_OK;
    char word[32];
    int number;

    while (code == EXIT_OK && (number = scanf("%31s", word)) == 1) {
        const int next = getchar();

        if (next != EOF && strchr(" \t\r\n", next) == NULL) {
            complain("id '%s...': not an id, 1 to 4294967295", word);
            return EXIT_USAGE;
        }
        code = add_id(word, ids);
    }
    if (code == EXIT_OK && ferror(stdin)) {
        complain("standard input: %m");
        return EXIT_FAILED;
    }
    return code;
}

enum exit_code targets_given(const struct context *context, struct ids *ids) {
    const struct options *options = &context->options;
    enum exit_code code = EXIT_OK;

    if (options->argument_count == 1 && is_dash(options->arguments[0]))
        return read_ids(ids);
    for (int i = 0; code == EXIT_OK && i < options->argument_count; i++)
        code = add_id(options->arguments[i], ids);
    return code;
}

static bool is_named(const struct options *options,
                     const struct tokenstore_token *token) {
    return (options->fields & TOKENSTORE_FIELD_NAME) == 0 ||
           strcmp(tokenstore_token_name(token),
                  tokenstore_token_name(options->token)) == 0;
}

/* Adds the ids of the tokens of one user that have the name; or, with
 * "issued", of those that it is about. */
static enum exit_code walk(struct context *context,
                           const struct tokenstore_identity *user,
                           struct issued *issued, struct ids *ids) {
    uint64_t after = issued != NULL ? issued->top : 0;
    struct tokenstore_list *page = NULL;
    bool good = true;

    do {
        const enum tokenstore_error error = tokenstore_list(
            context->store, user, after, TOKENSTORE_LIMIT_MAX, &page);

        if (error != TOKENSTORE_OK)
            return store_failed(context, error);
        for (size_t i = 0; i < tokenstore_list_count(page); i++) {
            const struct tokenstore_token *token =
                tokenstore_list_token(page, i);

            if (issued != NULL ? issued_look(context, issued, token)
                               : is_named(&context->options, token))
                good &= ids_add(ids, tokenstore_token_id(token));
        }
        after = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (after != 0);
    if (issued != NULL)
        good &= !issued->failed;
    return good ? EXIT_OK : out_of_memory();
}

enum exit_code targets_of_user(struct context *context, struct ids *ids) {
    return walk(context, context->options.user, NULL, ids);
}

enum exit_code targets_issued(struct context *context, struct issued *issued,
                              struct ids *ids) {
    return walk(context, NULL, issued, ids);
}

/* Reads at most TOKENSTORE_LIMIT_MAX tokens, and shows them. */
static enum exit_code show_part(struct context *context, const uint64_t *ids,
                                size_t count, bool must_exist,
                                struct table *table,
                                struct json_writer *json) {
    struct tokenstore_token *tokens[TOKENSTORE_LIMIT_MAX];
    enum exit_code code = EXIT_OK;
    size_t found = 0;

    for (size_t i = 0; i < count && code == EXIT_OK; i++) {
        const enum tokenstore_error error =
            tokenstore_get(context->store, ids[i], &tokens[found]);

        if (error == TOKENSTORE_OK)
            found++;
        else if (error != TOKENSTORE_ERROR_NOT_FOUND || must_exist)
            code = store_failed(context, error);
    }
    if (code == EXIT_OK && context->options.json)
        for (size_t i = 0; i < found; i++)
            token_json(json, tokens[i]);
    else if (code == EXIT_OK)
        code =
            table_print(table, (const struct tokenstore_token *const *)tokens,
                        found, time(NULL));
    for (size_t i = 0; i < found; i++)
        tokenstore_token_free(&tokens[i]);
    return code;
}

enum exit_code targets_show(struct context *context, const struct ids *ids,
                            bool must_exist) {
    enum exit_code code = EXIT_OK;
    struct json_writer json = {0};
    struct table table;
    size_t count;

    table_begin(&table, &context->options);
    json_begin_entries(&json);
    for (size_t done = 0; code == EXIT_OK && done < ids->count;
         done += count) {
        count = ids->count - done;
        if (count > TOKENSTORE_LIMIT_MAX)
            count = TOKENSTORE_LIMIT_MAX;
        code = show_part(context, ids->list + done, count, must_exist, &table,
                         &json);
    }
    fflush(stdout);
    if (code == EXIT_OK && context->options.json)
        return print_entries(&json);
    json_free(&json);
    return code;
}
