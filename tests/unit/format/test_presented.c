/*
 * test_presented.c - tests of texts in which a bearer token stands: what is a
 * token, what is a damaged one, what is a password; and the mask.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/golden/golden.h"
#include "tokenstore/format/presented.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VECTORS_MAX 32
#define UNTOUCHED 4711

static struct golden_bearer vectors[VECTORS_MAX];
static const char *token;
static uint64_t token_id;

static int read_vectors(void **state) {
    (void)state;
    if (golden_read_bearers(vectors, VECTORS_MAX) < 10)
        return -1;
    for (size_t i = 0; i < VECTORS_MAX && token == NULL; i++)
        if (vectors[i].parts.id > 1) {
            token = vectors[i].text;
            token_id = vectors[i].parts.id;
        }
    return token != NULL ? 0 : -1;
}

/* Returns the format with the token for "%s"; the caller frees it. */
static char *with_token(const char *format) {
    const char *place = strstr(format, "%s");
    char *text = malloc(strlen(format) + TOKENSTORE_BEARER_LENGTH + 1);

    assert_non_null(place);
    assert_non_null(text);
    memcpy(text, format, (size_t)(place - format));
    strcpy(text + (place - format), token);
    strcat(text, place + 2);
    return text;
}

/* ---------------------------------------------------------------- classify
 */

static void assert_kind(const char *text, size_t length,
                        enum tokenstore_error kind, uint64_t wanted_id) {
    uint64_t id = UNTOUCHED;

    if (tokenstore_bearer_id(text, length, &id) != kind)
        fail_msg("another kind: %.*s", (int)length, text);
    assert_true(id == wanted_id);
}

static void test_whitespace_around_a_token_does_not_count(void **state) {
    static const char *const formats[] = {
        "%s",   " %s",    "%s ",    "\t%s\t",   "%s\n",
        "%s\r", "%s\r\n", "\n\n%s", "%s\n\n\n", " \t\r\n%s \t\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        char *text = with_token(formats[i]);

        assert_kind(text, strlen(text), TOKENSTORE_OK, token_id);
        free(text);
    }
}

static void test_whole_token_in_other_text_is_damaged(void **state) {
    static const char *const formats[] = {
        "%s.",
        "x%s",
        "\"%s\"",
        "'%s'",
        "<%s>",
        "Bearer %s",
        "bearer: %s",
        "\xc2\xa0%s",
        "%s\xc2\xa0",
        "\xef\xbb\xbf%s",
        "\xe2\x80\x8b%s",
        "\x1b[200~%s\x1b[201~",
        "%s\f",
        "%s\v",
        "%s\x7f",
        "token=%s&user=jane",
        "%s%%20",
        "%sAAAA",
        "jane:%s",
        "{\"bearer_token\": \"%s\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        char *text = with_token(formats[i]);

        assert_kind(text, strlen(text), TOKENSTORE_ERROR_REFUSED, token_id);
        free(text);
    }
}

static void test_nul_is_not_whitespace(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH + 1];

    (void)state;
    memcpy(text, token, sizeof(text));
    assert_kind(text, sizeof(text), TOKENSTORE_ERROR_REFUSED, token_id);
}

static void test_second_token_is_damage(void **state) {
    char text[3 * TOKENSTORE_BEARER_LENGTH];

    (void)state;
    snprintf(text, sizeof(text), "%s%s", token, token);
    assert_kind(text, strlen(text), TOKENSTORE_ERROR_REFUSED, token_id);
    snprintf(text, sizeof(text), "%s\n%s\n", token, token);
    assert_kind(text, strlen(text), TOKENSTORE_ERROR_REFUSED, token_id);
}

static void test_piece_of_a_token_is_damaged_and_has_no_id(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH + 1];

    (void)state;
    for (size_t length = 7; length < TOKENSTORE_BEARER_LENGTH; length++)
        assert_kind(token, length, TOKENSTORE_ERROR_REFUSED, 0);
    /* One character less somewhere in the middle. */
    for (size_t i = 7; i < TOKENSTORE_BEARER_LENGTH; i++) {
        memcpy(text, token, i);
        strcpy(text + i, token + i + 1);
        assert_kind(text, strlen(text), TOKENSTORE_ERROR_REFUSED, 0);
    }
}

static void test_prefix_counts_in_every_spelling(void **state) {
    static const char *const texts[] = {
        "pamat1_",        "PAMAT1_",         "Pamat1_x",
        "hunter2pamat1_", "pamat1%5F",       "pamat1%5fAAAA",
        "pamat1%255FAA",  "pamat1%25255FAA", "%70%61%6D%61%74%31%5F",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_kind(texts[i], strlen(texts[i]), TOKENSTORE_ERROR_REFUSED, 0);
}

static void test_everything_else_is_a_password(void **state) {
    static const char *const texts[] = {
        "",       "hunter2",  "pamat1",  "pamat1-AAAA", "pamat2_AAAA",
        "amat1_", "pam at1_", "pamat1%", "pamat1%5",    "pamat1%5G",
        " pass ", "\n",       "%",       "%25",         "pamat1%25",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_kind(texts[i], strlen(texts[i]),
                    TOKENSTORE_ERROR_INVALID_BEARER, UNTOUCHED);
    assert_kind(NULL, 0, TOKENSTORE_ERROR_INVALID_BEARER, UNTOUCHED);
    /* A length that underflowed. */
    assert_kind(token, SIZE_MAX, TOKENSTORE_ERROR_INVALID_BEARER, UNTOUCHED);
    /* The prefix after the end does not count. */
    assert_kind("xpamat1_", 7, TOKENSTORE_ERROR_INVALID_BEARER, UNTOUCHED);
}

/* -------------------------------------------------------------------- mask
 */

static void assert_masked(const char *given, const char *wanted) {
    const size_t size = strlen(given) + 1;
    char *text = malloc(size);

    assert_non_null(text);
    memcpy(text, given, size);
    assert_ptr_equal(tokenstore_mask(text), text);
    assert_string_equal(text, wanted);
    /* Again, it changes nothing. */
    assert_string_equal(tokenstore_mask(text), wanted);
    free(text);
}

static void test_whole_token_is_masked_by_its_id(void **state) {
    static const char *const formats[] = {
        "%s", "user=%s rhost=", "'%s': not a user", "/tmp/%s", "%s.",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        char *given = with_token(formats[i]);
        char wanted[128];
        const char *place = strstr(formats[i], "%s");

        snprintf(wanted, sizeof(wanted), "%.*spamat1_...id:%llu%s",
                 (int)(place - formats[i]), formats[i],
                 (unsigned long long)token_id, place + 2);
        assert_masked(given, wanted);
        free(given);
    }
}

static void test_encoded_token_is_masked_by_its_id(void **state) {
    char given[3 * TOKENSTORE_BEARER_LENGTH + 1], wanted[64];

    (void)state;
    for (size_t i = 0; i < TOKENSTORE_BEARER_LENGTH; i++)
        snprintf(given + 3 * i, 4, "%%%02X", (unsigned char)token[i]);
    snprintf(wanted, sizeof(wanted), "pamat1_...id:%llu",
             (unsigned long long)token_id);
    assert_masked(given, wanted);
}

static void test_damaged_token_is_masked_without_id(void **state) {
    static const struct {
        const char *given, *wanted;
    } table[] = {
        {"pamat1_", "pamat1_"},
        {"pamat1_A", "pamat1_."},
        {"pamat1_AB", "pamat1_.."},
        {"pamat1_ABC", "pamat1_..."},
        {"PAMAT1_ABCDEF", "pamat1_..."},
        {"pamat1%5fABCDEF/x", "pamat1_.../x"},
        {"pamat1_AA%2DBB%20CC DD", "pamat1_... DD"},
        {"a pamat1_AAAA b pamat1_BBBB c", "a pamat1_... b pamat1_... c"},
        {"pamat1_pamat1_AAAA", "pamat1_..."},
        {"", ""},
        {"no token at all, pamat1-", "no token at all, pamat1-"},
        {"100% of pamat1%", "100% of pamat1%"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_masked(table[i].given, table[i].wanted);
}

/* If characters are lost, those of the secret move to where the id was. */
static void test_mask_shows_no_secret_as_an_id(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH + 1];

    (void)state;
    for (size_t lost = 1; lost < 40; lost++) {
        snprintf(text, sizeof(text), "pamat1_%s", token + 7 + lost);
        assert_string_equal(tokenstore_mask(text), "pamat1_...");
    }
}

static void test_mask_leaves_nothing_after_the_end(void **state) {
    char text[2 * TOKENSTORE_BEARER_LENGTH + 2];

    (void)state;
    snprintf(text, sizeof(text), "%s %s", token, token);
    tokenstore_mask(text);
    for (size_t i = strlen(text); i < sizeof(text); i++)
        assert_int_equal(text[i], 0);
}

/* -------------------------------------------------------------------- trim
 */

static void test_trim_keeps_what_is_inside(void **state) {
    const char *text = " \r\n a b\t\n";
    size_t length = strlen(text);

    (void)state;
    presented_trim(&text, &length);
    assert_int_equal(length, 3);
    assert_memory_equal(text, "a b", 3);
    text = "\t \n";
    length = 3;
    presented_trim(&text, &length);
    assert_int_equal(length, 0);
    text = NULL;
    presented_trim(&text, &length);
    assert_null(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whitespace_around_a_token_does_not_count),
        cmocka_unit_test(test_whole_token_in_other_text_is_damaged),
        cmocka_unit_test(test_nul_is_not_whitespace),
        cmocka_unit_test(test_second_token_is_damage),
        cmocka_unit_test(test_piece_of_a_token_is_damaged_and_has_no_id),
        cmocka_unit_test(test_prefix_counts_in_every_spelling),
        cmocka_unit_test(test_everything_else_is_a_password),
        cmocka_unit_test(test_whole_token_is_masked_by_its_id),
        cmocka_unit_test(test_encoded_token_is_masked_by_its_id),
        cmocka_unit_test(test_damaged_token_is_masked_without_id),
        cmocka_unit_test(test_mask_shows_no_secret_as_an_id),
        cmocka_unit_test(test_mask_leaves_nothing_after_the_end),
        cmocka_unit_test(test_trim_keeps_what_is_inside),
    };

    return cmocka_run_group_tests(tests, read_vectors, NULL);
}
