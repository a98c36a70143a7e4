/*
 * readings.h - each call that changes nothing.
 */
#ifndef TESTS_SUPPORT_READINGS_H
#define TESTS_SUPPORT_READINGS_H

#include "tests/support/store_fixture.h"

/* OK is the right answer.  Where any other comes, nothing was left behind. */
typedef enum tokenstore_error reading_function(struct fixture *fixture);

/* verify, of a good token and of a revoked one, get, list, check, backup;
 * NULL ends them. */
extern reading_function *const readings[];

/* Issue what they ask for. */
void readings_prepare(struct fixture *fixture);

#endif
