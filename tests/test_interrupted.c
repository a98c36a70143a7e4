/*
 * test_interrupted.c - each kind of change, killed and failed at every single
 * write, truncate and sync that it makes: afterwards the store is sound and
 * holds all of the change or nothing of it, and an acknowledged change stays.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose.h"
#include "store_fixture.h"

/* A store to start from, the same for every case. */
#define TOKENS 20

static int set_up(void **state) {
    interpose_reset();
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    return fixture_tear_down(state);
}

/* ------------------------------------------------------------- the changes */

typedef enum tokenstore_error change_function(struct fixture *fixture);

static enum tokenstore_error change_create(struct fixture *fixture) {
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    enum tokenstore_error error =
        tokenstore_create(fixture->store, token, NOW, &bearer, NULL);

    tokenstore_token_free(&token);
    return error;
}

static enum tokenstore_error change_modify(struct fixture *fixture) {
    struct tokenstore_token *values = new_token("virtual-jane");
    char scope[TOKENSTORE_SCOPE_MAX + 1];
    enum tokenstore_error error;

    /* Grows the record over several parts, and the file. */
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof scope, "%064d", i);
        assert_ok(tokenstore_token_add_scope(values, scope));
    }
    error = tokenstore_modify(fixture->store, 7, TOKENSTORE_FIELD_SCOPES,
                              values, NOW, NULL);
    tokenstore_token_free(&values);
    return error;
}

static enum tokenstore_error change_revoke(struct fixture *fixture) {
    static const uint64_t ids[] = {3, 5, 8, 13};

    return tokenstore_revoke(fixture->store, ids, 4, NULL);
}

static enum tokenstore_error change_rotate(struct fixture *fixture) {
    struct tokenstore_bearer bearer;

    return tokenstore_rotate(fixture->store, 7, 0, NULL, NOW, &bearer, NULL);
}

static enum tokenstore_error change_restore(struct fixture *fixture) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_restore(
        fixture->store, fixture_file(fixture, "backup.tdb"), false, &report);

    tokenstore_report_free(&report);
    return error;
}

/* --------------------------------------------------- what a store contains */

/* Everything that matters, as text to compare. */
static char *describe(struct fixture *fixture) {
    struct tokenstore_list *list = NULL;
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    assert_non_null(stream);
    assert_ok(
        tokenstore_list(fixture->store, NULL, 0, TOKENSTORE_LIMIT_MAX, &list));
    for (size_t i = 0; i < tokenstore_list_count(list); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);

        fprintf(stream, "%llu %s %zu\n",
                (unsigned long long)tokenstore_token_id(token),
                tokenstore_identity_name(tokenstore_token_user(token)),
                tokenstore_token_scope_count(token));
    }
    fclose(stream);
    tokenstore_list_free(&list);
    return text;
}

static void prepare(struct fixture *fixture) {
    unlink(fixture->path);
    unlink(fixture->lock_path);
    unlink(fixture_file(fixture, "backup.tdb"));
    for (int i = 0; i < TOKENS; i++)
        issue(fixture->store, "virtual-jane", NULL);
    assert_ok(tokenstore_backup(fixture->store,
                                fixture_file(fixture, "backup.tdb")));
    issue(fixture->store, "virtual-joe", NULL); /* restore drops this one */
}

struct starting_point {
    char *store, *lock;
    size_t store_length, lock_length;
    char *before, *after; /* described */
    unsigned int changes;
};

static void put_back(struct fixture *fixture,
                     const struct starting_point *start) {
    write_file(fixture->path, start->store, start->store_length, 0600);
    write_file(fixture->lock_path, start->lock, start->lock_length, 0600);
    unlink(fixture_file(fixture, "tokens.tdb.new"));
}

static void measure(struct fixture *fixture, change_function *change,
                    struct starting_point *start) {
    prepare(fixture);
    start->store = read_file(fixture->path, &start->store_length);
    start->lock = read_file(fixture->lock_path, &start->lock_length);
    start->before = describe(fixture);
    interpose_reset();
    assert_ok(change(fixture));
    start->changes = interpose.changes;
    interpose_reset();
    start->after = describe(fixture);
    assert_string_not_equal(start->before, start->after);
    assert_true(start->changes >= 8);
}

static void forget(struct starting_point *start) {
    free(start->store);
    free(start->lock);
    free(start->before);
    free(start->after);
}

/* Sound, and all or nothing; returns whether it is all. */
static bool is_after(struct fixture *fixture,
                     const struct starting_point *start) {
    char *now = describe(fixture);
    bool after = strcmp(now, start->after) == 0;

    if (!after)
        assert_string_equal(now, start->before);
    free(now);
    assert_sound(fixture->store);
    return after;
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

    measure(fixture, change, &start);
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

    measure(fixture, change, &start);
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

/* The two failures that libtdb itself reports wrongly. */
static void test_failed_sync_is_told_apart(void **state) {
    static const enum tokenstore_error expected[] = {
        TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO,
        TOKENSTORE_ERROR_OUTCOME_UNKNOWN};
    struct fixture *fixture = *state;

    prepare(fixture);
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
        TEST(test_failed_sync_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
