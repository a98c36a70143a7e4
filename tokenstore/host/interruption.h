/*
 * interruption.h - no signal and no cancellation in the middle of something
 * that others wait for.
 */
#ifndef TOKENSTORE_HOST_INTERRUPTION_H
#define TOKENSTORE_HOST_INTERRUPTION_H

#include <signal.h>

/* What a thread accepted before; an object of the caller. */
struct interruption {
    sigset_t signals;
    int cancellation;
};

/*
 * Until interruption_allow(), no signal stops, ends or interrupts the calling
 * thread, and pthread_cancel() does not end it: both take effect afterwards.
 * The exceptions are SIGKILL and SIGSTOP, which cannot be blocked, and faults
 * of the program itself (SIGSEGV and the like), which must not be hidden.
 */
void interruption_hold(struct interruption *before);

/* Accept again what the thread accepted before. */
void interruption_allow(const struct interruption *before);

#endif
