/*
 * interpose.h - system calls that a test can count, record, fail, or end with.
 */
#ifndef TESTS_SUPPORT_INTERPOSE_H
#define TESTS_SUPPORT_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What happens to the Nth change. */
enum fate {
    FATE_NONE,
    FATE_FAIL,
    FATE_SHORT, /* a write writes half of its sectors, rounded down */
    FATE_KILL,
};

/* A change that has been made. */
struct deed {
    enum {
        DEED_WRITE,     /* "length" bytes at "offset" of "fd" */
        DEED_SIZE,      /* "fd" has "length" bytes now */
        DEED_SYNC,      /* "fd" is durable; it may be a directory */
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
    int directory; /* both paths are relative to it; or AT_FDCWD */
    const char *path;
    const char *target;
};

struct interpose {
    /*
     * Changes are calls of pwrite, write, ftruncate, posix_fallocate,
     * fdatasync and fsync, and those that change names: open with O_CREAT,
     * mkdir, linkat, renameat, renameat2 and unlinkat.
     */
    unsigned int changes; /* since the last reset */
    unsigned int syncs;   /* how many of them are fdatasync or fsync */
    enum fate fate;
    int error;              /* errno of a failure; 0: EIO */
    unsigned int at_change; /* the fate meets this change; 0: none */
    unsigned int at_sync;   /* and this sync; 0: none */
    bool fail_all_after;    /* later changes fail as well */
    bool no_sync;           /* syncs succeed at once and do nothing */
    unsigned int reads;     /* calls of pread since the last reset */
    unsigned int at_read;   /* this one fails with EIO; 0: none */
    void (*on_change)(int fd, void *argument); /* is called before it */
    void *change_argument;
    void (*on_deed)(const struct deed *deed, void *argument); /* after it */
    void *deed_argument;

    void (*on_open)(const char *path, void *argument); /* before each open */
    void *open_argument;
    unsigned int waiting_opens;      /* opens that might wait for a FIFO */
    void (*on_lock)(void *argument); /* before each F_OFD_SETLK */
    void *lock_argument;

    /* Each nanosleep calls the hook; with the fake clock it then advances
     * CLOCK_MONOTONIC by a second instead of sleeping. */
    bool fake_clock;
    void (*on_sleep)(void *argument);
    void *sleep_argument;
    unsigned int sleeps;

    bool secure;       /* getauxval says that AT_SECURE is set */
    unsigned int disk; /* what fstatfs says of the file system; 0: the truth */
};

extern struct interpose interpose;

/* From now on each call does what it does in libc. */
void interpose_reset(void);

#endif
