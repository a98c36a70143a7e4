/*
 * test_restore.c - tests of restoring a backup.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/two_accounts.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/tokens.h"

static struct tokenstore_report *
restore_anyway(struct tokenstore *store, const char *backup, bool accept) {
    struct tokenstore_report *report = NULL;

    assert_ok(tokenstore_restore(store, backup, accept, &report));
    assert_sound(store);
    return report;
}

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
    assert_line(report, "token 3: as in the current store; different in the "
                        "backup: enabled");
    assert_line(report, "token 4: as in the current store; different in the "
                        "backup: expiration_time");
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

/* The descriptor is read from where it stands; a pipe that does not wait is
 * waited for. */
static void test_restore_from_a_descriptor(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    int fd, ends[2], status;
    pid_t writer;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    fd = open(backup, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        uint64_t size;

        close(ends[0]);
        usleep(100000);
        _exit((int)tokenstore_backup_to(fixture->store, ends[1], &size));
    }
    close(ends[1]);
    assert_ok(
        tokenstore_restore_from(fixture->store, ends[0], false, &report));
    assert_line(report, "1 token restored");
    tokenstore_report_free(&report);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    assert_sound(fixture->store);
    /* The first byte is missing. */
    assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
    assert_error(tokenstore_restore_from(fixture->store, fd, true, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_null(report);
    assert_error(tokenstore_restore_from(fixture->store, -1, true, &report),
                 TOKENSTORE_ERROR_UNAVAILABLE);
    assert_ok(verify(fixture->store, &bearer));
    close(fd);
    close(ends[0]);
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

/* The current store has a token that it cannot read. */
static void test_restore_over_a_damaged_token_needs_consent(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    size_t length;
    char *bytes;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_token_set_name(values, "a-name-to-damage"));
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_NAME,
                                values, NOW, NULL));
    bytes = read_file(fixture->path, &length);
    *(char *)memmem(bytes, length, "a-name-to-damage", 16) = 'A';
    write_file(fixture->path, bytes, length, 0600);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
    assert_ok(tokenstore_restore(fixture->store, backup, true, &report));
    assert_line(report,
                "token 1: as in the backup, unreadable in the current store");
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &bearer));
    assert_sound(fixture->store);
    free(bytes);
    tokenstore_token_free(&values);
}

static enum tokenstore_error spoil_head(struct view *view, void *unused) {
    struct value_key key = value_key(TOKENS_HEAD_KIND, 0, 0, 0);
    struct value_payload payload;
    enum tokenstore_error error = view_fetch(view, &key, &payload);

    (void)unused;
    memset(payload.bytes + 11, 0xff, 24); /* the next id, the store's id */
    return error == TOKENSTORE_OK ? view_put(view, &key, &payload) : error;
}

/* What a head says that cannot be one counts for nothing. */
static void test_restore_takes_nothing_from_a_damaged_head(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report;
    char id[TOKENSTORE_STORE_ID_SIZE];
    struct file file = {.path = ""};

    issue_for(fixture->store, "test-jane", NULL);
    remove_store_id(fixture->path);
    assert_ok(tokenstore_backup(fixture->store, backup));
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, NULL, spoil_head, NULL));
    report = restore_anyway(fixture->store, backup, true);
    tokenstore_report_free(&report);
    assert_ok(tokenstore_store_id(fixture->store, id));
    assert_string_not_equal(id, "ffffffffffffffffffffffffffffffff");
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL),
                     2 + (UINT64_C(1) << 20));
}

/* ------------------------------------------------------------- other stores
 */

/* A second store, in the directory of the fixture. */
static struct tokenstore *open_other(const struct fixture *fixture) {
    struct tokenstore *other = NULL;

    assert_ok(tokenstore_open(fixture_file(fixture, "other.tdb"), &other));
    return other;
}

/* The restore is refused, with this in its message, and changes nothing. */
static void assert_conflict(struct tokenstore *store, const char *backup,
                            const char *why) {
    struct tokenstore_report *report = NULL;
    size_t length, length_after;
    char *before = read_file(tokenstore_path(store), &length);
    char *after;

    assert_error(tokenstore_restore(store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
    assert_null(report);
    assert_non_null(strstr(tokenstore_message(store), why));
    assert_non_null(strstr(tokenstore_message(store), "--accept-revoked"));
    after = read_file(tokenstore_path(store), &length_after);
    assert_int_equal(length_after, length);
    assert_memory_equal(after, before, length);
    free(before);
    free(after);
}

/* The store was lost, and a new one has one token: it cannot say what was
 * revoked in the old one. */
static void test_a_new_store_is_not_the_lost_one(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report;
    struct tokenstore_bearer first, revoked, new;
    const uint64_t id = 2;

    issue_for(fixture->store, "test-jane", &first);
    issue_for(fixture->store, "test-jane", &revoked);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_int_equal(unlink(fixture->path), 0);
    issue_for(fixture->store, "test-joe", &new);
    assert_conflict(fixture->store, backup, "another store");
    assert_int_equal(ask_about(fixture, &revoked, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    report = restore_anyway(fixture->store, backup, true);
    assert_line(report,
                "token 1: gone, the backup has another one with this id");
    assert_line(report, "2 tokens restored");
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &first));
    assert_ok(verify(fixture->store, &revoked));
    assert_int_equal(ask_about(fixture, &new, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_SECRET);
}

/* Without ids of the stores, the numbers and the tokens still tell. */
static void test_a_new_store_is_not_the_lost_one_without_ids(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report;
    struct tokenstore_bearer second;
    const uint64_t id = 1;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-jane", &second);
    remove_store_id(fixture->path);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_int_equal(unlink(fixture->path), 0);
    issue_for(fixture->store, "test-joe", NULL);
    assert_conflict(fixture->store, backup, "never issued");
    remove_store_id(fixture->path);
    assert_conflict(fixture->store, backup, "never issued");
    issue_for(fixture->store, "test-joe", NULL);
    issue_for(fixture->store, "test-joe", NULL);
    assert_conflict(fixture->store, backup, "token 1 is another one");
    remove_store_id(fixture->path);
    assert_conflict(fixture->store, backup, "token 1 is another one");
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_conflict(fixture->store, backup, "token 2 is another one");
    /* That token 1 is revoked here says nothing about the one in the backup.
     */
    report = restore_anyway(fixture->store, backup, true);
    assert_line(report,
                "token 2: gone, the backup has another one with this id");
    assert_line(report, "token 3: gone, issued since the backup");
    assert_line(report, "2 tokens restored");
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &second));
}

static void test_a_backup_of_another_store_needs_consent(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore *other = open_other(fixture);
    struct tokenstore_report *report;
    struct tokenstore_bearer theirs, ours;
    char id[TOKENSTORE_STORE_ID_SIZE];
    const uint64_t ids[] = {1, 2};

    issue_for(other, "test-joe", &theirs);
    issue_for(other, "test-joe", NULL);
    assert_ok(tokenstore_backup(other, backup));
    for (int i = 0; i < 4; i++)
        issue_for(fixture->store, "test-jane", &ours);
    /* Nothing but the ids of the stores contradicts. */
    assert_ok(tokenstore_revoke(fixture->store, ids, 2, NULL));
    assert_ok(tokenstore_store_id(other, id));
    assert_conflict(fixture->store, backup, id);
    assert_ok(verify(fixture->store, &ours));
    report = restore_anyway(fixture->store, backup, true);
    assert_line(report, "token 3: gone, issued since the backup");
    assert_line(report, "token 4: gone, issued since the backup");
    assert_line(report, "2 tokens restored");
    tokenstore_report_free(&report);
    assert_ok(verify(fixture->store, &theirs));
    /* From now on it is that store. */
    assert_store_id(fixture->store, id);
    assert_ok(tokenstore_revoke(fixture->store, ids, 1, NULL));
    report = restore_anyway(fixture->store, backup, false);
    assert_line(report, "token 1: left out, revoked since the backup");
    tokenstore_report_free(&report);
    tokenstore_close(&other);
}

/* A copy that went its own way has the same id. */
static void test_a_copy_that_went_on_needs_consent(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "other.tdb");
    struct tokenstore *other = open_other(fixture);
    struct tokenstore_report *report;
    struct tokenstore_bearer revoked, late;
    const uint64_t id = 2;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-jane", &revoked);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_int_equal(issue_for(other, "test-joe", &late), 3);
    assert_conflict(fixture->store, backup, "never issued");
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL), 3);
    assert_conflict(fixture->store, backup, "token 3 is another one");
    /* With the same id, the store still knows what was revoked in it. */
    report = restore_anyway(fixture->store, backup, true);
    assert_line(report, "token 2: left out, revoked since the backup");
    assert_line(report,
                "token 3: gone, the backup has another one with this id");
    tokenstore_report_free(&report);
    assert_int_equal(ask_about(fixture, &revoked, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    assert_ok(verify(fixture->store, &late));
    tokenstore_close(&other);
}

/* -------------------------------------------------------------- differences
 */

static void test_a_narrowed_token_stays_narrow(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_report *report;
    struct tokenstore_bearer narrow, widened;

    issue_for(fixture->store, "test-jane", &narrow);
    assert_ok(tokenstore_token_set_name(values, "phone"));
    issue_token(fixture->store, values, &widened);
    assert_ok(tokenstore_backup(fixture->store, backup));
    values = token_for("test-jane");
    assert_ok(tokenstore_token_add_scope(values, "imap"));
    assert_ok(tokenstore_token_add_network(values, "192.0.2.0/24"));
    assert_ok(tokenstore_modify(
        fixture->store, 1, TOKENSTORE_FIELD_SCOPES | TOKENSTORE_FIELD_NETWORKS,
        values, NOW - 1, NULL));
    /* Its end may also be later than in the backup: the record stays whole. */
    assert_ok(tokenstore_token_set_name(values, "tablet"));
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 60));
    assert_ok(tokenstore_modify(fixture->store, 2,
                                TOKENSTORE_FIELD_NAME |
                                    TOKENSTORE_FIELD_EXPIRATION_TIME,
                                values, NOW - 1, NULL));
    report = restore_anyway(fixture->store, backup, false);
    assert_line(report, "token 1: as in the current store; different in the "
                        "backup: scopes, networks");
    assert_line(report, "token 2: as in the current store; different in the "
                        "backup: expiration_time, name");
    assert_line(report, "2 tokens restored");
    tokenstore_report_free(&report);
    assert_int_equal(ask_about(fixture, &narrow, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_SCOPE);
    assert_int_equal(
        ask_about(fixture, &narrow, NULL, "imap", "198.51.100.1", NOW),
        TOKENSTORE_REASON_NETWORK);
    assert_int_equal(
        ask_about(fixture, &narrow, NULL, "imap", "192.0.2.1", NOW),
        TOKENSTORE_REASON_NONE);
    assert_int_equal(ask_about(fixture, &widened, NULL, NULL, NULL, NOW + 60),
                     TOKENSTORE_REASON_EXPIRED);
    tokenstore_token_free(&values);
    /* Nothing differs any more. */
    assert_int_equal(unlink(backup), 0);
    assert_ok(tokenstore_backup(fixture->store, backup));
    report = restore_anyway(fixture->store, backup, false);
    assert_int_equal(tokenstore_report_count(report), 1);
    tokenstore_report_free(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_restore_revives_no_token),
        TWO_ACCOUNTS_TEST(
            test_restore_without_the_current_store_needs_consent),
        TWO_ACCOUNTS_TEST(test_restore_from_a_descriptor),
        TWO_ACCOUNTS_TEST(test_restore_refuses_a_damaged_backup),
        TWO_ACCOUNTS_TEST(test_restore_near_the_last_id_leaves_a_full_store),
        TWO_ACCOUNTS_TEST(test_restore_over_a_damaged_token_needs_consent),
        TWO_ACCOUNTS_TEST(test_restore_takes_nothing_from_a_damaged_head),
        TWO_ACCOUNTS_TEST(test_a_new_store_is_not_the_lost_one),
        TWO_ACCOUNTS_TEST(test_a_new_store_is_not_the_lost_one_without_ids),
        TWO_ACCOUNTS_TEST(test_a_backup_of_another_store_needs_consent),
        TWO_ACCOUNTS_TEST(test_a_copy_that_went_on_needs_consent),
        TWO_ACCOUNTS_TEST(test_a_narrowed_token_stays_narrow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
