/*
 * test_identity.c - tests of identities: parsing, contradictions, the fields
 * derived from a uid, and comparison.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/accounts.h"
#include "tokenstore/values/identity.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct tokenstore_identity *parse(const char *text) {
    struct tokenstore_identity *identity = NULL;
    enum tokenstore_error error = tokenstore_identity_parse(text, &identity);

    if (error != TOKENSTORE_OK)
        fail_msg("\"%s\": error %d", text, error);
    return identity;
}

static void assert_text(const char *text, const char *expected) {
    if (expected == NULL)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

static void assert_parse_fails(const char *text,
                               enum tokenstore_error expected) {
    struct tokenstore_identity *identity = (void *)1;
    enum tokenstore_error error = tokenstore_identity_parse(text, &identity);

    if (error != expected || identity != NULL)
        fail_msg("\"%s\": error %d, expected %d", text, error, expected);
}

static void test_parse_accepts_every_form(void **state) {
    static const struct {
        const char *text;
        const char *domain, *name, *auth_id, *sid;
        int64_t uid; /* -1: unset */
    } table[] = {
        {"jane", NULL, "jane", NULL, NULL, -1},
        {"1000", NULL, "1000", NULL, NULL, -1},
        {"jane@example.com", NULL, "jane@example.com", NULL, NULL, -1},
        {"world", NULL, "world", NULL, NULL, -1},
        {"uid:1000", NULL, NULL, NULL, NULL, 1000},
        {"uid:0", NULL, NULL, NULL, NULL, 0},
        {"uid:4294967294", NULL, NULL, NULL, NULL, 4294967294},
        {"auth_id:1000", NULL, NULL, "1000", NULL, 1000},
        {"S-1-22-1-1000", NULL, NULL, NULL, "S-1-22-1-1000", 1000},
        {"S-1-5-21-1-2-3-1105", NULL, NULL, NULL, "S-1-5-21-1-2-3-1105", -1},
        {"S-1-5", NULL, "S-1-5", NULL, NULL, -1}, /* not the form of a SID */
        {"s-1-5-21", NULL, "s-1-5-21", NULL, NULL, -1},
        {"S-1-5-21x", NULL, "S-1-5-21x", NULL, NULL, -1},
        {"local:S-1-5-21", "LOCAL", "S-1-5-21", NULL, NULL, -1},
        {"sid:S-1-22-1-1000", NULL, NULL, NULL, "S-1-22-1-1000", 1000},
        {"sid:S-1-5-21-1-2-3-1105", NULL, NULL, NULL, "S-1-5-21-1-2-3-1105",
         -1},
        {"local:jane", "LOCAL", "jane", NULL, NULL, -1},
        {"ad:jane", "ACTIVE_DIRECTORY", "jane", NULL, NULL, -1},
        {"AD\\jane", "ACTIVE_DIRECTORY", "AD\\jane", NULL, NULL, -1},
        {"CORP\\jane doe", "ACTIVE_DIRECTORY", "CORP\\jane doe", NULL, NULL,
         -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tokenstore_identity *identity = parse(table[i].text);
        uint32_t uid = 77, gid = 77;

        assert_text(tokenstore_identity_domain(identity), table[i].domain);
        assert_text(tokenstore_identity_name(identity), table[i].name);
        assert_text(tokenstore_identity_auth_id(identity), table[i].auth_id);
        assert_text(tokenstore_identity_sid(identity), table[i].sid);
        assert_int_equal(tokenstore_identity_uid(identity, &uid),
                         table[i].uid >= 0);
        assert_true(uid == (table[i].uid >= 0 ? table[i].uid : 77));
        assert_false(tokenstore_identity_gid(identity, &gid));
        assert_int_equal(gid, 77);
        tokenstore_identity_free(&identity);
        assert_null(identity);
    }
    assert_int_equal(accounts.calls, 0);
}

static void test_parse_rejects_other_text(void **state) {
    static const char *const invalid[] = {
        "",
        "-jane",
        "+jane",
        "ja:ne",
        "jane:",
        ":jane",
        "a/b",
        "/",
        " jane",
        "jane ",
        " ",
        "local:jane ",
        "ja\nne",
        "ja\x7fne",
        "ja\xffne",
        "\xc0\xaf",
        "user:jane",
        "UID:1000",
        "uid:",
        "uid:-1",
        "uid:+1",
        "uid: 1",
        "uid:1 ",
        "uid:01",
        "uid:00",
        "uid:0x1",
        "uid:1000x",
        "uid:4294967295",
        "uid:4294967296",
        "uid:18446744073709551616",
        "uid:99999999999999999999999999",
        "auth_id:",
        "auth_id:jane",
        "auth_id:4294967295",
        "auth_id:007",
        "local:",
        "local:-jane",
        "local:uid:1",
        "ad:",
        "ad:a:b",
        "\\",
        "AD\\",
        "\\jane",
        "AD\\\\jane",
        "AD\\CORP\\jane",
        "ad:AD\\",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++)
        assert_parse_fails(invalid[i], TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_parse_fails(NULL, TOKENSTORE_ERROR_INVALID_IDENTITY);
}

static void test_parse_rejects_malformed_sids(void **state) {
    static const char *const invalid[] = {
        "sid:",
        "sid:S",
        "sid:S-1-",
        "sid:S-1-5",
        "sid:S-1-5-",
        "sid:S-1-5-21-",
        "sid:S-1--21",
        "sid:s-1-5-21",
        "sid:S-2-5-21",
        "sid:S-1-5-021",
        "sid:S-1-5-21x",
        "sid:S-1-5-4294967296",
        "sid:S-1-281474976710656-1",
        "sid:S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
        "sid:S-1-22-1",
        "sid:S-1-22-0-5",
        "sid:S-1-22-3-1000",
        "sid:S-1-22-1-1000-1",
        "sid:S-1-22-1-4294967295",
        "sid:S-1-22-2-4294967295",
        "S-1-22-0-5",
        "S-1-22-1-4294967295",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++)
        assert_parse_fails(invalid[i], TOKENSTORE_ERROR_INVALID_IDENTITY);
}

static void test_parse_accepts_the_longest_sid(void **state) {
    static const char longest[] =
        "sid:S-1-281474976710655-4294967295-4294967295-4294967295-4294967295-"
        "4294967295-4294967295-4294967295-4294967295-4294967295-4294967295-"
        "4294967295-4294967295-4294967295-4294967295-4294967295";
    struct tokenstore_identity *identity = parse(longest);

    (void)state;
    assert_int_equal(strlen(longest + 4), IDENTITY_SID_MAX);
    assert_string_equal(tokenstore_identity_sid(identity), longest + 4);
    tokenstore_identity_free(&identity);
}

static void test_parse_refuses_groups_and_world(void **state) {
    static const char *const groups[] = {
        "WORLD",       "group:staff",  "group:",
        "gid:100",     "gid:any",      "sid:S-1-22-2-100",
        "sid:S-1-1-0", "S-1-22-2-100", "S-1-1-0",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(groups); i++)
        assert_parse_fails(groups[i], TOKENSTORE_ERROR_NOT_A_USER);
}

static void test_name_is_1_to_255_bytes(void **state) {
    char name[IDENTITY_NAME_MAX + 2];
    struct tokenstore_identity *identity;

    (void)state;
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    assert_false(identity_name_valid(name));
    assert_parse_fails(name, TOKENSTORE_ERROR_INVALID_IDENTITY);
    name[255] = '\0';
    identity = parse(name);
    assert_string_equal(tokenstore_identity_name(identity), name);
    tokenstore_identity_free(&identity);
    assert_false(identity_name_valid(""));
    assert_true(identity_name_valid("j"));
}

struct field {
    const char *field;
    const char *value;
};

/* Sets the fields in order and returns the error of the last one. */
static enum tokenstore_error set_all(struct tokenstore_identity *identity,
                                     const struct field *fields) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < 6 && fields[i].field != NULL; i++) {
        assert_int_equal(error, TOKENSTORE_OK);
        error = tokenstore_identity_set(identity, fields[i].field,
                                        fields[i].value);
    }
    return error;
}

static void test_set_accepts_every_field_of_one_user(void **state) {
    static const struct field fields[6] = {
        {"domain", "LOCAL"},      {"auth_id", "1000"}, {"uid", "1000"},
        {"sid", "S-1-22-1-1000"}, {"gid", "100"},      {"name", "jane"}};
    struct tokenstore_identity *identity;
    uint32_t id;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&identity), TOKENSTORE_OK);
    assert_false(identity_is_set(identity));
    /* Set each a second time: the same value is not a contradiction. */
    assert_int_equal(set_all(identity, fields), TOKENSTORE_OK);
    assert_int_equal(set_all(identity, fields), TOKENSTORE_OK);
    assert_string_equal(tokenstore_identity_domain(identity), "LOCAL");
    assert_string_equal(tokenstore_identity_auth_id(identity), "1000");
    assert_string_equal(tokenstore_identity_sid(identity), "S-1-22-1-1000");
    assert_string_equal(tokenstore_identity_name(identity), "jane");
    assert_true(tokenstore_identity_uid(identity, &id));
    assert_int_equal(id, 1000);
    assert_true(tokenstore_identity_gid(identity, &id));
    assert_int_equal(id, 100);
    tokenstore_identity_free(&identity);
}

static void test_set_refuses_contradictions(void **state) {
    static const struct field table[][6] = {
        {{"uid", "1000"}, {"uid", "1001"}},
        {{"uid", "0"}, {"uid", "1"}},
        {{"uid", "1000"}, {"auth_id", "1001"}},
        {{"auth_id", "1000"}, {"uid", "1001"}},
        {{"auth_id", "1000"}, {"auth_id", "1001"}},
        {{"uid", "1000"}, {"sid", "S-1-22-1-1001"}},
        {{"auth_id", "1000"}, {"sid", "S-1-22-1-1001"}},
        {{"sid", "S-1-22-1-1000"}, {"uid", "1001"}},
        {{"sid", "S-1-22-1-1000"}, {"auth_id", "1001"}},
        {{"sid", "S-1-22-1-1000"}, {"sid", "S-1-22-1-1001"}},
        {{"sid", "S-1-22-1-1000"}, {"sid", "S-1-5-21-1-2-3-4"}},
        {{"sid", "S-1-5-21-1-2-3-4"}, {"sid", "S-1-5-21-1-2-3-5"}},
        {{"gid", "100"}, {"gid", "101"}},
        {{"name", "jane"}, {"name", "joan"}},
        {{"domain", "LOCAL"}, {"domain", "POSIX_USER"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tokenstore_identity *identity;
        struct tokenstore_identity before;

        assert_int_equal(tokenstore_identity_new(&identity), TOKENSTORE_OK);
        assert_int_equal(tokenstore_identity_set(identity, table[i][0].field,
                                                 table[i][0].value),
                         TOKENSTORE_OK);
        before = *identity;
        if (tokenstore_identity_set(identity, table[i][1].field,
                                    table[i][1].value) !=
            TOKENSTORE_ERROR_INVALID_IDENTITY)
            fail_msg("row %zu was accepted", i);
        assert_memory_equal(identity, &before, sizeof(before));
        tokenstore_identity_free(&identity);
    }
}

static void test_set_refuses_unknown_fields_and_bad_values(void **state) {
    static const struct field table[] = {
        {"user", "jane"},
        {"", "jane"},
        {"NAME", "jane"},
        {"name", ""},
        {"name", "a:b"},
        {"name", "a\\b\\c"},
        {"uid", ""},
        {"uid", "-1"},
        {"uid", "4294967295"},
        {"gid", "4294967295"},
        {"gid", "1.0"},
        {"gid", "01"},
        {"auth_id", "S-1-5-1"},
        {"sid", "1000"},
        {"domain", ""},
        {"domain", "local"},
        {"domain", "NOWHERE"},
        {"name", NULL},
        {NULL, "jane"},
    };
    struct tokenstore_identity *identity;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&identity), TOKENSTORE_OK);
    for (size_t i = 0; i < COUNT(table); i++)
        if (tokenstore_identity_set(identity, table[i].field,
                                    table[i].value) !=
            TOKENSTORE_ERROR_INVALID_IDENTITY)
            fail_msg("row %zu was accepted", i);
    assert_false(identity_is_set(identity));
    tokenstore_identity_free(&identity);
}

static void test_set_accepts_the_domains_of_the_schema(void **state) {
    static const struct {
        const char *domain;
        enum tokenstore_error error;
    } table[] = {
        {"LOCAL", TOKENSTORE_OK},
        {"API_NULL_DOMAIN", TOKENSTORE_OK},
        {"POSIX_USER", TOKENSTORE_OK},
        {"ACTIVE_DIRECTORY", TOKENSTORE_OK},
        {"WORLD", TOKENSTORE_ERROR_NOT_A_USER},
        {"POSIX_GROUP", TOKENSTORE_ERROR_NOT_A_USER},
        {"API_INVALID_DOMAIN", TOKENSTORE_ERROR_NOT_A_USER},
        {"API_RESERVED_DOMAIN", TOKENSTORE_ERROR_NOT_A_USER},
        {"API_INTERNAL_DOMAIN", TOKENSTORE_ERROR_NOT_A_USER},
        {"API_OPERATOR_DOMAIN", TOKENSTORE_ERROR_NOT_A_USER},
        {"API_CREATOR_DOMAIN", TOKENSTORE_ERROR_NOT_A_USER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tokenstore_identity *identity;

        assert_int_equal(tokenstore_identity_new(&identity), TOKENSTORE_OK);
        assert_int_equal(
            tokenstore_identity_set(identity, "domain", table[i].domain),
            table[i].error);
        assert_text(tokenstore_identity_domain(identity),
                    table[i].error == TOKENSTORE_OK ? table[i].domain : NULL);
        tokenstore_identity_free(&identity);
    }
}

static void test_set_refuses_the_sid_of_a_group(void **state) {
    struct tokenstore_identity *identity;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&identity), TOKENSTORE_OK);
    assert_int_equal(tokenstore_identity_set(identity, "sid", "S-1-22-2-100"),
                     TOKENSTORE_ERROR_NOT_A_USER);
    assert_int_equal(tokenstore_identity_set(identity, "sid", "S-1-1-0"),
                     TOKENSTORE_ERROR_NOT_A_USER);
    assert_false(identity_is_set(identity));
    tokenstore_identity_free(&identity);
}

static void test_derive_keeps_a_sid_that_is_set(void **state) {
    struct tokenstore_identity identity = {.has_uid = true, .uid = 4294967294};

    (void)state;
    identity_derive(&identity);
    assert_string_equal(identity.auth_id, "4294967294");
    assert_string_equal(identity.sid, "S-1-22-1-4294967294");
    assert_true(identity_sid_is_derived(&identity));

    strcpy(identity.sid, "S-1-5-21-1-2-3-4");
    identity_derive(&identity);
    assert_string_equal(identity.sid, "S-1-5-21-1-2-3-4");
    assert_false(identity_sid_is_derived(&identity));
}

static void test_derive_adds_nothing_without_a_uid(void **state) {
    struct tokenstore_identity identity = {.name = "bot"};

    (void)state;
    identity_derive(&identity);
    assert_string_equal(identity.auth_id, "");
    assert_string_equal(identity.sid, "");
    assert_false(identity_sid_is_derived(&identity));
    strcpy(identity.sid, "S-1-22-1-0");
    assert_false(identity_sid_is_derived(&identity));
}

static void test_matches_by_name_uid_or_sid(void **state) {
    const struct tokenstore_identity stored = {.has_uid = true,
                                               .uid = 1000,
                                               .has_gid = true,
                                               .gid = 100,
                                               .domain = IDENTITY_DOMAIN_LOCAL,
                                               .name = "jane",
                                               .auth_id = "1000",
                                               .sid = "S-1-22-1-1000"};
    const struct tokenstore_identity bot = {.domain = IDENTITY_DOMAIN_NULL,
                                            .name = "bot"};
    static const struct tokenstore_identity matching[] = {
        {.name = "jane"},
        {.has_uid = true, .uid = 1000},
        {.sid = "S-1-22-1-1000"},
        {.name = "renamed", .has_uid = true, .uid = 1000},
        {.name = "jane", .has_uid = true, .uid = 2000},
    };
    static const struct tokenstore_identity others[] = {
        {.domain = IDENTITY_DOMAIN_UNSET},
        {.domain = IDENTITY_DOMAIN_LOCAL},
        {.name = "jan"},
        {.name = "Jane"},
        {.has_uid = true, .uid = 0},
        {.uid = 1000},
        {.has_gid = true, .gid = 100},
        {.sid = "S-1-22-1-100"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(matching); i++)
        if (!identity_matches(&stored, &matching[i]))
            fail_msg("row %zu should match", i);
    for (size_t i = 0; i < COUNT(others); i++)
        if (identity_matches(&stored, &others[i]) ||
            identity_matches(&bot, &others[i]))
            fail_msg("row %zu should not match", i);
}

static void test_free_accepts_null(void **state) {
    struct tokenstore_identity *identity = NULL;

    (void)state;
    tokenstore_identity_free(&identity);
    tokenstore_identity_free(NULL);
    assert_null(identity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_accepts_every_form),
        cmocka_unit_test(test_parse_rejects_other_text),
        cmocka_unit_test(test_parse_rejects_malformed_sids),
        cmocka_unit_test(test_parse_accepts_the_longest_sid),
        cmocka_unit_test(test_parse_refuses_groups_and_world),
        cmocka_unit_test(test_name_is_1_to_255_bytes),
        cmocka_unit_test(test_set_accepts_every_field_of_one_user),
        cmocka_unit_test(test_set_refuses_contradictions),
        cmocka_unit_test(test_set_refuses_unknown_fields_and_bad_values),
        cmocka_unit_test(test_set_accepts_the_domains_of_the_schema),
        cmocka_unit_test(test_set_refuses_the_sid_of_a_group),
        cmocka_unit_test(test_derive_keeps_a_sid_that_is_set),
        cmocka_unit_test(test_derive_adds_nothing_without_a_uid),
        cmocka_unit_test(test_matches_by_name_uid_or_sid),
        cmocka_unit_test(test_free_accepts_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
