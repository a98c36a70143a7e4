/*
 * syncs.h - how often fsync, fdatasync and msync have been called, by this
 * program, or by one that has syncs.c preloaded and its file in SYNCS_FILE.
 */
#ifndef TESTS_BENCH_SYNCS_H
#define TESTS_BENCH_SYNCS_H

#include <stdatomic.h>

#define SYNCS_FILE "BENCH_SYNCS"

extern atomic_uint *syncs;

/* Count in this file, with all that do so. */
void syncs_share(const char *path);

#endif
