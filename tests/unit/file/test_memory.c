/*
 * test_memory.c - tests of every call of the library with only its first
 * allocation failing, then only its second, and so on for all of them.  The
 * call succeeds or reports a lack of memory, a change is made completely or
 * not at all, and nothing is leaked.  tests/pam/pam_memory.c does the same
 * with the module.
 *
 * Cannot be used with sanitizers, which have a malloc of their own.
 */
#include "tests/support/changes.h"
#include "tests/support/memory.h"
#include "tests/support/readings.h"

/* ---------------------------------------------------------------- changing */

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

/* ---------------------------------------------------------------- together */

#define TOGETHER 4

/* Revokes several tokens in one transaction; the content of the store shows
 * which of them were revoked. */
static enum tokenstore_error
revoke_together(struct fixture *fixture, struct tokenstore_change *changes) {
    for (size_t i = 0; i < TOGETHER; i++)
        changes[i] = (struct tokenstore_change){
            .kind = TOKENSTORE_CHANGE_REVOKE, .id = i + 1};
    return tokenstore_apply(fixture->store, changes, TOGETHER, NOW);
}

/* Asserts that the outcome of each change is true, and that either one change
 * at most failed or all did.  Returns how many failed. */
static unsigned int assert_outcomes(struct fixture *fixture,
                                    struct tokenstore_change *changes,
                                    enum tokenstore_error error) {
    unsigned int failed = 0;

    for (size_t i = 0; i < TOGETHER; i++) {
        struct tokenstore_token *there = NULL;
        bool gone = tokenstore_get(fixture->store, i + 1, &there) ==
                    TOKENSTORE_ERROR_NOT_FOUND;

        tokenstore_token_free(&there);
        assert_true(gone == (changes[i].error == TOKENSTORE_OK));
        if (changes[i].error != TOKENSTORE_OK) {
            assert_error(changes[i].error, TOKENSTORE_ERROR_NO_MEMORY);
            assert_null(changes[i].token);
            failed++;
        }
        tokenstore_token_free(&changes[i].token);
    }
    if (error == TOKENSTORE_OK)
        assert_true(failed < 2);
    else
        assert_int_equal(failed, TOGETHER);
    return failed;
}

static void test_changes_together_without_memory(void **state) {
    struct fixture *fixture = *state;
    struct trial trial;
    unsigned int alone = 0;
    unsigned int all = 0;
    bool failed;
    long nth = 0;

    trial_begin(&trial, fixture, "apply");
    do {
        struct tokenstore_change changes[TOGETHER];
        enum tokenstore_error error;
        unsigned int losers;
        long live;

        trial_put_back(&trial);
        live = memory_live();
        memory_fail_at(++nth);
        error = revoke_together(fixture, changes);
        failed = memory_failed();
        memory_fail_at(0);
        losers = assert_outcomes(fixture, changes, error);
        assert_int_equal(memory_live(), live);
        alone += losers == 1;
        all += losers == TOGETHER;
        assert_sound(fixture->store);
    } while (failed);
    assert_true(alone > 0 && all > 0);
    trial_end(&trial);
}

/* ----------------------------------------------------------------- reading */

static void starve_reading(struct fixture *fixture, reading_function *read) {
    unsigned int refused = 0;
    bool failed;
    long nth = 0;

    /* Lets libc load what it loads once, such as NSS modules: that is not
     * under test. */
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
            /* The name service needs memory, too. */
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
        TEST(test_changes_together_without_memory),
        TEST(test_reading_without_memory),
        TEST(test_growth_without_memory),
        TEST(test_revoke_user_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
