/*
 * list.c - accesstoken list: tokens in id order, a page or all of them, as a
 * table or as the REST endpoint's object.  Holds one page in memory, however
 * many there are, and never a secret: the store has none.
 */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/table.h"
#include "tools/common/paging.h"
#include "tools/common/token_json.h"

static const struct option options[] = {
    {"user", required_argument, NULL, OPTION_USER},
    {"expires-within", required_argument, NULL, OPTION_EXPIRES_WITHIN},
    {"unused-for", required_argument, NULL, OPTION_UNUSED_FOR},
    {"after", required_argument, NULL, OPTION_AFTER},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"all", no_argument, NULL, OPTION_ALL},
    {"json", no_argument, NULL, OPTION_JSON},
    {"no-header", no_argument, NULL, OPTION_NO_HEADER},
    COMMON_OPTIONS,
};

struct listing {
    struct tokenstore_identity *user; /* NULL: everybody's */
    const char *user_text;            /* as typed */
    bool only_expiring;
    int64_t expires_within;
    bool only_unused;
    int64_t unused_for;
    uint64_t unknown; /* left out: who knows when they were used? */
    uint64_t after;   /* in the end where to go on; 0: nowhere */
    char last[TOKENSTORE_ID_SIZE]; /* the id of the last one shown */
    uint32_t limit;                /* 0: not given */
    bool all;
    bool json;
    bool no_header;
};

static enum exit_code parse_options(struct context *context,
                                    struct listing *listing, int argc,
                                    char **argv) {
    enum exit_code code = EXIT_OK;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        switch (option) {
        case OPTION_USER:
            listing->user_text = optarg;
            code = parse_user("--user", optarg, &listing->user);
            break;
        case OPTION_EXPIRES_WITHIN:
            listing->only_expiring = true;
            code = parse_duration("--expires-within", optarg,
                                  &listing->expires_within);
            break;
        case OPTION_UNUSED_FOR:
            listing->only_unused = true;
            code =
                parse_duration("--unused-for", optarg, &listing->unused_for);
            break;
        case OPTION_AFTER:
            code = parse_after(optarg, &listing->after);
            break;
        case OPTION_LIMIT:
            code = parse_limit(optarg, &listing->limit);
            break;
        case OPTION_ALL:
            listing->all = true;
            break;
        case OPTION_JSON:
            listing->json = true;
            break;
        case OPTION_NO_HEADER:
            listing->no_header = true;
            break;
        default: /* said by getopt */
            return EXIT_USAGE;
        }
    }
    if (code == EXIT_OK && listing->all && listing->limit != 0)
        return usage_failed(context, "--all and --limit exclude each other");
    if (listing->limit == 0)
        listing->limit =
            listing->all ? TOKENSTORE_LIMIT_MAX : TOKENSTORE_LIMIT_DEFAULT;
    return code;
}

/* Not every token of a page is to be shown. */
static bool is_narrowed(const struct listing *listing) {
    return listing->only_expiring || listing->only_unused;
}

/* The endpoint has nothing like --expires-within and --unused-for, so there is
 * no URI of the next page if one of them was given; nor if the ids of another
 * server are no numbers. */
static void put_paging(struct json_writer *json,
                       const struct listing *listing) {
    const struct paging page = {listing->after, listing->limit,
                                listing->user_text};
    char uri[PAGING_URI_SIZE], id[TOKENSTORE_ID_SIZE];
    const char *next = NULL, *after = NULL;

    if (listing->after == TOKENSTORE_AFTER_LAST) {
        after = listing->last;
    } else if (listing->after != 0) {
        snprintf(id, sizeof(id), "%" PRIu64, listing->after);
        after = id;
        if (!is_narrowed(listing)) {
            next = paging_uri(&page, uri);
            json->failed = json->failed || next == NULL;
        }
    }
    paging_put(json, next, after);
}

/* What of a page is to be shown. */
struct rows {
    const struct tokenstore_token *tokens[TOKENSTORE_LIMIT_MAX];
    size_t count;
};

static enum exit_code put_rows(struct json_writer *json, struct table *table,
                               const struct listing *listing,
                               const struct rows *rows, int64_t now) {
    enum exit_code code;
    size_t i;

    if (listing->json) {
        for (i = 0; i < rows->count; i++)
            token_json(json, rows->tokens[i]);
        return send_json(json);
    }
    code = table_print(table, rows->tokens, rows->count, now);
    return ferror(stdout) ? EXIT_FAILED : code;
}

/* Is the token asked for? */
static bool is_wanted(struct listing *listing,
                      const struct tokenstore_token *token, int64_t now) {
    struct tokenstore_use use;

    if (listing->only_expiring &&
        !expires_within(token, listing->expires_within, now))
        return false;
    if (!listing->only_unused)
        return true;
    if (!tokenstore_token_last_use(token, &use))
        listing->unknown++;
    return unused_for(token, listing->unused_for, now);
}

/* Takes from a page what is asked for; true when there is more than wanted. */
static bool take_rows(struct listing *listing,
                      const struct tokenstore_list *page, uint32_t wanted,
                      int64_t now, struct rows *rows) {
    const size_t count = tokenstore_list_count(page);
    size_t i;

    rows->count = 0;
    for (i = 0; i < count; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(page, i);

        if (!is_wanted(listing, token, now))
            continue;
        if (rows->count == wanted)
            return true;
        rows->tokens[rows->count++] = token;
    }
    return false;
}

/*
 * A page; where some are left out, as many pages as it takes to fill one and
 * to know whether there are more; or all of them.
 */
static enum exit_code put_pages(struct context *context,
                                struct listing *listing,
                                struct json_writer *json) {
    struct table table = {.no_header = listing->no_header,
                          .color = !listing->json && table_wants_color()};
    struct tokenstore_list *page = NULL;
    uint32_t wanted = listing->limit;
    uint64_t next = listing->after, last = 0;
    const struct tokenstore_token *token;
    enum tokenstore_error error;
    enum exit_code code;
    struct rows rows;
    bool more;

    do {
        const int64_t now = time(NULL);

        error = tokenstore_list(context->store, listing->user, next,
                                is_narrowed(listing) ? TOKENSTORE_LIMIT_MAX
                                                     : listing->limit,
                                &page);
        if (error != TOKENSTORE_OK)
            return store_failed(context, error);
        next = tokenstore_list_next(page);
        more = take_rows(listing, page, wanted, now, &rows);
        if (rows.count > 0) {
            token = rows.tokens[rows.count - 1];
            last = tokenstore_token_id(token);
            if (last == 0)
                last = TOKENSTORE_AFTER_LAST;
            tokenstore_token_id_text(token, listing->last);
        }
        if (!listing->all)
            wanted -= (uint32_t)rows.count;
        code = put_rows(json, &table, listing, &rows, now);
        tokenstore_list_free(&page);
    } while (code == EXIT_OK && !more && next != 0 &&
             (listing->all || is_narrowed(listing)));
    listing->after = more ? last : next;
    return code;
}

static enum exit_code list(struct context *context, struct listing *listing) {
    struct json_writer json = {0};
    enum exit_code code;

    if (listing->json) {
        json_begin_object(&json);
        json_put_key(&json, "entries");
        json_begin_array(&json);
    }
    code = put_pages(context, listing, &json);
    if (code == EXIT_OK && listing->json) {
        json_end_array(&json);
        put_paging(&json, listing);
        json_end_object(&json);
        json_newline(&json);
        code = send_json(&json);
    } else if (code == EXIT_OK && listing->after != 0) {
        fflush(stdout);
        if (listing->after == TOKENSTORE_AFTER_LAST)
            remark("more follow: --all");
        else
            remark("more follow: --after %" PRIu64 ", or --all",
                   listing->after);
    }
    if (code == EXIT_OK && listing->unknown > 0)
        remark("left out: %" PRIu64 " of which nobody knows when they were "
               "last used",
               listing->unknown);
    json_free(&json);
    return code;
}

enum exit_code command_list(struct context *context, int argc, char **argv) {
    struct listing listing = {0};
    enum exit_code code = parse_options(context, &listing, argc, argv);

    if (code == EXIT_OK)
        code = expect_arguments(context, argc, 0, NULL);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = list(context, &listing);
    tokenstore_identity_free(&listing.user);
    return code;
}
