/*
 * fuzz_record.c - the bytes of a token. A record that decodes is encoded to
 * exactly the same bytes, independently of what was in memory before, and has
 * only values that the setters accept. A record that does not decode leaves an
 * empty token.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/format/record.h"

/* Returns memory to decode into, filled with a byte on which the result must
 * not depend. */
static struct tokenstore_token *dirty(int byte) {
    struct tokenstore_token *token = malloc(sizeof(*token));

    REQUIRE(token != NULL);
    memset(token, byte, sizeof(*token));
    return token;
}

static void require_same_bytes(const struct tokenstore_token *token,
                               const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(RECORD_MAX);
    size_t length = 0;

    REQUIRE(bytes != NULL);
    record_encode(token, bytes, &length);
    REQUIRE(length == size);
    REQUIRE(memcmp(bytes, data, size) == 0);
    free(bytes);
}

static void require_settable(const struct tokenstore_token *token) {
    struct tokenstore_token *copy = NULL;

    REQUIRE(tokenstore_token_new(&copy) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_user(copy, &token->user) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_creator(copy, &token->creator) ==
            TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_name(copy, token->name) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_expiration_time(
                copy, token->expiration_time) == TOKENSTORE_OK);
    for (size_t i = 0; i < token->scope_count; i++)
        REQUIRE(tokenstore_token_add_scope(copy, token->scopes[i]) ==
                TOKENSTORE_OK);
    for (size_t i = 0; i < token->network_count; i++) {
        REQUIRE(tokenstore_token_add_network(copy, token->networks[i].text) ==
                TOKENSTORE_OK);
        REQUIRE(strcmp(tokenstore_token_network(copy, i),
                       token->networks[i].text) == 0);
    }
    /* No value was there twice. */
    REQUIRE(copy->scope_count == token->scope_count);
    REQUIRE(copy->network_count == token->network_count);
    tokenstore_token_free(&copy);
}

static void require_empty(const struct tokenstore_token *token) {
    REQUIRE(token->id == 0);
    REQUIRE(!token->enabled);
    REQUIRE(!identity_is_set(&token->user));
    REQUIRE(!identity_is_set(&token->creator));
    REQUIRE(token->name[0] == '\0');
    REQUIRE(token->scope_count == 0 && token->network_count == 0);
    for (size_t i = 0; i < TOKEN_HASH_SIZE; i++)
        REQUIRE(token->hash[i] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tokenstore_token *token = dirty(0x5a);
    struct tokenstore_token *other = dirty(0xff);
    enum tokenstore_error error = record_decode(data, size, token);

    REQUIRE(record_decode(data, size, other) == error);
    if (error == TOKENSTORE_OK) {
        require_same_bytes(token, data, size);
        require_same_bytes(other, data, size);
        require_settable(token);
    } else {
        REQUIRE(error == TOKENSTORE_ERROR_DAMAGED ||
                error == TOKENSTORE_ERROR_NEWER_FORMAT);
        require_empty(token);
        require_empty(other);
    }
    free(token);
    free(other);
    return 0;
}
