/*
 * census.h - how many tokens there are, in which state, and whose.
 */
#ifndef TOOLS_ACCESSTOKEN_CENSUS_H
#define TOOLS_ACCESSTOKEN_CENSUS_H

#include "tools/accesstoken/command.h"

#define CENSUS_TOP 10
#define CENSUS_EXPIRING (7 * INT64_C(86400)) /* "soon" */

/* An active token that has not been used for longest. */
struct census_unused {
    uint64_t id; /* 0: none is known */
    char user[256 + 1];
    char name[TOKENSTORE_NAME_MAX + 1];
    int64_t since; /* its last use, or where there was none, its creation */
    bool used;
};

struct census_user {
    struct census_user *next;
    uint64_t tokens;
    char name[];
};

/* Zero-initialise; then census_take(), and in any case census_free(). */
struct census {
    uint64_t total;
    uint64_t active;
    uint64_t expiring; /* of the active ones, soon */
    uint64_t disabled;
    uint64_t expired;
    uint64_t user_count;
    const struct census_user *top[CENSUS_TOP]; /* who has the most, first */
    size_t top_count;
    struct census_unused unused;

    void *tree; /* the users, by name */
    struct census_user *users;
};

/* Count all tokens of the store.  One page of them is in memory at a time,
 * and a name and a number for each user.  What went wrong is said. */
enum exit_code census_take(struct context *context, struct census *census);

void census_free(struct census *census);

#endif
