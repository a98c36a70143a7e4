/*
 * listing.h - what the command list has to show, in any order: which tokens
 * belong to it, and what follows them.
 */
#ifndef TOOLS_ACCESSTOKEN_LISTING_H
#define TOOLS_ACCESSTOKEN_LISTING_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/issued.h"
#include "tools/common/json_writer.h"
#include "tools/common/token_key.h"

struct listing {
    const struct options *options;
    uint32_t limit;
    uint64_t begin;             /* --after in the order of the ids */
    struct token_place place;   /* --after in another order */
    char after[TOKEN_KEY_SIZE]; /* what the next page begins after; "": there
                                   is none */
    bool resumable;             /* --after can take that */
    bool any;                   /* a token was shown */
    uint64_t unknown; /* tokens left out because their last use is not known */
    struct issued issued; /* with --issued-by */
};

/* Prepares a list; prints an error and returns EXIT_USAGE if --after does not
 * fit the order. */
enum exit_code listing_begin(const struct options *options,
                             struct listing *listing);

/* Returns whether some tokens of a page of the store may be left out. */
bool listing_is_filtered(const struct options *options);

/* Looks at the next token, in the order of the ids.  Returns whether the
 * options select it. */
bool listing_selects(const struct context *context, struct listing *listing,
                     const struct tokenstore_token *token, int64_t now);

/* Writes the paging of the JSON object. */
void listing_put_paging(const struct listing *listing,
                        struct json_writer *json);

/* Prints the notices that belong to a list. */
void listing_put_notices(const struct context *context,
                         const struct listing *listing);

#endif
