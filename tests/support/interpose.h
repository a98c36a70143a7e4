/*
 * interpose.h - system calls that a test can count, record, fail, or end with.
 */
#ifndef TESTS_SUPPORT_INTERPOSE_H
#define TESTS_SUPPORT_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What happens at the Nth change. */
enum fate {
    FATE_NONE,
    FATE_FAIL,
    FATE_SHORT, /* a write does half its sectors; of one sector, nothing */
    FATE_KILL,
};

/* A change that was made. */
struct deed {
    enum {
        DEED_WRITE,     /* "length" bytes at "offset" of "fd" */
        DEED_SIZE,      /* "fd" has "length" bytes now */
        DEED_SYNC,      /* "fd", perhaps a directory, is durable */
        DEED_CREATE,    /* "fd" is new; its name is "path" */
        DEED_DIRECTORY, /* "path" is a new directory */
        DEED_LINK,      /* "path" got the name "target", too */
        DEED_RENAME,    /* "path" became "target" */
        DEED_UNLINK,    /* "path" is gone */
    } what;
    int fd;
    const void *bytes;
    size_t length;
    off_t offset;
    int directory; /* where both paths begin; AT_FDCWD */
    const char *path;
    const char *target;
};

struct interpose {
    /*
     * Changes: pwrite and write, ftruncate and posix_fallocate, fdatasync and
     * fsync; and of names: open with O_CREAT, mkdir, linkat, renameat
     * and renameat2, unlinkat.
     */
    unsigned int changes; /* since the last reset */
    unsigned int syncs;   /* those that are fdatasync or fsync */
    enum fate fate;
    int error;              /* why it fails; 0: EIO */
    unsigned int at_change; /* the fate comes at this change; 0: never */
    unsigned int at_sync;   /* and at this sync; 0: never */
    bool fail_all_after;    /* a disk that stays broken, not one error */
    bool no_sync;           /* syncs succeed at once, and do nothing */
    unsigned int reads;     /* pread */
    unsigned int at_read;   /* this one fails with EIO; 0: none */
    void (*on_change)(int fd, void *argument); /* before it happens */
    void *change_argument;
    void (*on_deed)(const struct deed *deed, void *argument); /* after */
    void *deed_argument;

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
