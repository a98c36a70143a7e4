/*
 * changes.h - each kind of change of a store, and what a store holds
 * before and after it, for the tests that interrupt changes.
 */
#ifndef TESTS_SUPPORT_CHANGES_H
#define TESTS_SUPPORT_CHANGES_H

#include <stdbool.h>

#include "tests/support/store_fixture.h"

/* What a change works on: a store, and bearer tokens to try on it. */
struct scene {
    struct fixture *fixture;
    struct tokenstore_bearer watched[4]; /* of tokens that changes concern */
    struct tokenstore_bearer fresh; /* what the change issued; "" if nothing */
};

struct change {
    const char *name;
    /* Makes the store to start from, out of nothing. */
    void (*prepare)(struct scene *scene);
    enum tokenstore_error (*run)(struct scene *scene);
};

/* By its name; fails the test where there is none. */
const struct change *change_named(const char *name);

/*
 * All that matters, as text to compare: every token, and what verify says of
 * the bearer tokens.  A missing store holds as much as an empty one, nothing.
 * The caller frees it.
 */
char *scene_describe(const struct scene *scene);

/* Fails the test unless check finds the store sound, or there is none. */
void scene_assert_sound(const struct scene *scene);

/* A change, and all that is needed to make it again and judge it. */
struct trial {
    struct scene scene;
    const struct change *change;
    char *store, *lock; /* the files' content; NULL: there are none */
    size_t store_length, lock_length;
    char *before, *after; /* described */
    unsigned int changes; /* of the files, counted by interpose */
};

/* Make the store to start from, and the change once, for what is to be
 * expected. */
void trial_begin(struct trial *trial, struct fixture *fixture,
                 const char *name);

/* As it was before the change. */
void trial_put_back(const struct trial *trial);

/* Sound, and all or nothing; returns whether it is all. */
bool trial_is_after(struct trial *trial);

void trial_end(struct trial *trial);

/* Change the store so often that its file grows, and fail the test unless it
 * is sound afterwards. */
void scene_assert_growable(const struct scene *scene);

#endif
