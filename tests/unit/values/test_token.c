/*
 * test_token.c - tests of the access token object: what each setter accepts
 * and refuses, and the status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tokenstore/values/token.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int setup(void **state) {
    struct tokenstore_token *token;

    if (tokenstore_token_new(&token) != TOKENSTORE_OK)
        return -1;
    *state = token;
    return 0;
}

static int teardown(void **state) {
    struct tokenstore_token *token = *state;

    tokenstore_token_free(&token);
    return 0;
}

static void test_new_token_is_enabled_and_unlimited(void **state) {
    const struct tokenstore_token *token = *state;
    char id[TOKENSTORE_ID_SIZE] = "x";

    assert_true(tokenstore_token_id(token) == 0);
    assert_string_equal(tokenstore_token_id_text(token, id), "");
    assert_true(tokenstore_token_enabled(token));
    assert_true(tokenstore_token_expiration_time(token) == TOKENSTORE_NEVER);
    assert_string_equal(tokenstore_token_name(token), "");
    assert_null(tokenstore_token_user(token));
    assert_null(tokenstore_token_creator(token));
    assert_true(tokenstore_token_issuer(token) == 0);
    assert_true(tokenstore_token_first_issuer(token) == 0);
    assert_int_equal(tokenstore_token_scope_count(token), 0);
    assert_null(tokenstore_token_scope(token, 0));
    assert_int_equal(tokenstore_token_network_count(token), 0);
    assert_null(tokenstore_token_network(token, 0));
}

static void test_an_issuer_comes_before_what_it_issued(void **state) {
    static const struct {
        uint64_t id, issuer, first_issuer;
        bool valid;
    } rows[] = {
        {9, 0, 0, true},
        {9, 8, 8, true},
        {9, 8, 1, true},
        {9, 1, 1, true},
        {2, 1, 1, true},
        {9, 0, 1, false},
        {9, 8, 0, false},
        {9, 7, 8, false},
        {9, 9, 9, false},
        {9, 9, 1, false},
        {9, 10, 1, false},
        {1, 1, 1, false},
        {0, 0, 0, true},
        {0, 1, 1, false},
        {UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 1, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (token_issuers_valid(rows[i].id, rows[i].issuer,
                                rows[i].first_issuer) != rows[i].valid)
            fail_msg("row %zu", i);
}

static void test_free_sets_null_and_accepts_null(void **state) {
    struct tokenstore_token *token;

    (void)state;
    assert_int_equal(tokenstore_token_new(&token), TOKENSTORE_OK);
    tokenstore_token_free(&token);
    assert_null(token);
    tokenstore_token_free(&token);
    tokenstore_token_free(NULL);
}

static void test_user_and_creator_are_separate_copies(void **state) {
    struct tokenstore_token *token = *state;
    struct tokenstore_identity user = {.name = "jane"};
    struct tokenstore_identity creator = {.has_uid = true, .uid = 0};

    assert_int_equal(tokenstore_token_set_user(token, &user), TOKENSTORE_OK);
    assert_null(tokenstore_token_creator(token));
    assert_int_equal(tokenstore_token_set_creator(token, &creator),
                     TOKENSTORE_OK);
    strcpy(user.name, "mallory");
    assert_string_equal(tokenstore_token_user(token)->name, "jane");
    /* The uid 0 is a value and does not mean "no uid". */
    assert_non_null(tokenstore_token_creator(token));
    assert_true(tokenstore_token_creator(token)->has_uid);
    assert_int_equal(tokenstore_token_set_user(token, NULL),
                     TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_int_equal(tokenstore_token_set_creator(token, NULL),
                     TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

static void test_name_accepts_utf8(void **state) {
    static const char *const valid[] = {
        "",
        "laptop",
        " the mail client, at home ",
        "\xc2\xa0",         /* U+00A0, the first after the C1 controls */
        "\xdf\xbf",         /* U+07FF */
        "\xe0\xa0\x80",     /* U+0800 */
        "\xe2\x80\xa7",     /* U+2027, before the separators */
        "\xe2\x80\xaa",     /* U+202A, after the separators */
        "\xed\x9f\xbf",     /* U+D7FF, before the surrogates */
        "\xee\x80\x80",     /* U+E000, after the surrogates */
        "\xf0\x90\x80\x80", /* U+10000 */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF */
    };
    struct tokenstore_token *token = *state;

    for (size_t i = 0; i < COUNT(valid); i++) {
        if (tokenstore_token_set_name(token, valid[i]) != TOKENSTORE_OK)
            fail_msg("row %zu was refused", i);
        assert_string_equal(tokenstore_token_name(token), valid[i]);
    }
}

static void test_name_rejects_broken_utf8_and_controls(void **state) {
    static const char *const invalid[] = {
        "\t",
        "\n",
        "a\nb",
        "\x01",
        "\x1b[2J",
        "\x1f",
        "\x7f",
        "\xc2\x80",         /* U+0080 */
        "\xc2\x9f",         /* U+009F */
        "\xe2\x80\xa8",     /* U+2028 */
        "\xe2\x80\xa9",     /* U+2029 */
        "\x80",             /* a continuation byte alone */
        "a\xbf",            /* a continuation byte without a lead byte */
        "\xc3",             /* cut off after 1 byte of 2 */
        "\xe2\x82",         /* cut off after 2 bytes of 3 */
        "\xf0\x9f\x98",     /* cut off after 3 bytes of 4 */
        "\xc3(",            /* a lead byte without its continuation */
        "\xe2\x28\xa1",     /* a lead byte without its first continuation */
        "\xc0\x80",         /* overlong U+0000 */
        "\xc1\xbf",         /* overlong U+007F */
        "\xe0\x9f\xbf",     /* overlong U+07FF */
        "\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
        "\xed\xa0\x80",     /* U+D800 */
        "\xed\xbf\xbf",     /* U+DFFF */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
    };
    struct tokenstore_token *token = *state;

    assert_int_equal(tokenstore_token_set_name(token, "kept"), TOKENSTORE_OK);
    for (size_t i = 0; i < COUNT(invalid); i++)
        if (tokenstore_token_set_name(token, invalid[i]) !=
            TOKENSTORE_ERROR_INVALID_NAME)
            fail_msg("row %zu was accepted", i);
    assert_int_equal(tokenstore_token_set_name(token, NULL),
                     TOKENSTORE_ERROR_INVALID_NAME);
    assert_string_equal(tokenstore_token_name(token), "kept");
}

static void test_name_is_at_most_128_bytes(void **state) {
    struct tokenstore_token *token = *state;
    char name[TOKENSTORE_NAME_MAX + 2];

    memset(name, 'n', sizeof(name));
    name[129] = '\0';
    assert_int_equal(tokenstore_token_set_name(token, name),
                     TOKENSTORE_ERROR_INVALID_NAME);
    name[128] = '\0';
    assert_int_equal(tokenstore_token_set_name(token, name), TOKENSTORE_OK);
    assert_string_equal(tokenstore_token_name(token), name);
    /* Bytes count, not characters: 43 characters of 3 bytes are 129 bytes. */
    for (size_t i = 0; i < 129; i += 3)
        memcpy(name + i, "\xe2\x82\xac", 3);
    name[129] = '\0';
    assert_int_equal(tokenstore_token_set_name(token, name),
                     TOKENSTORE_ERROR_INVALID_NAME);
}

static void test_name_rule_reads_nothing_after_the_length(void **state) {
    (void)state;
    assert_true(token_name_valid("ab\n", 2));
    assert_false(token_name_valid("ab\n", 3));
    assert_false(token_name_valid("a\0b", 3));
    assert_false(token_name_valid("\xe2\x82\xac", 2));
}

static void test_expiration_time_stays_in_range(void **state) {
    static const int64_t valid[] = {0, 1, TOKENSTORE_TIME_MAX,
                                    TOKENSTORE_NEVER};
    static const int64_t invalid[] = {-1, INT64_MIN, TOKENSTORE_TIME_MAX + 1,
                                      TOKENSTORE_NEVER - 1};
    struct tokenstore_token *token = *state;

    for (size_t i = 0; i < COUNT(valid); i++) {
        assert_int_equal(tokenstore_token_set_expiration_time(token, valid[i]),
                         TOKENSTORE_OK);
        assert_true(tokenstore_token_expiration_time(token) == valid[i]);
    }
    for (size_t i = 0; i < COUNT(invalid); i++)
        assert_int_equal(
            tokenstore_token_set_expiration_time(token, invalid[i]),
            TOKENSTORE_ERROR_TIME_RANGE);
    assert_true(tokenstore_token_expiration_time(token) == TOKENSTORE_NEVER);
}

static void test_scope_accepts_its_alphabet_only(void **state) {
    struct tokenstore_token *token = *state;

    for (int c = 1; c < 256; c++) {
        const char scope[] = {(char)c, '\0'};
        bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == ':' || c == '-';

        tokenstore_token_free(&token);
        assert_int_equal(tokenstore_token_new(&token), TOKENSTORE_OK);
        *state = token;
        assert_int_equal(tokenstore_token_add_scope(token, scope),
                         allowed ? TOKENSTORE_OK
                                 : TOKENSTORE_ERROR_INVALID_SCOPE);
    }
    assert_int_equal(tokenstore_token_add_scope(token, "im ap"),
                     TOKENSTORE_ERROR_INVALID_SCOPE);
    assert_int_equal(tokenstore_token_add_scope(token, "imaP"),
                     TOKENSTORE_ERROR_INVALID_SCOPE);
    assert_int_equal(tokenstore_token_add_scope(token, NULL),
                     TOKENSTORE_ERROR_INVALID_SCOPE);
}

static void test_scope_is_1_to_64_bytes(void **state) {
    struct tokenstore_token *token = *state;
    char scope[TOKENSTORE_SCOPE_MAX + 2];

    memset(scope, 's', sizeof(scope));
    scope[65] = '\0';
    assert_int_equal(tokenstore_token_add_scope(token, scope),
                     TOKENSTORE_ERROR_INVALID_SCOPE);
    assert_int_equal(tokenstore_token_add_scope(token, ""),
                     TOKENSTORE_ERROR_INVALID_SCOPE);
    assert_int_equal(tokenstore_token_scope_count(token), 0);
    scope[64] = '\0';
    assert_int_equal(tokenstore_token_add_scope(token, scope), TOKENSTORE_OK);
    assert_string_equal(tokenstore_token_scope(token, 0), scope);
}

static void test_scope_is_valid_if_a_token_takes_it(void **state) {
    struct tokenstore_token *token = *state;
    char scope[TOKENSTORE_SCOPE_MAX + 3] = "";

    assert_false(tokenstore_scope_is_valid(scope));
    for (int c = 1; c < 256; c++) {
        snprintf(scope, sizeof(scope), "a%cz", c);
        tokenstore_token_free(&token);
        assert_int_equal(tokenstore_token_new(&token), TOKENSTORE_OK);
        *state = token;
        assert_int_equal(tokenstore_scope_is_valid(scope),
                         tokenstore_token_add_scope(token, scope) ==
                             TOKENSTORE_OK);
    }
    for (size_t length = 1; length < sizeof(scope); length++) {
        memset(scope, 's', length);
        scope[length] = '\0';
        assert_int_equal(tokenstore_scope_is_valid(scope),
                         length <= TOKENSTORE_SCOPE_MAX);
    }
}

static void test_scopes_are_at_most_32_without_repeats(void **state) {
    struct tokenstore_token *token = *state;
    char scope[16]; /* long enough for any int */

    for (int i = 0; i < 32; i++) {
        snprintf(scope, sizeof(scope), "s%d", i);
        assert_int_equal(tokenstore_token_add_scope(token, scope),
                         TOKENSTORE_OK);
    }
    assert_int_equal(tokenstore_token_add_scope(token, "s32"),
                     TOKENSTORE_ERROR_TOO_MANY);
    /* A scope that the token has already is accepted, even if it is full. */
    assert_int_equal(tokenstore_token_add_scope(token, "s7"), TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_scope_count(token), 32);
    assert_string_equal(tokenstore_token_scope(token, 0), "s0");
    assert_string_equal(tokenstore_token_scope(token, 31), "s31");
    assert_null(tokenstore_token_scope(token, 32));
}

static void test_networks_are_kept_in_canonical_form_once(void **state) {
    struct tokenstore_token *token = *state;

    assert_int_equal(tokenstore_token_add_network(token, "10.1.2.3/8"),
                     TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_add_network(token, "10.0.0.0/8"),
                     TOKENSTORE_OK);
    assert_int_equal(
        tokenstore_token_add_network(token, "::ffff:10.9.9.9/104"),
        TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_add_network(token, "10.0.0.0/9"),
                     TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_network_count(token), 2);
    assert_string_equal(tokenstore_token_network(token, 0), "10.0.0.0/8");
    assert_string_equal(tokenstore_token_network(token, 1), "10.0.0.0/9");
    assert_null(tokenstore_token_network(token, 2));
    assert_int_equal(tokenstore_token_add_network(token, "fe80::1%eth0"),
                     TOKENSTORE_ERROR_INVALID_NETWORK);
    assert_int_equal(tokenstore_token_add_network(token, NULL),
                     TOKENSTORE_ERROR_INVALID_NETWORK);
    assert_int_equal(tokenstore_token_network_count(token), 2);
}

static void test_networks_are_at_most_32(void **state) {
    struct tokenstore_token *token = *state;
    char network[32];

    for (int i = 0; i < 32; i++) {
        snprintf(network, sizeof(network), "192.0.2.%d", i);
        assert_int_equal(tokenstore_token_add_network(token, network),
                         TOKENSTORE_OK);
    }
    assert_int_equal(tokenstore_token_add_network(token, "192.0.2.32"),
                     TOKENSTORE_ERROR_TOO_MANY);
    assert_int_equal(tokenstore_token_add_network(token, "192.0.2.7/32"),
                     TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_network_count(token), 32);
}

static void test_status_is_expired_from_the_exact_second(void **state) {
    struct tokenstore_token *token = *state;

    assert_int_equal(tokenstore_token_set_expiration_time(token, 1000),
                     TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_status(token, 999),
                     TOKENSTORE_STATUS_ACTIVE);
    assert_int_equal(tokenstore_token_status(token, 1000),
                     TOKENSTORE_STATUS_EXPIRED);
    assert_int_equal(tokenstore_token_status(token, 1001),
                     TOKENSTORE_STATUS_EXPIRED);
}

static void test_status_without_expiration_is_never_expired(void **state) {
    assert_int_equal(tokenstore_token_status(*state, TOKENSTORE_TIME_MAX),
                     TOKENSTORE_STATUS_ACTIVE);
    assert_int_equal(tokenstore_token_status(*state, INT64_MAX),
                     TOKENSTORE_STATUS_ACTIVE);
}

static void test_status_disabled_wins_over_expired(void **state) {
    struct tokenstore_token *token = *state;

    assert_int_equal(tokenstore_token_set_expiration_time(token, 1000),
                     TOKENSTORE_OK);
    tokenstore_token_set_enabled(token, false);
    assert_false(tokenstore_token_enabled(token));
    assert_int_equal(tokenstore_token_status(token, 999),
                     TOKENSTORE_STATUS_DISABLED);
    assert_int_equal(tokenstore_token_status(token, 1000),
                     TOKENSTORE_STATUS_DISABLED);
    tokenstore_token_set_enabled(token, true);
    assert_int_equal(tokenstore_token_status(token, 1000),
                     TOKENSTORE_STATUS_EXPIRED);
}

#define with_token(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        with_token(test_new_token_is_enabled_and_unlimited),
        cmocka_unit_test(test_an_issuer_comes_before_what_it_issued),
        cmocka_unit_test(test_free_sets_null_and_accepts_null),
        with_token(test_user_and_creator_are_separate_copies),
        with_token(test_name_accepts_utf8),
        with_token(test_name_rejects_broken_utf8_and_controls),
        with_token(test_name_is_at_most_128_bytes),
        cmocka_unit_test(test_name_rule_reads_nothing_after_the_length),
        with_token(test_expiration_time_stays_in_range),
        with_token(test_scope_accepts_its_alphabet_only),
        with_token(test_scope_is_1_to_64_bytes),
        with_token(test_scope_is_valid_if_a_token_takes_it),
        with_token(test_scopes_are_at_most_32_without_repeats),
        with_token(test_networks_are_kept_in_canonical_form_once),
        with_token(test_networks_are_at_most_32),
        with_token(test_status_is_expired_from_the_exact_second),
        with_token(test_status_without_expiration_is_never_expired),
        with_token(test_status_disabled_wins_over_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
