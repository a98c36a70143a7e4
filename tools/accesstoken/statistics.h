/*
 * statistics.h - how many tokens a store has, in which state, and whose.
 */
#ifndef TOOLS_ACCESSTOKEN_STATISTICS_H
#define TOOLS_ACCESSTOKEN_STATISTICS_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/orphans.h"

#define STATISTICS_TOP 10
#define STATISTICS_EXPIRING (7 * INT64_C(86400)) /* seconds: "soon" */

/* The active token that has not been used for the longest time. */
struct statistics_unused {
    uint64_t id; /* 0: none is known */
    char user[256 + 1];
    char name[TOKENSTORE_NAME_MAX + 1];
    int64_t since; /* its last use, or its creation if it was never used */
    bool used;
};

struct statistics_user {
    struct statistics_user *next;
    uint64_t tokens;
    char name[];
};

/* Zero-initialise it; call statistics_free() in any case. */
struct statistics {
    uint64_t total;
    uint64_t active;
    uint64_t expiring; /* active tokens that expire soon */
    uint64_t endless;  /* active tokens that never expire */
    int64_t newest;    /* the latest creation_time; 0: there is no token */
    uint64_t disabled;
    uint64_t expired;
    uint64_t user_count;
    /* The users with the most tokens, in descending order. */
    const struct statistics_user *top[STATISTICS_TOP];
    size_t top_count;
    struct statistics_unused unused;
    uint64_t orphaned;   /* tokens whose account is gone; local stores only */
    uint64_t unanswered; /* tokens whose account is not known */

    struct orphans orphans;
    void *tree; /* the users, by name */
    struct statistics_user *users;
};

/* Counts all tokens of the store.  Holds one page of them in memory at a time,
 * and a name and a number for each user.  Prints an error if it fails. */
enum exit_code statistics_take(struct context *context,
                               struct statistics *statistics);

void statistics_free(struct statistics *statistics);

#endif
