/*
 * sorted.c - list tokens in an order other than that of their ids, in one pass
 * over the store.  Holds what is shown: a page or, with --all, all tokens.
 */
#include <config.h>

#include "tools/accesstoken/sorted.h"

#include <stdlib.h>
#include <time.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/table.h"
#include "tools/common/token_json.h"
#include "tools/common/token_selection.h"

/* The most rows that are printed at a time. */
#define PIECE TOKENSTORE_LIMIT_MAX

static void forget_row(void *shown) {
    if (shown != NULL)
        row_free(shown);
    free(shown);
}

/* Returns NULL without memory. */
static struct row *make_row(const struct table *table,
                            const struct tokenstore_token *token,
                            int64_t now) {
    struct row *row = calloc(1, sizeof(*row));

    if (row != NULL && !table_row(table, token, now, row)) {
        forget_row(row);
        return NULL;
    }
    return row;
}

/* Offers the tokens of a page of the store's list that the options select. */
static void offer_page(const struct context *context, struct listing *listing,
                       const struct tokenstore_list *page,
                       const struct table *table,
                       struct token_selection *selection) {
    const int64_t now = time(NULL);

    for (size_t i = 0; i < tokenstore_list_count(page) && !selection->failed;
         i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);
        struct selected *entry = NULL;

        if (listing_selects(context, listing, token, now))
            entry = token_selection_offer(selection, token);
        if (entry == NULL)
            continue;
        if (listing->options->json)
            entry->shown = token_json_text(token);
        else
            entry->shown = make_row(table, token, now);
        selection->failed = entry->shown == NULL;
    }
}

static enum exit_code offer_all(struct context *context,
                                struct listing *listing,
                                const struct table *table,
                                struct token_selection *selection) {
    const struct options *options = listing->options;
    uint64_t next = options->issued_by;

    do {
        struct tokenstore_list *page = NULL;
        const enum tokenstore_error error = tokenstore_list(
            context->store, options->user, next, TOKENSTORE_LIMIT_MAX, &page);

        if (error != TOKENSTORE_OK)
            return store_is_new(context, error) ? EXIT_OK
                                                : store_failed(context, error);
        offer_page(context, listing, page, table, selection);
        next = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (next != 0 && !selection->failed);
    return selection->failed ? out_of_memory() : EXIT_OK;
}

static enum exit_code put_json(struct json_writer *json,
                               const struct token_selection *selection) {
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; i < selection->count && code == EXIT_OK; i++) {
        json_put_value(json, selection->entries[i].shown);
        code = send_json(json);
    }
    return code;
}

static enum exit_code put_table(struct table *table,
                                const struct token_selection *selection) {
    enum exit_code code = EXIT_OK;
    struct row *rows[PIECE];

    for (size_t done = 0; done < selection->count && code == EXIT_OK;) {
        size_t count = 0;

        while (count < PIECE && done < selection->count)
            rows[count++] = selection->entries[done++].shown;
        code = table_print_rows(table, rows, count);
    }
    return ferror(stdout) ? EXIT_FAILED : code;
}

enum exit_code sorted_put(struct context *context, struct listing *listing,
                          struct json_writer *json) {
    const struct options *options = listing->options;
    struct token_selection selection = {
        .order = options->order,
        .after = options->after != NULL ? &listing->place : NULL,
        .limit = options->all ? SIZE_MAX : listing->limit,
        .forget = options->json ? free : forget_row,
    };
    struct table table;
    enum exit_code code;

    table_begin(&table, options);
    code = offer_all(context, listing, &table, &selection);
    if (code == EXIT_OK) {
        token_selection_sort(&selection);
        code = options->json ? put_json(json, &selection)
                             : put_table(&table, &selection);
    }
    listing->any = selection.count > 0;
    listing->resumable = selection.more;
    if (selection.more)
        token_key_write(&options->order,
                        &selection.entries[selection.count - 1].place,
                        listing->after);
    token_selection_free(&selection);
    return code;
}
