/*
 * pam_cancelled.c - prove that a thread which is cancelled in the middle of a
 * login leaves nothing that another login waits for.
 *
 * The thread cancels itself: this program defines pread, which libtdb finds
 * before that of libc (-export-dynamic).
 */
#include <config.h>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define EXPORTED __attribute__((visibility("default")))

static struct tokenstore_bearer good;

/* How many reads are left until the thread is cancelled. */
static _Thread_local int cancel_at_read;

static void cancel_if(void) {
    if (cancel_at_read > 0 && --cancel_at_read == 0) {
        pthread_cancel(pthread_self());
        pthread_testcancel(); /* as libc's pread would */
    }
}

EXPORTED ssize_t pread(int fd, void *buffer, size_t size, off_t offset) {
    cancel_if();
    return syscall(SYS_pread64, fd, buffer, size, offset);
}

EXPORTED ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset) {
    cancel_if();
    return syscall(SYS_pread64, fd, buffer, size, offset);
}

static void end(void *handle) { pam_end(handle, PAM_SUCCESS); }

static void *log_in(void *read) {
    pam_handle_t *handle =
        client_start("imap", fixture_me(), client_presents(good.text));

    pthread_cleanup_push(end, handle);
    cancel_at_read = *(const int *)read;
    if (pam_authenticate(handle, 0) == PAM_SUCCESS)
        pam_acct_mgmt(handle, 0);
    cancel_at_read = 0;
    pthread_testcancel();
    pthread_cleanup_pop(true);
    return NULL;
}

int main(void) {
    struct fixture_token token = {0};
    int cancelled = 0;

    fixture_begin(60);
    fixture_imap();
    fixture_issue(&token, &good);
    /* Until there are fewer reads than that in a login. */
    for (int read = 1;; read++) {
        pthread_t thread;
        void *result;

        if (pthread_create(&thread, NULL, log_in, &read) != 0 ||
            pthread_join(thread, &result) != 0)
            fail_hard("pthread");
        if (client_login("imap", fixture_me(), good.text) != PAM_SUCCESS)
            fail_hard("no login after one that was cancelled at read %d",
                      read);
        if (result != PTHREAD_CANCELED)
            break;
        cancelled++;
    }
    if (cancelled < 6)
        fail_hard("only %d logins were cancelled", cancelled);
    return 0;
}
