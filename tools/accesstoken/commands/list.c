/*
 * list.c - accesstoken list: list tokens, in the order of their ids unless
 * another one is asked for.  Without --sort it holds one page of tokens in
 * memory, however many there are.
 */
#include <config.h>

#include "tools/accesstoken/commands/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/listing.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/sorted.h"
#include "tools/accesstoken/table.h"
#include "tools/common/token_json.h"

/* The tokens of a page that are shown. */
struct rows {
    const struct tokenstore_token *tokens[TOKENSTORE_LIMIT_MAX];
    size_t count;
};

static enum exit_code put_rows(struct json_writer *json, struct table *table,
                               const struct rows *rows, int64_t now,
                               bool as_json) {
    enum exit_code code;

    if (as_json) {
        for (size_t i = 0; i < rows->count; i++)
            token_json(json, rows->tokens[i]);
        return send_json(json);
    }
    code = table_print(table, rows->tokens, rows->count, now);
    return ferror(stdout) ? EXIT_FAILED : code;
}

/* Takes the selected tokens of a page, at most "wanted".  Returns whether the
 * page has more of them. */
static bool take_rows(const struct context *context, struct listing *listing,
                      const struct tokenstore_list *page, uint32_t wanted,
                      int64_t now, struct rows *rows) {
    const size_t count = tokenstore_list_count(page);

    rows->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);

        if (!listing_selects(context, listing, token, now))
            continue;
        if (rows->count == wanted)
            return true;
        rows->tokens[rows->count++] = token;
    }
    return false;
}

/* Returns the number of the last row's id, or TOKENSTORE_AFTER_LAST for an id
 * that is no number, and its text. */
static uint64_t last_id(const struct rows *rows,
                        char text[static TOKENSTORE_ID_SIZE]) {
    const struct tokenstore_token *token = rows->tokens[rows->count - 1];
    const uint64_t id = tokenstore_token_id(token);

    tokenstore_token_id_text(token, text);
    return id != 0 ? id : TOKENSTORE_AFTER_LAST;
}

/* Sets what the listing says about the next page, which is after an id, if
 * there is one (0), or after the last token. */
static void set_next(struct listing *listing, uint64_t after,
                     const char *last) {
    listing->resumable = after != 0 && after != TOKENSTORE_AFTER_LAST;
    if (listing->resumable)
        snprintf(listing->after, sizeof(listing->after), "%" PRIu64, after);
    else if (after != 0)
        snprintf(listing->after, sizeof(listing->after), "%s", last);
}

/*
 * Shows one page, or all.  If some tokens are left out, reads as many pages as
 * it takes to fill one and to know whether there are more.
 */
static enum exit_code put_pages(struct context *context,
                                struct listing *listing,
                                struct json_writer *json) {
    const struct options *options = listing->options;
    const bool filtered = listing_is_filtered(options);
    struct tokenstore_list *page = NULL;
    struct table table;
    uint32_t wanted = listing->limit;
    uint64_t next =
        options->issued_by != 0 ? options->issued_by : listing->begin;
    uint64_t last = 0;
    char last_text[TOKENSTORE_ID_SIZE] = "";
    enum exit_code code;
    struct rows rows;
    bool more;

    table_begin(&table, options);
    do {
        const int64_t now = time(NULL);
        const enum tokenstore_error error = tokenstore_list(
            context->store, options->user, next,
            filtered ? TOKENSTORE_LIMIT_MAX : listing->limit, &page);

        if (error != TOKENSTORE_OK)
            return store_is_new(context, error) ? EXIT_OK
                                                : store_failed(context, error);
        next = tokenstore_list_next(page);
        more = take_rows(context, listing, page, wanted, now, &rows);
        if (rows.count > 0)
            last = last_id(&rows, last_text);
        listing->any |= rows.count > 0;
        if (!options->all)
            wanted -= (uint32_t)rows.count;
        code = put_rows(json, &table, &rows, now, options->json);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && !more && next != 0 &&
             (options->all || filtered));
    set_next(listing, more ? last : next, last_text);
    return code;
}

static enum exit_code list(struct context *context, struct listing *listing) {
    const struct options *options = listing->options;
    struct json_writer json = {0};
    enum exit_code code;

    if (options->json) {
        json_begin_object(&json);
        json_put_key(&json, "entries");
        json_begin_array(&json);
    }
    code = token_order_is_by_id(&options->order)
               ? put_pages(context, listing, &json)
               : sorted_put(context, listing, &json);
    if (code == EXIT_OK && listing->issued.failed)
        code = out_of_memory();
    if (code == EXIT_OK && options->json) {
        json_end_array(&json);
        listing_put_paging(listing, &json);
        json_end_object(&json);
        json_newline(&json);
        code = send_json(&json);
    }
    if (code == EXIT_OK)
        listing_put_notices(context, listing);
    json_free(&json);
    return code;
}

enum exit_code command_list(struct context *context) {
    const struct options *options = &context->options;
    struct listing listing;
    enum exit_code code;

    if (options->all && options->limit != 0)
        return usage_failed(context, "--all and --limit cannot be combined");
    if (options->user != NULL && options->issued_by != 0)
        return usage_failed(context,
                            "--user and --issued-by cannot be combined");
    code = listing_begin(options, &listing);
    if (code == EXIT_OK)
        code = expect_arguments(context, 0, NULL);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    if (options->issued_by != 0)
        issued_begin(context, options->issued_by, &listing.issued);
    code = list(context, &listing);
    issued_free(&listing.issued);
    return code;
}
