/*
 * test_threads.c - tests of many threads on one store, with forks and backups
 * at the same time: every answer is right, and nobody waits for ever.  This is
 * mainly a test for ThreadSanitizer.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/store_fixture.h"

#define THREADS 8
#define ROUNDS 60
#ifdef __SANITIZE_ADDRESS__
#define FORKS 0 /* gcc 12's allocator may be locked for ever in a child */
#else
#define FORKS 20
#endif
#define BACKUPS 5

struct crowd {
    struct fixture *fixture;
    struct tokenstore_bearer good;
    struct tokenstore_bearer revoked;
    atomic_uint wrong;
    atomic_bool stop;
};

/* Returns a result instead of asserting it, because only the main thread may
 * use cmocka's assertions. */
static bool answers_are_right(struct tokenstore *store,
                              const struct crowd *crowd) {
    return verify(store, &crowd->good) == TOKENSTORE_OK &&
           verify(store, &crowd->revoked) == TOKENSTORE_ERROR_REFUSED;
}

static void *verify_often(void *argument) {
    struct crowd *crowd = argument;
    struct tokenstore *store = NULL;

    if (tokenstore_open(crowd->fixture->path, &store) != TOKENSTORE_OK)
        crowd->wrong++;
    for (int i = 0; store != NULL && i < ROUNDS; i++)
        if (!answers_are_right(store, crowd))
            crowd->wrong++;
    tokenstore_close(&store);
    return NULL;
}

/* Issues, verifies and revokes tokens until told to stop. */
static void *change_often(void *argument) {
    struct crowd *crowd = argument;
    struct tokenstore *store = NULL;
    struct tokenstore_token *token = NULL;

    if (tokenstore_open(crowd->fixture->path, &store) != TOKENSTORE_OK ||
        tokenstore_get(store, 1, &token) != TOKENSTORE_OK) {
        crowd->wrong++;
        return NULL;
    }
    while (!crowd->stop) {
        struct tokenstore_token *created = NULL;
        struct tokenstore_bearer bearer;
        uint64_t id;

        if (tokenstore_create(store, token, NOW, &bearer, &created) !=
            TOKENSTORE_OK) {
            crowd->wrong++;
            break;
        }
        id = tokenstore_token_id(created);
        tokenstore_token_free(&created);
        if (verify(store, &bearer) != TOKENSTORE_OK ||
            tokenstore_revoke(store, &id, 1, NULL) != TOKENSTORE_OK ||
            verify(store, &bearer) != TOKENSTORE_ERROR_REFUSED)
            crowd->wrong++;
    }
    tokenstore_token_free(&token);
    tokenstore_close(&store);
    return NULL;
}

/* The library must be usable in a child, no matter what the other threads did
 * at the time of the fork. */
static void fork_often(struct crowd *crowd) {
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
            alarm(60);
            _exit(answers_are_right(crowd->fixture->store, crowd) ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

/* Each backup is one sound state, even if others write at the same time. */
static void back_up_often(struct crowd *crowd) {
    for (int i = 0; i < BACKUPS; i++) {
        const char *file = fixture_file(crowd->fixture, "backup.tdb");
        struct tokenstore *backup = NULL;

        assert_ok(tokenstore_backup(crowd->fixture->store, file));
        assert_ok(tokenstore_open(file, &backup));
        assert_true(answers_are_right(backup, crowd));
        assert_sound(backup);
        tokenstore_close(&backup);
        assert_int_equal(unlink(file), 0);
    }
}

static void test_threads_and_forks_get_right_answers(void **state) {
    struct crowd crowd = {.fixture = *state};
    pthread_t threads[THREADS + 2];
    uint64_t id;

    issue(crowd.fixture->store, "virtual-jane", &crowd.good);
    id = issue(crowd.fixture->store, "virtual-jane", &crowd.revoked);
    assert_ok(tokenstore_revoke(crowd.fixture->store, &id, 1, NULL));
    for (int i = 0; i < THREADS + 2; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL,
                           i < THREADS ? verify_often : change_often, &crowd),
            0);
    fork_often(&crowd);
    back_up_often(&crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    crowd.stop = true;
    pthread_join(threads[THREADS], NULL);
    pthread_join(threads[THREADS + 1], NULL);
    assert_int_equal(crowd.wrong, 0);
    assert_sound(crowd.fixture->store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_threads_and_forks_get_right_answers, fixture_set_up,
            fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
