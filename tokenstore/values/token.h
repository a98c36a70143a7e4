/*
 * token.h - the access token object inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_TOKEN_H
#define TOKENSTORE_VALUES_TOKEN_H

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/identity.h"
#include "tokenstore/values/network.h"

#define TOKEN_HASH_SIZE 32
#define TOKEN_SECRET_SIZE 24

struct tokenstore_token {
    uint64_t id; /* 0: it is in foreign_id */
    int64_t creation_time;
    int64_t expiration_time; /* TOKENSTORE_NEVER if unset */
    bool enabled;
    bool expiration_chosen; /* it was set: a server has its own default */
    bool has_secret;        /* a remote store has to be asked with it */
    uint8_t hash[TOKEN_HASH_SIZE];
    uint8_t secret[TOKEN_SECRET_SIZE];
    struct tokenstore_identity user;
    struct tokenstore_identity creator; /* all unset if not known */
    uint64_t issuer;       /* the token that issued it; 0: none did */
    uint64_t first_issuer; /* in the chain of issuers; 0 with issuer 0 */
    char name[TOKENSTORE_NAME_MAX + 1];
    size_t scope_count;
    char scopes[TOKENSTORE_SCOPES_MAX][TOKENSTORE_SCOPE_MAX + 1];
    size_t network_count;
    struct network networks[TOKENSTORE_NETWORKS_MAX];
    bool use_known;
    struct tokenstore_use use;
    char foreign_id[TOKENSTORE_ID_SIZE]; /* of another server; only if no id */
};

/* Make a copy, which the caller frees with tokenstore_token_free().  NULL
 * without memory. */
struct tokenstore_token *token_copy(const struct tokenstore_token *token);

/* Note that the token has never been used. */
void token_set_unused(struct tokenstore_token *token);

/* Can a token with this id have these issuers: none, or an issuer before it
 * and a first issuer not after that?  So no chain of issuers is endless. */
bool token_issuers_valid(uint64_t id, uint64_t issuer, uint64_t first_issuer);

/* Can this text be the name of a token: at most TOKENSTORE_NAME_MAX bytes of
 * printable UTF-8?  The empty name is one. */
bool token_name_valid(const char *name, size_t length);

#endif
