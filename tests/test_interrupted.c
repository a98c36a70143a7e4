/*
 * test_interrupted.c - each kind of change, killed and failed at every single
 * write, truncate and sync that it makes: afterwards the store is sound and
 * holds all of the change or nothing of it, and an acknowledged change stays.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "changes.h"
#include "interpose.h"

static int set_up(void **state) {
    interpose_reset();
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    return fixture_tear_down(state);
}

/* ----------------------------------------------------------------- killing */

/* Run the change in a child that dies at a change of its files; returns
 * whether it died before it could acknowledge. */
static bool run_killed(struct fixture *fixture, change_function *change,
                       unsigned int at) {
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        interpose_reset();
        interpose.at_change = at;
        interpose.fate = FATE_KILL;
        _exit(change(fixture) == TOKENSTORE_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
                (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

static void kill_everywhere(struct fixture *fixture, change_function *change) {
    struct starting_point start;
    unsigned int undone = 0;
    unsigned int done = 0;

    start_here(fixture, change, &start);
    for (unsigned int at = 1; at <= start.changes + 1; at++) {
        bool died, after;

        put_back(fixture, &start);
        died = run_killed(fixture, change, at);
        after = is_after(fixture, &start);
        if (!died)
            assert_true(after); /* acknowledged means durable */
        done += after;
        undone += !after;
        /* And the store can be changed again. */
        issue(fixture->store, "virtual-joe", NULL);
        assert_sound(fixture->store);
    }
    /* Both outcomes have been seen, or nothing was tested. */
    assert_true(undone > 0 && done > 0);
    forget(&start);
}

static void test_killed_create_is_all_or_nothing(void **state) {
    kill_everywhere(*state, change_create);
}

static void test_killed_modify_is_all_or_nothing(void **state) {
    kill_everywhere(*state, change_modify);
}

static void test_killed_revoke_is_all_or_nothing(void **state) {
    kill_everywhere(*state, change_revoke);
}

static void test_killed_rotate_is_all_or_nothing(void **state) {
    kill_everywhere(*state, change_rotate);
}

static void test_killed_restore_is_all_or_nothing(void **state) {
    kill_everywhere(*state, change_restore);
}

static void test_killed_first_create_leaves_a_store_or_none(void **state) {
    struct fixture *fixture = *state;
    unsigned int at = 0;
    bool died;

    start_anew(fixture);
    do {
        struct tokenstore_list *list = NULL;
        enum tokenstore_error error;

        unlink(fixture->path);
        unlink(fixture->lock_path);
        died = run_killed(fixture, change_create, ++at);
        error = tokenstore_list(fixture->store, NULL, 0, 10, &list);
        if (error == TOKENSTORE_OK) {
            assert_true(tokenstore_list_count(list) == 1 || died);
            assert_sound(fixture->store);
        } else {
            assert_error(error, TOKENSTORE_ERROR_MISSING);
            assert_true(died);
        }
        tokenstore_list_free(&list);
        issue(fixture->store, "virtual-joe", NULL);
        assert_sound(fixture->store);
    } while (died);
    assert_true(at > 10);
}

/* ----------------------------------------------------------------- failing */

static void fail_everywhere(struct fixture *fixture, change_function *change,
                            bool disk_stays_broken) {
    struct starting_point start;
    unsigned int refused = 0;

    start_here(fixture, change, &start);
    for (unsigned int at = 1; at <= start.changes; at++) {
        enum tokenstore_error error;
        bool after;

        put_back(fixture, &start);
        interpose_reset();
        interpose.at_change = at;
        interpose.fate = FATE_FAIL;
        interpose.fail_all_after = disk_stays_broken;
        error = change(fixture);
        interpose_reset();
        after = is_after(fixture, &start);
        if (error == TOKENSTORE_OK)
            assert_true(after); /* never a false success */
        else if (error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
            assert_false(after); /* nor a false failure */
        refused += error != TOKENSTORE_OK;
        issue(fixture->store, "virtual-joe", NULL);
        assert_sound(fixture->store);
    }
    assert_true(refused >= 4); /* the four syncs, at least */
    forget(&start);
}

static void test_failed_create_says_what_is_true(void **state) {
    fail_everywhere(*state, change_create, false);
    fail_everywhere(*state, change_create, true);
}

static void test_failed_modify_says_what_is_true(void **state) {
    fail_everywhere(*state, change_modify, false);
    fail_everywhere(*state, change_modify, true);
}

static void test_failed_revoke_says_what_is_true(void **state) {
    fail_everywhere(*state, change_revoke, false);
    fail_everywhere(*state, change_revoke, true);
}

static void test_failed_rotate_says_what_is_true(void **state) {
    fail_everywhere(*state, change_rotate, false);
    fail_everywhere(*state, change_rotate, true);
}

static void test_failed_restore_says_what_is_true(void **state) {
    fail_everywhere(*state, change_restore, false);
    fail_everywhere(*state, change_restore, true);
}

/* A read that fails must not look like a record that is not there. */
static void test_failed_read_is_no_absence(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    unsigned int failed = 0;
    enum tokenstore_error error;

    start_anew(fixture);
    issue(fixture->store, "virtual-jane", &bearer);
    for (unsigned int at = 1; at == 1 || interpose.reads >= at - 1; at++) {
        interpose_reset();
        interpose.at_read = at;
        error = verify(fixture->store, &bearer);
        assert_int_not_equal(error, TOKENSTORE_ERROR_REFUSED);
        failed += error != TOKENSTORE_OK;
    }
    assert_true(failed >= 4);
    interpose_reset();
    assert_ok(verify(fixture->store, &bearer));
}

/* The two failures that libtdb itself reports wrongly. */
static void test_failed_sync_is_told_apart(void **state) {
    static const enum tokenstore_error expected[] = {
        TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO,
        TOKENSTORE_ERROR_OUTCOME_UNKNOWN};
    struct fixture *fixture = *state;

    start_anew(fixture);
    for (unsigned int sync = 1; sync <= 4; sync++) {
        size_t before = count_tokens(fixture->store);

        interpose_reset();
        interpose.at_sync = sync;
        interpose.fate = FATE_FAIL;
        assert_error(change_create(fixture), expected[sync - 1]);
        interpose_reset();
        assert_int_equal(count_tokens(fixture->store),
                         sync < 4 ? before : before + 1);
        assert_sound(fixture->store);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_killed_create_is_all_or_nothing),
        TEST(test_killed_modify_is_all_or_nothing),
        TEST(test_killed_revoke_is_all_or_nothing),
        TEST(test_killed_rotate_is_all_or_nothing),
        TEST(test_killed_restore_is_all_or_nothing),
        TEST(test_killed_first_create_leaves_a_store_or_none),
        TEST(test_failed_create_says_what_is_true),
        TEST(test_failed_modify_says_what_is_true),
        TEST(test_failed_revoke_says_what_is_true),
        TEST(test_failed_rotate_says_what_is_true),
        TEST(test_failed_restore_says_what_is_true),
        TEST(test_failed_read_is_no_absence),
        TEST(test_failed_sync_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
