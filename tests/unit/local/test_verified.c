/*
 * test_verified.c - tests of a handle that remembers tokens.  It gives the
 * same answers as one that does not: at once after the store has changed, and
 * within a second after anything else has.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/format/presented.h"
#include "tokenstore/local/verified.h"

static const char jane[] = "recent-jane", joe[] = "recent-joe";

/* ----------------------------------------------------------------- fixture */

static struct tokenstore *other; /* a handle that remembers nothing */
static struct tokenstore_bearer bearer;
static uint64_t id;

static int set_up(void **state) {
    struct fixture *fixture;

    interpose_reset();
    interpose.fake_clock = true;
    verified_nanoseconds = 1000000000;
    accounts_reset();
    accounts_add(jane, 64001);
    accounts_add(joe, 64002);
    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    assert_ok(tokenstore_set_memory(fixture->store, 8));
    assert_ok(tokenstore_open(fixture->path, &other));
    id = issue(other, "virtual-jane", &bearer);
    /* The first verification of a token is not remembered. */
    assert_ok(verify(fixture->store, &bearer));
    accounts.calls = 0;
    return 0;
}

static int tear_down(void **state) {
    tokenstore_close(&other);
    interpose_reset();
    return fixture_tear_down(state);
}

static void let_a_second_pass(void) {
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}

/* Returns whether a verification of the token reads the store's file. */
static bool reads_the_file(struct fixture *fixture) {
    interpose.reads = 0;
    assert_ok(verify(fixture->store, &bearer));
    /* Reading the counter takes one or two reads, a look-up many more. */
    return interpose.reads > 2;
}

static void remember(struct fixture *fixture) {
    assert_true(reads_the_file(fixture));
    assert_false(reads_the_file(fixture));
}

static enum tokenstore_error verify_for(struct tokenstore *store,
                                        struct tokenstore_request *request,
                                        enum tokenstore_reason *reason) {
    request->bearer = bearer.text;
    request->bearer_length = strlen(bearer.text);
    if (request->now == 0)
        request->now = NOW;
    return tokenstore_verify(store, request, NULL, reason);
}

/* Asserts that both handles return the error for the token now. */
static void assert_both(struct fixture *fixture, enum tokenstore_error error) {
    assert_error(verify(fixture->store, &bearer), error);
    assert_error(verify(other, &bearer), error);
}

/* ------------------------------------------------------------------- tests */

static void test_token_is_remembered_for_a_second(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_int_equal(accounts.calls, 1);
    let_a_second_pass();
    assert_true(reads_the_file(fixture));
    assert_int_equal(accounts.calls, 2);
    /* The second begins with the read, not with the last verification. */
    assert_false(reads_the_file(fixture));
    let_a_second_pass();
    assert_true(reads_the_file(fixture));
}

static void test_verifying_does_not_extend_the_memory(void **state) {
    struct fixture *fixture = *state;

    verified_nanoseconds = 3000000000;
    assert_true(reads_the_file(fixture));
    let_a_second_pass();
    let_a_second_pass();
    assert_false(reads_the_file(fixture));
    let_a_second_pass();
    assert_true(reads_the_file(fixture));
}

/* A remembered account is not used for another name. */
static void test_another_user_is_looked_up(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_identity *given = NULL, *user = NULL;
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason;

    assert_ok(tokenstore_identity_parse(jane, &given));
    assert_ok(tokenstore_identity_resolve(given, false, &user));
    assert_ok(tokenstore_token_new(&token));
    assert_ok(tokenstore_token_set_user(token, user));
    id = issue_token(other, token, &bearer);
    tokenstore_identity_free(&given);
    tokenstore_identity_free(&user);
    remember(fixture);
    assert_error(verify_for(fixture->store,
                            &(struct tokenstore_request){.user = joe},
                            &reason),
                 TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_USER);
    assert_ok(verify_for(fixture->store,
                         &(struct tokenstore_request){.user = jane}, &reason));
}

static void test_nothing_is_remembered_without_memory(void **state) {
    struct fixture *fixture = *state;

    assert_ok(tokenstore_set_memory(fixture->store, 0));
    assert_true(reads_the_file(fixture));
    assert_true(reads_the_file(fixture));
}

static void test_revoked_token_is_refused_at_once(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_ok(tokenstore_revoke(other, &id, 1, NULL));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

static void test_disabled_token_is_refused_at_once(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = new_token("unused");

    remember(fixture);
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(other, id, TOKENSTORE_FIELD_ENABLED, values,
                                NOW, NULL));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
    tokenstore_token_free(&values);
}

static void test_change_of_another_token_keeps_it_valid(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    issue(other, "virtual-joe", NULL);
    remember(fixture);
}

static void revoke_now(void *argument) {
    (void)argument;
    accounts.on_call = NULL;
    assert_ok(tokenstore_revoke(other, &id, 1, NULL));
}

/* The token is revoked when its account is looked up, which is after the
 * token was read and before it is remembered. */
static void test_token_revoked_during_the_read_is_refused(void **state) {
    struct fixture *fixture = *state;

    accounts.on_call = revoke_now;
    assert_ok(verify(fixture->store, &bearer));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

static void test_each_rule_applies_to_remembered_tokens(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = new_token("unused");
    enum tokenstore_reason reason;
    const char *imap = "imap", *smtp = "smtp";

    assert_ok(tokenstore_token_add_scope(values, "imap"));
    assert_ok(tokenstore_token_add_network(values, "192.0.2.0/24"));
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 10));
    assert_ok(tokenstore_modify(other, id,
                                TOKENSTORE_FIELD_SCOPES |
                                    TOKENSTORE_FIELD_NETWORKS |
                                    TOKENSTORE_FIELD_EXPIRATION_TIME,
                                values, NOW, NULL));
    tokenstore_token_free(&values);
    for (int i = 0; i < 2; i++) { /* first read, then remembered */
        assert_ok(verify_for(
            fixture->store,
            &(struct tokenstore_request){
                .scopes = &imap, .scope_count = 1, .address = "192.0.2.7"},
            &reason));
        assert_error(
            verify_for(fixture->store,
                       &(struct tokenstore_request){.scopes = &smtp,
                                                    .scope_count = 1,
                                                    .address = "192.0.2.7"},
                       &reason),
            TOKENSTORE_ERROR_REFUSED);
        assert_int_equal(reason, TOKENSTORE_REASON_SCOPE);
        assert_error(
            verify_for(fixture->store,
                       &(struct tokenstore_request){.any_scope = true,
                                                    .address = "198.51.100.1"},
                       &reason),
            TOKENSTORE_ERROR_REFUSED);
        assert_int_equal(reason, TOKENSTORE_REASON_NETWORK);
        assert_error(
            verify_for(fixture->store,
                       &(struct tokenstore_request){.any_scope = true,
                                                    .address = "192.0.2.7",
                                                    .now = NOW + 10},
                       &reason),
            TOKENSTORE_ERROR_REFUSED);
        assert_int_equal(reason, TOKENSTORE_REASON_EXPIRED);
        assert_error(
            verify_for(fixture->store,
                       &(struct tokenstore_request){.any_scope = true,
                                                    .user = "virtual-joe",
                                                    .address = "192.0.2.7"},
                       &reason),
            TOKENSTORE_ERROR_REFUSED);
        assert_int_equal(reason, TOKENSTORE_REASON_USER);
    }
}

/* The bearer token of another store's token 1 is well formed, but is not the
 * bearer token of this one. */
static void test_another_secret_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer another;
    struct tokenstore *second = NULL;

    assert_ok(tokenstore_open(fixture_file(fixture, "b/tokens.tdb"), &second));
    assert_int_equal(issue(second, "virtual-jane", &another), id);
    tokenstore_close(&second);
    remember(fixture);
    assert_error(verify(fixture->store, &another), TOKENSTORE_ERROR_REFUSED);
    assert_false(reads_the_file(fixture));
}

/* A text with the prefix is a damaged token, another one is none. */
static enum tokenstore_error error_of(const struct tokenstore_bearer *text) {
    return presented_holds_token(text->text, TOKENSTORE_BEARER_LENGTH)
               ? TOKENSTORE_ERROR_REFUSED
               : TOKENSTORE_ERROR_INVALID_BEARER;
}

/* Only exactly the same text is remembered, including its checksum. */
static void test_changed_text_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer other_text;

    for (size_t i = 0; i < TOKENSTORE_BEARER_LENGTH; i++) {
        assert_ok(verify(fixture->store, &bearer));
        other_text = bearer;
        other_text.text[i] = other_text.text[i] == 'A' ? 'B' : 'A';
        if (strcmp(other_text.text, bearer.text) != 0)
            assert_error(verify(fixture->store, &other_text),
                         error_of(&other_text));
        other_text.text[i] = '\xdf';
        assert_error(verify(fixture->store, &other_text),
                     error_of(&other_text));
    }
    assert_false(reads_the_file(fixture));
}

/* For a remembered id with a right checksum but another secret, the file is
 * read, and the token is refused. */
static void test_guessed_secret_of_a_remembered_id_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct bearer_parts parts = {.id = id};
    struct tokenstore_bearer guess = {""};
    enum tokenstore_reason reason;

    bearer_format(&parts, &guess);
    remember(fixture);
    assert_error(
        tokenstore_verify(fixture->store,
                          &(struct tokenstore_request){
                              .bearer = guess.text,
                              .bearer_length = TOKENSTORE_BEARER_LENGTH,
                              .now = NOW},
                          NULL, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_SECRET);
    assert_false(reads_the_file(fixture));
}

static void test_missing_store_is_seen_at_once(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_int_equal(rename(fixture->path, fixture_file(fixture, "away")), 0);
    assert_both(fixture, TOKENSTORE_ERROR_MISSING);
}

static void test_another_file_is_seen_at_once(void **state) {
    struct fixture *fixture = *state;
    size_t length;
    char *bytes = read_file(fixture->path, &length);

    remember(fixture);
    /* An administrator can put an older copy in its place in this way. */
    assert_int_equal(unlink(fixture->path), 0);
    write_file(fixture->path, bytes, length, 0600);
    free(bytes);
    assert_true(reads_the_file(fixture));
}

static void test_readable_by_others_is_seen_at_once(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_int_equal(chmod(fixture->path, 0644), 0);
    assert_both(fixture, TOKENSTORE_ERROR_UNSAFE);
}

static void test_moved_directory_is_seen_at_once(void **state) {
    struct fixture *fixture = *state;
    char away[PATH_MAX];

    snprintf(away, sizeof(away), "%s-away", fixture->directory);
    remember(fixture);
    assert_int_equal(rename(fixture->directory, away), 0);
    assert_both(fixture, TOKENSTORE_ERROR_MISSING);
    assert_int_equal(rename(away, fixture->directory), 0);
    remember(fixture);
}

static void test_unsafe_directory_is_seen_after_a_second(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_int_equal(chmod(fixture->directory, 0777), 0);
    let_a_second_pass();
    assert_both(fixture, TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

static void test_nothing_is_remembered_during_a_change(void **state) {
    struct fixture *fixture = *state;
    uint64_t count;
    int fd = open(fixture->lock_path, O_RDWR | O_CLOEXEC);

    remember(fixture);
    assert_int_equal(pread(fd, &count, sizeof(count), 0), sizeof(count));
    count |= 1; /* a writer died during its change */
    assert_int_equal(pwrite(fd, &count, sizeof(count), 0), sizeof(count));
    close(fd);
    assert_true(reads_the_file(fixture));
    assert_true(reads_the_file(fixture));
}

static void test_new_lock_file_is_noticed(void **state) {
    struct fixture *fixture = *state;
    size_t length;
    char *bytes = read_file(fixture->lock_path, &length);

    remember(fixture);
    assert_int_equal(unlink(fixture->lock_path), 0);
    write_file(fixture->lock_path, bytes, length, 0600);
    free(bytes);
    remember(fixture);
    assert_ok(tokenstore_revoke(other, &id, 1, NULL));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

/* A child that uses the handle of its parent does not hide the change from
 * the parent. */
static void test_parent_and_child_both_notice_a_change(void **state) {
    struct fixture *fixture = *state;
    int status;
    pid_t child;

    remember(fixture);
    assert_ok(tokenstore_revoke(other, &id, 1, NULL));
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(verify(fixture->store, &bearer) == TOKENSTORE_ERROR_REFUSED ? 0
                                                                          : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

static void test_more_tokens_than_the_memory_holds_are_verified(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer many[20];

    for (size_t i = 0; i < 20; i++)
        issue(other, "virtual-joe", &many[i]);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < 20; i++)
            assert_ok(verify(fixture->store, &many[i]));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_token_is_remembered_for_a_second),
        TEST(test_verifying_does_not_extend_the_memory),
        TEST(test_another_user_is_looked_up),
        TEST(test_nothing_is_remembered_without_memory),
        TEST(test_revoked_token_is_refused_at_once),
        TEST(test_disabled_token_is_refused_at_once),
        TEST(test_change_of_another_token_keeps_it_valid),
        TEST(test_token_revoked_during_the_read_is_refused),
        TEST(test_each_rule_applies_to_remembered_tokens),
        TEST(test_another_secret_is_refused),
        TEST(test_changed_text_is_refused),
        TEST(test_guessed_secret_of_a_remembered_id_is_refused),
        TEST(test_missing_store_is_seen_at_once),
        TEST(test_another_file_is_seen_at_once),
        TEST(test_readable_by_others_is_seen_at_once),
        TEST(test_moved_directory_is_seen_at_once),
        TEST(test_unsafe_directory_is_seen_after_a_second),
        TEST(test_nothing_is_remembered_during_a_change),
        TEST(test_new_lock_file_is_noticed),
        TEST(test_parent_and_child_both_notice_a_change),
        TEST(test_more_tokens_than_the_memory_holds_are_verified),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
