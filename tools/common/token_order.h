/*
 * token_order.h - in which order tokens are listed, in the tool and over HTTP.
 * Pure: no I/O and no clock.
 */
#ifndef TOOLS_COMMON_TOKEN_ORDER_H
#define TOOLS_COMMON_TOKEN_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* The fields by which tokens can be sorted, for messages. */
#define TOKEN_ORDER_FIELDS "id, user, name, expires, created or used"

/* Room for the text by which a token is sorted: no name of a user is longer.
 */
#define TOKEN_PLACE_TEXT_SIZE 256

enum token_order_field {
    TOKEN_ORDER_ID,
    TOKEN_ORDER_USER, /* the user's name */
    TOKEN_ORDER_NAME,
    TOKEN_ORDER_EXPIRES,
    TOKEN_ORDER_CREATED,
    TOKEN_ORDER_USED,
};

/* Zero-initialised it is the order of the ids. */
struct token_order {
    const char *text; /* as it was given; NULL: it was not */
    enum token_order_field field;
    bool descending;
};

/* Where a token stands in an order. */
struct token_place {
    int64_t time; /* TOKENSTORE_NEVER: none, or not the field */
    char text[TOKEN_PLACE_TEXT_SIZE]; /* "": none, or not the field */
    uint64_t id;
};

/* Reads a field or, for the reverse order, "-" and a field; keeps the text.
 * Returns false, and changes nothing, if it is neither. */
bool token_order_parse(const char *text, struct token_order *order);

/* Returns the field that somebody may have meant who gave another text, or
 * NULL. */
const char *token_order_nearest(const char *text);

/* Returns whether this is the order of the ids. */
bool token_order_is_by_id(const struct token_order *order);

/* Returns whether the field is a time, or a text; it is neither for the id. */
bool token_order_has_time(const struct token_order *order);
bool token_order_has_text(const struct token_order *order);

/* Finds the place of a token.  A bearer token in its text is masked. */
void token_place_find(const struct token_order *order,
                      const struct tokenstore_token *token,
                      struct token_place *place);

/*
 * Returns a negative number if a comes before b, a positive one if it comes
 * after b, and 0 if they are the same place.  Texts are compared byte by byte;
 * what has no time or no text comes last; ids decide between equals.  The
 * descending order is exactly the reverse.
 */
int token_place_compare(const struct token_order *order,
                        const struct token_place *a,
                        const struct token_place *b);

#endif
