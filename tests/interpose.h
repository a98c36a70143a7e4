/*
 * interpose.h - system calls that a test can count, fail, or end with.
 */
#ifndef TESTS_INTERPOSE_H
#define TESTS_INTERPOSE_H

#include <stdbool.h>

/* What happens at the Nth change of a file (write, truncate, sync). */
enum fate { FATE_NONE, FATE_FAIL, FATE_KILL };

struct interpose {
    /* Changes: pwrite, write to files, ftruncate, fdatasync, fsync. */
    unsigned int changes; /* since the last reset */
    unsigned int syncs;   /* those that are fdatasync or fsync */
    enum fate fate;
    unsigned int at_change; /* the fate comes at this change; 0: never */
    unsigned int at_sync;   /* and at this sync; 0: never */
    bool fail_all_after;    /* a disk that stays broken, not one error */
    void (*on_change)(int fd, void *argument); /* before it happens */
    void *change_argument;

    unsigned int reads;   /* pread, since the last reset */
    unsigned int at_read; /* this one fails; 0: none */

    /* Waiting: each nanosleep advances CLOCK_MONOTONIC by a second instead of
     * sleeping, after calling the hook. */
    bool fake_clock;
    void (*on_sleep)(void *argument);
    void *sleep_argument;
    unsigned int sleeps;

    bool secure;       /* AT_SECURE is set */
    bool network_disk; /* fstatfs says NFS */
};

extern struct interpose interpose;

/* Everything as it really is. */
void interpose_reset(void);

#endif
