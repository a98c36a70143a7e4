/*
 * service_fixture.h - the daemon without its wire, over a store in a temporary
 * directory: requests of made-up callers.  Every answer is held against what
 * all of them promise, so that no test has to ask for it.
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

/* Who asks, and how. */
struct client {
    enum listener listener;
    struct peer peer;
    const char *address;
    const char *bearer;        /* presented as Bearer */
    const char *authorization; /* or as it is */
    const char *content_type;  /* where it is not what the route wants */
    bool forwarded;
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

/* Seconds that the next requests come later than now; changes come now. */
extern int64_t ask_later;

/* Seconds that the next tokens were issued earlier than now. */
extern int64_t issued_before;

int service_set_up(void **state);
int service_tear_down(void **state);

/* What limits.conf says from now on; NULL: that is not known. */
void set_limits(const struct limits *limits);

/* Issue a token as the store's owner does; scopes and networks are words,
 * lifetime 0 is none. */
struct token issue_to(const char *user, const char *scopes,
                      const char *networks, int64_t lifetime);

/* One of an account that had this name and number once. */
struct token issue_to_former(const char *name, uint32_t uid);

/* A client on TCP, with this token. */
struct client over_tcp(const struct token *token);

/*
 * Ask, and return the answer, which the next call overwrites.  Fails the test
 * where it is not what every answer is: JSON or nothing, errors of one shape,
 * no secret in it, its headers or its line in the log, but for a new one in
 * the answer to create and rotate.
 */
const struct answer *ask(const struct client *client, const char *method,
                         const char *target, const char *sent);

/* The same, and the status must be this one. */
const struct answer *must(unsigned int status, const struct client *client,
                          const char *method, const char *target,
                          const char *sent);

/* The last answer's body: JSON, a string in it, text ("" for none).  They
 * belong to the fixture, until the next question. */
const json_t *body(void);
const char *body_string(const char *key);
const char *body_text(void);
/* A header of the last answer, NULL where it has none. */
const char *header(const char *name);
/* The last answer's line in the log, "" where it has none. */
const char *log_text(void);

/* "/v1/auth/access-tokens/42" and what follows; the next call but three
 * overwrites it. */
const char *token_target(uint64_t id, const char *rest);

/* The whole record as root sees it but for its last use, which asking changes,
 * to be compared; the caller frees. */
char *record_of(uint64_t id);

#endif
