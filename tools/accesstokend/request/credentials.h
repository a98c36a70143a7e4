/*
 * credentials.h - the token, and perhaps the user, that a client presents.
 * Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_CREDENTIALS_H
#define TOOLS_ACCESSTOKEND_REQUEST_CREDENTIALS_H

#include <stdbool.h>

struct credentials {
    bool presented; /* there were Bearer or Basic credentials, good or bad */
    bool basic;     /* they were a user and a password, so not Bearer */
    char *token;    /* NULL: nothing that could be a token */
    char *user;     /* whose token it must be; NULL: anybody's */
};

/* Reads the value of an Authorization header; NULL: there was none.  Free the
 * result with credentials_free(). */
void credentials_read(const char *authorization,
                      struct credentials *credentials);

/* The same from a form; an empty or missing user (NULL) names nobody. */
void credentials_set(struct credentials *credentials, const char *token,
                     const char *user);

/* Wipes the token and frees what the object points to. */
void credentials_free(struct credentials *credentials);

#endif
