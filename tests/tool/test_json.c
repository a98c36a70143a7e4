/*
 * test_json.c - prove that the JSON writer escapes by RFC 8259, puts commas in
 * the right places, replaces text that is not UTF-8, and can send a document
 * in parts.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/common/json_writer.h"

static void assert_text(struct json_writer *json, const char *expected) {
    assert_false(json->failed);
    assert_int_equal(json->length, strlen(expected));
    assert_memory_equal(json->data, expected, json->length);
}

static void assert_string(const char *text, const char *expected) {
    struct json_writer json = {0};

    json_put_string(&json, text);
    assert_text(&json, expected);
    json_free(&json);
}

static void test_commas_stand_between_members_and_elements(void **state) {
    struct json_writer json = {0};

    (void)state;
    json_begin_object(&json);
    json_put_key(&json, "a");
    json_begin_array(&json);
    json_end_array(&json);
    json_put_key(&json, "b");
    json_begin_array(&json);
    json_put_number(&json, 1);
    json_begin_object(&json);
    json_end_object(&json);
    json_put_string(&json, "x");
    json_put_value(&json, "[2]");
    json_put_value(&json, "{\"y\":3}");
    json_end_array(&json);
    json_put_key(&json, "c");
    json_put_bool(&json, true);
    json_put_key(&json, "d");
    json_put_bool(&json, false);
    json_put_key(&json, "e");
    json_put_null(&json);
    json_end_object(&json);
    json_newline(&json);
    json_put_null(&json);
    assert_text(&json, "{\"a\":[],\"b\":[1,{},\"x\",[2],{\"y\":3}],"
                       "\"c\":true,\"d\":false,\"e\":null}\nnull");
    json_free(&json);
    assert_null(json.data);
}

static void test_numbers_keep_all_64_bits(void **state) {
    struct json_writer json = {0};

    (void)state;
    json_begin_array(&json);
    json_put_number(&json, 0);
    json_put_number(&json, 10);
    json_put_number(&json, UINT64_MAX);
    json_end_array(&json);
    assert_text(&json, "[0,10,18446744073709551615]");
    json_free(&json);
}

static void test_every_control_character_is_escaped(void **state) {
    char text[] = "?", expected[16];

    (void)state;
    for (int byte = 1; byte < 0x20; byte++) {
        text[0] = (char)byte;
        snprintf(expected, sizeof(expected), "\"\\u%04x\"", byte);
        if (byte == '\n' || byte == '\r' || byte == '\t')
            continue;
        assert_string(text, expected);
    }
    assert_string("\n\r\t", "\"\\n\\r\\t\"");
    assert_string("a\"b\\c/", "\"a\\\"b\\\\c/\"");
    assert_string("\x7f", "\"\x7f\"");
    assert_string("", "\"\"");
}

static void test_utf8_passes_and_the_rest_is_replaced(void **state) {
    (void)state;
    assert_string("Zoë – 日本 \xf0\x9f\x94\x91",
                  "\"Zoë – 日本 \xf0\x9f\x94\x91\"");
    assert_string("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
                  "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
    /* A lone continuation, a cut-off sequence at the end and before text. */
    assert_string("a\x80z", "\"a\\ufffdz\"");
    assert_string("\xe2\x82", "\"\\ufffd\\ufffd\"");
    assert_string("\xc3\"", "\"\\ufffd\\\"\"");
    /* Overlong, surrogate, beyond U+10FFFF, never used. */
    assert_string("\xc0\xaf", "\"\\ufffd\\ufffd\"");
    assert_string("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"");
    assert_string("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    assert_string("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
    assert_string("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    assert_string("\xff", "\"\\ufffd\"");
}

/* The buffer grows beyond its first size, and is used again after it was
 * emptied. */
static void test_a_document_in_parts_keeps_its_commas(void **state) {
    struct json_writer json = {0};
    size_t total = 0, largest;
    char text[1001];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    json_begin_array(&json);
    for (size_t i = 0; i < 10; i++)
        json_put_string(&json, text);
    total += json.length;
    assert_memory_equal(json.data, "[\"xxx", 5);
    largest = json.size;
    for (size_t i = 0; i < 1000; i++) {
        json.length = 0;
        json_put_string(&json, text);
        assert_int_equal(json.data[0], ',');
        total += json.length;
    }
    json_end_array(&json);
    assert_false(json.failed);
    assert_int_equal(json.size, largest);
    assert_int_equal(total, 1010 * 1003);
    json_free(&json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas_stand_between_members_and_elements),
        cmocka_unit_test(test_numbers_keep_all_64_bits),
        cmocka_unit_test(test_every_control_character_is_escaped),
        cmocka_unit_test(test_utf8_passes_and_the_rest_is_replaced),
        cmocka_unit_test(test_a_document_in_parts_keeps_its_commas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
