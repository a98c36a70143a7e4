/*
 * test_target.c - prove that request targets and form bodies are split and
 * checked correctly, at the edges of what is permitted.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstokend/request/target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Copies the text into memory of exactly its size, so that a sanitizer sees a
 * read beyond it. */
static char *exactly(const char *text, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

/* ------------------------------------------------------------------- target
 */

static void test_targets_are_judged_as_sent(void **state) {
    static const struct {
        const char *target, *wrong; /* wrong: part of the message */
    } targets[] = {
        {"", "not a path"},
        {"**", "not a path"},
        {"*/", "not a path"},
        {"a", "not a path"},
        {"localhost:443", "not a path"},
        {"ftp://localhost/", "not a path"},
        {"http:/healthz", "not a path"},
        {"http:", "not a path"},
        {"http://", "host"},
        {"http:///healthz", "host"},
        {"https://?a", "host"},
        {"http://jane@localhost/healthz", "host"},
        {"http://a b/", "host"},
        {"http://a\\b/", "host"},
        {"http://:80/", "host"},
        {"http://a:b/", "host"},
        {"http://a/%2f", "'/'"},
        {"http://a/b c", "byte"},
        {"http://a#b", "fragment"},
        {"http://a/b#c", "fragment"},
        {"http://a?%0a", "control"},
        {"?a=b", "not a path"},
        {"/a b", "byte"},
        {"/a\tb", "byte"},
        {"/a\x7f", "byte"},
        {"/a\x80", "byte"},
        {"/\xc3\xa9", "byte"},
        {"/a?b c", "byte"},
        {"/a?\xff", "byte"},
        {"/a#b", "fragment"},
        {"/a?b#c", "fragment"},
        {"/%", "hexadecimal"},
        {"/%1", "hexadecimal"},
        {"/%1?", "hexadecimal"},
        {"/%g1", "hexadecimal"},
        {"/%%20", "hexadecimal"},
        {"/a?%", "hexadecimal"},
        {"/a?b=%1", "hexadecimal"},
        {"/%u0041", "hexadecimal"},
        {"/%00", "control"},
        {"/%0a", "control"},
        {"/%0D", "control"},
        {"/%1f", "control"},
        {"/%7f", "control"},
        {"/%7F", "control"},
        {"/a?b=%00", "control"},
        {"/a?b=%0d%0aX", "control"},
        {"/%2f", "'/'"},
        {"/%2F", "'/'"},
        {"/a%2fb?c", "'/'"},
    };
    struct target target;

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        const char *wrong = target_check(targets[i].target, &target);

        if (wrong == NULL || strstr(wrong, targets[i].wrong) == NULL)
            fail_msg("\"%s\": %s", targets[i].target,
                     wrong != NULL ? wrong : "nothing wrong");
    }
}

static void test_targets_are_taken_apart(void **state) {
    static const struct {
        const char *target, *path, *query;
    } targets[] = {
        {"*", "", NULL},
        {"/", "/", NULL},
        {"//", "//", NULL},
        {"/a", "/a", NULL},
        {"/a?", "/a", ""},
        {"/a?b=c", "/a", "b=c"},
        {"/?a?b", "/", "a?b"},
        {"/%41", "/%41", NULL},
        {"/%e9%FF", "/%e9%FF", NULL},
        {"/%20%25%3f", "/%20%25%3f", NULL},
        {"/a?b=%2f", "/a", "b=%2f"},
        {"/a?/../", "/a", "/../"},
        {"/~!$&'()*+,;=:@[]{}|\\^`\"<>", "/~!$&'()*+,;=:@[]{}|\\^`\"<>", NULL},
        {"http://localhost", "", NULL},
        {"http://localhost/", "/", NULL},
        {"http://localhost?a", "", "a"},
        {"hTTp://a:80/b/c?d=http://e", "/b/c", "d=http://e"},
        {"https://[::1]:8443/a", "/a", NULL},
        {"/http://a/b", "/http://a/b", NULL},
    };
    struct target target;

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        assert_null(target_check(targets[i].target, &target));
        assert_int_equal(target.path_length, strlen(targets[i].path));
        assert_memory_equal(target.path, targets[i].path, target.path_length);
        if (targets[i].query == NULL)
            assert_null(target.query);
        else
            assert_string_equal(target.query, targets[i].query);
    }
}

static void test_hosts_are_names_or_addresses(void **state) {
    static const char *const good[] = {
        "a",
        "A.b-c_d~e",
        "localhost:8080",
        "x:",
        "192.0.2.1:443",
        "[::1]",
        "[::1]:80",
        "[2001:DB8::192.0.2.1]:",
        "a%20b",
        "!$&'()*+,;=",
        "%c3%a9",
    };
    static const char *const bad[] = {
        "",         ":",     ":80",    "a b",    "a/b",  "a@b",   "a?b",
        "a#b",      "a:b",   "a:80x",  "a:1:2",  "a:-1", "::1",   "[",
        "[]",       "[::1",  "[::1]x", "[::1]]", "[x]",  "[a b]", "]",
        "a\\b",     "\"a\"", "<a>",    "a|b",    "a^b",  "a`",    "{a}",
        "\xc3\xa9", "\x7f",  "a\t",    "%",      "a%4",  "a%zz",  "a%00",
        "a%0a",     "a%7F",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        char *copy = exactly(good[i], strlen(good[i]));

        if (!target_is_host(copy, strlen(good[i])))
            fail_msg("\"%s\" is refused", good[i]);
        free(copy);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *copy = exactly(bad[i], strlen(bad[i]));

        if (target_is_host(copy, strlen(bad[i])))
            fail_msg("\"%s\" is taken", bad[i]);
        free(copy);
    }
    assert_false(target_is_host("a\0b", 3));
}

/* -------------------------------------------------------------------- forms
 */

/* Returns the fields of a form as "key=value;key=value". */
static void assert_fields(const char *sent, size_t length,
                          const char *understood) {
    char *copy = exactly(sent, length), text[512] = "";
    struct fields fields;
    size_t used = 0;

    assert_null(fields_parse(copy, length, &fields));
    for (size_t i = 0; i < fields.count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s",
                                 i > 0 ? ";" : "", fields.items[i].key,
                                 fields.items[i].value);
    assert_string_equal(text, understood);
    fields_free(&fields);
    assert_int_equal(fields.count, 0);
    fields_free(&fields); /* freeing twice is safe */
    free(copy);
}

static void test_forms_are_taken_apart(void **state) {
    static const struct {
        const char *sent, *understood;
    } forms[] = {
        {"", ""},
        {"&", ""},
        {"&&&", ""},
        {"a", "a="},
        {"a=", "a="},
        {"=", "="},
        {"=a", "=a"},
        {"a=b", "a=b"},
        {"a=b=c", "a=b=c"},
        {"a==", "a=="},
        {"a=b&", "a=b"},
        {"&a=b&&c=d&", "a=b;c=d"},
        {"a=1&a=2", "a=1;a=2"},
        {"a+b=c+d", "a b=c d"},
        {"a%2Bb=%2b", "a+b=+"},
        {"a%3Db=c%26d", "a=b=c&d"},
        {"a%26=%3d", "a&=="},
        {"%61=%C3%A9", "a=\xc3\xa9"},
        {"a=\xff", "a=\xff"},
        {"a=%25%32%35", "a=%25"},
        {"a=b;c=d", "a=b;c=d"},
        {"a=+b%0d%0a%09\r\n\t", "a= b\r\n\t\r\n\t"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++)
        assert_fields(forms[i].sent, strlen(forms[i].sent),
                      forms[i].understood);
    /* The form ends at its length. */
    assert_fields("a=b&c=d", 3, "a=b");
    assert_fields("a=%41%42", 5, "a=A");
}

static void assert_form_wrong(const char *sent, size_t length,
                              const char *named) {
    char *copy = exactly(sent, length);
    struct fields fields;
    const char *wrong = fields_parse(copy, length, &fields);

    if (wrong == NULL || strstr(wrong, named) == NULL)
        fail_msg("\"%s\": %s", sent, wrong != NULL ? wrong : "nothing wrong");
    assert_int_equal(fields.count, 0);
    assert_null(fields.text);
    fields_free(&fields);
    free(copy);
}

static void test_form_refuses_bad_escapes_and_controls(void **state) {
    static const char *const percents[] = {
        "%", "a=%", "a=%4", "a=%4&b", "%zz=a", "a&b&%4", "a=%%41"};
    static const char *const controls[] = {"a=%00", "%00",   "%0a=b",
                                           "a\n=b", "a\t",   "a=\x7f",
                                           "a=%7f", "a=%1b", "a=\v"};

    (void)state;
    for (size_t i = 0; i < COUNT(percents); i++)
        assert_form_wrong(percents[i], strlen(percents[i]), "'%'");
    for (size_t i = 0; i < COUNT(controls); i++)
        assert_form_wrong(controls[i], strlen(controls[i]), "control");
    assert_form_wrong("a=b\0c", 5, "control");
    assert_form_wrong("\0", 1, "control");
    assert_form_wrong("a=%41", 4, "'%'"); /* cut off */
}

static void test_form_refuses_too_many_fields(void **state) {
    char sent[4 * (FIELDS_MAX + 1)] = "";
    struct fields fields;

    (void)state;
    for (size_t i = 0; i < FIELDS_MAX; i++)
        strcat(sent, i > 0 ? "&a=" : "a=");
    assert_null(fields_parse(sent, strlen(sent), &fields));
    assert_int_equal(fields.count, FIELDS_MAX);
    assert_int_equal(fields_count(&fields, "a"), FIELDS_MAX);
    fields_free(&fields);
    strcat(sent, "&");
    assert_null(fields_parse(sent, strlen(sent), &fields));
    fields_free(&fields);
    strcat(sent, "a");
    assert_form_wrong(sent, strlen(sent), "too many");
}

/* Fields without values take the most room: two NULs for each. */
static void test_form_takes_the_most_fields_that_fit(void **state) {
    char sent[2 * FIELDS_MAX - 1];
    struct fields fields;

    (void)state;
    memset(sent, 'a', sizeof(sent));
    for (size_t i = 1; i < sizeof(sent); i += 2)
        sent[i] = '&';
    assert_null(fields_parse(sent, sizeof(sent), &fields));
    assert_int_equal(fields.count, FIELDS_MAX);
    for (size_t i = 0; i < FIELDS_MAX; i++) {
        assert_string_equal(fields.items[i].key, "a");
        assert_string_equal(fields.items[i].value, "");
    }
    assert_null(fields_get(&fields, "b"));
    assert_int_equal(fields_count(&fields, "b"), 0);
    fields_free(&fields);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets_are_judged_as_sent),
        cmocka_unit_test(test_targets_are_taken_apart),
        cmocka_unit_test(test_hosts_are_names_or_addresses),
        cmocka_unit_test(test_forms_are_taken_apart),
        cmocka_unit_test(test_form_refuses_bad_escapes_and_controls),
        cmocka_unit_test(test_form_refuses_too_many_fields),
        cmocka_unit_test(test_form_takes_the_most_fields_that_fit),
    };

    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
