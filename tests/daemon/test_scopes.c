/*
 * test_scopes.c - prove how the daemon joins the scopes of a token into one
 * text.
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

#include "tools/accesstokend/request/scopes.h"

static void test_scopes_are_joined(void **state) {
    struct tokenstore_token *token = NULL;
    char text[SCOPES_SIZE], scope[TOKENSTORE_SCOPE_MAX + 1];

    (void)state;
    assert_int_equal(tokenstore_token_new(&token), TOKENSTORE_OK);
    scopes_join(token, text);
    assert_string_equal(text, "");
    assert_false(scopes_have(token, "imap"));
    assert_int_equal(tokenstore_token_add_scope(token, "imap"), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_add_scope(token, "smtp"), TOKENSTORE_OK);
    scopes_join(token, text);
    assert_string_equal(text, "imap smtp");
    assert_true(scopes_have(token, "smtp"));
    assert_false(scopes_have(token, "sm"));
    for (int i = 2; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof(scope), "%064d", i);
        assert_int_equal(tokenstore_token_add_scope(token, scope),
                         TOKENSTORE_OK);
    }
    scopes_join(token, text);
    assert_int_equal(strlen(text), 9 + 30 * 65);
    tokenstore_token_free(&token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_are_joined),
    };

    return cmocka_run_group_tests_name("scopes", tests, NULL, NULL);
}
