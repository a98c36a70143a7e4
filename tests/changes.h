/*
 * changes.h - each kind of change, to a store that is always the same; and
 * whether it is there, whole, or not at all.
 */
#ifndef TESTS_CHANGES_H
#define TESTS_CHANGES_H

#include <stdbool.h>

#include "store_fixture.h"

/* A change of the store that start_here() makes. */
typedef enum tokenstore_error change_function(struct fixture *fixture);

change_function change_create;
change_function change_modify;
change_function change_revoke;
change_function change_rotate;
change_function change_restore;

/* A store to start from, and what it contains before and after the change. */
struct starting_point {
    char *store, *lock;
    size_t store_length, lock_length;
    char *before, *after; /* described */
    unsigned int changes; /* of the file, counted by interpose */
};

/* Fill the fixture's store anew, with nothing to compare. */
void start_anew(struct fixture *fixture);

/* The same, and make the change once, for what is to be expected. */
void start_here(struct fixture *fixture, change_function *change,
                struct starting_point *start);

/* As it was before the change. */
void put_back(struct fixture *fixture, const struct starting_point *start);

/* Sound, and all or nothing; returns whether it is all. */
bool is_after(struct fixture *fixture, const struct starting_point *start);

void forget(struct starting_point *start);

#endif
