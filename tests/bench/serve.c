/*
 * serve.c - do a job once for each line of standard input, and time it.
 * Between the two readings of the clock nothing may run but the job.
 */
#include <config.h>

#include "tests/bench/serve.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int serve(serve_job *job, void *argument) {
    struct timespec start, end;
    char line[256];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        clock_gettime(CLOCK_MONOTONIC, &start);
        job(line, argument);
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%lld\n", (long long)(end.tv_sec - start.tv_sec) * 1000000000 +
                             (end.tv_nsec - start.tv_nsec));
        fflush(stdout);
    }
    return 0;
}
