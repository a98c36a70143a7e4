/*
 * test_memory.c - every call of the library with its first allocation
 * failing, then the second alone, and so on through them all: it succeeds or
 * says that memory is short, a change is there or not at all, and nothing is
 * leaked.  (tests/pam_memory.c does it to the module.)
 *
 * Not for sanitizers, which bring a malloc of their own.
 */
#include "changes.h"
#include "memory.h"
#include "readings.h"

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

static void starve_reading(struct fixture *fixture, reading_function *read) {
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
            /* The name service needs memory as well. */
            if (error != TOKENSTORE_ERROR_NSS_UNAVAILABLE)
                assert_error(error, TOKENSTORE_ERROR_NO_MEMORY);
            refused++;
        }
    } while (failed);
    assert_true(refused > 2);
}

static void test_reading_without_memory(void **state) {
    struct fixture *fixture = *state;

    readings_prepare(fixture);
    for (size_t i = 0; readings[i] != NULL; i++)
        starve_reading(fixture, readings[i]);
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
