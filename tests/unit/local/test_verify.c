/*
 * test_verify.c - tests of whether a token may be used, and of the reason why
 * not.  Accounts come from a table, so that no result depends on the machine.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/accounts.h"
#include "tests/support/two_accounts.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/values/token.h"

static void test_verify_gives_the_reason(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_bearer bearer, other;
    struct bearer_parts parts;
    const uint64_t id = 1;

    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 10));
    assert_ok(tokenstore_token_add_scope(token, "imap"));
    assert_ok(tokenstore_token_add_network(token, "10.0.0.0/8"));
    assert_ok(tokenstore_create(fixture->store, token, NOW, &bearer, NULL));

    assert_int_equal(
        ask_about(fixture, &bearer, "test-jane", "imap", "10.1.1.1", NOW),
        TOKENSTORE_REASON_NONE);
    assert_int_equal(
        ask_about(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 9),
        TOKENSTORE_REASON_NONE);
    assert_int_equal(
        ask_about(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 10),
        TOKENSTORE_REASON_EXPIRED);
    assert_int_equal(
        ask_about(fixture, &bearer, "test-joe", "imap", "10.1.1.1", NOW),
        TOKENSTORE_REASON_USER);
    assert_int_equal(
        ask_about(fixture, &bearer, "test-jane", "smtp", "10.1.1.1", NOW),
        TOKENSTORE_REASON_SCOPE);
    assert_int_equal(
        ask_about(fixture, &bearer, "test-jane", "imap", NULL, NOW),
        TOKENSTORE_REASON_NETWORK);
    assert_ok(bearer_parse(bearer.text, strlen(bearer.text), &parts));
    parts.secret[0] ^= 1;
    bearer_format(&parts, &other);
    assert_int_equal(ask_about(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_SECRET);
    parts.id = 2;
    bearer_format(&parts, &other);
    assert_int_equal(ask_about(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    parts.secret[0] ^= 1;
    parts.id = (UINT64_C(1) << 32) + 1; /* must not be taken for 1 */
    bearer_format(&parts, &other);
    assert_int_equal(ask_about(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_set_enabled(token, false);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                token, NOW, NULL));
    assert_int_equal(
        ask_about(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 10),
        TOKENSTORE_REASON_DISABLED);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_int_equal(
        ask_about(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW),
        TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_free(&token);
}

/* Such a request asks whose token it is, without regard to its scopes. */
static void test_verify_can_leave_scopes_out(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_bearer bearer;
    struct tokenstore_request request = {.bearer = bearer.text,
                                         .bearer_length =
                                             TOKENSTORE_BEARER_LENGTH,
                                         .now = NOW};
    struct tokenstore_token *found = NULL;
    enum tokenstore_reason reason;

    assert_ok(tokenstore_token_add_scope(token, "imap"));
    issue_token(fixture->store, token, &bearer);
    assert_error(tokenstore_verify(fixture->store, &request, &found, &reason),
                 TOKENSTORE_ERROR_REFUSED);
    tokenstore_token_free(&found);
    request.any_scope = true;
    assert_ok(tokenstore_verify(fixture->store, &request, &found, &reason));
    assert_ok(
        tokenstore_verify_again(fixture->store, found, &request, &reason));
    tokenstore_token_free(&found);
}

/* As a person pastes it; anything else around it is refused, without a look
 * into the store. */
static void test_verify_takes_whitespace_around_a_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    char text[sizeof(bearer.text) + 8];
    struct tokenstore_request request = {.bearer = text, .now = NOW};
    struct tokenstore_token *found = NULL;
    enum tokenstore_reason reason;

    issue_for(fixture->store, "test-jane", &bearer);
    snprintf(text, sizeof(text), " \t%s\r\n", bearer.text);
    request.bearer_length = strlen(text);
    assert_ok(tokenstore_verify(fixture->store, &request, &found, &reason));
    tokenstore_token_free(&found);
    assert_int_equal(request.bearer_length, strlen(text));
    snprintf(text, sizeof(text), "\"%s\"", bearer.text);
    request.bearer_length = strlen(text);
    assert_error(tokenstore_verify(fixture->store, &request, &found, &reason),
                 TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_MALFORMED);
    assert_null(found);
    request.bearer_length = strlen("\"pamat");
    assert_error(tokenstore_verify(fixture->store, &request, &found, &reason),
                 TOKENSTORE_ERROR_INVALID_BEARER);
    assert_int_equal(reason, TOKENSTORE_REASON_NONE);
}

static void test_recreated_account_inherits_no_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer real, virtual;

    issue_for(fixture->store, "test-jane", &real);
    issue(fixture->store, "virtual-jane", &virtual);
    assert_int_equal(ask_about(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(
        ask_about(fixture, &virtual, "virtual-jane", NULL, NULL, NOW),
        TOKENSTORE_REASON_NONE);
    accounts_remove("test-jane");
    accounts_add("test-jane", 70009);
    accounts_add("virtual-jane", 70010);
    assert_int_equal(ask_about(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_USER);
    assert_int_equal(
        ask_about(fixture, &virtual, "virtual-jane", NULL, NULL, NOW),
        TOKENSTORE_REASON_USER);
    accounts_reset();
    assert_int_equal(ask_about(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_USER);
}

static void test_unavailable_name_service_is_neither_yes_nor_no(void **state) {
    static const int errors[] = {ENOENT, EIO, EMFILE, ESRCH, ETIMEDOUT};
    struct fixture *fixture = *state;
    struct tokenstore_bearer real, virtual;

    issue_for(fixture->store, "test-jane", &real);
    issue(fixture->store, "virtual-jane", &virtual);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        accounts.error = errors[i];
        assert_error(verify(fixture->store, &real),
                     TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_error(verify(fixture->store, &virtual),
                     TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    }
}

static void test_verify_again_sees_what_has_changed(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    enum tokenstore_reason reason;
    struct tokenstore_request request = {.bearer = bearer.text,
                                         .bearer_length =
                                             TOKENSTORE_BEARER_LENGTH,
                                         .user = "test-jane",
                                         .now = NOW};
    const uint64_t id = 1;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_verify(fixture->store, &request, &token, &reason));
    request.bearer = NULL;
    request.bearer_length = 0;
    assert_ok(
        tokenstore_verify_again(fixture->store, token, &request, &reason));
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                values, NOW, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_DISABLED);
    request.user = "test-joe";
    tokenstore_token_set_enabled(values, true);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                values, NOW, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_USER);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_free(&token);
    tokenstore_token_free(&values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_verify_gives_the_reason),
        TWO_ACCOUNTS_TEST(test_verify_can_leave_scopes_out),
        TWO_ACCOUNTS_TEST(test_verify_takes_whitespace_around_a_token),
        TWO_ACCOUNTS_TEST(test_recreated_account_inherits_no_token),
        TWO_ACCOUNTS_TEST(test_unavailable_name_service_is_neither_yes_nor_no),
        TWO_ACCOUNTS_TEST(test_verify_again_sees_what_has_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
