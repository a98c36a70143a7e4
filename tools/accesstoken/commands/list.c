/*
 * list.c - accesstoken list: list tokens in the order of their ids.  Holds one
 * page of tokens in memory, however many there are.
 */
#include <config.h>

#include "tools/accesstoken/commands/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/issued.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/table.h"
#include "tools/common/paging.h"
#include "tools/common/token_json.h"

struct listing {
    const struct options *options;
    uint32_t limit;
    uint64_t after;   /* set: the id to continue after; 0: none follow */
    bool any;         /* a token was shown */
    uint64_t unknown; /* tokens left out because their last use is not known */
    struct issued issued;          /* with --issued-by */
    char last[TOKENSTORE_ID_SIZE]; /* the id of the last token shown */
};

/* The tokens of a page that are shown. */
struct rows {
    const struct tokenstore_token *tokens[TOKENSTORE_LIMIT_MAX];
    size_t count;
};

/* Returns whether the options are such that the endpoint has nothing like
 * them. */
static bool has_own_filter(const struct options *options) {
    return options->expires_within >= 0 || options->unused_for >= 0;
}

/* Returns whether some tokens of a page may be left out. */
static bool is_filtered(const struct options *options) {
    return has_own_filter(options) || options->issued_by != 0 ||
           token_filter_is_set(&options->filter);
}

/* There is no URI of the next page with --expires-within and --unused-for, nor
 * if the ids of another server are no numbers. */
static void put_paging(struct json_writer *json,
                       const struct listing *listing) {
    const struct paging page = {
        listing->after, listing->limit, listing->options->user_text,
        listing->options->issued_by, listing->options->filter};
    char uri[PAGING_URI_SIZE], id[TOKENSTORE_ID_SIZE];
    const char *next = NULL, *after = NULL;

    if (listing->after == TOKENSTORE_AFTER_LAST) {
        after = listing->last;
    } else if (listing->after != 0) {
        snprintf(id, sizeof(id), "%" PRIu64, listing->after);
        after = id;
        if (!has_own_filter(listing->options)) {
            next = paging_uri(&page, uri);
            json->failed = json->failed || next == NULL;
        }
    }
    paging_put(json, next, after);
}

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

/* Returns whether the options select the token. */
static bool is_selected(const struct context *context, struct listing *listing,
                        const struct tokenstore_token *token, int64_t now) {
    const struct options *options = listing->options;
    struct tokenstore_use use;

    if (options->issued_by != 0 &&
        (!issued_look(context, &listing->issued, token) ||
         tokenstore_token_id(token) <= options->after))
        return false;
    if (!token_filter_matches(&options->filter, token, now))
        return false;
    if (options->expires_within >= 0 &&
        !expires_within(token, options->expires_within, now))
        return false;
    if (options->unused_for < 0)
        return true;
    if (!tokenstore_token_last_use(token, &use))
        listing->unknown++;
    return unused_for(token, options->unused_for, now);
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

        if (!is_selected(context, listing, token, now))
            continue;
        if (rows->count == wanted)
            return true;
        rows->tokens[rows->count++] = token;
    }
    return false;
}

/* Returns the number of the last row's id, or TOKENSTORE_AFTER_LAST for an id
 * that is no number; remembers its text. */
static uint64_t last_id(struct listing *listing, const struct rows *rows) {
    const struct tokenstore_token *token = rows->tokens[rows->count - 1];
    const uint64_t id = tokenstore_token_id(token);

    tokenstore_token_id_text(token, listing->last);
    return id != 0 ? id : TOKENSTORE_AFTER_LAST;
}

/*
 * Shows one page, or all.  If some tokens are left out, reads as many pages as
 * it takes to fill one and to know whether there are more.
 */
static enum exit_code put_pages(struct context *context,
                                struct listing *listing,
                                struct json_writer *json) {
    const struct options *options = listing->options;
    const bool filtered = is_filtered(options);
    struct tokenstore_list *page = NULL;
    struct table table;
    uint32_t wanted = listing->limit;
    uint64_t next =
        options->issued_by != 0 ? options->issued_by : options->after;
    uint64_t last = 0;
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
            last = last_id(listing, &rows);
        listing->any |= rows.count > 0;
        if (!options->all)
            wanted -= (uint32_t)rows.count;
        code = put_rows(json, &table, &rows, now, options->json);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && !more && next != 0 &&
             (options->all || filtered));
    listing->after = more ? last : next;
    return code == EXIT_OK && listing->issued.failed ? out_of_memory() : code;
}

/* An empty list may be due to a mistyped name.  Not in a remote store: its
 * server knows the users. */
static void put_unknown_user(const struct context *context) {
    const struct options *options = &context->options;
    struct tokenstore_identity *account = NULL;

    if (options->user != NULL && !store_is_remote(context) &&
        tokenstore_identity_resolve(options->user, false, &account) ==
            TOKENSTORE_ERROR_NO_SUCH_USER)
        remark("there is no user '%s', and no token of one",
               options->user_text);
    tokenstore_identity_free(&account);
}

/* Prints the notices that belong to a list. */
static void put_notices(const struct context *context,
                        const struct listing *listing) {
    if (!listing->any)
        put_unknown_user(context);
    if (!listing->options->json && listing->after != 0) {
        fflush(stdout);
        if (listing->after == TOKENSTORE_AFTER_LAST)
            remark("more tokens follow: use --all");
        else
            remark("more tokens follow: use --after %" PRIu64 " or --all",
                   listing->after);
    }
    issued_put_doubts(&listing->issued);
    if (listing->unknown > 0)
        remark("left out %" PRIu64 " token%s whose last use is not known",
               listing->unknown, plural(listing->unknown));
}

static enum exit_code list(struct context *context, struct listing *listing) {
    struct json_writer json = {0};
    enum exit_code code;

    if (listing->options->json) {
        json_begin_object(&json);
        json_put_key(&json, "entries");
        json_begin_array(&json);
    }
    code = put_pages(context, listing, &json);
    if (code == EXIT_OK && listing->options->json) {
        json_end_array(&json);
        put_paging(&json, listing);
        json_end_object(&json);
        json_newline(&json);
        code = send_json(&json);
    }
    if (code == EXIT_OK)
        put_notices(context, listing);
    json_free(&json);
    return code;
}

enum exit_code command_list(struct context *context) {
    const struct options *options = &context->options;
    struct listing listing = {
        .options = options,
        .limit = options->limit != 0 ? options->limit
                 : options->all      ? TOKENSTORE_LIMIT_MAX
                                     : TOKENSTORE_LIMIT_DEFAULT,
    };
    enum exit_code code;

    if (options->all && options->limit != 0)
        return usage_failed(context, "--all and --limit cannot be combined");
    if (options->user != NULL && options->issued_by != 0)
        return usage_failed(context,
                            "--user and --issued-by cannot be combined");
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
