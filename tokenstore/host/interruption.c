/*
 * interruption.c - no signal and no cancellation in the middle of something
 * that others wait for.  Changes the mask of the calling thread and nothing
 * else: no handler, and no other thread.
 */
#include "tokenstore/host/interruption.h"

#include <pthread.h>

/* The kernel sends these for what the thread itself has just done.  If they
 * are blocked then, it kills the process and runs no handler: an application
 * could not report its crash, and a sandbox could not answer SIGSYS. */
static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

void interruption_hold(struct interruption *before) {
    sigset_t held;

    sigfillset(&held);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&held, faults[i]);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before->cancellation);
    pthread_sigmask(SIG_BLOCK, &held, &before->signals);
}

void interruption_allow(const struct interruption *before) {
    pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
    pthread_setcancelstate(before->cancellation, NULL);
}
