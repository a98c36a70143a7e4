/*
 * test_token_filter.c - a token is on a list if all that is given applies to
 * it.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/common/token_filter.h"

static struct tokenstore_token *make(void) {
    struct tokenstore_identity *user = NULL;
    struct tokenstore_token *token = NULL;

    assert_int_equal(tokenstore_token_new(&token), TOKENSTORE_OK);
    assert_int_equal(tokenstore_identity_parse("jane", &user), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_set_user(token, user), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_set_name(token, "laptop"),
                     TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_add_scope(token, "imap"), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_add_scope(token, "smtp"), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_set_expiration_time(token, 100),
                     TOKENSTORE_OK);
    tokenstore_identity_free(&user);
    return token;
}

static bool matches(struct token_filter filter, int64_t now) {
    struct tokenstore_token *token = make();
    const bool good = token_filter_matches(&filter, token, now);

    assert_true(token_filter_is_set(&filter));
    tokenstore_token_free(&token);
    return good;
}

static void test_each_condition_decides(void **state) {
    (void)state;
    assert_true(matches((struct token_filter){.status = "active"}, 99));
    assert_false(matches((struct token_filter){.status = "active"}, 100));
    assert_true(matches((struct token_filter){.status = "expired"}, 100));
    assert_false(matches((struct token_filter){.status = "disabled"}, 100));
    assert_true(matches((struct token_filter){.scope = "smtp"}, 1));
    assert_false(matches((struct token_filter){.scope = "smt"}, 1));
    assert_true(matches((struct token_filter){.name = "laptop"}, 1));
    assert_false(matches((struct token_filter){.name = "lap"}, 1));
    assert_false(matches((struct token_filter){.name = ""}, 1));
    assert_true(matches((struct token_filter){.text = "apto"}, 1));
    assert_true(matches((struct token_filter){.text = "jan"}, 1));
    assert_true(matches((struct token_filter){.text = "mt"}, 1));
    assert_false(matches((struct token_filter){.text = "x"}, 1));
}

static void test_all_conditions_must_apply(void **state) {
    const struct token_filter all = {"active", "imap", "laptop", "jane"};
    const struct token_filter none = {NULL, NULL, NULL, NULL};

    (void)state;
    assert_false(token_filter_is_set(&none));
    assert_true(matches(all, 1));
    for (int i = 0; i < 4; i++) {
        struct token_filter one_wrong = all;

        *(i == 0   ? &one_wrong.status
          : i == 1 ? &one_wrong.scope
          : i == 2 ? &one_wrong.name
                   : &one_wrong.text) = "disabled";
        assert_false(matches(one_wrong, 1));
    }
}

static void test_only_three_words_are_a_status(void **state) {
    (void)state;
    assert_true(token_status_is_valid("active"));
    assert_true(token_status_is_valid("disabled"));
    assert_true(token_status_is_valid("expired"));
    assert_false(token_status_is_valid("Active"));
    assert_false(token_status_is_valid(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_condition_decides),
        cmocka_unit_test(test_all_conditions_must_apply),
        cmocka_unit_test(test_only_three_words_are_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
