/*
 * test_memory.c - every call of the library with its first allocation
 * failing, then the second alone, and so on through them all: it succeeds or
 * says that memory is short, a change is there or not at all, and nothing is
 * leaked.  (tests/pam_memory.c does it to the module.)
 *
 * Not for sanitizers, which bring a malloc of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "changes.h"
#include "memory.h"

/* ----------------------------------------------------------------- changing
 */

static void starve_change(struct fixture *fixture, const char *name) {
    struct trial trial;
    unsigned int refused = 0;
    bool failed;
    long nth = 0;

    trial_begin(&trial, fixture, name);
    do {
        enum tokenstore_error error;
        long live;
        bool after;

        trial_put_back(&trial);
        live = memory_live();
        memory_fail_at(++nth);
        error = trial.change->run(&trial.scene);
        failed = memory_failed();
        memory_fail_at(0);
        assert_int_equal(memory_live(), live);
        after = trial_is_after(&trial);
        if (error != TOKENSTORE_OK) {
            assert_error(error, TOKENSTORE_ERROR_NO_MEMORY);
            refused++;
        }
        assert_true(after == (error == TOKENSTORE_OK));
    } while (failed);
    assert_true(refused > 2);
    trial_end(&trial);
}

static void test_create_without_memory(void **state) {
    starve_change(*state, "create");
}

static void test_modify_without_memory(void **state) {
    starve_change(*state, "modify");
}

static void test_revoke_without_memory(void **state) {
    starve_change(*state, "revoke");
}

static void test_revoke_user_without_memory(void **state) {
    starve_change(*state, "revoke-user");
}

static void test_rotate_without_memory(void **state) {
    starve_change(*state, "rotate");
}

static void test_restore_without_memory(void **state) {
    starve_change(*state, "restore");
}

static void test_growth_without_memory(void **state) {
    starve_change(*state, "growth");
}

/* ------------------------------------------------------------------ reading
 */

static struct tokenstore_bearer good, revoked;
static struct tokenstore_identity *jane;

typedef enum tokenstore_error read_function(struct fixture *fixture);

static enum tokenstore_error read_verify(struct fixture *fixture) {
    enum tokenstore_error error = verify(fixture->store, &good);

    /* The name service needs memory as well. */
    return error == TOKENSTORE_ERROR_NSS_UNAVAILABLE
               ? TOKENSTORE_ERROR_NO_MEMORY
               : error;
}

static enum tokenstore_error read_revoked(struct fixture *fixture) {
    enum tokenstore_error error = verify(fixture->store, &revoked);

    assert_int_not_equal(error, TOKENSTORE_OK);
    return error == TOKENSTORE_ERROR_REFUSED ? TOKENSTORE_OK : error;
}

static enum tokenstore_error read_get(struct fixture *fixture) {
    struct tokenstore_token *token = NULL;
    enum tokenstore_error error = tokenstore_get(fixture->store, 2, &token);

    tokenstore_token_free(&token);
    return error;
}

static enum tokenstore_error read_list(struct fixture *fixture) {
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error =
        tokenstore_list(fixture->store, jane, 0, 100, &list);

    tokenstore_list_free(&list);
    return error;
}

static enum tokenstore_error read_check(struct fixture *fixture) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_check(fixture->store, &report);

    tokenstore_report_free(&report);
    return error;
}

static enum tokenstore_error read_backup(struct fixture *fixture) {
    const char *file = fixture_file(fixture, "other.tdb");
    enum tokenstore_error error = tokenstore_backup(fixture->store, file);

    if (error != TOKENSTORE_OK)
        assert_int_equal(access(file, F_OK), -1);
    else
        assert_int_equal(unlink(file), 0);
    return error;
}

static void starve_reading(struct fixture *fixture, read_function *read) {
    unsigned int refused = 0;
    bool failed;
    long nth = 0;

    /* What libc loads once, such as NSS modules, is not what is tested. */
    assert_ok(read(fixture));
    do {
        enum tokenstore_error error;
        long live = memory_live();

        memory_fail_at(++nth);
        error = read(fixture);
        failed = memory_failed();
        memory_fail_at(0);
        assert_int_equal(memory_live(), live);
        if (error != TOKENSTORE_OK) {
            assert_error(error, TOKENSTORE_ERROR_NO_MEMORY);
            refused++;
        }
    } while (failed);
    assert_true(refused > 2);
}

static void test_reading_without_memory(void **state) {
    static read_function *const reading[] = {read_verify, read_revoked,
                                             read_get,    read_list,
                                             read_check,  read_backup};
    struct fixture *fixture = *state;
    uint64_t id = issue(fixture->store, "virtual-jane", &revoked);

    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    issue(fixture->store, "virtual-jane", &good);
    assert_ok(tokenstore_identity_parse("virtual-jane", &jane));
    for (size_t i = 0; i < sizeof reading / sizeof reading[0]; i++)
        starve_reading(fixture, reading[i]);
    tokenstore_identity_free(&jane);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_create_without_memory),
        TEST(test_modify_without_memory),
        TEST(test_revoke_without_memory),
        TEST(test_rotate_without_memory),
        TEST(test_restore_without_memory),
        TEST(test_reading_without_memory),
        TEST(test_growth_without_memory),
        TEST(test_revoke_user_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
