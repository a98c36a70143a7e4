/*
 * test_unsafe.c - tests of the sentence about an unsafe path: it ends with a
 * command that a shell reads as it was meant, or with none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/values/unsafe.h"

static const struct mend mend = {"mv @ @.unsafe", "choose another"};

static const char *said(const char *path) {
    static struct message message;

    assert_int_equal(unsafe_set(&message, path, mend, "of uid %u", 7u),
                     TOKENSTORE_ERROR_UNSAFE);
    return message.text;
}

static void test_sentence_ends_with_the_command(void **state) {
    (void)state;
    assert_string_equal(said("/a/b.tdb"), "/a/b.tdb: unsafe: of uid 7; run: "
                                          "mv /a/b.tdb /a/b.tdb.unsafe");
}

static void test_path_is_one_word_and_no_option(void **state) {
    (void)state;
    assert_string_equal(said("/a b;$(c)@"),
                        "/a b;$(c)@: unsafe: of uid 7; run: "
                        "mv '/a b;$(c)@' '/a b;$(c)@'.unsafe");
    assert_string_equal(said("-f"),
                        "-f: unsafe: of uid 7; run: mv ./-f ./-f.unsafe");
    assert_non_null(strstr(said("~x"), "; run: mv './~x' './~x'.unsafe"));
}

static void test_odd_path_has_no_command(void **state) {
    static const char *const paths[] = {"/a'b",    "/a\\b",     "/a\nb",
                                        "/a\033b", "/\303\244", "/\377"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_null(strstr(said(paths[i]), "run:"));
        assert_non_null(strstr(said(paths[i]), "; choose another"));
    }
}

/* Half of a command would be another one. */
static void test_command_is_whole_or_missing(void **state) {
    char path[TOKENSTORE_MESSAGE_SIZE];
    size_t with = 0;

    (void)state;
    for (size_t length = 2; length < sizeof(path); length++) {
        const char *text, *command;

        memset(path, 'x', length);
        path[0] = '/';
        path[length] = '\0';
        text = said(path);
        command = strstr(text, "; run: ");
        if (command == NULL)
            continue;
        with++;
        assert_int_equal(strlen(command),
                         strlen("; run: mv  .unsafe") + 2 * length);
    }
    assert_true(with > 100 && with < sizeof(path) / 3);
}

static void test_no_command_is_none(void **state) {
    const struct mend none = {"", "choose another"};
    struct message message;

    (void)state;
    (void)unsafe_set(&message, "/a", none, "a link");
    assert_string_equal(message.text, "/a: unsafe: a link; choose another");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentence_ends_with_the_command),
        cmocka_unit_test(test_path_is_one_word_and_no_option),
        cmocka_unit_test(test_odd_path_has_no_command),
        cmocka_unit_test(test_command_is_whole_or_missing),
        cmocka_unit_test(test_no_command_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
