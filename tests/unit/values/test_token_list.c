/*
 * test_token_list.c - tests of a page of tokens and its accessors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tokenstore/values/token_list.h"

static void test_new_list_is_empty(void **state) {
    struct tokenstore_list *list = token_list_new(3);

    (void)state;
    assert_non_null(list);
    assert_int_equal(tokenstore_list_count(list), 0);
    assert_int_equal(tokenstore_list_next(list), 0);
    assert_null(tokenstore_list_token(list, 0));
    tokenstore_list_free(&list);
    assert_null(list);
}

static void test_list_gives_its_tokens_by_index(void **state) {
    struct tokenstore_list *list = token_list_new(2);

    (void)state;
    assert_non_null(list);
    list->tokens[0] = (struct tokenstore_token){.id = 7};
    list->tokens[1] = (struct tokenstore_token){.id = 9};
    list->count = 2;
    list->next = 9;
    assert_int_equal(tokenstore_list_count(list), 2);
    assert_int_equal(tokenstore_list_next(list), 9);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(list, 0)), 7);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(list, 1)), 9);
    assert_null(tokenstore_list_token(list, 2));
    tokenstore_list_free(&list);
}

static void test_list_with_no_room_is_valid(void **state) {
    struct tokenstore_list *list = token_list_new(0);

    (void)state;
    assert_non_null(list);
    assert_int_equal(tokenstore_list_count(list), 0);
    tokenstore_list_free(&list);
    tokenstore_list_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_list_is_empty),
        cmocka_unit_test(test_list_gives_its_tokens_by_index),
        cmocka_unit_test(test_list_with_no_room_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
