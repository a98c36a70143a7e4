/*
 * test_deadline.c - tests of how long a call may wait.  The clock moves only
 * when a test sets it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tokenstore/host/deadline.h"

static struct timespec now;

/* Replaces libc's function: this program is linked with deadline.c itself. */
__attribute__((visibility("default"))) int
clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, time);
    *time = now;
    return 0;
}

static void test_clock_counts_nanoseconds(void **state) {
    (void)state;
    now = (struct timespec){0, 1};
    assert_int_equal(monotonic_nanoseconds(), 1);
    now = (struct timespec){12, 345678901};
    assert_int_equal(monotonic_nanoseconds(), 12345678901);
    /* 100 years of uptime do not overflow. */
    now.tv_sec = (time_t)100 * 366 * 86400;
    assert_int_equal(monotonic_nanoseconds() / NANOSECONDS, now.tv_sec);
}

static void test_deadline_passes_at_its_exact_time(void **state) {
    struct deadline deadline;

    (void)state;
    now = (struct timespec){7, 600000000};
    deadline = deadline_after(1500);
    assert_false(deadline_passed(&deadline));
    now = (struct timespec){9, 99999999};
    assert_false(deadline_passed(&deadline));
    now = (struct timespec){9, 100000000};
    assert_true(deadline_passed(&deadline));
    now = (struct timespec){10, 0};
    assert_true(deadline_passed(&deadline));
}

static void test_deadline_without_time_has_passed_at_once(void **state) {
    struct deadline deadline;

    (void)state;
    now = (struct timespec){7, 0};
    deadline = deadline_after(0);
    assert_true(deadline_passed(&deadline));
    assert_int_equal(deadline_left(&deadline), 0);
}

static void test_time_left_is_in_whole_milliseconds(void **state) {
    struct deadline deadline;

    (void)state;
    now = (struct timespec){7, 999000000};
    deadline = deadline_after(5000);
    assert_int_equal(deadline_left(&deadline), 5000);
    now = (struct timespec){8, 0};
    assert_int_equal(deadline_left(&deadline), 4999);
    now.tv_nsec = 1;
    assert_int_equal(deadline_left(&deadline), 4998);
    now = (struct timespec){13, 999000000};
    assert_int_equal(deadline_left(&deadline), -1000);
}

static void test_deadline_is_a_time_for_pthread(void **state) {
    struct deadline deadline;
    struct timespec time;

    (void)state;
    now = (struct timespec){7, 999999999};
    deadline = deadline_after(1);
    time = deadline_time(&deadline);
    assert_int_equal(time.tv_sec, 8);
    assert_int_equal(time.tv_nsec, 999999);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_counts_nanoseconds),
        cmocka_unit_test(test_deadline_passes_at_its_exact_time),
        cmocka_unit_test(test_deadline_without_time_has_passed_at_once),
        cmocka_unit_test(test_time_left_is_in_whole_milliseconds),
        cmocka_unit_test(test_deadline_is_a_time_for_pthread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
