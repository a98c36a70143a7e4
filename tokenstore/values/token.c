/*
 * token.c - the access token object: its fields and the rules for each.
 * Pure.  The only secret in it is that of a token which a remote store has
 * verified, and it is wiped; of all other tokens there is only the hash.  No
 * setter may leave a value in it that the record format cannot store.
 */
#include "tokenstore/values/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/values/text.h"

bool token_issuers_valid(uint64_t id, uint64_t issuer, uint64_t first_issuer) {
    return issuer == 0
               ? first_issuer == 0
               : first_issuer != 0 && first_issuer <= issuer && issuer < id;
}

bool token_name_valid(const char *name, size_t length) {
    return length <= TOKENSTORE_NAME_MAX && text_is_printable(name, length);
}

enum tokenstore_error tokenstore_token_new(struct tokenstore_token **token) {
    *token = calloc(1, sizeof(**token));
    if (*token == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    (*token)->enabled = true;
    (*token)->expiration_time = TOKENSTORE_NEVER;
    return TOKENSTORE_OK;
}

struct tokenstore_token *token_copy(const struct tokenstore_token *token) {
    struct tokenstore_token *copy = malloc(sizeof(*copy));

    if (copy != NULL)
        *copy = *token;
    return copy;
}

void token_set_unused(struct tokenstore_token *token) {
    token->use_known = true;
    memset(&token->use, 0, sizeof(token->use));
    token->use.time = TOKENSTORE_NEVER;
}

void tokenstore_token_free(struct tokenstore_token **token) {
    if (token == NULL || *token == NULL)
        return;
    if ((*token)->has_secret)
        tokenstore_wipe((*token)->secret, sizeof(*token)->secret);
    free(*token);
    *token = NULL;
}

enum tokenstore_error
tokenstore_token_set_user(struct tokenstore_token *token,
                          const struct tokenstore_identity *user) {
    if (user == NULL)
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    token->user = *user;
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_token_set_creator(struct tokenstore_token *token,
                             const struct tokenstore_identity *creator) {
    if (creator == NULL)
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    token->creator = *creator;
    return TOKENSTORE_OK;
}

enum tokenstore_error tokenstore_token_set_name(struct tokenstore_token *token,
                                                const char *name) {
    size_t length;

    if (name == NULL)
        return TOKENSTORE_ERROR_INVALID_NAME;
    length = strlen(name);
    if (!token_name_valid(name, length))
        return TOKENSTORE_ERROR_INVALID_NAME;
    memcpy(token->name, name, length + 1);
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_token_set_expiration_time(struct tokenstore_token *token,
                                     int64_t time) {
    if (time != TOKENSTORE_NEVER && (time < 0 || time > TOKENSTORE_TIME_MAX))
        return TOKENSTORE_ERROR_TIME_RANGE;
    token->expiration_time = time;
    token->expiration_chosen = true;
    return TOKENSTORE_OK;
}

void tokenstore_token_set_enabled(struct tokenstore_token *token,
                                  bool enabled) {
    token->enabled = enabled;
}

bool tokenstore_scope_is_valid(const char *scope) {
    return text_is_scope(scope, strnlen(scope, TOKENSTORE_SCOPE_MAX + 1));
}

enum tokenstore_error
tokenstore_token_add_scope(struct tokenstore_token *token, const char *scope) {
    if (scope == NULL || !tokenstore_scope_is_valid(scope))
        return TOKENSTORE_ERROR_INVALID_SCOPE;
    for (size_t i = 0; i < token->scope_count; i++)
        if (strcmp(token->scopes[i], scope) == 0)
            return TOKENSTORE_OK;
    if (token->scope_count == TOKENSTORE_SCOPES_MAX)
        return TOKENSTORE_ERROR_TOO_MANY;
    strcpy(token->scopes[token->scope_count++], scope);
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_token_add_network(struct tokenstore_token *token,
                             const char *network) {
    struct network parsed;

    if (!network_parse(network, &parsed))
        return TOKENSTORE_ERROR_INVALID_NETWORK;
    /* The text is canonical: equal blocks have equal texts. */
    for (size_t i = 0; i < token->network_count; i++)
        if (strcmp(token->networks[i].text, parsed.text) == 0)
            return TOKENSTORE_OK;
    if (token->network_count == TOKENSTORE_NETWORKS_MAX)
        return TOKENSTORE_ERROR_TOO_MANY;
    token->networks[token->network_count++] = parsed;
    return TOKENSTORE_OK;
}

uint64_t tokenstore_token_id(const struct tokenstore_token *token) {
    return token->id;
}

const char *tokenstore_token_id_text(const struct tokenstore_token *token,
                                     char text[TOKENSTORE_ID_SIZE]) {
    if (token->id != 0)
        snprintf(text, TOKENSTORE_ID_SIZE, "%" PRIu64, token->id);
    else
        memcpy(text, token->foreign_id, TOKENSTORE_ID_SIZE);
    return text;
}

const struct tokenstore_identity *
tokenstore_token_user(const struct tokenstore_token *token) {
    return identity_is_set(&token->user) ? &token->user : NULL;
}

const struct tokenstore_identity *
tokenstore_token_creator(const struct tokenstore_token *token) {
    return identity_is_set(&token->creator) ? &token->creator : NULL;
}

uint64_t tokenstore_token_issuer(const struct tokenstore_token *token) {
    return token->issuer;
}

uint64_t tokenstore_token_first_issuer(const struct tokenstore_token *token) {
    return token->first_issuer;
}

int64_t tokenstore_token_creation_time(const struct tokenstore_token *token) {
    return token->creation_time;
}

int64_t
tokenstore_token_expiration_time(const struct tokenstore_token *token) {
    return token->expiration_time;
}

bool tokenstore_token_enabled(const struct tokenstore_token *token) {
    return token->enabled;
}

const char *tokenstore_token_name(const struct tokenstore_token *token) {
    return token->name;
}

size_t tokenstore_token_scope_count(const struct tokenstore_token *token) {
    return token->scope_count;
}

const char *tokenstore_token_scope(const struct tokenstore_token *token,
                                   size_t index) {
    return index < token->scope_count ? token->scopes[index] : NULL;
}

size_t tokenstore_token_network_count(const struct tokenstore_token *token) {
    return token->network_count;
}

const char *tokenstore_token_network(const struct tokenstore_token *token,
                                     size_t index) {
    return index < token->network_count ? token->networks[index].text : NULL;
}

bool tokenstore_token_last_use(const struct tokenstore_token *token,
                               struct tokenstore_use *use) {
    if (token->use_known)
        *use = token->use;
    return token->use_known;
}

enum tokenstore_status
tokenstore_token_status(const struct tokenstore_token *token, int64_t now) {
    if (!token->enabled)
        return TOKENSTORE_STATUS_DISABLED;
    /* NEVER is later than every other time that a caller may give. */
    if (token->expiration_time != TOKENSTORE_NEVER &&
        now >= token->expiration_time)
        return TOKENSTORE_STATUS_EXPIRED;
    return TOKENSTORE_STATUS_ACTIVE;
}
