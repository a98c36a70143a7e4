/*
 * test_interrupted.c - each kind of change, killed and failed at every single
 * write, growth, sync and change of a name that it makes: afterwards the store
 * is sound and holds all of the change or nothing of it, an acknowledged
 * change stays, and a change that is said to have failed is not there.
 * With the word full, at every block of a growth too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/interpose.h"

static int set_up(void **state) {
    interpose_reset();
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    return fixture_tear_down(state);
}

/* It can be changed again, even where growing was what went wrong. */
static void assert_changeable(struct trial *trial) {
    if (strcmp(trial->change->name, "growth") == 0) {
        scene_assert_growable(&trial->scene);
        return;
    }
    issue(trial->scene.fixture->store, "virtual-jim", NULL);
    assert_sound(trial->scene.fixture->store);
}

static bool full;

/* The next change to interrupt.  A growth fills many blocks, one like the
 * other: a sample of those will do, mostly. */
static unsigned int next(const struct trial *trial, unsigned int at) {
    return !full && at > 16 && at + 16 < trial->changes
               ? at + trial->changes / 16
               : at + 1;
}

/* ----------------------------------------------------------------- killing */

/* Run the change in a child that dies at a change of its files; returns
 * whether it died before it could acknowledge. */
static bool run_killed(struct trial *trial, unsigned int at) {
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        interpose_reset();
        interpose.at_change = at;
        interpose.fate = FATE_KILL;
        _exit(trial->change->run(&trial->scene) == TOKENSTORE_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
                (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

static void kill_everywhere(struct fixture *fixture, const char *name) {
    struct trial trial;
    unsigned int undone = 0;
    unsigned int done = 0;

    trial_begin(&trial, fixture, name);
    for (unsigned int at = 1; at <= trial.changes + 1; at = next(&trial, at)) {
        bool died, after;

        trial_put_back(&trial);
        died = run_killed(&trial, at);
        after = trial_is_after(&trial);
        if (!died)
            assert_true(after); /* acknowledged means durable */
        done += after;
        undone += !after;
        assert_changeable(&trial);
    }
    /* Both outcomes have been seen, or nothing was tested. */
    assert_true(undone > 0 && done > 0);
    trial_end(&trial);
}

/* ----------------------------------------------------------------- failing */

static const struct failure {
    enum fate fate;
    int error;
    bool all_after;
} failures[] = {
    {FATE_FAIL, EIO, false}, {FATE_FAIL, EIO, true}, {FATE_FAIL, ENOSPC, true},
    {FATE_SHORT, 0, false},  {FATE_SHORT, 0, true},
};

static void fail_at(unsigned int at, const struct failure *failure) {
    interpose_reset();
    interpose.at_change = at;
    interpose.fate = failure->fate;
    interpose.error = failure->error;
    interpose.fail_all_after = failure->all_after;
}

/* Returns whether the change was refused. */
static bool fail_once(struct trial *trial, unsigned int at,
                      const struct failure *failure) {
    enum tokenstore_error error;
    bool after;

    trial_put_back(trial);
    fail_at(at, failure);
    error = trial->change->run(&trial->scene);
    interpose_reset();
    if (error == TOKENSTORE_OK && trial->scene.fresh.text[0] != '\0')
        assert_ok(verify(trial->scene.fixture->store, &trial->scene.fresh));
    after = trial_is_after(trial);
    if (error == TOKENSTORE_OK)
        assert_true(after); /* never a false success */
    else if (error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
        assert_false(after); /* nor a false failure */
    assert_changeable(trial);
    return error != TOKENSTORE_OK;
}

static void fail_everywhere(struct fixture *fixture, const char *name) {
    struct trial trial;

    trial_begin(&trial, fixture, name);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        unsigned int refused = 0;

        for (unsigned int at = 1; at <= trial.changes; at = next(&trial, at))
            refused += fail_once(&trial, at, &failures[i]);
        /* The four syncs, at least; half a write is made whole by another. */
        assert_true(refused >= 4 || failures[i].fate == FATE_SHORT);
    }
    trial_end(&trial);
}

#define CHANGE(word, name)                                                    \
    static void test_killed_##word##_is_all_or_nothing(void **state) {        \
        kill_everywhere(*state, name);                                        \
    }                                                                         \
    static void test_failed_##word##_says_what_is_true(void **state) {        \
        fail_everywhere(*state, name);                                        \
    }

CHANGE(create, "create")
CHANGE(modify, "modify")
CHANGE(revoke, "revoke")
CHANGE(revoke_user, "revoke-user")
CHANGE(rotate, "rotate")
CHANGE(rotate_with_grace, "rotate-grace")
CHANGE(restore, "restore")
CHANGE(first_create, "first-create")
CHANGE(growth, "growth")

static void test_killed_bulk_change_is_all_or_nothing(void **state) {
    kill_everywhere(*state, "bulk");
}

static void test_killed_changes_together_are_all_or_nothing(void **state) {
    kill_everywhere(*state, "apply");
}

/* The two failures that libtdb itself reports wrongly. */
static void test_failed_sync_is_told_apart(void **state) {
    static const enum tokenstore_error expected[] = {
        TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO,
        TOKENSTORE_ERROR_OUTCOME_UNKNOWN};
    const struct change *change = change_named("create");
    struct scene scene = {.fixture = *state};

    change->prepare(&scene);
    for (unsigned int sync = 1; sync <= 4; sync++) {
        size_t before = count_tokens(scene.fixture->store);

        interpose_reset();
        interpose.at_sync = sync;
        interpose.fate = FATE_FAIL;
        assert_error(change->run(&scene), expected[sync - 1]);
        interpose_reset();
        assert_int_equal(count_tokens(scene.fixture->store),
                         sync < 4 ? before : before + 1);
        assert_sound(scene.fixture->store);
    }
}

/* ----------------------------------------------------------------- backups */

/* Complete, or not there. */
static bool is_backed_up(const struct scene *scene, const char *file) {
    struct scene copy = *scene;
    struct fixture there = {.store = NULL};
    char *expected, *found;

    if (access(file, F_OK) != 0)
        return false;
    snprintf(there.path, sizeof there.path, "%s", file);
    assert_ok(tokenstore_open(file, &there.store));
    copy.fixture = &there;
    expected = scene_describe(scene);
    found = scene_describe(&copy);
    assert_string_equal(found, expected);
    assert_sound(there.store);
    free(found);
    free(expected);
    tokenstore_close(&there.store);
    return true;
}

static void test_failed_backup_is_not_there(void **state) {
    struct scene scene = {.fixture = *state};
    const char *file = fixture_file(scene.fixture, "new.tdb");
    char leftover[PATH_MAX]; /* where removing that is what fails */
    unsigned int changes, reads;

    snprintf(leftover, sizeof leftover, "%s.%ld.new", file, (long)getpid());

    change_named("create")->prepare(&scene);
    interpose_reset();
    assert_ok(tokenstore_backup(scene.fixture->store, file));
    changes = interpose.changes;
    reads = interpose.reads;
    assert_true(changes >= 6 && reads >= 4);
    for (unsigned int at = 1; at <= 3 * changes + reads; at++) {
        enum tokenstore_error error;
        bool broken, there;

        unlink(file);
        unlink(leftover);
        if (at <= 3 * changes) {
            fail_at((at - 1) % changes + 1, &failures[(at - 1) / changes]);
        } else {
            interpose_reset();
            interpose.at_read = at - 3 * changes;
        }
        error = tokenstore_backup(scene.fixture->store, file);
        broken = interpose.fail_all_after;
        interpose_reset();
        there = is_backed_up(&scene, file);
        /* A broken disk may not let go of a backup that it cannot sync. */
        if (error == TOKENSTORE_OK || !broken)
            assert_int_equal(there, error == TOKENSTORE_OK);
    }
    assert_sound(scene.fixture->store);
}

/* ------------------------------------------------------------------- reads */

/* A disk that cannot be read is neither a yes nor a no. */
static void test_failed_read_is_no_answer(void **state) {
    struct scene scene = {.fixture = *state};
    unsigned int failed = 0;
    unsigned int reads;

    change_named("create")->prepare(&scene);
    interpose_reset();
    assert_ok(verify(scene.fixture->store, &scene.watched[0]));
    reads = interpose.reads;
    assert_true(reads >= 6);
    for (unsigned int at = 1; at <= reads; at++) {
        enum tokenstore_error error;

        interpose_reset();
        interpose.at_read = at;
        error = verify(scene.fixture->store, &scene.watched[0]);
        assert_int_not_equal(error, TOKENSTORE_ERROR_REFUSED);
        failed += error != TOKENSTORE_OK;
    }
    assert_true(failed > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TESTS_OF(word)                                                        \
    TEST(test_killed_##word##_is_all_or_nothing),                             \
        TEST(test_failed_##word##_says_what_is_true)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TESTS_OF(create),
        TESTS_OF(modify),
        TESTS_OF(revoke),
        TESTS_OF(revoke_user),
        TESTS_OF(rotate),
        TESTS_OF(rotate_with_grace),
        TESTS_OF(restore),
        TESTS_OF(first_create),
        TESTS_OF(growth),
        TEST(test_killed_bulk_change_is_all_or_nothing),
        TEST(test_killed_changes_together_are_all_or_nothing),
        TEST(test_failed_sync_is_told_apart),
        TEST(test_failed_backup_is_not_there),
        TEST(test_failed_read_is_no_answer),
    };

    full = argc > 1 && strcmp(argv[1], "full") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
