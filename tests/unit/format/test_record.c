/*
 * test_record.c - tests of tokens as bytes: the golden records, which were
 * computed without this library, and every way in which bytes can be wrong.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/golden/golden.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIXED_SIZE 58 /* the bytes before the fields */

static struct golden_store *golden;
static struct golden_store *issued; /* by other tokens */

static int read_golden(void **state) {
    (void)state;
    golden = golden_read_tokens("tokens.txt");
    issued = golden_read_tokens("issued.txt");
    return 0;
}

static int free_golden(void **state) {
    (void)state;
    free(golden);
    free(issued);
    return 0;
}

/* Records for the tests that try every damage: the first four of the first
 * version, and all that have issuers. */
#define SUBJECTS (4 + issued->count)

static const struct golden_token *subject(size_t i) {
    return i < 4 ? &golden->tokens[i] : &issued->tokens[i - 4];
}

static enum tokenstore_error decode(const uint8_t *bytes, size_t length,
                                    struct tokenstore_token *token) {
    /* A copy of exactly this size lets sanitizers detect reads beyond it. */
    uint8_t *exact = malloc(length > 0 ? length : 1);
    const bool no = false;
    enum tokenstore_error error;

    assert_non_null(exact);
    memcpy(exact, bytes, length);
    memset(token, 0x5a, sizeof(*token));
    error = record_decode(exact, length, token);
    free(exact);
    /* A record holds neither of these.  Compare the bytes themselves, because
     * a compiler assumes that a bool is 0 or 1. */
    assert_memory_equal(&token->has_secret, &no, sizeof(no));
    assert_memory_equal(&token->expiration_chosen, &no, sizeof(no));
    return error;
}

static void assert_identity_equal(const struct tokenstore_identity *a,
                                  const struct tokenstore_identity *b) {
    assert_int_equal(a->domain, b->domain);
    assert_int_equal(a->has_uid, b->has_uid);
    assert_int_equal(a->has_gid, b->has_gid);
    if (a->has_uid)
        assert_true(a->uid == b->uid);
    if (a->has_gid)
        assert_true(a->gid == b->gid);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->sid, b->sid);
    assert_string_equal(a->auth_id, b->auth_id);
}

static void assert_token_equal(const struct tokenstore_token *a,
                               const struct tokenstore_token *b) {
    assert_true(a->id == b->id);
    assert_true(a->creation_time == b->creation_time);
    assert_true(a->expiration_time == b->expiration_time);
    assert_int_equal(a->enabled, b->enabled);
    assert_memory_equal(a->hash, b->hash, sizeof(a->hash));
    assert_identity_equal(&a->user, &b->user);
    assert_identity_equal(&a->creator, &b->creator);
    assert_true(a->issuer == b->issuer);
    assert_true(a->first_issuer == b->first_issuer);
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->scope_count, b->scope_count);
    for (size_t i = 0; i < a->scope_count; i++)
        assert_string_equal(a->scopes[i], b->scopes[i]);
    assert_int_equal(a->network_count, b->network_count);
    for (size_t i = 0; i < a->network_count; i++) {
        assert_string_equal(a->networks[i].text, b->networks[i].text);
        assert_int_equal(a->networks[i].version, b->networks[i].version);
        assert_int_equal(a->networks[i].prefix, b->networks[i].prefix);
        assert_memory_equal(a->networks[i].address, b->networks[i].address,
                            sizeof(a->networks[i].address));
    }
}

/* ------------------------------------------------------------------ golden */

static void test_encode_writes_the_golden_bytes(void **state) {
    uint8_t bytes[RECORD_MAX];
    size_t length;

    (void)state;
    for (size_t i = 0; i < golden->count + issued->count; i++) {
        const struct golden_token *expected =
            i < golden->count ? &golden->tokens[i]
                              : &issued->tokens[i - golden->count];

        memset(bytes, 0x5a, sizeof(bytes));
        record_encode(&expected->token, bytes, &length);
        assert_int_equal(length, expected->record_length);
        assert_memory_equal(bytes, expected->record, length);
    }
}

static void test_decode_reads_the_golden_bytes(void **state) {
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < golden->count + issued->count; i++) {
        const struct golden_token *given =
            i < golden->count ? &golden->tokens[i]
                              : &issued->tokens[i - golden->count];

        assert_int_equal(decode(given->record, given->record_length, &token),
                         TOKENSTORE_OK);
        assert_token_equal(&token, &given->token);
    }
}

/* Each field of the fourth golden token has its maximum size. */
static void test_largest_token_fits(void **state) {
    const struct golden_token *widest = &golden->tokens[3];
    const struct tokenstore_token *token = &widest->token;

    (void)state;
    assert_int_equal(strlen(token->user.name), IDENTITY_NAME_MAX);
    assert_int_equal(strlen(token->user.sid), IDENTITY_SID_MAX);
    assert_int_equal(strlen(token->creator.name), IDENTITY_NAME_MAX);
    assert_int_equal(strlen(token->creator.sid), IDENTITY_SID_MAX);
    assert_int_equal(strlen(token->name), TOKENSTORE_NAME_MAX);
    assert_int_equal(token->scope_count, TOKENSTORE_SCOPES_MAX);
    for (size_t i = 0; i < token->scope_count; i++)
        assert_int_equal(strlen(token->scopes[i]), TOKENSTORE_SCOPE_MAX);
    assert_int_equal(token->network_count, TOKENSTORE_NETWORKS_MAX);
    for (size_t i = 0; i < token->network_count; i++)
        assert_int_equal(token->networks[i].version, 6);
    assert_true(widest->record_length <= RECORD_MAX);
    /* The fifth that has issuers is as wide. */
    assert_int_equal(issued->tokens[4].record_length,
                     widest->record_length + 12);
    assert_true(issued->tokens[4].record_length <= RECORD_MAX);
}

/* -------------------------------------------------- damage, systematically */

static void test_every_truncation_is_refused(void **state) {
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct golden_token *given = subject(i);

        for (size_t length = 0; length < given->record_length; length++) {
            size_t again;
            uint8_t bytes[RECORD_MAX];

            if (decode(given->record, length, &token) != TOKENSTORE_OK)
                continue;
            /* Cut between two fields: exactly a token with fewer fields. */
            record_encode(&token, bytes, &again);
            assert_int_equal(again, length);
            assert_memory_equal(bytes, given->record, length);
            assert_true(length > FIXED_SIZE);
        }
    }
}

static void test_minimal_record_has_no_byte_to_spare(void **state) {
    const struct golden_token *given = &golden->tokens[0];
    struct tokenstore_token token;

    (void)state;
    for (size_t length = 0; length < given->record_length; length++)
        assert_int_equal(decode(given->record, length, &token),
                         TOKENSTORE_ERROR_DAMAGED);
}

static void test_trailing_bytes_are_refused(void **state) {
    uint8_t bytes[RECORD_MAX + 1];
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct golden_token *given = subject(i);
        size_t length = given->record_length;

        memcpy(bytes, given->record, length);
        for (int byte = 0; byte < 256; byte++) {
            bytes[length] = (uint8_t)byte;
            assert_int_equal(decode(bytes, length + 1, &token),
                             TOKENSTORE_ERROR_DAMAGED);
        }
        memset(bytes + length, 0, sizeof(bytes) - length);
        assert_int_equal(decode(bytes, length + 2, &token),
                         TOKENSTORE_ERROR_DAMAGED);
        assert_int_equal(decode(bytes, RECORD_MAX, &token),
                         TOKENSTORE_ERROR_DAMAGED);
        assert_int_equal(decode(bytes, RECORD_MAX + 1, &token),
                         TOKENSTORE_ERROR_DAMAGED);
    }
}

/* No two records mean the same token: an accepted record is encoded to the
 * same bytes again.  Damage that the digest does not detect is still refused,
 * or reads as exactly one other token. */
static void test_every_bit_flip_is_refused_or_canonical(void **state) {
    uint8_t bytes[RECORD_MAX], again[RECORD_MAX];
    struct tokenstore_token token;
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct golden_token *given = subject(i);
        size_t length = given->record_length;

        memcpy(bytes, given->record, length);
        for (size_t bit = 0; bit < 8 * length; bit++) {
            size_t again_length;

            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (decode(bytes, length, &token) == TOKENSTORE_OK) {
                record_encode(&token, again, &again_length);
                assert_int_equal(again_length, length);
                assert_memory_equal(again, bytes, length);
            } else {
                refused++;
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(refused > 1000);
}

/* After an error, the output holds nothing that could pass for a token. */
static void test_failure_leaves_nothing(void **state) {
    const struct golden_token *given = &golden->tokens[1];
    uint8_t bytes[RECORD_MAX + 1];
    uint8_t zero[TOKEN_HASH_SIZE] = {0};
    struct tokenstore_token token;

    (void)state;
    memcpy(bytes, given->record, given->record_length);
    bytes[given->record_length] = 0;
    for (int version = 0; version < 4; version++) {
        bytes[0] = (uint8_t)version;
        assert_int_not_equal(decode(bytes, given->record_length + 1, &token),
                             TOKENSTORE_OK);
        assert_true(token.id == 0);
        assert_false(token.enabled);
        assert_memory_equal(token.hash, zero, sizeof(zero));
        assert_string_equal(token.user.name, "");
        assert_string_equal(token.creator.name, "");
        assert_true(token.issuer == 0 && token.first_issuer == 0);
        assert_string_equal(token.name, "");
        assert_int_equal(token.scope_count, 0);
        assert_int_equal(token.network_count, 0);
    }
}

/* ------------------------------------------------------------- fixed part */

/* A record has the lowest version that has all of its fields. */
static void test_decode_refuses_other_versions(void **state) {
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct golden_token *given = subject(i);
        const int own = given->token.issuer != 0 ? 2 : 1;
        uint8_t bytes[RECORD_MAX];

        memcpy(bytes, given->record, given->record_length);
        assert_int_equal(bytes[0], own);
        for (int version = 0; version < 256; version++) {
            bytes[0] = (uint8_t)version;
            assert_int_equal(decode(bytes, given->record_length, &token),
                             version > 2      ? TOKENSTORE_ERROR_NEWER_FORMAT
                             : version == own ? TOKENSTORE_OK
                                              : TOKENSTORE_ERROR_DAMAGED);
        }
        /* The rest of a record of a later version is not examined. */
        assert_int_equal(decode(bytes, 1, &token),
                         TOKENSTORE_ERROR_NEWER_FORMAT);
    }
}

static void test_unknown_flags_are_refused(void **state) {
    const struct golden_token *given = &golden->tokens[1];
    uint8_t bytes[RECORD_MAX];
    struct tokenstore_token token;

    (void)state;
    memcpy(bytes, given->record, given->record_length);
    for (int flags = 0; flags < 256; flags++) {
        bytes[1] = (uint8_t)flags;
        assert_int_equal(decode(bytes, given->record_length, &token),
                         flags < 2 ? TOKENSTORE_OK : TOKENSTORE_ERROR_DAMAGED);
        if (flags < 2)
            assert_int_equal(token.enabled, flags == 1);
    }
}

static void test_ids_and_times_have_ranges(void **state) {
    static const struct {
        size_t at;
        uint64_t value;
        bool taken;
    } rows[] = {
        {2, 0, false},
        {2, 1, true},
        {2, UINT32_MAX, true},
        {2, UINT64_C(1) << 32, false},
        {2, UINT64_MAX, false},
        {10, 0, true},
        {10, TOKENSTORE_TIME_MAX, true},
        {10, TOKENSTORE_TIME_MAX + 1, false},
        {10, TOKENSTORE_NEVER, false}, /* the creation time is never "never" */
        {10, UINT64_C(1) << 63, false},
        {10, UINT64_MAX, false},
        {18, 0, true},
        {18, TOKENSTORE_TIME_MAX, true},
        {18, TOKENSTORE_TIME_MAX + 1, false},
        {18, TOKENSTORE_NEVER - 1, false},
        {18, TOKENSTORE_NEVER, true},
        {18, UINT64_C(1) << 63, false},
        {18, UINT64_MAX, false},
    };
    uint8_t bytes[RECORD_MAX];
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct golden_token *given = &golden->tokens[0];

        print_message("  row %zu\n", i);
        memcpy(bytes, given->record, given->record_length);
        for (size_t j = 0; j < 8; j++)
            bytes[rows[i].at + j] = (uint8_t)(rows[i].value >> (56 - 8 * j));
        assert_int_equal(decode(bytes, given->record_length, &token),
                         rows[i].taken ? TOKENSTORE_OK
                                       : TOKENSTORE_ERROR_DAMAGED);
    }
}

/* ------------------------------------------------------------------ fields */

/* A field: its tag and its value, a string literal that gives the length. */
struct field {
    uint8_t tag;
    const char *value;
    size_t length;
};

#define FIELD(tag, text)                                                      \
    { tag, text, sizeof(text) - 1 }
#define USER_DOMAIN FIELD(1, "\1")
#define USER_NAME FIELD(5, "jane")

static enum tokenstore_error decode_record(uint8_t version, uint8_t id,
                                           const struct field *fields,
                                           size_t count) {
    uint8_t bytes[RECORD_MAX], again[RECORD_MAX];
    struct tokenstore_token token;
    size_t length = FIXED_SIZE;
    size_t again_length;
    enum tokenstore_error error;

    memcpy(bytes, golden->tokens[0].record, FIXED_SIZE);
    bytes[0] = version;
    bytes[9] = id;
    for (size_t i = 0; i < count && fields[i].tag != 0; i++) {
        bytes[length++] = fields[i].tag;
        bytes[length++] = (uint8_t)fields[i].length;
        memcpy(bytes + length, fields[i].value, fields[i].length);
        length += fields[i].length;
    }
    error = decode(bytes, length, &token);
    if (error == TOKENSTORE_OK) {
        record_encode(&token, again, &again_length);
        assert_int_equal(again_length, length);
        assert_memory_equal(again, bytes, length);
    }
    return error;
}

static enum tokenstore_error decode_fields(const struct field *fields,
                                           size_t count) {
    return decode_record(1, 1, fields, count);
}

#define FIELDS_MAX 6

struct row {
    const char *what;
    struct field fields[FIELDS_MAX];
};

static void assert_rows(const struct row *rows, size_t count,
                        enum tokenstore_error expected) {
    for (size_t i = 0; i < count; i++) {
        print_message("  %s\n", rows[i].what);
        assert_int_equal(decode_fields(rows[i].fields, FIELDS_MAX), expected);
    }
}

static void test_valid_fields_are_accepted(void **state) {
    static const struct row rows[] = {
        {"domain and name", {USER_DOMAIN, USER_NAME}},
        {"uid 0", {USER_DOMAIN, FIELD(2, "\0\0\0\0"), USER_NAME}},
        {"greatest uid",
         {USER_DOMAIN, FIELD(2, "\xff\xff\xff\xfe"), USER_NAME}},
        {"greatest gid",
         {USER_DOMAIN, FIELD(3, "\xff\xff\xff\xfe"), USER_NAME}},
        {"sid", {USER_DOMAIN, FIELD(4, "S-1-5-21-1-2-3-4"), USER_NAME}},
        {"last domain", {FIELD(1, "\4"), USER_NAME}},
        {"name in UTF-8", {USER_DOMAIN, FIELD(5, "j\xc3\xa4ne")}},
        {"creator with a uid alone",
         {USER_DOMAIN, USER_NAME, FIELD(7, "\0\0\0\0")}},
        {"token name", {USER_DOMAIN, USER_NAME, FIELD(11, "laptop")}},
        {"scopes in any order",
         {USER_DOMAIN, USER_NAME, FIELD(12, "smtp"), FIELD(12, "imap")}},
        {"networks",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0\0"),
          FIELD(13, "\6\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0")}},
        {"everywhere",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\0\0\0\0\0"),
          FIELD(13, "\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}},
    };

    (void)state;
    assert_rows(rows, COUNT(rows), TOKENSTORE_OK);
}

static void test_wrong_order_or_number_of_fields_is_refused(void **state) {
    static const struct row rows[] = {
        {"none", {{0}}},
        {"no domain", {USER_NAME}},
        {"no name", {USER_DOMAIN}},
        {"name before domain", {USER_NAME, USER_DOMAIN}},
        {"domain twice", {USER_DOMAIN, USER_DOMAIN, USER_NAME}},
        {"name twice", {USER_DOMAIN, USER_NAME, USER_NAME}},
        {"uid twice",
         {USER_DOMAIN, FIELD(2, "\0\0\0\1"), FIELD(2, "\0\0\0\1"), USER_NAME}},
        {"creator before user", {FIELD(6, "\1"), USER_DOMAIN, USER_NAME}},
        {"creator's name twice",
         {USER_DOMAIN, USER_NAME, FIELD(10, "joe"), FIELD(10, "joe")}},
        {"token name twice",
         {USER_DOMAIN, USER_NAME, FIELD(11, "a"), FIELD(11, "b")}},
        {"scope before token name",
         {USER_DOMAIN, USER_NAME, FIELD(12, "imap"), FIELD(11, "a")}},
        {"network before scope",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0\0"),
          FIELD(12, "imap")}},
        {"the same scope twice",
         {USER_DOMAIN, USER_NAME, FIELD(12, "imap"), FIELD(12, "imap")}},
        {"the same scope twice, apart",
         {USER_DOMAIN, USER_NAME, FIELD(12, "imap"), FIELD(12, "smtp"),
          FIELD(12, "imap")}},
        {"the same network twice",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0\0"),
          FIELD(13, "\4\x08\x0a\0\0\0")}},
        {"tag after the last", {USER_DOMAIN, USER_NAME, FIELD(14, "a")}},
        {"tag 255", {USER_DOMAIN, USER_NAME, FIELD(255, "a")}},
    };
    static const uint8_t tag_zero[] = {1, 1, 1, 5, 1, 'j', 0, 1, 'a'};
    uint8_t bytes[FIXED_SIZE + sizeof(tag_zero)];
    struct tokenstore_token token;

    (void)state;
    assert_rows(rows, COUNT(rows), TOKENSTORE_ERROR_DAMAGED);
    memcpy(bytes, golden->tokens[0].record, FIXED_SIZE);
    memcpy(bytes + FIXED_SIZE, tag_zero, sizeof(tag_zero));
    assert_int_equal(decode(bytes, sizeof(bytes), &token),
                     TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(decode(bytes, sizeof(bytes) - 3, &token), TOKENSTORE_OK);
}

static void test_invalid_identities_are_refused(void **state) {
    static const struct row rows[] = {
        {"domain 0", {FIELD(1, "\0"), USER_NAME}},
        {"domain 5", {FIELD(1, "\5"), USER_NAME}},
        {"domain 255", {FIELD(1, "\xff"), USER_NAME}},
        {"empty domain", {FIELD(1, ""), USER_NAME}},
        {"long domain", {FIELD(1, "\1\1"), USER_NAME}},
        {"uid that means none",
         {USER_DOMAIN, FIELD(2, "\xff\xff\xff\xff"), USER_NAME}},
        {"empty uid", {USER_DOMAIN, FIELD(2, ""), USER_NAME}},
        {"short uid", {USER_DOMAIN, FIELD(2, "\0\0\1"), USER_NAME}},
        {"long uid", {USER_DOMAIN, FIELD(2, "\0\0\0\0\1"), USER_NAME}},
        {"gid that means none",
         {USER_DOMAIN, FIELD(3, "\xff\xff\xff\xff"), USER_NAME}},
        {"short gid", {USER_DOMAIN, FIELD(3, "\0\0\1"), USER_NAME}},
        {"empty sid", {USER_DOMAIN, FIELD(4, ""), USER_NAME}},
        {"sid without S", {USER_DOMAIN, FIELD(4, "1-5-21"), USER_NAME}},
        {"sid cut off", {USER_DOMAIN, FIELD(4, "S"), USER_NAME}},
        {"sid with letters", {USER_DOMAIN, FIELD(4, "S-1-5-21-x"), USER_NAME}},
        {"sid with NUL", {USER_DOMAIN, FIELD(4, "S-1-5\0-1"), USER_NAME}},
        {"sid with newline", {USER_DOMAIN, FIELD(4, "S-1-5-1\n"), USER_NAME}},
        {"sid that the uid gives",
         {USER_DOMAIN, FIELD(2, "\0\0\3\xe8"), FIELD(4, "S-1-22-1-1000"),
          USER_NAME}},
        {"creator's sid that the uid gives",
         {USER_DOMAIN, USER_NAME, FIELD(7, "\0\0\3\xe8"),
          FIELD(9, "S-1-22-1-1000")}},
        {"empty name", {USER_DOMAIN, FIELD(5, "")}},
        {"name with NUL", {USER_DOMAIN, FIELD(5, "jane\0")}},
        {"name with NUL inside", {USER_DOMAIN, FIELD(5, "ja\0ne")}},
        {"name with newline", {USER_DOMAIN, FIELD(5, "jane\n")}},
        {"name with colon", {USER_DOMAIN, FIELD(5, "jane:x")}},
        {"name with slash", {USER_DOMAIN, FIELD(5, "../jane")}},
        {"name with minus", {USER_DOMAIN, FIELD(5, "-jane")}},
        {"name with plus", {USER_DOMAIN, FIELD(5, "+jane")}},
        {"name in Latin-1", {USER_DOMAIN, FIELD(5, "j\xe4ne")}},
        {"name cut in a letter", {USER_DOMAIN, FIELD(5, "j\xc3")}},
        {"name with an overlong letter", {USER_DOMAIN, FIELD(5, "j\xc1\xa1")}},
        {"name with a surrogate", {USER_DOMAIN, FIELD(5, "j\xed\xa0\x80")}},
        {"creator's name with newline",
         {USER_DOMAIN, USER_NAME, FIELD(10, "joe\n")}},
        {"creator's domain 0", {USER_DOMAIN, USER_NAME, FIELD(6, "\0")}},
    };

    (void)state;
    assert_rows(rows, COUNT(rows), TOKENSTORE_ERROR_DAMAGED);
}

/* A record with a SID that tokenstore_identity_set() refuses is refused. */
static void test_sids_that_setters_refuse_are_refused(void **state) {
    static const struct row rows[] = {
        {"another revision", {USER_DOMAIN, FIELD(4, "S-2-5-1"), USER_NAME}},
        {"no value", {USER_DOMAIN, FIELD(4, "S-1-5"), USER_NAME}},
        {"hyphens", {USER_DOMAIN, FIELD(4, "S-1--"), USER_NAME}},
        {"leading zero", {USER_DOMAIN, FIELD(4, "S-1-5-01"), USER_NAME}},
        {"value out of range",
         {USER_DOMAIN, FIELD(4, "S-1-5-4294967296"), USER_NAME}},
        {"everyone", {USER_DOMAIN, FIELD(4, "S-1-1-0"), USER_NAME}},
        {"a group", {USER_DOMAIN, FIELD(4, "S-1-22-2-100"), USER_NAME}},
        {"another uid's",
         {USER_DOMAIN, FIELD(2, "\0\0\3\xe8"), FIELD(4, "S-1-22-1-1001"),
          USER_NAME}},
        {"a uid's, without it",
         {USER_DOMAIN, FIELD(4, "S-1-22-1-1000"), USER_NAME}},
        {"creator's, a group",
         {USER_DOMAIN, USER_NAME, FIELD(9, "S-1-22-2-100")}},
    };

    (void)state;
    assert_rows(rows, COUNT(rows), TOKENSTORE_ERROR_DAMAGED);
}

static void test_invalid_token_fields_are_refused(void **state) {
    static const struct row rows[] = {
        {"empty name", {USER_DOMAIN, USER_NAME, FIELD(11, "")}},
        {"name with NUL", {USER_DOMAIN, USER_NAME, FIELD(11, "a\0")}},
        {"name with tab", {USER_DOMAIN, USER_NAME, FIELD(11, "a\tb")}},
        {"name in Latin-1", {USER_DOMAIN, USER_NAME, FIELD(11, "\xe9")}},
        {"name with C1 control",
         {USER_DOMAIN, USER_NAME, FIELD(11, "\xc2\x85")}},
        {"name with U+2028",
         {USER_DOMAIN, USER_NAME, FIELD(11, "\xe2\x80\xa8")}},
        {"empty scope", {USER_DOMAIN, USER_NAME, FIELD(12, "")}},
        {"upper-case scope", {USER_DOMAIN, USER_NAME, FIELD(12, "IMAP")}},
        {"scope with space", {USER_DOMAIN, USER_NAME, FIELD(12, "im ap")}},
        {"scope with NUL", {USER_DOMAIN, USER_NAME, FIELD(12, "imap\0")}},
        {"scope in UTF-8", {USER_DOMAIN, USER_NAME, FIELD(12, "\xc3\xa4")}},
        {"empty network", {USER_DOMAIN, USER_NAME, FIELD(13, "")}},
        {"network of version 5",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\5\x08\x0a\0\0\0")}},
        {"IPv4 in 5 bytes",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0\0\0")}},
        {"IPv4 in 3 bytes",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0")}},
        {"IPv6 in 4 bytes",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\6\x08\x0a\0\0\0")}},
        {"IPv4 in 16 bytes",
         {USER_DOMAIN, USER_NAME,
          FIELD(13, "\4\x08\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}},
        {"IPv4 prefix 33",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x21\x0a\0\0\0")}},
        {"IPv6 prefix 129",
         {USER_DOMAIN, USER_NAME,
          FIELD(13, "\6\x81\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0")}},
        {"IPv4 host bits",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x08\x0a\0\0\1")}},
        {"IPv4 host bit beside the prefix",
         {USER_DOMAIN, USER_NAME, FIELD(13, "\4\x07\x0b\0\0\0")}},
        {"IPv6 host bits",
         {USER_DOMAIN, USER_NAME,
          FIELD(13, "\6\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1")}},
        {"IPv4-mapped",
         {USER_DOMAIN, USER_NAME,
          FIELD(13, "\6\x80\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1")}},
        {"all of IPv4-mapped",
         {USER_DOMAIN, USER_NAME,
          FIELD(13, "\6\x60\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0")}},
    };

    (void)state;
    assert_rows(rows, COUNT(rows), TOKENSTORE_ERROR_DAMAGED);
}

/* Two fields name the issuers, in a record of version 2.  Each comes before
 * what it issued. */
static void test_issuers_come_before_the_token(void **state) {
    static const struct {
        struct row row;
        bool taken;
    } rows[] = {
        {{"both", {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\5")}}, true},
        {{"one", {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\7")}}, true},
        {{"none", {{0}}}, false},
        {{"no first", {FIELD(14, "\0\0\0\7")}}, false},
        {{"first alone", {FIELD(15, "\0\0\0\7")}}, false},
        {{"wrong order", {FIELD(15, "\0\0\0\5"), FIELD(14, "\0\0\0\7")}},
         false},
        {{"first after it", {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\10")}},
         false},
        {{"itself", {FIELD(14, "\0\0\0\11"), FIELD(15, "\0\0\0\5")}}, false},
        {{"a later one", {FIELD(14, "\1\0\0\0"), FIELD(15, "\0\0\0\5")}},
         false},
        {{"0", {FIELD(14, "\0\0\0\0"), FIELD(15, "\0\0\0\0")}}, false},
        {{"first 0", {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\0")}}, false},
        {{"3 bytes", {FIELD(14, "\0\0\7"), FIELD(15, "\0\0\0\5")}}, false},
        {{"8 bytes", {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\0\0\0\0\5")}},
         false},
        {{"twice",
          {FIELD(14, "\0\0\0\7"), FIELD(14, "\0\0\0\7"),
           FIELD(15, "\0\0\0\5")}},
         false},
        {{"a tag after the last",
          {FIELD(14, "\0\0\0\7"), FIELD(15, "\0\0\0\5"), FIELD(16, "a")}},
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field fields[2 + FIELDS_MAX] = {USER_DOMAIN, USER_NAME};

        print_message("  %s\n", rows[i].row.what);
        memcpy(fields + 2, rows[i].row.fields, sizeof(rows[i].row.fields));
        assert_int_equal(decode_record(2, 9, fields, COUNT(fields)),
                         rows[i].taken ? TOKENSTORE_OK
                                       : TOKENSTORE_ERROR_DAMAGED);
        /* Version 1 has neither. */
        assert_int_equal(decode_record(1, 9, fields, COUNT(fields)),
                         rows[i].row.fields[0].tag == 0
                             ? TOKENSTORE_OK
                             : TOKENSTORE_ERROR_DAMAGED);
    }
}

/* Tries fields of each length: they are accepted up to the limit and refused
 * beyond it. */
static void test_decode_accepts_texts_up_to_their_limits(void **state) {
    static const struct {
        uint8_t tag;
        size_t limit;
    } rows[] = {
        {5, IDENTITY_NAME_MAX},
        {10, IDENTITY_NAME_MAX},
        {11, TOKENSTORE_NAME_MAX},
        {12, TOKENSTORE_SCOPE_MAX},
    };
    char text[256];

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t length = 1; length <= 255; length++) {
            struct field fields[] = {
                USER_DOMAIN, USER_NAME, {rows[i].tag, text, length}};
            bool is_user_name = rows[i].tag == 5;

            if (is_user_name)
                fields[1] = fields[2];
            assert_int_equal(decode_fields(fields, is_user_name ? 2 : 3),
                             length <= rows[i].limit
                                 ? TOKENSTORE_OK
                                 : TOKENSTORE_ERROR_DAMAGED);
        }
}

static void test_scopes_and_networks_have_limits(void **state) {
    struct field fields[2 + 33] = {USER_DOMAIN, USER_NAME};
    char scopes[33][3];
    char networks[33][6];

    (void)state;
    for (size_t i = 0; i < 33; i++) {
        memcpy(scopes[i],
               (char[]){'s', (char)('a' + i / 8), (char)('a' + i % 8)}, 3);
        fields[2 + i] = (struct field){12, scopes[i], 3};
    }
    assert_int_equal(decode_fields(fields, 2 + 32), TOKENSTORE_OK);
    assert_int_equal(decode_fields(fields, 2 + 33), TOKENSTORE_ERROR_DAMAGED);
    for (size_t i = 0; i < 33; i++) {
        memcpy(networks[i], (char[]){4, 32, 10, 0, 0, (char)i}, 6);
        fields[2 + i] = (struct field){13, networks[i], 6};
    }
    assert_int_equal(decode_fields(fields, 2 + 32), TOKENSTORE_OK);
    assert_int_equal(decode_fields(fields, 2 + 33), TOKENSTORE_ERROR_DAMAGED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_writes_the_golden_bytes),
        cmocka_unit_test(test_decode_reads_the_golden_bytes),
        cmocka_unit_test(test_largest_token_fits),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_minimal_record_has_no_byte_to_spare),
        cmocka_unit_test(test_trailing_bytes_are_refused),
        cmocka_unit_test(test_every_bit_flip_is_refused_or_canonical),
        cmocka_unit_test(test_failure_leaves_nothing),
        cmocka_unit_test(test_decode_refuses_other_versions),
        cmocka_unit_test(test_unknown_flags_are_refused),
        cmocka_unit_test(test_ids_and_times_have_ranges),
        cmocka_unit_test(test_valid_fields_are_accepted),
        cmocka_unit_test(test_wrong_order_or_number_of_fields_is_refused),
        cmocka_unit_test(test_invalid_identities_are_refused),
        cmocka_unit_test(test_sids_that_setters_refuse_are_refused),
        cmocka_unit_test(test_invalid_token_fields_are_refused),
        cmocka_unit_test(test_issuers_come_before_the_token),
        cmocka_unit_test(test_decode_accepts_texts_up_to_their_limits),
        cmocka_unit_test(test_scopes_and_networks_have_limits),
    };

    return cmocka_run_group_tests(tests, read_golden, free_golden);
}
