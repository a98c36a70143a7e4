/*
 * issued.c - which tokens a token has issued, directly or through others.  A
 * token that is gone tells nothing, so what it issued is found by its first
 * issuer, or if it was seen before it went.
 */
#include <config.h>

#include "tools/accesstoken/issued.h"

#include <inttypes.h>

#include "tools/accesstoken/message.h"

void issued_begin(const struct context *context, uint64_t top,
                  struct issued *issued) {
    struct tokenstore_token *token = NULL;

    *issued = (struct issued){.top = top};
    issued->failed = !ids_add(&issued->tree, top);
    issued->known =
        tokenstore_get(context->store, top, &token) == TOKENSTORE_OK;
    if (issued->known)
        issued->first = tokenstore_token_first_issuer(token);
    tokenstore_token_free(&token);
}

void issued_free(struct issued *issued) {
    ids_free(&issued->tree);
    ids_free(&issued->doubts);
}

static bool is_gone(const struct context *context, uint64_t id) {
    struct tokenstore_token *token = NULL;
    const enum tokenstore_error error =
        tokenstore_get(context->store, id, &token);

    tokenstore_token_free(&token);
    return error == TOKENSTORE_ERROR_NOT_FOUND;
}

/* May the top have issued the token, through one that is gone?  All tokens
 * below the top have its first issuer or, if it has none, the top itself. */
static bool is_doubtful(const struct context *context,
                        const struct issued *issued,
                        const struct tokenstore_token *token) {
    const uint64_t issuer = tokenstore_token_issuer(token);
    const uint64_t first = tokenstore_token_first_issuer(token);

    return first != 0 && first < issued->top && issuer > issued->top &&
           (!issued->known || first == issued->first) &&
           !ids_have(&issued->doubts, first) && is_gone(context, issuer);
}

bool issued_look(const struct context *context, struct issued *issued,
                 const struct tokenstore_token *token) {
    const uint64_t id = tokenstore_token_id(token);
    const uint64_t issuer = tokenstore_token_issuer(token);
    const uint64_t first = tokenstore_token_first_issuer(token);
    const bool below = issuer != 0 && (ids_have(&issued->tree, issuer) ||
                                       ids_have(&issued->tree, first));

    if (below)
        issued->failed |= !ids_add(&issued->tree, id);
    else if (is_doubtful(context, issued, token))
        issued->failed |= !ids_add(&issued->doubts, first);
    return below;
}

void issued_put_doubts(const struct issued *issued) {
    for (size_t i = 0; i < issued->doubts.count; i++)
        caution("token %" PRIu64 " may have issued more, through a token that "
                "is gone: see 'accesstoken list --issued-by %" PRIu64 "'",
                issued->top, issued->doubts.list[i]);
}
