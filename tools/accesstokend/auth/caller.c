/*
 * caller.c - who asks.  Credentials that are presented decide, good or bad:
 * never falls back to the peer where they are no good, and takes no peer's
 * word where a proxy stands in between.
 */
#include <config.h>

#include "tools/accesstokend/auth/caller.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/accesstokend/request/scopes.h"

#define BASE64                                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
#define REALM "realm=\"accesstoken\""

/* The overflow uid: whom the kernel cannot name in this user namespace. */
#define UID_NOBODY 65534

void caller_challenge(struct answer *answer, bool invalid) {
    answer_error(answer, 401,
                 invalid ? "the credentials are not valid"
                         : "credentials are needed");
    answer_header(answer, "WWW-Authenticate",
                  invalid ? "Bearer " REALM ", error=\"invalid_token\""
                          : "Bearer " REALM);
}

/* ------------------------------------------------------------- credentials */

/* "user:password" in base64 (RFC 7617). */
static void read_basic(const char *text, struct credentials *credentials) {
    const size_t length = strlen(text);
    char *plain = malloc(length + 1), *colon;
    size_t plain_length;

    if (plain == NULL)
        return;
    /* libsodium 1.0.18 takes bytes from 0x80 on for characters of it. */
    if (text[strspn(text, BASE64)] == '\0' &&
        sodium_base642bin((unsigned char *)plain, length, text, length, NULL,
                          &plain_length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        memchr(plain, '\0', plain_length) == NULL) {
        plain[plain_length] = '\0';
        colon = strchr(plain, ':');
        if (colon != NULL) {
            *colon = '\0';
            credentials->user = strdup(plain);
            credentials->token = strdup(colon + 1);
        }
    }
    tokenstore_wipe(plain, length + 1);
    free(plain);
    /* Whose it must be is part of it. */
    if (credentials->user == NULL && credentials->token != NULL) {
        tokenstore_wipe(credentials->token, strlen(credentials->token));
        free(credentials->token);
        credentials->token = NULL;
    }
}

void credentials_read(const char *authorization,
                      struct credentials *credentials) {
    memset(credentials, 0, sizeof(*credentials));
    if (authorization == NULL)
        return;
    if (strncasecmp(authorization, "Bearer ", 7) == 0) {
        credentials->presented = true;
        credentials->token = strdup(authorization + 7);
    } else if (strncasecmp(authorization, "Basic ", 6) == 0) {
        credentials->presented = true;
        read_basic(authorization + 6, credentials);
    }
}

void credentials_free(struct credentials *credentials) {
    if (credentials->token != NULL)
        tokenstore_wipe(credentials->token, strlen(credentials->token));
    free(credentials->token);
    free(credentials->user);
    memset(credentials, 0, sizeof(*credentials));
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
        caller_challenge(answer, credentials->presented);
        return false;
    }
    asked.bearer_length = strlen(credentials->token);
    store = shared_store(shared);
    if (store != NULL)
        error = tokenstore_verify(store, &asked, token, &reason);
    if (error == TOKENSTORE_OK) {
        tokenstore_note_use(store, *token, "api", asked.address, asked.now);
    } else if (error == TOKENSTORE_ERROR_REFUSED ||
               error == TOKENSTORE_ERROR_INVALID_BEARER) {
        tokenstore_token_free(token);
        caller_challenge(answer, true);
        snprintf(answer->why, sizeof(answer->why), "caller's token: %s",
                 reason == TOKENSTORE_REASON_NONE
                     ? "not an access token"
                     : tokenstore_reason_name(reason));
    } else {
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    }
    return error == TOKENSTORE_OK;
}

/* ------------------------------------------------------------------ callers
 */

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
    snprintf(answer->caller, sizeof(answer->caller), "token:%" PRIu64,
             tokenstore_token_id(caller->token));
    return true;
}

/* Is it the peer itself who asks, and somebody? */
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
    char text[sizeof("uid:4294967295")];

    if (!peer_counts(request)) {
        caller_challenge(answer, false);
        return false;
    }
    snprintf(text, sizeof(text), "uid:%" PRIu32, peer->uid);
    snprintf(answer->caller, sizeof(answer->caller), "%s", text);
    error = tokenstore_identity_parse(text, &given);
    if (error == TOKENSTORE_OK)
        error = tokenstore_identity_resolve(given, false, &caller->identity);
    tokenstore_identity_free(&given);
    if (error == TOKENSTORE_ERROR_NO_SUCH_USER)
        caller_challenge(answer, false);
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
