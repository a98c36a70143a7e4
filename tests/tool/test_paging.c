/*
 * test_paging.c - prove that the paging object has the URI of the next page,
 * escaped by RFC 3986, no URI for a user that does not fit, and nulls on the
 * last page.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/common/paging.h"

#define PATH "/v1/auth/access-tokens/"

static void test_uri_has_all_parameters(void **state) {
    const struct paging everybody = {"42", 100, NULL, NULL, 0, {0}};
    const struct paging jane = {"4294967295", 1, NULL, "jane", 0, {0}};
    const struct paging issued = {"42", 100, NULL, NULL, UINT32_MAX, {0}};
    const struct paging both = {"42", 100, NULL, "jane", 7, {0}};
    const struct paging filtered = {
        "1", 2, NULL, "jane", 0, {"active", "imap", "a b", "x&y"}};
    const struct paging sorted = {"key-_", 2, "-name", NULL, 7, {0}};
    char uri[PAGING_URI_SIZE];

    (void)state;
    assert_string_equal(paging_uri(&sorted, uri),
                        PATH "?after=key-_&limit=2&issued_by=7&sort=-name");
    assert_string_equal(paging_uri(&filtered, uri),
                        PATH "?after=1&limit=2&status=active&scope=imap"
                             "&name=a%20b&q=x%26y&user=jane");
    assert_string_equal(paging_uri(&everybody, uri),
                        PATH "?after=42&limit=100");
    assert_string_equal(paging_uri(&jane, uri),
                        PATH "?after=4294967295&limit=1&user=jane");
    assert_string_equal(paging_uri(&issued, uri),
                        PATH "?after=42&limit=100&issued_by=4294967295");
    assert_string_equal(paging_uri(&both, uri),
                        PATH "?after=42&limit=100&issued_by=7&user=jane");
}

static void test_all_but_unreserved_bytes_are_escaped(void **state) {
    static const char start[] = PATH "?after=1&limit=1&user=";
    char uri[PAGING_URI_SIZE], expected[8];

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char user[] = {(char)byte, '\0'};
        const struct paging page = {"1", 1, NULL, user, 0, {0}};
        const bool plain = (byte >= 'a' && byte <= 'z') ||
                           (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '-' ||
                           byte == '.' || byte == '_' || byte == '~';

        snprintf(expected, sizeof(expected), plain ? "%c" : "%%%02X", byte);
        assert_ptr_equal(paging_uri(&page, uri), uri);
        assert_memory_equal(uri, start, strlen(start));
        assert_string_equal(uri + strlen(start), expected);
    }
}

static void test_a_user_that_does_not_fit_has_no_uri(void **state) {
    char uri[PAGING_URI_SIZE], user[PAGING_URI_SIZE + 1] = "";
    const struct paging page = {"4294967295", UINT32_MAX, NULL,
                                user,         UINT32_MAX, {0}};
    size_t fitted = 0;

    (void)state;
    for (size_t length = 1; length < sizeof(user); length++) {
        user[length - 1] = '%';
        if (paging_uri(&page, uri) == NULL)
            continue;
        assert_int_equal(length, fitted + 1); /* all shorter ones fit */
        fitted = length;
        assert_string_equal(uri + strlen(uri) - 3, "%25");
    }
    assert_in_range(fitted, 350, PAGING_URI_SIZE / 3);
}

static void test_the_last_page_has_nulls(void **state) {
    struct json_writer json = {0};
    static const char expected[] =
        "{\"paging\":{\"next\":\"/x\",\"after\":\"7\"},"
        "\"paging\":{\"next\":null,\"after\":\"word\"},"
        "\"paging\":{\"next\":null,\"after\":null}}";

    (void)state;
    json_begin_object(&json);
    paging_put(&json, "/x", "7");
    paging_put(&json, NULL, "word");
    paging_put(&json, NULL, NULL);
    json_end_object(&json);
    assert_false(json.failed);
    assert_int_equal(json.length, strlen(expected));
    assert_memory_equal(json.data, expected, json.length);
    json_free(&json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri_has_all_parameters),
        cmocka_unit_test(test_all_but_unreserved_bytes_are_escaped),
        cmocka_unit_test(test_a_user_that_does_not_fit_has_no_uri),
        cmocka_unit_test(test_the_last_page_has_nulls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
