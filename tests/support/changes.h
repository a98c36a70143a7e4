/*
 * changes.h - each kind of change of a store, and what a store holds
 * before and after it, for the tests that interrupt changes.
 */
#ifndef TESTS_SUPPORT_CHANGES_H
#define TESTS_SUPPORT_CHANGES_H

#include <stdbool.h>

#include "tests/support/store_fixture.h"

/* The store that a change works on, and bearer tokens to try on it. */
struct scene {
    struct fixture *fixture;
    struct tokenstore_bearer watched[4]; /* of tokens that change */
    struct tokenstore_bearer fresh; /* issued by the change; "" if none was */
};

struct change {
    const char *name;
    /* Makes the store to start from. */
    void (*prepare)(struct scene *scene);
    enum tokenstore_error (*run)(struct scene *scene);
};

/* Returns the change of this name; fails the test if there is none. */
const struct change *change_named(const char *name);

/*
 * Returns the content of the store as text: every token, and what verify says
 * of the bearer tokens.  A missing store gives the same text as an empty one.
 * The caller frees it.
 */
char *scene_describe(const struct scene *scene);

/* Fails the test if there is a store and check does not find it sound. */
void scene_assert_sound(const struct scene *scene);

/* A change, and what is needed to repeat it and to judge the result. */
struct trial {
    struct scene scene;
    const struct change *change;
    char *store, *lock; /* content of the files; NULL: there are none */
    size_t store_length, lock_length;
    char *before, *after; /* descriptions of the store */
    unsigned int changes; /* as interpose.h counts them */
};

/* Makes the store to start from and makes the change once, to learn what is
 * expected. */
void trial_begin(struct trial *trial, struct fixture *fixture,
                 const char *name);

/* Restores the store as it was before the change. */
void trial_put_back(const struct trial *trial);

/* Fails the test unless the store is sound and the change is either complete
 * or absent; returns whether it is complete. */
bool trial_is_after(struct trial *trial);

void trial_end(struct trial *trial);

/* Changes the store so often that its file grows; fails the test unless the
 * store is sound afterwards. */
void scene_assert_growable(const struct scene *scene);

#endif
