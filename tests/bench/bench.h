/*
 * bench.h - what the parts of the benchmark share: the options, the measuring
 * and the groups.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/json_writer.h"

/* ---------------------------------------------------------------- measuring
 */

/* Set before the first measurement. */
struct bench {
    bool quick;   /* checks the answers only: the figures mean nothing */
    size_t small; /* tokens in the small, the middle and the large store */
    size_t middle;
    size_t large;
    const char *group; /* the group of the sections that are measured now */
};

extern struct bench bench;

enum unit { NANOSECONDS, BYTES, CALLS, PER_SECOND };

/* One of the programs or functions that are measured side by side. */
struct contender {
    const char *name;
    /* Returns one value in the section's unit. It checks the answer of what
     * it measures, and calls fail_hard() if that is wrong or missing. */
    double (*sample)(void *argument);
    void *argument;
    unsigned int burst; /* samples in a row; 0 means one */
    unsigned int every; /* takes part in every n-th round; 0 means in all */
};

#define CONTENDERS_MAX 8

/*
 * Measure contenders in turns, round after round, so that changes on the
 * machine affect all of them alike, and print a section of the table. The
 * section is about the first contender; the ratio of each other one is the
 * median of the first divided by its own. With bench.quick there are at most
 * two rounds. The names must stay valid until put_sections().
 */
void measure(const char *title, enum unit unit,
             const struct contender *contenders, size_t count,
             unsigned int rounds);

/* Measure the same contenders again: how many syncs one sample of each
 * makes. */
void measure_syncs(const char *title, const struct contender *contenders,
                   size_t count);

/* Print how many contenders answered, each counted once in its group. If one
 * gives no answer or a wrong one, the benchmark has stopped and named it. */
void print_answered(void);

/* Write all sections as the member "sections" of the open JSON object. */
void put_sections(struct json_writer *json);

/* Returns the number as 1,000,000, in one of four buffers that are used in
 * turn. */
const char *grouped(size_t number);

/* Returns CLOCK_MONOTONIC in nanoseconds. */
uint64_t nanoseconds(void);

/* Print the facts about this machine, or write them as the member "machine" of
 * the open JSON object. */
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
_Noreturn void print_rows(size_t rows, size_t length); /* and exit */
void bench_disk(void);
void bench_processes(void);
void bench_http(void);

/* A contender: the tool lists a whole store as JSON, in rows per second. */
struct listed {
    const char *path;
    size_t rows;
};
double sample_tool_list(void *listed);

#endif
