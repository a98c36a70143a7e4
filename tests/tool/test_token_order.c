/*
 * test_token_order.c - each order has its value first, ids between equals,
 * what has no value at the end, and its reverse.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tokenstore/values/token.h"
#include "tools/common/token_order.h"

static struct tokenstore_token make(uint64_t id, const char *user,
                                    const char *name, int64_t created,
                                    int64_t expires, int64_t used) {
    struct tokenstore_token token = {.id = id,
                                     .creation_time = created,
                                     .expiration_time = expires,
                                     .use_known = true,
                                     .use = {.time = used}};

    strcpy(token.user.name, user);
    strcpy(token.name, name);
    return token;
}

static int compare(const char *order_text, const struct tokenstore_token *a,
                   const struct tokenstore_token *b) {
    struct token_place place_a, place_b;
    struct token_order order = {0};
    int result;

    assert_true(token_order_parse(order_text, &order));
    token_place_find(&order, a, &place_a);
    token_place_find(&order, b, &place_b);
    result = token_place_compare(&order, &place_a, &place_b);
    assert_int_equal(token_place_compare(&order, &place_a, &place_a), 0);
    assert_int_equal(token_place_compare(&order, &place_b, &place_a) < 0,
                     result > 0);
    return result;
}

/* The first token comes before the other one, and after it in the reverse. */
static void before(const char *field, struct tokenstore_token a,
                   struct tokenstore_token b) {
    char reverse[16] = "-";

    strcat(reverse, field);
    assert_true(compare(field, &a, &b) < 0);
    assert_true(compare(reverse, &a, &b) > 0);
}

#define NEVER TOKENSTORE_NEVER

static void test_each_field_decides(void **state) {
    (void)state;
    before("id", make(1, "z", "z", 9, 9, 9), make(2, "a", "a", 1, 1, 1));
    before("user", make(2, "a", "z", 9, 9, 9), make(1, "b", "a", 1, 1, 1));
    before("name", make(2, "z", "a", 9, 9, 9), make(1, "a", "b", 1, 1, 1));
    before("created", make(2, "z", "z", 1, 9, 9), make(1, "a", "a", 2, 1, 1));
    before("expires", make(2, "z", "z", 9, 1, 9), make(1, "a", "a", 1, 2, 1));
    before("used", make(2, "z", "z", 9, 9, 1), make(1, "a", "a", 1, 1, 2));
    /* Bytes decide, not languages. */
    before("name", make(2, "", "Z", 1, 1, 1), make(1, "", "a", 1, 1, 1));
    before("name", make(2, "", "z", 1, 1, 1),
           make(1, "", "\303\244", 1, 1, 1));
    before("name", make(2, "", "a", 1, 1, 1), make(1, "", "ab", 1, 1, 1));
}

static void test_the_id_decides_between_equals(void **state) {
    static const char *const fields[] = {"user", "name", "created", "expires",
                                         "used"};

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        before(fields[i], make(1, "u", "n", 1, 1, 1),
               make(2, "u", "n", 1, 1, 1));
        before(fields[i], make(1, "", "", NEVER, NEVER, NEVER),
               make(2, "", "", NEVER, NEVER, NEVER));
    }
}

static void test_what_has_no_value_comes_last(void **state) {
    const struct tokenstore_token all =
        make(2, "\377", "\377", TOKENSTORE_TIME_MAX, TOKENSTORE_TIME_MAX,
             TOKENSTORE_TIME_MAX);
    struct tokenstore_token none = make(1, "", "", NEVER, NEVER, NEVER);

    (void)state;
    before("user", all, none);
    before("name", all, none);
    before("created", all, none);
    before("expires", all, none);
    before("used", all, none);
    none.use_known = false;
    none.use.time = 0;
    before("used", all, none);
}

/* A key of the place must not have it. */
static void test_a_bearer_token_is_no_part_of_a_place(void **state) {
    static const char bearer[] =
        "pamat1_AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const struct tokenstore_token token = make(1, bearer, bearer, 1, 1, 1);
    struct token_order order = {0};
    struct token_place place;

    (void)state;
    assert_true(token_order_parse("name", &order));
    token_place_find(&order, &token, &place);
    assert_string_equal(place.text, "pamat1_...");
    assert_true(token_order_parse("user", &order));
    token_place_find(&order, &token, &place);
    assert_string_equal(place.text, "pamat1_...");
}

static void test_only_fields_are_orders(void **state) {
    static const char *const wrong[] = {
        "",    "-",  "x",    "--id",  "+id",       " id",
        "id ", "ID", "id,x", "names", "last_used", "status"};
    struct token_order order = {0};

    (void)state;
    assert_true(token_order_is_by_id(&order));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(token_order_parse(wrong[i], &order));
    assert_null(order.text);
    assert_true(token_order_parse("id", &order));
    assert_true(token_order_is_by_id(&order));
    assert_true(token_order_parse("-id", &order));
    assert_false(token_order_is_by_id(&order));
    assert_string_equal(order.text, "-id");
}

static void test_the_nearest_field_is_named(void **state) {
    (void)state;
    assert_string_equal(token_order_nearest("nmae"), "name");
    assert_string_equal(token_order_nearest("-creatd"), "created");
    assert_string_equal(token_order_nearest("exp"), "expires");
    assert_null(token_order_nearest("frobnicate"));
    assert_null(token_order_nearest(""));
    assert_null(token_order_nearest("-"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field_decides),
        cmocka_unit_test(test_the_id_decides_between_equals),
        cmocka_unit_test(test_what_has_no_value_comes_last),
        cmocka_unit_test(test_a_bearer_token_is_no_part_of_a_place),
        cmocka_unit_test(test_only_fields_are_orders),
        cmocka_unit_test(test_the_nearest_field_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
