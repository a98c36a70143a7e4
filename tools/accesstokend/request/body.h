/*
 * body.h - JSON that comes in: what create, modify and rotate are asked to do.
 * Says what is wrong in one line that names the member.  See body.c.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_BODY_H
#define TOOLS_ACCESSTOKEND_REQUEST_BODY_H

#include "tokenstore/tokenstore.h"

struct body {
    struct tokenstore_token *token;   /* the values of the members below */
    unsigned int fields;              /* TOKENSTORE_FIELD_*: which are there */
    struct tokenstore_identity *user; /* as given; NULL: not there */
    bool virtual_user;                /* API_NULL_DOMAIN: no account */
    int64_t grace;                    /* of rotate */
};

enum body_kind {
    BODY_CREATE, /* user, and the next line's */
    BODY_MODIFY, /* enabled, expiration_time, name, scopes, networks */
    BODY_ROTATE, /* grace; may be empty */
};

struct body_error {
    enum tokenstore_error error; /* OK: the text is not JSON of that kind */
    char text[256];
};

/* false: *error says why.  Free in any case. */
bool body_parse(enum body_kind kind, const char *text, size_t length,
                int64_t now, struct body *body, struct body_error *error);
void body_free(struct body *body);

#endif
