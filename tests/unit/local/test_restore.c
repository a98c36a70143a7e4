/*
 * test_restore.c - tests of restoring a backup.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/two_accounts.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/tokens.h"

static void test_restore_revives_no_token(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer good, revoked, disabled, shortened, late;
    const uint64_t id = 2;
    uint64_t next;

    issue_for(fixture->store, "test-jane", &good);
    issue_for(fixture->store, "test-jane", &revoked);
    issue_for(fixture->store, "test-jane", &disabled);
    issue_for(fixture->store, "test-jane", &shortened);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(fixture->store, 3, TOKENSTORE_FIELD_ENABLED,
                                values, NOW - 1, NULL));
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 1));
    assert_ok(tokenstore_modify(fixture->store, 4,
                                TOKENSTORE_FIELD_EXPIRATION_TIME, values, NOW,
                                NULL));
    next = issue_for(fixture->store, "test-jane", &late) + 1;
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    assert_line(report, "token 2: left out, revoked since the backup");
    assert_line(report, "token 3: disabled, as in the current store");
    assert_line(report, "token 4: expires as early as in the current store");
    assert_line(report, "token 5: gone, issued since the backup");
    assert_line(report, "3 tokens restored");
    tokenstore_report_free(&report);
    assert_int_equal(ask_about(fixture, &good, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(ask_about(fixture, &revoked, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    assert_int_equal(ask_about(fixture, &disabled, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_DISABLED);
    assert_int_equal(ask_about(fixture, &shortened, NULL, NULL, NULL, NOW + 1),
                     TOKENSTORE_REASON_EXPIRED);
    assert_int_equal(ask_about(fixture, &late, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL),
                     next + (UINT64_C(1) << 20));
    assert_sound(fixture->store);
    assert_int_equal(access(fixture_file(fixture, "tokens.tdb.new"), F_OK),
                     -1);
    tokenstore_token_free(&values);
}

static void
test_restore_without_the_current_store_needs_consent(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_int_equal(unlink(fixture->path), 0);
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
    assert_non_null(
        strstr(tokenstore_message(fixture->store), "--accept-revoked"));
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_ok(tokenstore_restore(fixture->store, backup, true, &report));
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &bearer));
    write_file(fixture->path, "damaged", 7, 0600);
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
    assert_ok(tokenstore_restore(fixture->store, backup, true, &report));
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL),
                     2 + (UINT64_C(1) << 20));
}

static void test_restore_refuses_a_damaged_backup(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    size_t length, length_after;
    char *bytes, *before, *after;

    issue_for(fixture->store, "test-jane", NULL);
    assert_ok(tokenstore_backup(fixture->store, backup));
    bytes = read_file(backup, &length);
    before = read_file(fixture->path, &length);
    /* Damage the last record of the file, which is before the free space at
     * the end. */
    *(char *)memmem(bytes, length, "test-jane", 9) = 'T';
    write_file(backup, bytes, length, 0600);
    assert_error(tokenstore_restore(fixture->store, backup, true, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_null(report);
    assert_non_null(strstr(tokenstore_message(fixture->store), "backup.tdb"));
    assert_error(tokenstore_restore(fixture->store,
                                    fixture_file(fixture, "nothing.tdb"), true,
                                    &report),
                 TOKENSTORE_ERROR_MISSING);
    assert_int_equal(chmod(backup, 0644), 0);
    assert_error(tokenstore_restore(fixture->store, backup, true, &report),
                 TOKENSTORE_ERROR_UNSAFE);
    after = read_file(fixture->path, &length_after);
    assert_int_equal(length_after, length);
    assert_memory_equal(after, before, length);
    free(bytes);
    free(before);
    free(after);
}

static enum tokenstore_error set_last_id(struct view *view, void *unused) {
    (void)unused;
    return tokens_put_next_id(view, UINT32_MAX - 5);
}

static void test_restore_near_the_last_id_leaves_a_full_store(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_token *token = token_for("test-jane");
    struct file file = {.path = ""};
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;

    issue_for(fixture->store, "test-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, NULL, set_last_id, NULL));
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_FULL);
    assert_sound(fixture->store);
    tokenstore_token_free(&token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_restore_revives_no_token),
        TWO_ACCOUNTS_TEST(
            test_restore_without_the_current_store_needs_consent),
        TWO_ACCOUNTS_TEST(test_restore_refuses_a_damaged_backup),
        TWO_ACCOUNTS_TEST(test_restore_near_the_last_id_leaves_a_full_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
