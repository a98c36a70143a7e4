/*
 * readings.h - each call that changes nothing.
 */
#ifndef TESTS_SUPPORT_READINGS_H
#define TESTS_SUPPORT_READINGS_H

#include "tests/support/store_fixture.h"

/* Returns OK if the answer is right.  After any other result nothing is left
 * to free or to close. */
typedef enum tokenstore_error reading_function(struct fixture *fixture);

/* verify of a good token and of a revoked one, get, list, check and backup,
 * and NULL at the end. */
extern reading_function *const readings[];

/* Issues the tokens that they ask for. */
void readings_prepare(struct fixture *fixture);

#endif
