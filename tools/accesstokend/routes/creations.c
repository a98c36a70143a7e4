/*
 * creations.c - how many tokens a user issues in a time.  Ids are never used
 * again and there are four billion: one user must not use them up, by creating
 * or by rotating.
 */
#include <config.h>

#include "tools/accesstokend/routes/creations.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/common/monotonic.h"

/* The number that stands for the caller's user; a virtual user has no uid. */
static uint64_t number_of_user(const struct caller *caller) {
    const struct tokenstore_identity *user = caller_user(caller);
    const char *name = tokenstore_identity_name(user);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    uint32_t uid;

    if (tokenstore_identity_uid(user, &uid))
        return uid;
    for (; name != NULL && *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash | ((uint64_t)1 << 32); /* no uid */
}

/* In nanoseconds; not more than thirty years. */
static int64_t interval_of(const struct limits *limits) {
    const int64_t most = 1000000000;

    return (limits->creation_interval < most ? limits->creation_interval
                                             : most) *
           MONOTONIC_SECOND;
}

static bool is_limited(const struct call *call, const struct limits *limits) {
    return limits->creation_burst != 0 && rights_are_rationed(call->caller);
}

bool creations_take(const struct call *call, const struct limits *limits,
                    struct answer *answer) {
    int64_t missing = 0;
    char text[80];

    if (is_limited(call, limits))
        missing = ration_take(
            &call->shared->creations, number_of_user(call->caller),
            limits->creation_burst, interval_of(limits), monotonic_now());
    if (missing == 0)
        return true;
    missing = (missing - 1) / MONOTONIC_SECOND + 1;
    snprintf(text, sizeof(text),
             "too many new tokens; try again in %" PRId64 " s", missing);
    answer_wait(answer, 429, missing, text);
    return false;
}

void creations_give_back(const struct call *call,
                         const struct limits *limits) {
    if (is_limited(call, limits))
        ration_give_back(&call->shared->creations,
                         number_of_user(call->caller), interval_of(limits));
}
