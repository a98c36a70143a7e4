/*
 * test_verified.c - a handle that remembers tokens gives the answers of one
 * that does not: at once where the store has changed, and after a second where
 * anything else has.
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
#include "tokenstore/local/verified.h"

static const char jane[] = "recent-jane", joe[] = "recent-joe";

/* ----------------------------------------------------------------- fixture */

static struct tokenstore *other; /* which remembers nothing */
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
    /* What is asked for first is not worth remembering. */
    assert_ok(verify(fixture->store, &bearer));
    accounts.calls = 0;
    return 0;
}

static int tear_down(void **state) {
    tokenstore_close(&other);
    interpose_reset();
    return fixture_tear_down(state);
}

static void a_second_passes(void) {
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}

/* Does a verification of the token read the store's file? */
static bool reads_the_file(struct fixture *fixture) {
    interpose.reads = 0;
    assert_ok(verify(fixture->store, &bearer));
    /* The counter takes one or two, a look-up many more. */
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

/* Both handles say the same of the token now, and this it is. */
static void assert_both(struct fixture *fixture, enum tokenstore_error error) {
    assert_error(verify(fixture->store, &bearer), error);
    assert_error(verify(other, &bearer), error);
}

/* ------------------------------------------------------------------- tests */

static void test_remembers_for_a_second(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_int_equal(accounts.calls, 1);
    a_second_passes();
    assert_true(reads_the_file(fixture));
    assert_int_equal(accounts.calls, 2);
    /* Counted from the reading, not from the last question. */
    assert_false(reads_the_file(fixture));
    a_second_passes();
    assert_true(reads_the_file(fixture));
}

static void test_is_not_remembered_longer_for_being_asked(void **state) {
    struct fixture *fixture = *state;

    verified_nanoseconds = 3000000000;
    assert_true(reads_the_file(fixture));
    a_second_passes();
    a_second_passes();
    assert_false(reads_the_file(fixture));
    a_second_passes();
    assert_true(reads_the_file(fixture));
}

/* The account that is remembered is no answer for another name. */
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

static void test_remembers_nothing_unless_told(void **state) {
    struct fixture *fixture = *state;

    assert_ok(tokenstore_set_memory(fixture->store, 0));
    assert_true(reads_the_file(fixture));
    assert_true(reads_the_file(fixture));
}

static void test_revoked_counts_at_once(void **state) {
    struct fixture *fixture = *state;

    remember(fixture);
    assert_ok(tokenstore_revoke(other, &id, 1, NULL));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

static void test_disabled_counts_at_once(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = new_token("unused");

    remember(fixture);
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(other, id, TOKENSTORE_FIELD_ENABLED, values,
                                NOW, NULL));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
    tokenstore_token_free(&values);
}

static void test_changes_of_others_leave_it_good(void **state) {
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

/* The account is asked for between the reading and the keeping. */
static void test_revoked_while_it_is_read(void **state) {
    struct fixture *fixture = *state;

    accounts.on_call = revoke_now;
    assert_ok(verify(fixture->store, &bearer));
    assert_both(fixture, TOKENSTORE_ERROR_REFUSED);
}

static void test_each_rule_is_asked_of_what_is_remembered(void **state) {
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
    for (int i = 0; i < 2; i++) { /* read, and remembered */
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

/* Another store's token 1: a good bearer token, and not this one's. */
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

/* What was good is the very text, its checksum and spelling included. */
static void test_another_text_is_not_what_was_good(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer other_text;

    for (size_t i = 0; i < TOKENSTORE_BEARER_LENGTH; i++) {
        assert_ok(verify(fixture->store, &bearer));
        other_text = bearer;
        other_text.text[i] = other_text.text[i] == 'A' ? 'B' : 'A';
        if (strcmp(other_text.text, bearer.text) != 0)
            assert_error(verify(fixture->store, &other_text),
                         TOKENSTORE_ERROR_INVALID_BEARER);
        other_text.text[i] = '\xdf';
        assert_error(verify(fixture->store, &other_text),
                     TOKENSTORE_ERROR_INVALID_BEARER);
    }
    assert_false(reads_the_file(fixture));
}

/* An id that is remembered, a good checksum, and another secret: the file is
 * asked, and says no. */
static void test_a_guess_at_what_is_remembered(void **state) {
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
    /* As an administrator would put an older copy in its place. */
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
    a_second_passes();
    assert_both(fixture, TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

static void test_nothing_is_remembered_under_a_writer(void **state) {
    struct fixture *fixture = *state;
    uint64_t count;
    int fd = open(fixture->lock_path, O_RDWR | O_CLOEXEC);

    remember(fixture);
    assert_int_equal(pread(fd, &count, sizeof(count), 0), sizeof(count));
    count |= 1; /* a writer that died in the middle of it */
    assert_int_equal(pwrite(fd, &count, sizeof(count), 0), sizeof(count));
    close(fd);
    assert_true(reads_the_file(fixture));
    assert_true(reads_the_file(fixture));
}

static void test_a_new_lock_file_is_noticed(void **state) {
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

/* A child that uses the handle of its parent takes nothing from it. */
static void test_a_child_notices_by_itself(void **state) {
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

static void test_more_tokens_than_room(void **state) {
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
        TEST(test_remembers_for_a_second),
        TEST(test_is_not_remembered_longer_for_being_asked),
        TEST(test_another_user_is_looked_up),
        TEST(test_remembers_nothing_unless_told),
        TEST(test_revoked_counts_at_once),
        TEST(test_disabled_counts_at_once),
        TEST(test_changes_of_others_leave_it_good),
        TEST(test_revoked_while_it_is_read),
        TEST(test_each_rule_is_asked_of_what_is_remembered),
        TEST(test_another_secret_is_refused),
        TEST(test_another_text_is_not_what_was_good),
        TEST(test_a_guess_at_what_is_remembered),
        TEST(test_missing_store_is_seen_at_once),
        TEST(test_another_file_is_seen_at_once),
        TEST(test_readable_by_others_is_seen_at_once),
        TEST(test_moved_directory_is_seen_at_once),
        TEST(test_unsafe_directory_is_seen_after_a_second),
        TEST(test_nothing_is_remembered_under_a_writer),
        TEST(test_a_new_lock_file_is_noticed),
        TEST(test_a_child_notices_by_itself),
        TEST(test_more_tokens_than_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
