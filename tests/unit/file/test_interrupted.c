/*
 * test_interrupted.c - tests of each kind of change, killed or failed at every
 * write, growth, sync and change of a name that it makes.  Afterwards the
 * store is sound and holds all of the change or nothing of it; an acknowledged
 * change is there, and a change that was reported as failed is not.
 * With the argument "full", every block of a growth is interrupted, too.
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

/* Asserts that the store can be changed again.  After an interrupted growth,
 * it can grow. */
static void assert_changeable(struct trial *trial) {
    if (strcmp(trial->change->name, "growth") == 0) {
        scene_assert_growable(&trial->scene);
        return;
    }
    issue(trial->scene.fixture->store, "virtual-jim", NULL);
    assert_sound(trial->scene.fixture->store);
}

static bool full;

/* Returns the number of the next change to interrupt.  A growth fills many
 * similar blocks; unless "full" is given, a sample of them is enough. */
static unsigned int next(const struct trial *trial, unsigned int at) {
    return !full && at > 16 && at + 16 < trial->changes
               ? at + trial->changes / 16
               : at + 1;
}

/* ----------------------------------------------------------------- killing */

/* Runs the change in a child that is killed at one of its changes of files.
 * Returns whether the child was killed before it acknowledged the change. */
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
            assert_true(after); /* an acknowledged change is durable */
        done += after;
        undone += !after;
        assert_changeable(&trial);
    }
    /* Unless both outcomes occurred, nothing was tested. */
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
        assert_true(after); /* no false success */
    else if (error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
        assert_false(after); /* no false failure */
    assert_changeable(trial);
    return error != TOKENSTORE_OK;
}

static void fail_everywhere(struct fixture *fixture, const char *name) {
    struct trial trial;

    trial_begin(&trial, fixture, name);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        unsigned int refused = 0;

        for (unsigned int at = 1; at <= trial.changes; at = next(&trial, at))
            refused += fail_once(&trial, at, &failures[i]);
        /* At least the four syncs are refused.  A short write is completed
         * by another, so it need not fail. */
        assert_true(refused >= 4 || failures[i].fate == FATE_SHORT);
    }
    trial_end(&trial);
}

#define CHANGE(word, name)                                                    \
    static void test_killed_##word##_is_all_or_nothing(void **state) {        \
        kill_everywhere(*state, name);                                        \
    }                                                                         \
    static void test_failed_##word##_is_reported_truthfully(void **state) {   \
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

/* libtdb itself reports two of these failures wrongly.  If one of the first
 * three syncs fails, the change is undone; if the fourth fails, the change is
 * made, but a crash may still undo it. */
static void test_each_failed_sync_is_reported_truthfully(void **state) {
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

/* Returns whether the backup exists; if it does, it must be complete. */
static bool is_backed_up(const struct scene *scene, const char *file) {
    struct scene copy = *scene;
    struct fixture there = {.store = NULL};
    char *expected, *found;

    if (access(file, F_OK) != 0)
        return false;
    snprintf(there.path, sizeof(there.path), "%s", file);
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

static void test_failed_backup_leaves_no_file(void **state) {
    struct scene scene = {.fixture = *state};
    const char *file = fixture_file(scene.fixture, "new.tdb");
    char leftover[PATH_MAX]; /* stays if removing it fails */
    unsigned int changes, reads;

    snprintf(leftover, sizeof(leftover), "%s.%ld.new", file, (long)getpid());

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
        /* On a disk on which everything fails, a backup that could not be
         * synced may be impossible to remove. */
        if (error == TOKENSTORE_OK || !broken)
            assert_int_equal(there, error == TOKENSTORE_OK);
    }
    assert_sound(scene.fixture->store);
}

/* ------------------------------------------------------------------- reads */

/* If the disk cannot be read, the token is neither accepted nor refused. */
static void test_failed_read_is_not_a_refusal(void **state) {
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
        TEST(test_failed_##word##_is_reported_truthfully)

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
        TEST(test_each_failed_sync_is_reported_truthfully),
        TEST(test_failed_backup_leaves_no_file),
        TEST(test_failed_read_is_not_a_refusal),
    };

    full = argc > 1 && strcmp(argv[1], "full") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
