/*
 * test_change.c - tests of create, modify and rotate, as callers see them.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/create_many.h"
#include "tests/support/interpose.h"
#include "tests/support/two_accounts.h"
#include "tokenstore/file/write.h"

#define DAY INT64_C(86400)

static void test_create_stores_the_given_values(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_token *stored;
    struct tokenstore_bearer bearer;
    uint64_t id = 0;
    uint32_t uid = 0;

    assert_ok(tokenstore_token_set_name(token, "laptop \xc3\xa9"));
    assert_ok(tokenstore_token_add_scope(token, "imap"));
    assert_ok(tokenstore_token_add_scope(token, "smtp"));
    assert_ok(tokenstore_token_add_network(token, "10.1.2.3/8"));
    assert_ok(tokenstore_token_set_expiration_time(token, NOW + DAY));
    tokenstore_token_set_enabled(token, false);
    assert_ok(tokenstore_create(fixture->store, token, NOW, &bearer, NULL));
    assert_ok(tokenstore_bearer_id(bearer.text, strlen(bearer.text), &id));
    assert_int_equal(id, 1);
    stored = get_token(fixture->store, 1);
    assert_int_equal(tokenstore_token_id(stored), 1);
    assert_int_equal(tokenstore_token_creation_time(stored), NOW);
    assert_int_equal(tokenstore_token_expiration_time(stored), NOW + DAY);
    assert_false(tokenstore_token_enabled(stored));
    assert_string_equal(tokenstore_token_name(stored), "laptop \xc3\xa9");
    assert_int_equal(tokenstore_token_scope_count(stored), 2);
    assert_string_equal(tokenstore_token_scope(stored, 1), "smtp");
    assert_string_equal(tokenstore_token_network(stored, 0), "10.0.0.0/8");
    assert_true(tokenstore_identity_uid(tokenstore_token_user(stored), &uid));
    assert_int_equal(uid, 70001);
    assert_null(tokenstore_token_creator(stored));
    tokenstore_token_free(&stored);
    tokenstore_token_free(&token);
}

static void test_create_refuses_impossible_values(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer = {"untouched"};

    assert_ok(tokenstore_token_new(&token));
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_INVALID_IDENTITY);
    tokenstore_token_free(&token);
    token = token_for("test-jane");
    assert_ok(tokenstore_token_set_expiration_time(token, NOW));
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    assert_ok(
        tokenstore_token_set_expiration_time(token, TOKENSTORE_TIME_MAX));
    assert_error(tokenstore_create(fixture->store, token,
                                   TOKENSTORE_TIME_MAX + 1, &bearer, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    assert_error(tokenstore_create(fixture->store, token, -1, &bearer, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_string_equal(bearer.text, "untouched");
    tokenstore_token_free(&token);
}

static void test_ids_count_up_and_are_never_used_again(void **state) {
    struct fixture *fixture = *state;
    const uint64_t last = 3;

    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(issue_for(fixture->store, "test-jane", NULL), id);
    assert_ok(tokenstore_revoke(fixture->store, &last, 1, NULL));
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL), 4);
}

#define BATCH 2500

/* Issues three tokens, each many times. */
static enum tokenstore_error issue_batch(struct tokenstore *store,
                                         struct tokenstore_bearer *bearers,
                                         uint64_t *ids, size_t *created) {
    struct tokenstore_token *tokens[3] = {
        token_for("test-jane"), token_for("test-joe"), new_token("virtual")};
    const struct tokenstore_token *wanted[BATCH];
    enum tokenstore_error error;

    for (size_t i = 0; i < BATCH; i++)
        wanted[i] = tokens[i % 3];
    error = create_many(store, wanted, BATCH, NOW, bearers, ids, created);
    for (size_t i = 0; i < 3; i++)
        tokenstore_token_free(&tokens[i]);
    return error;
}

static void test_many_creates_share_transactions(void **state) {
    static struct tokenstore_bearer bearers[BATCH];
    static const char *const users[] = {"test-jane", "test-joe", "virtual"};
    struct fixture *fixture = *state;
    uint64_t ids[BATCH];
    size_t created = 0;

    issue_for(fixture->store, "test-jane", NULL);
    interpose_reset();
    assert_ok(issue_batch(fixture->store, bearers, ids, &created));
    assert_int_equal(interpose.syncs, 3 * 4);
    assert_int_equal(created, BATCH);
    for (size_t i = 0; i < BATCH; i += 99) {
        struct tokenstore_token *token = get_token(fixture->store, ids[i]);

        assert_int_equal(ids[i], i + 2);
        assert_string_equal(
            tokenstore_identity_name(tokenstore_token_user(token)),
            users[i % 3]);
        assert_ok(verify(fixture->store, &bearers[i]));
        tokenstore_token_free(&token);
    }
    assert_int_equal(count_tokens(fixture->store), BATCH + 1);
    assert_sound(fixture->store);
}

static void test_failed_transaction_keeps_earlier_ones(void **state) {
    static struct tokenstore_bearer bearers[BATCH];
    static const struct tokenstore_bearer nothing;
    struct fixture *fixture = *state;
    uint64_t ids[BATCH];
    size_t created = 0;

    issue_for(fixture->store, "test-jane", NULL);
    interpose_reset();
    interpose.at_sync = 4 + 2; /* a sync of the second transaction */
    interpose.fate = FATE_FAIL;
    assert_error(issue_batch(fixture->store, bearers, ids, &created),
                 TOKENSTORE_ERROR_IO);
    interpose_reset();
    assert_int_equal(created, 1000);
    assert_int_equal(count_tokens(fixture->store), 1001);
    assert_ok(verify(fixture->store, &bearers[999]));
    for (size_t i = 1000; i < BATCH; i++)
        assert_memory_equal(&bearers[i], &nothing, sizeof(nothing));
    assert_sound(fixture->store);
}

static void test_impossible_create_does_not_stop_others(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *good = token_for("test-jane");
    struct tokenstore_token *bad = NULL;
    struct tokenstore_bearer bearers[2];
    const struct tokenstore_token *tokens[2] = {good, NULL};
    uint64_t ids[2];
    size_t created = 7;

    issue_for(fixture->store, "test-jane", NULL);
    assert_ok(tokenstore_token_new(&bad)); /* without a user */
    tokens[1] = bad;
    assert_error(
        create_many(fixture->store, tokens, 2, NOW, bearers, ids, &created),
        TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_int_equal(created, 1);
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_ok(verify(fixture->store, &bearers[0]));
    assert_ok(
        create_many(fixture->store, tokens, 0, NOW, bearers, ids, &created));
    assert_int_equal(created, 0);
    assert_int_equal(count_tokens(fixture->store), 2);
    tokenstore_token_free(&good);
    tokenstore_token_free(&bad);
}

static void test_modify_changes_only_the_chosen_fields(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-joe");
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_token *now = NULL;
    struct tokenstore_bearer bearer;

    assert_ok(tokenstore_token_set_name(token, "old"));
    assert_ok(tokenstore_token_add_scope(token, "imap"));
    assert_ok(tokenstore_token_add_network(token, "10.0.0.0/8"));
    assert_ok(tokenstore_create(fixture->store, token, NOW, &bearer, NULL));
    assert_ok(tokenstore_token_set_name(values, "new"));
    assert_ok(tokenstore_token_add_scope(values, "smtp"));
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + DAY));
    tokenstore_token_set_enabled(values, false);

    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_NAME,
                                values, NOW, &now));
    assert_string_equal(tokenstore_token_name(now), "new");
    assert_true(tokenstore_token_enabled(now));
    assert_string_equal(tokenstore_token_scope(now, 0), "imap");
    assert_int_equal(tokenstore_token_expiration_time(now), TOKENSTORE_NEVER);
    assert_string_equal(tokenstore_identity_name(tokenstore_token_user(now)),
                        "test-jane");
    tokenstore_token_free(&now);
    assert_ok(tokenstore_modify(
        fixture->store, 1,
        TOKENSTORE_FIELD_SCOPES | TOKENSTORE_FIELD_NETWORKS |
            TOKENSTORE_FIELD_ENABLED | TOKENSTORE_FIELD_EXPIRATION_TIME,
        values, NOW, NULL));
    now = get_token(fixture->store, 1);
    assert_string_equal(tokenstore_token_scope(now, 0), "smtp");
    assert_int_equal(tokenstore_token_scope_count(now), 1);
    assert_int_equal(tokenstore_token_network_count(now), 0);
    assert_false(tokenstore_token_enabled(now));
    assert_int_equal(tokenstore_token_expiration_time(now), NOW + DAY);
    assert_int_equal(tokenstore_token_creation_time(now), NOW);
    tokenstore_token_free(&now);
    tokenstore_token_free(&values);
    tokenstore_token_free(&token);
}

static void test_modify_refuses_past_times_and_unknown_fields(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_token *token;

    issue_for(fixture->store, "test-jane", NULL);
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 10));
    assert_error(tokenstore_modify(fixture->store, 1,
                                   TOKENSTORE_FIELD_EXPIRATION_TIME, values,
                                   NOW + 10, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    /* Even if the clock was set back, the expiration time cannot be earlier
     * than the creation. */
    assert_ok(tokenstore_token_set_expiration_time(values, NOW - 5));
    assert_error(tokenstore_modify(fixture->store, 1,
                                   TOKENSTORE_FIELD_EXPIRATION_TIME, values,
                                   NOW - 10, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    assert_error(
        tokenstore_modify(fixture->store, 1, 1u << 20, values, NOW, NULL),
        TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_error(tokenstore_modify(fixture->store, 2, TOKENSTORE_FIELD_ENABLED,
                                   values, NOW, NULL),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(fixture->store), "no token 2");
    token = get_token(fixture->store, 1);
    assert_int_equal(tokenstore_token_expiration_time(token),
                     TOKENSTORE_NEVER);
    tokenstore_token_free(&token);
    tokenstore_token_free(&values);
}

static void test_modify_shrinks_and_grows_a_record(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_token *none = token_for("test-jane");
    char scope[TOKENSTORE_SCOPE_MAX + 1];

    issue_for(fixture->store, "test-jane", NULL);
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof(scope), "%064d", i);
        assert_ok(tokenstore_token_add_scope(values, scope));
    }
    for (int i = 0; i < 3; i++) {
        assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_SCOPES,
                                    values, NOW, NULL));
        assert_sound(fixture->store);
        assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_SCOPES,
                                    none, NOW, NULL));
        assert_sound(fixture->store);
    }
    tokenstore_token_free(&values);
    tokenstore_token_free(&none);
}

static void test_rotate_replaces_the_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_identity *creator = NULL;
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer old, new;

    assert_ok(tokenstore_token_set_name(token, "laptop"));
    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 100));
    tokenstore_token_set_enabled(token, false);
    assert_ok(tokenstore_create(fixture->store, token, NOW, &old, NULL));
    assert_ok(tokenstore_identity_parse("uid:7", &creator));
    assert_ok(tokenstore_rotate(fixture->store, 1, 0, creator, NOW + 50, &new,
                                &created));
    assert_int_equal(tokenstore_token_id(created), 2);
    assert_string_equal(tokenstore_token_name(created), "laptop");
    assert_int_equal(tokenstore_token_creation_time(created), NOW + 50);
    assert_int_equal(tokenstore_token_expiration_time(created), NOW + 150);
    assert_false(tokenstore_token_enabled(created)); /* rotate never enables */
    assert_string_equal(
        tokenstore_identity_auth_id(tokenstore_token_creator(created)), "7");
    assert_string_not_equal(old.text, new.text);
    assert_page(fixture, NULL, 0, 10, " 2", 0);
    assert_sound(fixture->store);
    tokenstore_token_free(&created);
    tokenstore_identity_free(&creator);
    tokenstore_token_free(&token);
}

static void test_rotate_with_grace_only_shortens_the_lifetime(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_token *now;
    struct tokenstore_bearer old, new;

    assert_ok(tokenstore_create(fixture->store, token, NOW, &old, NULL));
    assert_ok(tokenstore_rotate(fixture->store, 1, 60, NULL, NOW, &new, NULL));
    assert_ok(verify(fixture->store, &old));
    assert_ok(verify(fixture->store, &new));
    now = get_token(fixture->store, 1);
    assert_int_equal(tokenstore_token_expiration_time(now), NOW + 60);
    tokenstore_token_free(&now);
    now = get_token(fixture->store, 2);
    assert_int_equal(tokenstore_token_expiration_time(now), TOKENSTORE_NEVER);
    tokenstore_token_free(&now);
    assert_ok(
        tokenstore_rotate(fixture->store, 1, 600, NULL, NOW, &new, NULL));
    now = get_token(fixture->store, 1);
    assert_int_equal(tokenstore_token_expiration_time(now), NOW + 60);
    tokenstore_token_free(&now);
    assert_error(
        tokenstore_rotate(fixture->store, 1, -1, NULL, NOW, &new, NULL),
        TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_ok(tokenstore_rotate(fixture->store, 2, INT64_MAX, NULL, NOW, &new,
                                NULL));
    assert_sound(fixture->store);
    tokenstore_token_free(&token);
}

static void test_create_overwrites_no_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct file file = {.path = ""};
    struct tokenstore_bearer bearers[3], bearer;

    for (int i = 0; i < 3; i++)
        issue(fixture->store, "virtual-joe", &bearers[i]);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, NULL, lower_next_id, NULL));
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_non_null(strstr(tokenstore_message(fixture->store), "is there"));
    for (int i = 0; i < 3; i++)
        assert_ok(verify(fixture->store, &bearers[i]));
    tokenstore_token_free(&token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_create_stores_the_given_values),
        TWO_ACCOUNTS_TEST(test_create_refuses_impossible_values),
        TWO_ACCOUNTS_TEST(test_ids_count_up_and_are_never_used_again),
        TWO_ACCOUNTS_TEST(test_many_creates_share_transactions),
        TWO_ACCOUNTS_TEST(test_failed_transaction_keeps_earlier_ones),
        TWO_ACCOUNTS_TEST(test_impossible_create_does_not_stop_others),
        TWO_ACCOUNTS_TEST(test_modify_changes_only_the_chosen_fields),
        TWO_ACCOUNTS_TEST(test_modify_refuses_past_times_and_unknown_fields),
        TWO_ACCOUNTS_TEST(test_modify_shrinks_and_grows_a_record),
        TWO_ACCOUNTS_TEST(test_rotate_replaces_the_token),
        TWO_ACCOUNTS_TEST(test_rotate_with_grace_only_shortens_the_lifetime),
        TWO_ACCOUNTS_TEST(test_create_overwrites_no_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
