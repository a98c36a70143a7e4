/*
 * turn.c - the mutex of the process around every open tdb file.
 *
 * libtdb keeps a global list of open files and is not thread-safe; and any
 * close of a file drops every POSIX lock that the process has on it.  So one
 * mutex covers open to close, across threads and fork.
 *
 * A process may have several copies of this library and one libtdb: the
 * module and libtokenstore.so, or a module that was replaced and is loaded by
 * another path as well.  All copies share the mutex, as a GNU unique symbol:
 * the dynamic linker keeps one of those in a process, even if everything else
 * of a module is private.  C cannot declare one, hence the assembler.  Its
 * name and meaning stay the same in every later version; zeros are
 * PTHREAD_MUTEX_INITIALIZER and PTHREAD_ONCE_INIT.
 */
#include "tokenstore/file/turn.h"

#include <pthread.h>

#include "tokenstore/host/interruption.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* How long a signal may have to wait while this thread waits. */
#define SLICE_MS 100

struct turn {
    pthread_mutex_t mutex;
    pthread_once_t once;
};

_Static_assert(sizeof(struct turn) <= 64, "as large as below");

extern struct turn tokenstore_turn __attribute__((visibility("default")));
__asm__(".pushsection .bss\n"
        ".balign 64\n"
        ".type tokenstore_turn, %gnu_unique_object\n"
        ".size tokenstore_turn, 64\n"
        "tokenstore_turn: .zero 64\n"
        ".popsection\n");

/*
 * While a thread has the mutex, nothing interrupts it.  Stopped (Ctrl-Z), it
 * would keep everybody waiting; a handler that forks would wait for the mutex
 * that its own thread has; a thread that was cancelled would never give the
 * mutex back.  This is what the thread that has the mutex accepted before.
 */
static struct interruption held;

static void before_fork(void) {
    struct interruption before;

    interruption_hold(&before);
    pthread_mutex_lock(&tokenstore_turn.mutex);
    held = before;
}

static void after_fork(void) { turn_leave(); }

/* Once in a process and not once for each copy, since the mutex is not
 * recursive. */
static void register_fork_handlers(void) {
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* ThreadSanitizer does not know pthread_mutex_clocklock; tell it. */
static int lock_until(const struct deadline *deadline) {
    const struct timespec time = deadline_time(deadline);
    int result;

#ifdef __SANITIZE_THREAD__
    __tsan_mutex_pre_lock(&tokenstore_turn.mutex, __tsan_mutex_try_lock);
#endif
    result = pthread_mutex_clocklock(&tokenstore_turn.mutex, CLOCK_MONOTONIC,
                                     &time);
#ifdef __SANITIZE_THREAD__
    __tsan_mutex_post_lock(
        &tokenstore_turn.mutex,
        __tsan_mutex_try_lock |
            (result == 0 ? 0 : __tsan_mutex_try_lock_failed),
        0);
#endif
    return result;
}

enum tokenstore_error turn_enter(const struct deadline *deadline,
                                 struct message *message) {
    struct interruption before;

    /* Wait in slices, between which signals arrive. */
    do {
        struct deadline slice = deadline_after(SLICE_MS);

        if (slice.nanoseconds > deadline->nanoseconds)
            slice = *deadline;
        interruption_hold(&before);
        pthread_once(&tokenstore_turn.once, register_fork_handlers);
        if (lock_until(&slice) == 0) {
            held = before;
            return TOKENSTORE_OK;
        }
        interruption_allow(&before);
    } while (!deadline_passed(deadline));
    return message_set(message, TOKENSTORE_ERROR_BUSY,
                       "another thread of this process holds the store");
}

void turn_leave(void) {
    struct interruption before = held;

    pthread_mutex_unlock(&tokenstore_turn.mutex);
    interruption_allow(&before);
}
