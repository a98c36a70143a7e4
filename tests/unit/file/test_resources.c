/*
 * test_resources.c - tests of every call of the library without descriptors,
 * and of every change with files that may not grow.  The call succeeds or
 * reports that the store cannot be used now, a change is made completely or
 * not at all, no descriptor is leaked, and no invalid token is accepted.
 * test_memory.c does the same without memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/descriptors.h"
#include "tests/support/readings.h"

#define DESCRIPTORS 20

static const char *const changes[] = {
    "create", "modify",       "revoke",  "revoke-user", "rotate",
    "growth", "first-create", "restore", NULL,
};

/* ------------------------------------------------------------------ limits */

/* Ends a child with the error as its exit status, or with 255 if the call
 * leaked or closed descriptors. */
_Noreturn static void answer(enum tokenstore_error error,
                             unsigned int before) {
    _exit(open_descriptors() == before ? (int)error : 255);
}

static unsigned int limited(__rlimit_resource_t resource, rlim_t limit) {
    struct rlimit limits = {limit, limit};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(resource, &limits);
    return open_descriptors();
}

static enum tokenstore_error answer_of(pid_t child) {
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 255); /* a leak */
    return (enum tokenstore_error)WEXITSTATUS(status);
}

static enum tokenstore_error
change_with(struct trial *trial, __rlimit_resource_t resource, rlim_t limit) {
    pid_t child;
    unsigned int before;

    trial_put_back(trial);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        before = limited(resource, limit);
        answer(trial->change->run(&trial->scene), before);
    }
    return answer_of(child);
}

static enum tokenstore_error read_with(struct fixture *fixture,
                                       reading_function *read,
                                       __rlimit_resource_t resource,
                                       rlim_t limit) {
    pid_t child = fork();
    unsigned int before;

    assert_true(child >= 0);
    if (child == 0) {
        before = limited(resource, limit);
        answer(read(fixture), before);
    }
    return answer_of(child);
}

/* Returns whether the change was refused, and asserts that the store agrees
 * with the result. */
static bool refused(struct trial *trial, enum tokenstore_error error) {
    bool after = trial_is_after(trial);

    if (error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
        assert_true(after == (error == TOKENSTORE_OK));
    return error != TOKENSTORE_OK;
}

/* ------------------------------------------------------------------- tests */

static void test_changes_without_descriptors(void **state) {
    for (size_t i = 0; changes[i] != NULL; i++) {
        struct trial trial;
        unsigned int failures = 0;

        trial_begin(&trial, *state, changes[i]);
        for (rlim_t limit = 0; limit <= DESCRIPTORS; limit++) {
            enum tokenstore_error error =
                change_with(&trial, RLIMIT_NOFILE, limit);

            /* The outcome is unknown if a new file is in place but could not
             * be synced. */
            if (error != TOKENSTORE_OK &&
                error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
                assert_error(error, TOKENSTORE_ERROR_UNAVAILABLE);
            failures += refused(&trial, error);
        }
        assert_in_range(failures, 4, DESCRIPTORS - 4);
        trial_end(&trial);
    }
}

static void test_reading_without_descriptors(void **state) {
    struct fixture *fixture = *state;

    readings_prepare(fixture);
    for (size_t i = 0; readings[i] != NULL; i++) {
        unsigned int failures = 0;

        for (rlim_t limit = 0; limit <= DESCRIPTORS; limit++) {
            enum tokenstore_error error =
                read_with(fixture, readings[i], RLIMIT_NOFILE, limit);

            if (error == TOKENSTORE_OK)
                continue;
            failures++;
            /* The name service needs a descriptor, too. */
            if (error != TOKENSTORE_ERROR_NSS_UNAVAILABLE)
                assert_error(error, TOKENSTORE_ERROR_UNAVAILABLE);
        }
        assert_in_range(failures, 4, DESCRIPTORS - 4);
    }
}

/* The limits go from 0 to more than the size of the store, and begin with
 * steps that matter to the 8 bytes of the lock file. */
static void test_changes_without_room_in_files(void **state) {
    for (size_t i = 0; changes[i] != NULL; i++) {
        struct trial trial;
        unsigned int failures = 0;
        enum tokenstore_error error;
        rlim_t limit = 0;

        trial_begin(&trial, *state, changes[i]);
        do {
            error = change_with(&trial, RLIMIT_FSIZE, limit);
            if (error != TOKENSTORE_OK &&
                error != TOKENSTORE_ERROR_UNAVAILABLE)
                assert_error(error, TOKENSTORE_ERROR_IO);
            failures += refused(&trial, error);
            limit += limit < 16 ? 4 : limit < 2000000 ? 100000 : 4000000;
        } while (limit < 40000000);
        assert_error(error, TOKENSTORE_OK);
        assert_true(failures >= 4);
        trial_end(&trial);
    }
}

/* Calls that do not write succeed with any limit. */
static void test_logins_need_no_room(void **state) {
    struct fixture *fixture = *state;

    readings_prepare(fixture);
    for (size_t i = 0; i < 4; i++)
        assert_ok(read_with(fixture, readings[i], RLIMIT_FSIZE, 0));
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_changes_without_descriptors),
        TEST(test_reading_without_descriptors),
        TEST(test_changes_without_room_in_files),
        TEST(test_logins_need_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
