/*
 * syncs.h - how often fsync, fdatasync and msync have been called, by this
 * program and by programs that have syncs.c preloaded and the name of the same
 * file in the environment variable SYNCS_FILE.
 */
#ifndef TESTS_BENCH_SYNCS_H
#define TESTS_BENCH_SYNCS_H

#include <stdatomic.h>

#define SYNCS_FILE "BENCH_SYNCS"

extern atomic_uint *syncs;

/* Counts in this file from now on, together with all programs that do the
 * same. Aborts if the file cannot be mapped. */
void syncs_share(const char *path);

#endif
