/*
 * http.h - the sections of the group "http" that are about the store.
 */
#ifndef TESTS_BENCH_HTTP_H
#define TESTS_BENCH_HTTP_H

#include "tests/bench/stores.h"

/* One at a time and many at once; changes the store. */
void measure_http_creates(const char *store);

/* All of them by pages of 1,000. */
void measure_http_list(const struct seeded *seeded);

#endif
