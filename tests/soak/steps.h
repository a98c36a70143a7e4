/*
 * steps.h - run many small steps in children, which may die or hang: this is
 * reported, and the next step runs. Uses soak.h.
 */
#ifndef TESTS_SOAK_STEPS_H
#define TESTS_SOAK_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* What the steps report, in shared memory. */
struct steps {
    uint64_t now;    /* the number of the current step */
    char doing[160]; /* a description of the current step */
    uint64_t counts[16];
    uint64_t slowest; /* the longest step, in microseconds */
};

extern struct steps *steps;

/* Gives the next call 6 seconds; after that, SIGALRM ends the process. */
void guard(void);

/*
 * Runs step(n) for each n of first, first + stride ... below end, in child
 * processes of "batch" steps each. If a child calls soak_wrong() or dies,
 * prints in which step, and continues after that step. Returns how many
 * children did; *steps has what was counted.
 */
uint64_t run_steps(uint64_t first, uint64_t end, uint64_t stride,
                   uint64_t batch, void (*step)(uint64_t n));

/*
 * Runs the tool and copies its standard error to text. If preload is not NULL,
 * the tool loads that library first. Returns the wait status.
 */
int run_tool(char *const arguments[], const char *preload, char *text,
             size_t size);

#endif
