/*
 * pam_threads.c - prove that every login has the right answer while sixteen
 * threads log in, each with a handle of its own, and other processes issue and
 * revoke tokens in the same store.
 */
#include <config.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define THREADS 16
#define ROUNDS 40
#define CHANGERS 2

static struct tokenstore_bearer good;
static struct tokenstore_bearer disabled;
static struct tokenstore_bearer revoked;
static struct tokenstore_bearer narrow;
static atomic_int failures;

static void expect(const char *what, const char *presented, int wanted) {
    int code = client_login("imap", fixture_me(), presented);

    if (code != wanted) {
        fprintf(stderr, "%s: %d, not %d\n", what, code, wanted);
        atomic_fetch_add(&failures, 1);
    }
}

static void *log_in(void *argument) {
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        expect("good", good.text, PAM_SUCCESS);
        expect("disabled", disabled.text, PAM_AUTH_ERR);
        expect("revoked", revoked.text, PAM_AUTH_ERR);
        expect("another scope", narrow.text, PAM_AUTH_ERR);
        expect("password", "hunter2", PAM_CRED_INSUFFICIENT);
    }
    return NULL;
}

/* Issues a token and revokes it, until told to stop.  The library accepts it
 * before and refuses it afterwards; this process has no other thread. */
_Noreturn static void change(int stop) {
    struct fixture_token token = {0};
    struct tokenstore *store = fixture_open(fixture_store());
    const char *const scope = "imap";
    int rounds = 0;
    char byte;

    /* The parent closes its end of the pipe to stop this. */
    while (read(stop, &byte, 1) < 0) {
        struct tokenstore_bearer bearer;
        uint64_t id = fixture_issue(&token, &bearer);
        struct tokenstore_request request = {
            .bearer = bearer.text,
            .bearer_length = TOKENSTORE_BEARER_LENGTH,
            .user = fixture_me(),
            .scopes = &scope,
            .scope_count = 1,
            .now = time(NULL),
        };
        enum tokenstore_reason reason;

        must("verify", tokenstore_verify(store, &request, NULL, &reason),
             store);
        must("revoke", tokenstore_revoke(store, &id, 1, NULL), store);
        if (tokenstore_verify(store, &request, NULL, &reason) !=
                TOKENSTORE_ERROR_REFUSED ||
            reason != TOKENSTORE_REASON_UNKNOWN)
            fail_hard("a revoked token is not unknown");
        rounds++;
    }
    tokenstore_close(&store);
    _exit(rounds > 0 ? 0 : 1);
}

static void issue_all(void) {
    struct fixture_token token = {0};
    struct tokenstore *store = fixture_open(fixture_store());
    uint64_t id;

    fixture_issue(&token, &good);
    id = fixture_issue(&token, &revoked);
    must("revoke", tokenstore_revoke(store, &id, 1, NULL), store);
    token.disabled = true;
    fixture_issue(&token, &disabled);
    token.disabled = false;
    token.scopes[0] = "smtp";
    fixture_issue(&token, &narrow);
    tokenstore_close(&store);
}

int main(void) {
    pthread_t threads[THREADS];
    pid_t changers[CHANGERS];
    int stop[2];

    fixture_begin(300);
    fixture_imap();
    issue_all();
    if (pipe2(stop, O_NONBLOCK) != 0)
        fail_hard("pipe");
    for (size_t i = 0; i < CHANGERS; i++) {
        changers[i] = fork();
        if (changers[i] == 0) {
            close(stop[1]);
            change(stop[0]);
        }
    }
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, log_in, NULL) != 0)
            fail_hard("pthread_create");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close(stop[1]);
    for (size_t i = 0; i < CHANGERS; i++) {
        int status;

        if (waitpid(changers[i], &status, 0) < 0 || status != 0)
            fail_hard("a process that issues and revokes failed");
    }
    return failures == 0 ? 0 : 1;
}
