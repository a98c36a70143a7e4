/*
 * test_ration.c - prove that each user gets so many at once and one more after
 * each interval, that users do not take from each other, and that any number
 * of users needs no more memory.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/accesstokend/shared/ration.h"

#define SECOND ((int64_t)1000000000)

static struct ration ration;

static int set_up(void **state) {
    (void)state;
    ration = (struct ration){.count = 0};
    ration_begin(&ration);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ration_end(&ration);
    return 0;
}

static int64_t take(uint64_t user, int64_t second) {
    return ration_take(&ration, user, 3, 10 * SECOND, second * SECOND);
}

static void test_a_burst_and_then_one_an_interval(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(7, 100), 0);
    assert_int_equal(take(7, 100), 10 * SECOND);
    assert_int_equal(take(7, 104), 6 * SECOND);
    assert_int_equal(take(7, 110), 0);
    assert_int_equal(take(7, 110), 10 * SECOND);
    /* Waiting longer than it takes to fill the bucket gives no more. */
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(7, 100000), 0);
    assert_int_equal(take(7, 100000), 10 * SECOND);
}

static void test_users_have_their_own(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(7, 1), 0);
    assert_int_not_equal(take(7, 1), 0);
    assert_int_equal(take(8, 1), 0);
    assert_int_equal(take((uint64_t)1 << 32 | 7, 1), 0);
}

static void test_what_was_not_used_is_given_back(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(take(7, 1), 0);
        ration_give_back(&ration, 7, 10 * SECOND);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(7, 1), 0);
    assert_int_not_equal(take(7, 1), 0);
    ration_give_back(&ration, 9, SECOND); /* nobody */
}

static void test_the_one_who_waited_longest_is_forgotten(void **state) {
    (void)state;
    for (uint64_t user = 0; user < 10 * RATION_USERS; user++)
        for (int i = 0; i < 3; i++)
            assert_int_equal(take(user, (int64_t)user), 0);
    assert_int_equal(ration.count, RATION_USERS);
    assert_int_not_equal(take(10 * RATION_USERS - 1, 10 * RATION_USERS - 1),
                         0);
    assert_int_equal(take(0, 10 * RATION_USERS), 0);
}

static void test_large_numbers_do_not_overflow(void **state) {
    (void)state;
    assert_int_equal(ration_take(&ration, 1, UINT32_MAX, SECOND * SECOND, 1),
                     0);
    assert_int_equal(ration_take(&ration, 1, UINT32_MAX, SECOND * SECOND, 1),
                     0);
    assert_true(ration_take(&ration, 2, 1, SECOND * SECOND, SECOND) == 0);
    assert_true(ration_take(&ration, 2, 1, SECOND * SECOND, SECOND) ==
                SECOND * SECOND);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_burst_and_then_one_an_interval),
        TEST(test_users_have_their_own),
        TEST(test_what_was_not_used_is_given_back),
        TEST(test_the_one_who_waited_longest_is_forgotten),
        TEST(test_large_numbers_do_not_overflow),
    };

    return cmocka_run_group_tests_name("ration", tests, NULL, NULL);
}
