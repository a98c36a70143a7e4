/*
 * statistics.h - how many tokens there are, in which state, and whose.
 */
#ifndef TOOLS_ACCESSTOKEN_STATISTICS_H
#define TOOLS_ACCESSTOKEN_STATISTICS_H

#include "tools/accesstoken/command.h"

#define STATISTICS_TOP 10
#define STATISTICS_EXPIRING (7 * INT64_C(86400)) /* "soon" */

/* An active token that has not been used for longest. */
struct statistics_unused {
    uint64_t id; /* 0: none is known */
    char user[256 + 1];
    char name[TOKENSTORE_NAME_MAX + 1];
    int64_t since; /* its last use, or where there was none, its creation */
    bool used;
};

struct statistics_user {
    struct statistics_user *next;
    uint64_t tokens;
    char name[];
};

/* Zero-initialise; then statistics_take(), and in any case statistics_free().
 */
struct statistics {
    uint64_t total;
    uint64_t active;
    uint64_t expiring; /* of the active ones, soon */
    uint64_t disabled;
    uint64_t expired;
    uint64_t user_count;
    const struct statistics_user
        *top[STATISTICS_TOP]; /* who has the most, first */
    size_t top_count;
    struct statistics_unused unused;

    void *tree; /* the users, by name */
    struct statistics_user *users;
};

/* Count all tokens of the store.  One page of them is in memory at a time,
 * and a name and a number for each user.  What went wrong is said. */
enum exit_code statistics_take(struct context *context,
                               struct statistics *statistics);

void statistics_free(struct statistics *statistics);

#endif
