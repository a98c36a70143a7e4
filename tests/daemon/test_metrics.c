/*
 * test_metrics.c - prove that every reason for which a token is refused has a
 * count of its own.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/accesstokend/shared/metrics.h"

/* A reason without a name of its own is none. */
static bool is_reason(enum tokenstore_reason reason) {
    return strcmp(tokenstore_reason_name(reason),
                  tokenstore_reason_name(TOKENSTORE_REASON_INVALID)) != 0 ||
           reason == TOKENSTORE_REASON_INVALID;
}

static void test_each_reason_is_counted_by_itself(void **state) {
    struct metrics *metrics = metrics_new();
    struct metrics_counts counts;
    size_t reasons = 0;

    (void)state;
    assert_non_null(metrics);
    for (unsigned int i = 0; i < 100; i++)
        if (is_reason((enum tokenstore_reason)i)) {
            assert_true(i < METRICS_REASON_COUNT);
            for (unsigned int times = 0; times <= i; times++)
                metrics_verification(metrics, TOKENSTORE_ERROR_REFUSED,
                                     (enum tokenstore_reason)i);
            reasons++;
        }
    metrics_read(metrics, &counts);
    assert_int_equal(reasons, METRICS_REASON_COUNT);
    for (unsigned int i = 0; i < METRICS_REASON_COUNT; i++)
        assert_int_equal(counts.refused[i], i + 1);
    assert_int_equal(counts.accepted, 0);
    assert_int_equal(counts.not_tokens, 0);
    assert_int_equal(counts.unavailable, 0);
    metrics_free(&metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_reason_is_counted_by_itself),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
