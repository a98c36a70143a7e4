/*
 * service_fixture.h - the daemon without its wire, over a store in a temporary
 * directory: requests of invented callers.  Every answer is checked for what
 * all answers promise, so that no test has to do it.
 */
#ifndef TESTS_SUPPORT_SERVICE_FIXTURE_H
#define TESTS_SUPPORT_SERVICE_FIXTURE_H

#include "tests/support/store_fixture.h"

#include <jansson.h>

#include "tools/accesstokend/routes/dispatch.h"
#include "tools/accesstokend/shared/shared.h"

#define TOKENS "/v1/auth/access-tokens/"
#define VERIFY "/v1/auth/verify"
#define INTROSPECT "/v1/auth/introspect"
#define WHO "/v1/session/who-am-i"

/* The caller of a request, and how it asks. */
struct client {
    enum listener listener;
    struct peer peer;
    const char *address;
    const char *bearer;        /* presented as Bearer */
    const char *authorization; /* or as it is */
    const char *content_type;  /* if it is not what the route wants */
    const char *host, *origin, *fetch_site;
    bool forwarded, poses, encrypted;
};

/* The accounts that there are, with root and nobody, as callers on the api
 * socket; and jane as a member of the group that administers. */
#define JANE_NAME "jane"
#define JANE_UID 64001
#define BOB_NAME "bob"
#define BOB_UID 64002
extern struct client jane, bob, root, group;

struct token {
    uint64_t id;
    char bearer[TOKENSTORE_BEARER_LENGTH + 1];
};

extern struct shared service;

/* The next requests come so many seconds after now; changes come now. */
extern int64_t ask_later;

/* The next tokens are issued so many seconds before now. */
extern int64_t issued_before;

int service_set_up(void **state);
int service_tear_down(void **state);

/* Sets what limits.conf says; NULL: it could not be read. */
void set_limits(const struct limits *limits);

/* Issues a token as the store's owner does.  Scopes and networks are words;
 * a lifetime of 0 is none. */
struct token issue_to(const char *user, const char *scopes,
                      const char *networks, int64_t lifetime);

/* Issues a token of an account that had this name and number before. */
struct token issue_to_former(const char *name, uint32_t uid);

/* Returns a client on TCP that presents this token. */
struct client over_tcp(const struct token *token);

/*
 * Sends a request and returns the answer, which the next call overwrites.
 * Fails the test unless the answer is JSON or empty, its errors have the one
 * shape, and no secret is in it, in its headers or in its line of the log.
 * Only answers to create and rotate may have a new secret.
 */
const struct answer *ask(const struct client *client, const char *method,
                         const char *target, const char *sent);

/* The same; fails the test unless the answer has this status. */
const struct answer *must(unsigned int status, const struct client *client,
                          const char *method, const char *target,
                          const char *sent);

/* The body of the last answer: as JSON, a string in it, as text ("" for none).
 * They belong to the fixture and last until the next request. */
const json_t *body(void);
const char *body_string(const char *key);
const char *body_text(void);
/* A header of the last answer; NULL if it has none of this name. */
const char *header(const char *name);
/* The line of the last answer in the log; "" if it has none. */
const char *log_text(void);

/* Returns "/v1/auth/access-tokens/42" and what follows it.  The fourth call
 * after this one overwrites the text. */
const char *token_target(uint64_t id, const char *rest);

/* Returns the whole record as root sees it, without its last use, which
 * requests change.  The caller frees it. */
char *record_of(uint64_t id);

#endif
