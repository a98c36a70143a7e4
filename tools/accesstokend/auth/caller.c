/*
 * caller.c - who asks.  Credentials that are presented decide, whether they
 * are good or bad: never falls back to the peer if they are bad, and never
 * identifies a peer that is a proxy.
 */
#include <config.h>

#include "tools/accesstokend/auth/caller.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/accesstokend/request/scopes.h"

#define REALM "realm=\"accesstoken\""

/* The kernel's overflow uid: a user whom this user namespace has no number
 * for. */
#define UID_NOBODY 65534

void caller_challenge(struct answer *answer,
                      const struct credentials *credentials) {
    const bool invalid = credentials != NULL && credentials->presented;

    answer_error(answer, 401,
                 invalid ? "the credentials are not valid"
                         : "credentials are needed");
    answer_header(answer, "WWW-Authenticate",
                  !invalid             ? "Bearer " REALM
                  : credentials->basic ? "Basic " REALM ", charset=\"UTF-8\""
                                       : "Bearer " REALM
                                         ", error=\"invalid_token\"");
}

bool caller_verify(struct shared *shared, const struct request *request,
                   const struct credentials *credentials,
                   struct tokenstore_token **token, struct answer *answer) {
    struct tokenstore_request asked = {
        .bearer = credentials->token,
        .user = credentials->user,
        .any_scope = true,
        .address = request->address,
        .now = request->now,
    };
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    struct tokenstore *store;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    *token = NULL;
    if (credentials->token == NULL) {
        caller_challenge(answer, credentials);
        return false;
    }
    asked.bearer_length = strlen(credentials->token);
    store = shared_store(shared);
    if (store != NULL)
        error = tokenstore_verify(store, &asked, token, &reason);
    if (error == TOKENSTORE_OK) {
        tokenstore_note_use(store, *token, "api", asked.address, asked.now);
        return true;
    }
    tokenstore_token_free(token);
    if (error == TOKENSTORE_ERROR_REFUSED ||
        error == TOKENSTORE_ERROR_INVALID_BEARER) {
        caller_challenge(answer, credentials);
        snprintf(answer->why, sizeof(answer->why), "caller's token: %s",
                 answer_refusal(reason));
    } else {
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    }
    return false;
}

static bool identify_bearer(struct shared *shared,
                            const struct request *request,
                            struct caller *caller, struct answer *answer) {
    struct credentials credentials;
    bool good;

    credentials_read(request->authorization, &credentials);
    good =
        caller_verify(shared, request, &credentials, &caller->token, answer);
    credentials_free(&credentials);
    if (!good)
        return false;
    caller->kind = scopes_have(caller->token, "tokens:admin")
                       ? CALLER_TOKEN_ADMIN
                       : CALLER_TOKEN;
    answer_caller(answer, "token", tokenstore_token_id(caller->token));
    return true;
}

/* Does the peer ask for itself, and is it a user that the kernel knows? */
static bool peer_counts(const struct request *request) {
    return request->listener == LISTENER_API && request->peer.known &&
           request->peer.uid != UID_NOBODY && !request->forwarded;
}

bool caller_is_trusted(const struct request *request) {
    return peer_counts(request) &&
           (request->peer.uid == 0 || request->peer.administers);
}

static bool identify_peer(const struct request *request, struct caller *caller,
                          struct answer *answer) {
    const struct peer *peer = &request->peer;
    struct tokenstore_identity *given = NULL;
    enum tokenstore_error error;

    if (!peer_counts(request)) {
        caller_challenge(answer, NULL);
        return false;
    }
    answer_caller(answer, "uid", peer->uid);
    error = tokenstore_identity_parse(answer->caller, &given);
    if (error == TOKENSTORE_OK)
        error = tokenstore_identity_resolve(given, false, &caller->identity);
    tokenstore_identity_free(&given);
    if (error == TOKENSTORE_ERROR_NO_SUCH_USER)
        caller_challenge(answer, NULL);
    else if (error != TOKENSTORE_OK)
        answer_store_error(answer, error, NULL);
    caller->kind = peer->uid == 0      ? CALLER_ROOT
                   : peer->administers ? CALLER_ADMIN
                                       : CALLER_USER;
    return error == TOKENSTORE_OK;
}

bool caller_identify(struct shared *shared, const struct request *request,
                     struct caller *caller, struct answer *answer) {
    bool good;

    memset(caller, 0, sizeof(*caller));
    if (request->authorization != NULL)
        good = identify_bearer(shared, request, caller, answer);
    else
        good = identify_peer(request, caller, answer);
    if (!good)
        caller_free(caller);
    return good;
}

void caller_free(struct caller *caller) {
    tokenstore_identity_free(&caller->identity);
    tokenstore_token_free(&caller->token);
}

const struct tokenstore_identity *caller_user(const struct caller *caller) {
    return caller->token != NULL ? tokenstore_token_user(caller->token)
                                 : caller->identity;
}
