/*
 * test_nearest.c - the nearest name is the one with the fewest typing
 * mistakes, and a word that is far from every name has none.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/common/nearest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = {"list", "show",   "rotate", "revoke",
                                    "all",  "prune",  "user",   "unused-for",
                                    "a",    "rotates"};

static const char *nearest_to(const char *word) {
    struct nearest nearest = {.word = word};

    for (size_t i = 0; i < COUNT(names); i++)
        nearest_offer(&nearest, names[i]);
    return nearest.name;
}

static void test_typing_mistakes_are_near(void **state) {
    (void)state;
    assert_string_equal(nearest_to("lists"), "list"); /* too many */
    assert_string_equal(nearest_to("lst"), "list");   /* too few */
    assert_string_equal(nearest_to("lost"), "list");  /* another */
    assert_string_equal(nearest_to("uesr"), "user");  /* swapped */
    assert_string_equal(nearest_to("unsued_for"), "unused-for");
}

static void test_the_beginning_of_a_name_is_near(void **state) {
    (void)state;
    assert_string_equal(nearest_to("unu"), "unused-for");
    assert_string_equal(nearest_to("r"), "rotate"); /* the first of them */
}

static void test_fewer_mistakes_win(void **state) {
    (void)state;
    assert_string_equal(nearest_to("rottes"), "rotates");
}

static void test_other_words_are_not_near(void **state) {
    (void)state;
    assert_null(nearest_to(""));
    assert_null(nearest_to("frobnicate"));
    assert_null(nearest_to("x"));
    assert_null(nearest_to("xy"));
    assert_null(nearest_to("pnurde"));
    assert_null(
        nearest_to("lllllllllllllllllllllllllllllllllllllllllllllllll"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing_mistakes_are_near),
        cmocka_unit_test(test_the_beginning_of_a_name_is_near),
        cmocka_unit_test(test_fewer_mistakes_win),
        cmocka_unit_test(test_other_words_are_not_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
