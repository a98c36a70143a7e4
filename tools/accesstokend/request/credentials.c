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

void credentials_set(struct credentials *credentials, const char *token,
                     const char *user) {
    memset(credentials, 0, sizeof(*credentials));
    credentials->presented = true;
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
