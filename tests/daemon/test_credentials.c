/*
 * test_credentials.c - prove which token and user an Authorization header or a
 * form presents, and that a malformed pair of Basic presents no token.
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
#include <strings.h>

#include "tools/accesstokend/request/credentials.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_text(const char *text, const char *expected) {
    if (expected == NULL)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

static void test_headers_present_a_token(void **state) {
    static const struct {
        const char *header;
        bool presented;
        const char *token, *user;
    } headers[] = {
        {NULL, false, NULL, NULL},
        {"", false, NULL, NULL},
        {"Bearer", false, NULL, NULL},
        {"Bearer ", true, "", NULL},
        {"Bearer abc", true, "abc", NULL},
        {"bEARER abc def", true, "abc def", NULL},
        {"Bearer     abc", true, "abc", NULL},
        {"Bearerabc", false, NULL, NULL},
        {"Bearer\tabc", false, NULL, NULL},
        {"Digest abc", false, NULL, NULL},
        {"Basic", false, NULL, NULL},
        {"Basic ", true, NULL, NULL},
        {"basic amFuZTphYmM=", true, "abc", "jane"},
        {"BASIC    amFuZTphYmM=", true, "abc", "jane"},
        {"Basic amFuZTphOmI=", true, "a:b", "jane"},
        {"Basic OmFiYw==", true, "abc", ""},
        {"Basic amFuZTo=", true, "", "jane"},
        {"Basic amFuZQ==", true, NULL, NULL},    /* no colon */
        {"Basic amFuZTphYmM", true, NULL, NULL}, /* no padding */
        {"Basic amFu ZTphYmM=", true, NULL, NULL},
        {"Basic amFuZTphYmM=\xe9", true, NULL, NULL},
        {"Basic amFuZTphAGI=", true, NULL, NULL}, /* a NUL */
    };
    struct credentials credentials;

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        credentials_read(headers[i].header, &credentials);
        assert_int_equal(credentials.presented, headers[i].presented);
        assert_text(credentials.token, headers[i].token);
        assert_text(credentials.user, headers[i].user);
        assert_int_equal(credentials.basic,
                         headers[i].presented &&
                             strncasecmp(headers[i].header, "basic", 5) == 0);
        credentials_free(&credentials);
        assert_null(credentials.token);
        credentials_free(&credentials);
    }
}

static void test_forms_present_a_token(void **state) {
    struct credentials credentials;

    (void)state;
    credentials_set(&credentials, "abc", "jane");
    assert_true(credentials.presented);
    assert_text(credentials.token, "abc");
    assert_text(credentials.user, "jane");
    credentials_free(&credentials);
    credentials_set(&credentials, "abc", "");
    assert_text(credentials.user, NULL);
    credentials_free(&credentials);
    credentials_set(&credentials, "abc", NULL);
    assert_text(credentials.token, "abc");
    assert_text(credentials.user, NULL);
    credentials_free(&credentials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_present_a_token),
        cmocka_unit_test(test_forms_present_a_token),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
