/*
 * http.h - the sections of the group "http" that read or change the store.
 */
#ifndef TESTS_BENCH_HTTP_H
#define TESTS_BENCH_HTTP_H

#include "tests/bench/stores.h"

/* Measures creates, one at a time and many at once. Adds tokens to the
 * store. */
void measure_http_creates(const char *store);

/* Measures a list of all tokens in pages of 1,000. */
void measure_http_list(const struct seeded *seeded);

#endif
