/*
 * bench.h - what the parts of the benchmark share: the options, the measuring,
 * the stores and their counterparts without the library.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/json_writer.h"

/* ---------------------------------------------------------------- measuring
 */

/* Set before anything is measured. */
struct bench {
    bool quick;   /* to see that it runs: the figures mean nothing */
    size_t small; /* tokens in the small, the middle and the large store */
    size_t middle;
    size_t large;
    const char *group; /* whose sections are being measured */
};

extern struct bench bench;

enum unit { NANOSECONDS, BYTES, CALLS, PER_SECOND };

/* One of those that are measured side by side. */
struct contender {
    const char *name;
    double (*sample)(void *argument); /* one value, in the section's unit */
    void *argument;
    unsigned int burst; /* samples in a row; 0: one */
    unsigned int every; /* takes part in every n-th round; 0: in all */
};

#define CONTENDERS_MAX 8

/*
 * Let the contenders take turns, round after round, so that what changes on
 * the machine meanwhile changes for all of them, and print a section of the
 * table.  The first is what the section is about, and the others' ratios say
 * how many times their median it is.
 */
void measure(const char *title, enum unit unit,
             const struct contender *contenders, size_t count,
             unsigned int rounds);

/* The same contenders again: how many syncs one sample of each takes. */
void measure_syncs(const char *title, const struct contender *contenders,
                   size_t count);

/* Everything measured, as the member "sections" of the open object. */
void put_sections(struct json_writer *json);

/* Numbers as people write them, in one of a few buffers: 1,000,000. */
const char *grouped(size_t number);

/* CLOCK_MONOTONIC. */
uint64_t nanoseconds(void);

/* What runs this, printed, and as the member "machine" of the open object. */
void print_machine(void);
void put_machine(struct json_writer *json);

/* ------------------------------------------------------------------- groups
 */

void bench_pam(void);
void bench_use(void);
void bench_load(void);
void bench_verify(void);
void bench_change(void);
void bench_batch(void);
void bench_list(void);
_Noreturn void print_rows(size_t rows, size_t length); /* the floor of it */
void bench_disk(void);
void bench_processes(void);
void bench_http(void);

/* The tool's list of a whole store, as a contender: rows a second. */
struct listed {
    const char *path;
    size_t rows;
};
double sample_tool_list(void *listed);

#endif
