/*
 * token_order.c - decide which of two tokens comes first on a list.
 */
#include <config.h>

#include "tools/common/token_order.h"

#include <stdio.h>
#include <string.h>

#include "tools/common/nearest.h"

static const char *const names[] = {
    [TOKEN_ORDER_ID] = "id",           [TOKEN_ORDER_USER] = "user",
    [TOKEN_ORDER_NAME] = "name",       [TOKEN_ORDER_EXPIRES] = "expires",
    [TOKEN_ORDER_CREATED] = "created", [TOKEN_ORDER_USED] = "used",
};

#define FIELD_COUNT (sizeof(names) / sizeof(*names))

bool token_order_parse(const char *text, struct token_order *order) {
    const bool descending = *text == '-';

    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strcmp(text + descending, names[i]) == 0) {
            *order = (struct token_order){text, (enum token_order_field)i,
                                          descending};
            return true;
        }
    return false;
}

const char *token_order_nearest(const char *text) {
    struct nearest nearest = {.word = *text == '-' ? text + 1 : text};

    if (*nearest.word == '\0')
        return NULL;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        nearest_offer(&nearest, names[i]);
    return nearest.name;
}

bool token_order_is_by_id(const struct token_order *order) {
    return order->field == TOKEN_ORDER_ID && !order->descending;
}

bool token_order_has_time(const struct token_order *order) {
    return order->field == TOKEN_ORDER_EXPIRES ||
           order->field == TOKEN_ORDER_CREATED ||
           order->field == TOKEN_ORDER_USED;
}

bool token_order_has_text(const struct token_order *order) {
    return order->field == TOKEN_ORDER_USER ||
           order->field == TOKEN_ORDER_NAME;
}

/* A bearer token that somebody gave as a name must not get into a key. */
static void take_text(const char *text, struct token_place *place) {
    snprintf(place->text, sizeof(place->text), "%s", text != NULL ? text : "");
    tokenstore_mask(place->text);
}

void token_place_find(const struct token_order *order,
                      const struct tokenstore_token *token,
                      struct token_place *place) {
    const struct tokenstore_identity *user = tokenstore_token_user(token);
    struct tokenstore_use use;

    place->time = TOKENSTORE_NEVER;
    place->text[0] = '\0';
    place->id = tokenstore_token_id(token);
    switch (order->field) {
    case TOKEN_ORDER_ID:
        break;
    case TOKEN_ORDER_USER:
        take_text(user != NULL ? tokenstore_identity_name(user) : NULL, place);
        break;
    case TOKEN_ORDER_NAME:
        take_text(tokenstore_token_name(token), place);
        break;
    case TOKEN_ORDER_EXPIRES:
        place->time = tokenstore_token_expiration_time(token);
        break;
    case TOKEN_ORDER_CREATED:
        place->time = tokenstore_token_creation_time(token);
        break;
    case TOKEN_ORDER_USED:
        if (tokenstore_token_last_use(token, &use))
            place->time = use.time;
        break;
    }
}

static int compare_texts(const char *a, const char *b) {
    if ((*a == '\0') != (*b == '\0'))
        return *a == '\0' ? 1 : -1;
    return strcmp(a, b);
}

int token_place_compare(const struct token_order *order,
                        const struct token_place *a,
                        const struct token_place *b) {
    int result = (a->time > b->time) - (a->time < b->time);

    if (result == 0)
        result = compare_texts(a->text, b->text);
    if (result == 0)
        result = (a->id > b->id) - (a->id < b->id);
    return order->descending ? -result : result;
}
