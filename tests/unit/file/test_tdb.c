/*
 * test_tdb.c - tests of damage in the tdb file: it is found and named, and is
 * never mistaken for an absent record.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"
#include "tokenstore/file/copy.h"
#include "tokenstore/file/tdb.h"
#include "tokenstore/local/tokens.h"

/* Returns the offset of a token's value in the file.  The key is in the file
 * only once, directly before the value. */
static size_t find_value(const char *bytes, size_t length, char kind,
                         uint32_t number) {
    struct value_key key = value_key(kind, 0, number, 0);
    const char *found = memmem(bytes, length, key.bytes, sizeof(key.bytes));

    assert_non_null(found);
    return (size_t)(found - bytes) + sizeof(key.bytes);
}

static void test_changed_value_is_found_by_its_checksum(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct tokenstore_token *token = NULL;
    struct tokenstore_report *report = NULL;
    size_t length, at;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    bytes = read_file(fixture->path, &length);
    at = find_value(bytes, length, TOKENS_TOKEN_KIND, 1);
    for (size_t i = 0; i < VALUE_SIZE; i++) {
        bytes[at + i] ^= 0x10;
        write_file(fixture->path, bytes, length, 0600);
        assert_error(verify(fixture->store, &bearer),
                     TOKENSTORE_ERROR_DAMAGED);
        bytes[at + i] ^= 0x10;
    }
    bytes[at + 30] ^= 1;
    write_file(fixture->path, bytes, length, 0600);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_error(tokenstore_check(fixture->store, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(tokenstore_report_count(report), 1);
    assert_string_equal(tokenstore_report_line(report, 0),
                        "token 1 is damaged");
    tokenstore_report_free(&report);
    assert_error(
        tokenstore_backup(fixture->store, fixture_file(fixture, "b.tdb")),
        TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(access(fixture_file(fixture, "b.tdb"), F_OK), -1);
    free(bytes);
}

static void test_damage_is_named_without_a_lock_file(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    size_t length, at;
    char *bytes;

    issue(fixture->store, "virtual-jane", NULL);
    bytes = read_file(fixture->path, &length);
    at = find_value(bytes, length, TOKENS_TOKEN_KIND, 1);
    bytes[at + 30] ^= 1;
    write_file(fixture->path, bytes, length, 0600);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_non_null(strstr(tokenstore_message(fixture->store), "damaged"));
    free(bytes);
}

static bool is_one_size(const uint8_t *key, size_t key_size,
                        const uint8_t *value, size_t value_size,
                        void *argument) {
    size_t *count = argument;

    (void)key;
    (void)value;
    ++*count;
    return key_size == VALUE_KEY_SIZE && value_size == VALUE_SIZE;
}

static enum tokenstore_error sizes(struct view *view, void *count) {
    return copy_traverse(view, is_one_size, count);
}

static void test_every_record_has_one_size(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct file file = {.path = ""};
    struct tokenstore_bearer bearer;
    char scope[TOKENSTORE_SCOPE_MAX + 1];
    size_t count = 0;

    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof(scope), "%064d", i);
        assert_ok(tokenstore_token_add_scope(token, scope));
    }
    for (int i = 0; i < 20; i++) /* more ids than a set stores as a list */
        assert_ok(
            tokenstore_create(fixture->store, token, NOW, &bearer, NULL));
    strcpy(file.path, fixture->path);
    assert_ok(file_snapshot(&file, LOCATION_STORE, sizes, &count, NULL));
    assert_true(count > 20 * 9);
    tokenstore_token_free(&token);
}

static void test_full_store_is_undamaged_and_still_deletes(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    const uint64_t ids[] = {1, 2};
    size_t count;

    issue(fixture->store, "virtual-jane", &bearer);
    issue(fixture->store, "virtual-jane", NULL);
    issue(fixture->store, "virtual-joe", NULL);
    view_size_limit = 1;
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_FULL);
    assert_error(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, NULL),
        TOKENSTORE_ERROR_FULL);
    assert_int_equal(count_tokens(fixture->store), 3);
    assert_ok(tokenstore_revoke(fixture->store, ids, 2, NULL));
    assert_sound(fixture->store);
    view_size_limit = UINT64_C(7) << 29;
    tokens_id_max = 4;
    assert_int_equal(issue(fixture->store, "virtual-jane", NULL), 4);
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_FULL);
    count = count_tokens(fixture->store);
    assert_int_equal(count, 2);
    assert_sound(fixture->store);
    tokenstore_token_free(&token);
}

/* libtdb reports a record as absent if it cannot follow the chain to it. */
static void test_broken_chain_is_damage_not_absence(void **state) {
    static const uint32_t magic = 0x26011999, broken = 0x26011998;
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    size_t length;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    bytes = read_file(fixture->path, &length);
    /* Breaks the magic number of the token's record, directly before its
     * key. */
    for (size_t at = 0; at + 5 <= length; at += 4)
        if (memcmp(bytes + at, &magic, 4) == 0 && bytes[at + 4] == 'T')
            memcpy(bytes + at, &broken, 4);
    write_file(fixture->path, bytes, length, 0600);
    free(bytes);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    /* Restore does not treat the token as revoked since the backup. */
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
}

static void test_zero_hash_size_is_damage_not_a_crash(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    size_t length;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    bytes = read_file(fixture->path, &length);
    memset(bytes + 36, 0, 4); /* after tdb's magic (32 bytes) and version */
    write_file(fixture->path, bytes, length, 0600);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_changed_value_is_found_by_its_checksum),
        FILE_TEST(test_damage_is_named_without_a_lock_file),
        FILE_TEST(test_every_record_has_one_size),
        FILE_TEST(test_full_store_is_undamaged_and_still_deletes),
        FILE_TEST(test_broken_chain_is_damage_not_absence),
        FILE_TEST(test_zero_hash_size_is_damage_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
