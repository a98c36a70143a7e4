/*
 * body.h - the JSON body of create, modify and rotate.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_BODY_H
#define TOOLS_ACCESSTOKEND_REQUEST_BODY_H

#include "tokenstore/tokenstore.h"

struct body {
    struct tokenstore_token *token;   /* the values of the given members */
    unsigned int fields;              /* TOKENSTORE_FIELD_*: which are given */
    struct tokenstore_identity *user; /* not resolved; NULL: not given */
    bool virtual_user;                /* API_NULL_DOMAIN: has no account */
    int64_t grace;                    /* of rotate, in seconds */
};

enum body_kind {
    BODY_CREATE, /* may have user, and all that modify may have */
    BODY_MODIFY, /* enabled, expiration_time, name, scopes, networks */
    BODY_ROTATE, /* grace; may be empty */
};

struct body_error {
    enum tokenstore_error error; /* OK: the text is not JSON of that kind */
    char text[256];              /* one line that names the member */
};

/* Reads a body.  Returns false if it is not good; *error says why.  Free the
 * body with body_free() in any case. */
bool body_parse(enum body_kind kind, const char *text, size_t length,
                int64_t now, struct body *body, struct body_error *error);
void body_free(struct body *body);

#endif
