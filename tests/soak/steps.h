/*
 * steps.h - many small steps in children, which may die or hang: that is
 * noticed, said, and the next step taken.  On top of soak.h.
 */
#ifndef TESTS_SOAK_STEPS_H
#define TESTS_SOAK_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* What a step says to whoever started it. */
struct steps {
    uint64_t now;    /* the step under way */
    char doing[160]; /* in words */
    uint64_t counts[16];
    uint64_t slowest; /* microseconds */
};

extern struct steps *steps;

/* Give the next call 6 seconds; then its process dies of SIGALRM. */
void guard(void);

/*
 * step(n) for each n of first, first + stride ... below end, in child
 * processes of "batch" steps each.  Where one ends with soak_wrong() or dies,
 * this says in which step, and goes on after it.  Returns how many did; what
 * was counted is in *steps.
 */
uint64_t run_steps(uint64_t first, uint64_t end, uint64_t stride,
                   uint64_t batch, void (*step)(uint64_t n));

/*
 * Run the tool, with what it says on standard error in text; "preload" may be
 * NULL.  Returns its wait status.
 */
int run_tool(char *const arguments[], const char *preload, char *text,
             size_t size);

#endif
