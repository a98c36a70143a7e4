/*
 * test_config_file.c - the parser of configuration files: the values it
 * finds, and that it refuses everything else with file and line.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/common/config_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The values that the keys below have received. */
struct taken {
    char color[CONFIG_LINE_MAX + 1];
    char size[CONFIG_LINE_MAX + 1];
    int count;
};

static bool take_color(void *target, const char *value,
                       char why[static CONFIG_WHY_SIZE]) {
    struct taken *taken = target;

    if (strcmp(value, "octarine") == 0)
        return config_wrong(why, "color: '%s': not a color", value);
    strcpy(taken->color, value);
    taken->count++;
    return true;
}

static bool take_size(void *target, const char *value,
                      char why[static CONFIG_WHY_SIZE]) {
    struct taken *taken = target;

    (void)why;
    strcpy(taken->size, value);
    taken->count++;
    return true;
}

static const struct config_key keys[] = {
    {"color", take_color},
    {"size", take_size},
};

static struct taken parse_good(const char *text, size_t length) {
    struct taken taken = {.count = 0};
    char message[512] = "";

    /* A copy of exactly this size, so that sanitizers see a read beyond it. */
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    if (!config_file_parse("x.conf", copy, length, keys, COUNT(keys), &taken,
                           message, sizeof(message)))
        fail_msg("%s", message);
    free(copy);
    return taken;
}

static struct taken assert_refused(const char *text, size_t length,
                                   const char *expected) {
    struct taken taken = {.count = 0};
    char message[512] = "";
    char *copy = malloc(length);

    assert_non_null(copy);
    memcpy(copy, text, length);
    assert_false(config_file_parse("x.conf", copy, length, keys, COUNT(keys),
                                   &taken, message, sizeof(message)));
    free(copy);
    assert_string_equal(message, expected);
    return taken;
}

static void assert_refused_text(const char *text, const char *expected) {
    assert_refused(text, strlen(text), expected);
}

/* ---------------------------------------------------------------- accepted */

static void test_values_are_trimmed_and_comments_cut(void **state) {
    static const struct {
        const char *text;
        const char *color;
    } cases[] = {
        {"color = red\n", "red"},
        {"color=red\n", "red"},
        {"color\t = \t red \t\n", "red"},
        {"color = light red # a comment\n", "light red"},
        {"color = light red\t; a comment\n", "light red"},
        {"color = red#1 # a comment\n", "red#1"},
        {"color = red;1 ; a comment # and more\n", "red;1"},
        {"color = # nothing\n", ""},
        {"color =#nothing\n", ""},
        {"color =\n", ""},
        {"color = a = b\n", "a = b"},
        {"color = [red]\n", "[red]"},
        {"color = \xc3\xa9\n", "\xc3\xa9"},
        {"color = red\\\n", "red\\"},
        {"color = \"red\"\n", "\"red\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct taken taken =
            parse_good(cases[i].text, strlen(cases[i].text));

        assert_string_equal(taken.color, cases[i].color);
        assert_int_equal(taken.count, 1);
    }
}

static void test_empty_lines_and_comments_are_skipped(void **state) {
    static const char *const texts[] = {
        "",       "\n",       "\r\n",         " \t\n",          "# x\n",
        "; x\n",  "  # x\n",  "#color = red", "\t;color = red", "\n\n\n",
        "#\r\n;", " \t \r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(parse_good(texts[i], strlen(texts[i])).count, 0);
}

static void test_the_last_line_needs_no_end(void **state) {
    static const char text[] = "color = red\nsize = 7";
    const struct taken taken = parse_good(text, strlen(text));

    (void)state;
    assert_string_equal(taken.color, "red");
    assert_string_equal(taken.size, "7");
}

static void test_lines_may_end_with_cr_lf(void **state) {
    static const char text[] = "color = red\r\n\r\nsize = 7\r";
    const struct taken taken = parse_good(text, strlen(text));

    (void)state;
    assert_string_equal(taken.color, "red");
    assert_string_equal(taken.size, "7");
}

static void test_a_byte_order_mark_is_skipped_once(void **state) {
    static const char text[] = "\xef\xbb\xbf"
                               "color = red\n";

    (void)state;
    assert_string_equal(parse_good(text, strlen(text)).color, "red");
    assert_refused_text("\n\xef\xbb\xbf"
                        "color = red\n",
                        "x.conf:2: unknown key '\xef\xbb\xbf"
                        "color'");
    assert_refused_text("\xef\xbb\xbf[a = b]\n",
                        "x.conf:1: there are no sections here");
}

/* ----------------------------------------------------------------- refused */

static void test_lines_of_another_form_are_refused(void **state) {
    (void)state;
    assert_refused_text("color\n", "x.conf:1: not of the form 'key = value'");
    assert_refused_text("color red",
                        "x.conf:1: not of the form 'key = value'");
    assert_refused_text("color: red\n",
                        "x.conf:1: not of the form 'key = value'");
    assert_refused_text("[color]\n", "x.conf:1: there are no sections here");
    assert_refused_text("\n\n color = red\n",
                        "x.conf:3: the line begins with white space");
    assert_refused_text("color = red\n\tblue\n",
                        "x.conf:2: the line begins with white space");
}

static void test_unknown_keys_are_refused(void **state) {
    (void)state;
    assert_refused_text("colour = red\n", "x.conf:1: unknown key 'colour'");
    assert_refused_text("Color = red\n", "x.conf:1: unknown key 'Color'");
    assert_refused_text("= red\n", "x.conf:1: unknown key ''");
    assert_refused_text("# x\ncolor # = red\n",
                        "x.conf:2: unknown key 'color #'");
    assert_refused_text("color: red = x\n",
                        "x.conf:1: unknown key 'color: red'");
}

static void test_a_key_that_appears_twice_is_refused(void **state) {
    static const char text[] = "color = red\nsize = 7\n\ncolor = red\n";
    const struct taken taken =
        assert_refused(text, strlen(text), "x.conf:4: color is there twice");

    (void)state;
    assert_int_equal(taken.count, 2);
}

static void test_a_key_may_refuse_its_value(void **state) {
    (void)state;
    assert_refused_text("size = 7\ncolor = octarine # rare\nsize = 8\n",
                        "x.conf:2: color: 'octarine': not a color");
}

static void test_no_byte_hides_after_a_nul(void **state) {
    static const char inside[] = "color = red\0\nsize = 7\n";
    static const char first[] = "\0color = red\n";
    static const char comment[] = "# \0\ncolor = red\n";

    (void)state;
    assert_refused(inside, sizeof(inside) - 1,
                   "x.conf:1: a control character");
    assert_refused(first, sizeof(first) - 1, "x.conf:1: a control character");
    assert_refused(comment, sizeof(comment) - 1,
                   "x.conf:1: a control character");
    assert_refused("", 1, "x.conf:1: a control character");
}

static void test_control_characters_are_refused(void **state) {
    (void)state;
    for (int byte = 0; byte < ' '; byte++) {
        char text[] = "color = r?d\n";

        text[9] = (char)byte;
        if (byte != '\t' && byte != '\n')
            assert_refused(text, strlen("color = r?d\n"),
                           "x.conf:1: a control character");
    }
    assert_refused_text("color = red\r\r\n", "x.conf:1: a control character");
    assert_refused_text("color = red\rsize = 7\n",
                        "x.conf:1: a control character");
}

static void test_a_long_line_is_refused(void **state) {
    const size_t huge = 40000;
    char *text = malloc(huge);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', huge);
    memcpy(text, "color = ", 8);
    parse_good(text, CONFIG_LINE_MAX);
    text[CONFIG_LINE_MAX] = '\r';
    text[CONFIG_LINE_MAX + 1] = '\n';
    parse_good(text, CONFIG_LINE_MAX + 2);
    text[CONFIG_LINE_MAX] = text[CONFIG_LINE_MAX + 1] = 'x';
    assert_refused(text, CONFIG_LINE_MAX + 1,
                   "x.conf:1: the line is too long");
    assert_refused(text, huge, "x.conf:1: the line is too long");
    text[0] = '#';
    assert_refused(text, huge, "x.conf:1: the line is too long");
    free(text);
}

static void test_every_prefix_is_read_within_its_bounds(void **state) {
    static const char text[] =
        "\xef\xbb\xbf# c\r\n color\n[\ncolor = red ; x\r\nsize\t=\t7 #\n";

    (void)state;
    for (size_t from = 0; from < sizeof(text); from++)
        for (size_t length = 1; length <= sizeof(text) - from; length++) {
            struct taken taken = {.count = 0};
            char message[64];
            char *copy = malloc(length);

            assert_non_null(copy);
            memcpy(copy, text + from, length);
            (void)config_file_parse("x", copy, length, keys, COUNT(keys),
                                    &taken, message, sizeof(message));
            free(copy);
        }
}

/* -------------------------------------------------------------- descriptor */

static int file_of(const char *text, size_t length) {
    const int fd = memfd_create("x.conf", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, length), length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void test_a_file_is_read_to_its_end(void **state) {
    char *text = malloc(CONFIG_FILE_MAX + 1);
    struct taken taken = {.count = 0};
    char message[512] = "";
    int fd;

    (void)state;
    assert_non_null(text);
    memset(text, '\n', CONFIG_FILE_MAX + 1);
    memcpy(text + CONFIG_FILE_MAX - 8, "size = 7", 8);
    fd = file_of(text, CONFIG_FILE_MAX);
    assert_true(config_file_read(fd, "x.conf", keys, COUNT(keys), &taken,
                                 message, sizeof(message)));
    assert_string_equal(taken.size, "7");
    close(fd);
    fd = file_of(text, CONFIG_FILE_MAX + 1);
    assert_false(config_file_read(fd, "x.conf", keys, COUNT(keys), &taken,
                                  message, sizeof(message)));
    assert_string_equal(message, "x.conf: File too large");
    close(fd);
    free(text);
}

static void test_a_file_that_cannot_be_read_is_an_error(void **state) {
    struct taken taken = {.count = 0};
    char message[512] = "";

    (void)state;
    assert_false(config_file_read(-1, "x.conf", keys, COUNT(keys), &taken,
                                  message, sizeof(message)));
    assert_string_equal(message, "x.conf: Bad file descriptor");
    assert_int_equal(taken.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_trimmed_and_comments_cut),
        cmocka_unit_test(test_empty_lines_and_comments_are_skipped),
        cmocka_unit_test(test_the_last_line_needs_no_end),
        cmocka_unit_test(test_lines_may_end_with_cr_lf),
        cmocka_unit_test(test_a_byte_order_mark_is_skipped_once),
        cmocka_unit_test(test_lines_of_another_form_are_refused),
        cmocka_unit_test(test_unknown_keys_are_refused),
        cmocka_unit_test(test_a_key_that_appears_twice_is_refused),
        cmocka_unit_test(test_a_key_may_refuse_its_value),
        cmocka_unit_test(test_no_byte_hides_after_a_nul),
        cmocka_unit_test(test_control_characters_are_refused),
        cmocka_unit_test(test_a_long_line_is_refused),
        cmocka_unit_test(test_every_prefix_is_read_within_its_bounds),
        cmocka_unit_test(test_a_file_is_read_to_its_end),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
