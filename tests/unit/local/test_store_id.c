/*
 * test_store_id.c - tests of the id of a store: when it is made, and that
 * backup and restore keep it.
 */
#include <string.h>
#include <unistd.h>

#include "tests/support/two_accounts.h"
#include "tokenstore/values/token.h"

static void read_id(struct tokenstore *store,
                    char id[TOKENSTORE_STORE_ID_SIZE]) {
    assert_ok(tokenstore_store_id(store, id));
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
    assert_int_equal(strlen(id), 32);
}

static void restore(struct tokenstore *store, const char *backup,
                    bool accept_revoked) {
    struct tokenstore_report *report = NULL;

    assert_ok(tokenstore_restore(store, backup, accept_revoked, &report));
    tokenstore_report_free(&report);
    assert_sound(store);
}

static void test_each_store_is_made_with_an_id_of_its_own(void **state) {
    struct fixture *fixture = *state;
    char id[TOKENSTORE_STORE_ID_SIZE], second[TOKENSTORE_STORE_ID_SIZE] = "-";
    struct tokenstore_report *report = NULL;
    char line[64] = "store id ";

    assert_error(tokenstore_store_id(fixture->store, second),
                 TOKENSTORE_ERROR_MISSING);
    assert_string_equal(second, "-");
    issue_for(fixture->store, "test-jane", NULL);
    read_id(fixture->store, id);
    issue_for(fixture->store, "test-jane", NULL);
    assert_store_id(fixture->store, id);
    assert_ok(tokenstore_check(fixture->store, &report));
    assert_line(report, strcat(line, id));
    tokenstore_report_free(&report);
    assert_int_equal(unlink(fixture->path), 0);
    issue_for(fixture->store, "test-jane", NULL);
    read_id(fixture->store, second);
    assert_string_not_equal(second, id);
}

static enum tokenstore_error change_nothing(struct tokenstore *store) {
    const uint64_t id = 99;

    return tokenstore_revoke(store, &id, 1, NULL);
}

static enum tokenstore_error create(struct tokenstore *store) {
    issue_for(store, "test-jane", NULL);
    return TOKENSTORE_OK;
}

static enum tokenstore_error modify(struct tokenstore *store) {
    struct tokenstore_token *values = token_for("test-jane");
    enum tokenstore_error error =
        tokenstore_modify(store, 1, TOKENSTORE_FIELD_NAME, values, NOW, NULL);

    tokenstore_token_free(&values);
    return error;
}

static enum tokenstore_error revoke_one(struct tokenstore *store) {
    const uint64_t id = 1;

    return tokenstore_revoke(store, &id, 1, NULL);
}

static enum tokenstore_error revoke_user(struct tokenstore *store) {
    struct tokenstore_identity *user = NULL;
    struct tokenstore_list *revoked = NULL;
    enum tokenstore_error error;

    assert_ok(tokenstore_identity_parse("test-jane", &user));
    error = tokenstore_revoke_user(store, user, &revoked);
    tokenstore_identity_free(&user);
    tokenstore_list_free(&revoked);
    return error;
}

static void test_the_next_change_gives_an_old_store_an_id(void **state) {
    static enum tokenstore_error (*const changes[])(struct tokenstore *) = {
        create, modify, revoke_one, create, revoke_user};
    struct fixture *fixture = *state;
    char id[TOKENSTORE_STORE_ID_SIZE];

    issue_for(fixture->store, "test-jane", NULL);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        remove_store_id(fixture->path);
        assert_error(change_nothing(fixture->store),
                     TOKENSTORE_ERROR_NOT_FOUND);
        assert_store_id(fixture->store, "");
        assert_sound(fixture->store);
        assert_ok(changes[i](fixture->store));
        read_id(fixture->store, id);
        assert_sound(fixture->store);
    }
}

/* A backup from before the store had an id goes back over it. */
static void test_an_old_backup_goes_back_over_its_own_store(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    char id[TOKENSTORE_STORE_ID_SIZE];
    struct tokenstore_bearer kept, revoked;
    const uint64_t second = 2;

    issue_for(fixture->store, "test-jane", &kept);
    issue_for(fixture->store, "test-jane", &revoked);
    remove_store_id(fixture->path);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &second, 1, NULL));
    read_id(fixture->store, id);
    restore(fixture->store, backup, false);
    assert_store_id(fixture->store, id);
    assert_ok(verify(fixture->store, &kept));
    assert_error(verify(fixture->store, &revoked), TOKENSTORE_ERROR_REFUSED);
    /* Neither has an id: the new file gets one. */
    assert_int_equal(unlink(fixture->path), 0);
    restore(fixture->store, backup, true);
    read_id(fixture->store, id);
    remove_store_id(fixture->path);
    restore(fixture->store, backup, false);
    read_id(fixture->store, id);
}

static void test_backup_and_restore_keep_the_id(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    char id[TOKENSTORE_STORE_ID_SIZE];
    struct tokenstore *copy = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    read_id(fixture->store, id);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_open(backup, &copy));
    assert_store_id(copy, id);
    tokenstore_close(&copy);
    restore(fixture->store, backup, false);
    assert_store_id(fixture->store, id);
    assert_int_equal(unlink(fixture->path), 0);
    restore(fixture->store, backup, true);
    assert_store_id(fixture->store, id);
    /* An unreadable store has no say. */
    write_file(fixture->path, "damaged", 7, 0600);
    restore(fixture->store, backup, true);
    assert_store_id(fixture->store, id);
}

/* An earlier version that still runs drops the id with the next token. */
static void test_a_dropped_id_is_another_one_later(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    char id[TOKENSTORE_STORE_ID_SIZE], second[TOKENSTORE_STORE_ID_SIZE];
    struct tokenstore_report *report = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    read_id(fixture->store, id);
    assert_ok(tokenstore_backup(fixture->store, backup));
    /* As long as it has none, it takes its own id back. */
    remove_store_id(fixture->path);
    restore(fixture->store, backup, false);
    assert_store_id(fixture->store, id);
    remove_store_id(fixture->path);
    issue_for(fixture->store, "test-jane", NULL);
    read_id(fixture->store, second);
    assert_string_not_equal(second, id);
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_each_store_is_made_with_an_id_of_its_own),
        TWO_ACCOUNTS_TEST(test_the_next_change_gives_an_old_store_an_id),
        TWO_ACCOUNTS_TEST(test_an_old_backup_goes_back_over_its_own_store),
        TWO_ACCOUNTS_TEST(test_backup_and_restore_keep_the_id),
        TWO_ACCOUNTS_TEST(test_a_dropped_id_is_another_one_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
