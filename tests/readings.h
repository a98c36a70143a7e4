/*
 * readings.h - each call that changes nothing.
 */
#ifndef TESTS_READINGS_H
#define TESTS_READINGS_H

#include "store_fixture.h"

/* OK is the right answer.  Where any other comes, nothing was left behind. */
typedef enum tokenstore_error reading_function(struct fixture *fixture);

/* verify, of a good token and of a revoked one, get, list, check, backup;
 * NULL ends them. */
extern reading_function *const readings[];

/* Issue what they ask for. */
void readings_prepare(struct fixture *fixture);

#endif
