/*
 * credentials.c - what an Authorization header presents: "Bearer TOKEN" or
 * "Basic base64(USER:TOKEN)" (RFC 7617).  Pure, and the only file of the
 * daemon that includes libsodium.
 */
#include <config.h>

#include "tools/accesstokend/request/credentials.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/tokenstore.h"

#define BASE64                                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

static void forget_token(struct credentials *credentials) {
    if (credentials->token != NULL)
        tokenstore_wipe(credentials->token, strlen(credentials->token));
    free(credentials->token);
    credentials->token = NULL;
}

/* Takes "USER:TOKEN" apart, and writes into it. */
static void take_pair(char *pair, struct credentials *credentials) {
    char *colon = strchr(pair, ':');

    if (colon == NULL)
        return;
    *colon = '\0';
    credentials->user = strdup(pair);
    credentials->token = strdup(colon + 1);
    /* Without memory for the user, the token would be anybody's. */
    if (credentials->user == NULL)
        forget_token(credentials);
}

static void read_basic(const char *text, struct credentials *credentials) {
    const size_t length = strlen(text);
    char *plain = malloc(length + 1);
    size_t plain_length;

    if (plain == NULL)
        return;
    /* libsodium 1.0.18 takes bytes from 0x80 on for characters of base64. */
    if (text[strspn(text, BASE64)] == '\0' &&
        sodium_base642bin((unsigned char *)plain, length, text, length, NULL,
                          &plain_length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        memchr(plain, '\0', plain_length) == NULL) {
        plain[plain_length] = '\0';
        take_pair(plain, credentials);
    }
    tokenstore_wipe(plain, length + 1);
    free(plain);
}

/* Returns what follows "SCHEME" and at least one space, or NULL. */
static const char *after_scheme(const char *authorization,
                                const char *scheme) {
    const size_t length = strlen(scheme);

    if (strncasecmp(authorization, scheme, length) != 0 ||
        authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

void credentials_read(const char *authorization,
                      struct credentials *credentials) {
    const char *text;

    memset(credentials, 0, sizeof(*credentials));
    if (authorization == NULL)
        return;
    text = after_scheme(authorization, "Bearer");
    if (text != NULL) {
        credentials->presented = true;
        credentials->token = strdup(text);
        return;
    }
    text = after_scheme(authorization, "Basic");
    if (text != NULL) {
        credentials->presented = credentials->basic = true;
        read_basic(text, credentials);
    }
}

void credentials_set(struct credentials *credentials, const char *token,
                     const char *user) {
    memset(credentials, 0, sizeof(*credentials));
    credentials->presented = credentials->basic = true;
    credentials->token = strdup(token);
    if (user != NULL && *user != '\0') {
        credentials->user = strdup(user);
        if (credentials->user == NULL)
            forget_token(credentials);
    }
}

void credentials_free(struct credentials *credentials) {
    forget_token(credentials);
    free(credentials->user);
    memset(credentials, 0, sizeof(*credentials));
}
