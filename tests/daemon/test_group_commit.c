/*
 * test_group_commit.c - prove that changes of many threads, made together by
 * the daemon's group commit, each have their own outcome: none is lost, and
 * none gets the result or the limits of another.
 */
#include <config.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/support/store_fixture.h"
#include "tools/accesstokend/shared/group_commit.h"

#define THREADS 64

static struct group_commit *committer;

static int set_up(void **state) {
    struct fixture *fixture;

    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    group_commit_patience = 5000000;
    committer = group_commit_new(fixture->path);
    return committer != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    group_commit_free(&committer);
    return fixture_tear_down(state);
}

/* A request: it was announced, makes its change, and ends. */
struct job {
    struct tokenstore_change change;
    const struct tokenstore_limits *limits;
    pthread_t thread;
};

static void *make(void *argument) {
    struct job *job = argument;

    if (!group_commit_change(committer, job->limits, &job->change))
        job->change.error = TOKENSTORE_ERROR_BUSY;
    group_commit_end(committer);
    return NULL;
}

static void start(struct job *job) {
    assert_int_equal(pthread_create(&job->thread, NULL, make, job), 0);
}

static void finish(struct job *job) {
    assert_int_equal(pthread_join(job->thread, NULL), 0);
}

static void forget(struct job *job) {
    tokenstore_token_free(&job->change.token);
    tokenstore_wipe(&job->change.bearer, sizeof(job->change.bearer));
}

/* Returns how many transactions the store's counter has seen; each transaction
 * adds 8 to it. */
static uint64_t transactions(const struct fixture *fixture) {
    size_t length;
    char *bytes = read_file(fixture->lock_path, &length);
    uint64_t count;

    assert_true(length >= sizeof(count));
    memcpy(&count, bytes, sizeof(count));
    free(bytes);
    return count / 8;
}

static void test_each_has_its_own_outcome(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct job jobs[THREADS] = {0};
    uint64_t before;

    issue(fixture->store, "virtual-joe", NULL);
    before = transactions(fixture);
    group_commit_patience = 500000000;
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i].change.kind =
            i % 2 == 0 ? TOKENSTORE_CHANGE_CREATE : TOKENSTORE_CHANGE_REVOKE;
        jobs[i].change.values = token;
        jobs[i].change.id = 100000 + i; /* no such token */
        group_commit_announce(committer);
    }
    for (size_t i = 0; i < THREADS; i++)
        start(&jobs[i]);
    for (size_t i = 0; i < THREADS; i++)
        finish(&jobs[i]);
    for (size_t i = 0; i < THREADS; i++) {
        if (i % 2 == 0) {
            assert_ok(jobs[i].change.error);
            assert_ok(verify(fixture->store, &jobs[i].change.bearer));
        } else {
            assert_error(jobs[i].change.error, TOKENSTORE_ERROR_NOT_FOUND);
            assert_null(jobs[i].change.token);
        }
        for (size_t k = 0; k < i; k += 2)
            if (i % 2 == 0)
                assert_int_not_equal(
                    tokenstore_token_id(jobs[i].change.token),
                    tokenstore_token_id(jobs[k].change.token));
    }
    for (size_t i = 0; i < THREADS; i++)
        forget(&jobs[i]);
    assert_int_equal(count_tokens(fixture->store), THREADS / 2 + 1);
    /* The first waited for all announced changes: one transaction. */
    assert_int_equal(transactions(fixture) - before, 1);
    tokenstore_token_free(&token);
}

/* A revocation has no limits; the changes in the same commit keep theirs. */
static void test_limits_hold_beside_changes_without_limits(void **state) {
    struct fixture *fixture = *state;
    const struct tokenstore_limits limits = {.tokens_per_user = 1};
    struct tokenstore_token *token = new_token("virtual-jane");
    struct job create = {.limits = &limits}, revoke = {.limits = NULL};

    issue(fixture->store, "virtual-jane", NULL);
    group_commit_patience = 500000000;
    create.change.kind = TOKENSTORE_CHANGE_CREATE;
    create.change.values = token;
    revoke.change.kind = TOKENSTORE_CHANGE_REVOKE;
    revoke.change.id = issue(fixture->store, "virtual-joe", NULL);
    group_commit_announce(committer);
    group_commit_announce(committer);
    start(&create);
    /* Time for it to become the first, whose limits could be replaced. */
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    start(&revoke);
    finish(&create);
    finish(&revoke);
    assert_error(create.change.error, TOKENSTORE_ERROR_LIMIT);
    assert_ok(revoke.change.error);
    forget(&create);
    forget(&revoke);
    tokenstore_token_free(&token);
}

/* A request that was announced but makes no change does not block others
 * forever. */
static void
test_announced_request_without_a_change_does_not_block(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct job job = {.limits = NULL};

    job.change.kind = TOKENSTORE_CHANGE_CREATE;
    job.change.values = token;
    group_commit_announce(committer);
    group_commit_announce(committer);
    start(&job);
    finish(&job);
    group_commit_end(committer);
    assert_ok(job.change.error);
    assert_ok(verify(fixture->store, &job.change.bearer));
    forget(&job);
    tokenstore_token_free(&token);
}

/* If the store cannot be written, every change fails and none has a secret. */
static void test_failed_write_fails_every_change(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    const struct tokenstore_bearer none = {.text = ""};
    struct job jobs[8] = {0};

    /* The store is unsafe, so nothing is written. */
    issue(fixture->store, "virtual-joe", NULL);
    assert_int_equal(chmod(fixture->path, 0666), 0);
    group_commit_patience = 500000000;
    for (size_t i = 0; i < 8; i++) {
        jobs[i].change.kind = TOKENSTORE_CHANGE_CREATE;
        jobs[i].change.values = token;
        group_commit_announce(committer);
    }
    for (size_t i = 0; i < 8; i++)
        start(&jobs[i]);
    for (size_t i = 0; i < 8; i++) {
        finish(&jobs[i]);
        assert_error(jobs[i].change.error, TOKENSTORE_ERROR_UNSAFE);
        assert_non_null(strstr(jobs[i].change.message, fixture->path));
        assert_null(jobs[i].change.token);
        assert_memory_equal(&jobs[i].change.bearer, &none, sizeof(none));
    }
    tokenstore_token_free(&token);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_each_has_its_own_outcome),
        TEST(test_limits_hold_beside_changes_without_limits),
        TEST(test_announced_request_without_a_change_does_not_block),
        TEST(test_failed_write_fails_every_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
