/*
 * listing.c - which tokens the command list shows, and what it says about the
 * others.
 */
#include <config.h>

#include "tools/accesstoken/listing.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstoken/filter.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/common/decimal.h"
#include "tools/common/paging.h"

/* Reads --after: an id or, in another order, a key. */
static enum exit_code read_after(const struct options *options,
                                 struct listing *listing) {
    const char *after = options->after;

    if (after == NULL)
        return EXIT_OK;
    if (!token_order_is_by_id(&options->order)) {
        if (token_key_read(&options->order, after, &listing->place))
            return EXIT_OK;
        complain("--after '%s': not a key that list --sort %s gave", after,
                 options->order.text);
        return EXIT_USAGE;
    }
    if ((*after != '0' || after[1] == '\0') &&
        decimal_parse(after, UINT32_MAX, &listing->begin) &&
        listing->begin <= UINT32_MAX)
        return EXIT_OK;
    complain("--after '%s': not an id, 0 to 4294967295", after);
    return EXIT_USAGE;
}

enum exit_code listing_begin(const struct options *options,
                             struct listing *listing) {
    *listing = (struct listing){
        .options = options,
        .limit = options->limit != 0 ? options->limit
                 : options->all      ? TOKENSTORE_LIMIT_MAX
                                     : TOKENSTORE_LIMIT_DEFAULT,
    };
    return read_after(options, listing);
}

/* Returns whether the options are such that the endpoint has nothing like
 * them. */
static bool has_own_filter(const struct options *options) {
    return options->expires_within >= 0 || options->unused_for >= 0;
}

bool listing_is_filtered(const struct options *options) {
    return has_own_filter(options) || options->issued_by != 0 ||
           token_filter_is_set(&options->filter);
}

bool listing_selects(const struct context *context, struct listing *listing,
                     const struct tokenstore_token *token, int64_t now) {
    const struct options *options = listing->options;
    struct tokenstore_use use;

    if (options->issued_by != 0 &&
        (!issued_look(context, &listing->issued, token) ||
         tokenstore_token_id(token) <= listing->begin))
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

/* There is no URI of the next page with --expires-within and --unused-for, nor
 * if the ids of another server are no numbers. */
void listing_put_paging(const struct listing *listing,
                        struct json_writer *json) {
    const struct options *options = listing->options;
    const struct paging page = {listing->after,      listing->limit,
                                options->order.text, options->user_text,
                                options->issued_by,  options->filter};
    char uri[PAGING_URI_SIZE];
    const char *next = NULL;

    if (listing->resumable && !has_own_filter(options)) {
        next = paging_uri(&page, uri);
        json->failed = json->failed || next == NULL;
    }
    paging_put(json, next, *listing->after != '\0' ? listing->after : NULL);
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

void listing_put_notices(const struct context *context,
                         const struct listing *listing) {
    if (!listing->any)
        put_unknown_user(context);
    if (!listing->options->json && *listing->after != '\0') {
        fflush(stdout);
        if (!listing->resumable)
            remark("more tokens follow: use --all");
        else
            remark("more tokens follow: use --after %s or --all",
                   listing->after);
    }
    issued_put_doubts(&listing->issued);
    if (listing->unknown > 0)
        remark("left out %" PRIu64 " token%s whose last use is not known",
               listing->unknown, plural(listing->unknown));
}
