/*
 * test_exchange.c - tests of a file that its owner exchanges while a call is
 * under way: nobody waits for a FIFO, and what was judged is what is used.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/file_fixture.h"
#include "tests/support/readings.h"

/* -------------------------------------------------------------------- FIFOs
 */

/* Before its nth open, a path becomes a FIFO, or a file for everybody. */
struct exchange {
    const char *path;
    unsigned int at;
    bool fifo;
    unsigned int opens;
};

static void exchange(const char *path, void *argument) {
    struct exchange *exchange = argument;

    if (strcmp(path, exchange->path) != 0 &&
        strcmp(path, strrchr(exchange->path, '/') + 1) != 0)
        return;
    if (++exchange->opens != exchange->at)
        return;
    if (exchange->fifo) {
        unlink(exchange->path);
        mkfifo(exchange->path, 0600);
    } else {
        chmod(exchange->path, 0644);
    }
}

static void arm(struct exchange *state) {
    interpose_reset();
    interpose.on_open = exchange;
    interpose.open_argument = state;
}

static enum tokenstore_error create(struct fixture *fixture) {
    return try_to_issue(fixture->store);
}

static enum tokenstore_error restore(struct fixture *fixture) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_restore(
        fixture->store, fixture_file(fixture, "backup.tdb"), false, &report);

    tokenstore_report_free(&report);
    return error;
}

/* Returns the status of a child, which may hang with all signals blocked. */
static int status_of(pid_t child) {
    int status = -1;

    for (int i = 0; i < 6000; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    fail_msg("it waits for a FIFO");
    return status;
}

/* Returns whether the call opened the path so often. */
static bool meets_fifo(struct fixture *fixture, const char *path,
                       reading_function *call, unsigned int at) {
    struct exchange state = {.path = path, .at = at, .fifo = true};
    size_t length;
    char *before = read_file(path, &length);
    bool met;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        enum tokenstore_error error;

        arm(&state);
        error = call(fixture);
        _exit(state.opens < at ? 2 : error == TOKENSTORE_OK ? 1 : 0);
    }
    status = status_of(child);
    assert_true(WIFEXITED(status));
    met = WEXITSTATUS(status) != 2;
    /* The last open may only repair or copy what has been read. */
    if (met && at == 1)
        assert_int_equal(WEXITSTATUS(status), 0);
    unlink(path);
    write_file(path, before, length, 0600);
    free(before);
    return met;
}

static void test_nobody_waits_for_a_fifo(void **state) {
    struct fixture *fixture = *state;
    char backup[PATH_MAX];

    readings_prepare(fixture);
    snprintf(backup, sizeof(backup), "%s",
             fixture_file(fixture, "backup.tdb"));
    assert_ok(tokenstore_backup(fixture->store, backup));
    for (unsigned int at = 1; at <= 4; at++) {
        for (size_t i = 0; readings[i] != NULL; i++)
            assert_true(meets_fifo(fixture, fixture->path, readings[i], at) ||
                        at > 1);
        assert_true(meets_fifo(fixture, fixture->path, create, at) || at > 2);
        assert_true(meets_fifo(fixture, fixture->path, restore, at) || at > 1);
        assert_true(meets_fifo(fixture, fixture->lock_path, create, at) ||
                    at > 1);
        assert_true(meets_fifo(fixture, backup, restore, at) || at > 1);
    }
}

/* Every open of the library and of libtdb, whatever the path. */
static void test_no_open_may_wait(void **state) {
    static const char *const changes[] = {
        "create", "modify",       "revoke",  "revoke-user", "rotate",
        "growth", "first-create", "restore", "bulk",        NULL};
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct trial trial;

    for (size_t i = 0; changes[i] != NULL; i++) {
        trial_begin(&trial, fixture, changes[i]);
        trial_put_back(&trial);
        interpose_reset();
        assert_ok(trial.change->run(&trial.scene));
        assert_int_equal(interpose.waiting_opens, 0);
        trial_end(&trial);
    }
    readings_prepare(fixture);
    for (size_t i = 0; readings[i] != NULL; i++) {
        interpose_reset();
        assert_ok(readings[i](fixture));
        assert_int_equal(interpose.waiting_opens, 0);
    }
    leave_recovery_due(fixture, &bearer);
    interpose_reset();
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(interpose.waiting_opens, 0);
}

/* ------------------------------------------------------------------- copies
 */

struct swap {
    const char *other; /* a store that takes the place of the new file */
    bool keep;         /* does the new file keep another name? */
    bool done;
};

static void swap(const struct deed *deed, void *argument) {
    struct swap *swap = argument;
    char path[PATH_MAX], link[32];
    ssize_t length;

    if (deed->what != DEED_CREATE || swap->done)
        return;
    swap->done = true;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", deed->fd);
    length = readlink(link, path, sizeof(path) - 8);
    assert_true(length > 0);
    path[length] = '\0';
    if (swap->keep) {
        char aside[PATH_MAX + 8];

        snprintf(aside, sizeof(aside), "%s.aside", path);
        assert_int_equal(rename(path, aside), 0);
    }
    assert_int_equal(rename(swap->other, path), 0);
}

/* The owner of the directory puts another sound store in the place of the
 * copy: that must not become the backup. */
static void back_up_swapped(struct fixture *fixture, bool keep,
                            const struct tokenstore_bearer *bearer) {
    char backup[PATH_MAX], other[PATH_MAX], lock[PATH_MAX + 8];
    struct tokenstore *store = NULL;
    struct swap state = {.other = other, .keep = keep};
    enum tokenstore_error error;

    snprintf(backup, sizeof(backup), "%s", fixture_file(fixture, "copy.tdb"));
    snprintf(other, sizeof(other), "%s", fixture_file(fixture, "other.tdb"));
    snprintf(lock, sizeof(lock), "%s.lock", other);
    assert_ok(tokenstore_open(other, &store));
    issue(store, "virtual-mallory", NULL);
    tokenstore_close(&store);
    interpose.on_deed = swap;
    interpose.deed_argument = &state;
    error = tokenstore_backup(fixture->store, backup);
    interpose_reset();
    assert_true(state.done);
    if (keep) {
        assert_ok(error);
        assert_ok(tokenstore_open(backup, &store));
        assert_ok(verify(store, bearer));
        tokenstore_close(&store);
        assert_int_equal(unlink(backup), 0);
    } else {
        assert_int_not_equal(error, TOKENSTORE_OK);
        assert_int_equal(access(backup, F_OK), -1);
    }
    unlink(lock);
}

static void test_backup_is_the_copy_that_was_judged(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", &bearer);
    back_up_swapped(fixture, true, &bearer);
    back_up_swapped(fixture, false, &bearer);
}

/* Between a judgement by name and the open, the file became another one. */
static void test_restored_file_is_judged_when_it_is_open(void **state) {
    struct fixture *fixture = *state;
    char backup[PATH_MAX];
    struct exchange change = {.path = backup, .at = 1};

    issue(fixture->store, "virtual-jane", NULL);
    snprintf(backup, sizeof(backup), "%s",
             fixture_file(fixture, "backup.tdb"));
    assert_ok(tokenstore_backup(fixture->store, backup));
    arm(&change);
    assert_error(restore(fixture), TOKENSTORE_ERROR_UNSAFE);
    assert_non_null(strstr(tokenstore_message(fixture->store), backup));
    assert_int_equal(unlink(backup), 0);
    interpose_reset();
    assert_ok(tokenstore_backup(fixture->store, backup));
    change = (struct exchange){.path = backup, .at = 1, .fifo = true};
    arm(&change);
    assert_error(restore(fixture), TOKENSTORE_ERROR_UNSAFE);
    assert_non_null(strstr(tokenstore_message(fixture->store), "FIFO"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_nobody_waits_for_a_fifo),
        FILE_TEST(test_no_open_may_wait),
        FILE_TEST(test_backup_is_the_copy_that_was_judged),
        FILE_TEST(test_restored_file_is_judged_when_it_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
