/*
 * test_store.c - the store's operations as callers see them.
 * Accounts come from a table in here, so that no outcome depends on the
 * machine.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tests/support/create_many.h"
#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/file/write.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/token.h"

#define VISIBLE __attribute__((visibility("default")))
#define DAY INT64_C(86400)

static int set_up(void **state) {
    interpose_reset();
    accounts_reset();
    accounts_add("test-jane", 70001);
    accounts_add("test-joe", 70002);
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    accounts_reset();
    return fixture_tear_down(state);
}

/* A token for an account of the table. */
static struct tokenstore_token *token_for(const char *user) {
    struct tokenstore_token *token = NULL;
    struct tokenstore_identity *given = NULL;
    struct tokenstore_identity *identity = NULL;

    assert_ok(tokenstore_identity_parse(user, &given));
    assert_ok(tokenstore_identity_resolve(given, false, &identity));
    assert_ok(tokenstore_token_new(&token));
    assert_ok(tokenstore_token_set_user(token, identity));
    tokenstore_identity_free(&given);
    tokenstore_identity_free(&identity);
    return token;
}

static uint64_t issue_for(struct tokenstore *store, const char *user,
                          struct tokenstore_bearer *bearer) {
    return issue_token(store, token_for(user), bearer);
}

static struct tokenstore_token *get(struct tokenstore *store, uint64_t id) {
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_get(store, id, &token));
    return token;
}

/* ------------------------------------------------------------------ handle */

static void test_open_takes_paths_and_tdb_uris(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore *store = NULL;
    char uri[PATH_MAX + 8];
    char *directory = get_current_dir_name();

    snprintf(uri, sizeof uri, "tdb:%s", fixture->path);
    assert_ok(tokenstore_open(uri, &store));
    assert_string_equal(tokenstore_path(store), fixture->path);
    tokenstore_close(&store);
    assert_ok(tokenstore_open(NULL, &store));
    assert_string_equal(tokenstore_path(store), tokenstore_default_path());
    tokenstore_close(&store);
    assert_int_equal(chdir(fixture->directory), 0);
    assert_ok(tokenstore_open("tokens.tdb", &store));
    assert_int_equal(chdir("/"), 0);
    assert_string_equal(tokenstore_path(store), fixture->path);
    tokenstore_close(&store);
    assert_ok(tokenstore_open("tokens.tdb", &store));
    assert_int_equal(chdir(directory), 0);
    assert_string_equal(tokenstore_path(store), "/tokens.tdb");
    tokenstore_close(&store);
    assert_null(store);
    tokenstore_close(&store);
    free(directory);
}

static void test_open_refuses_other_schemes(void **state) {
    static const char *const uris[] = {
        "",           "tdb:",      "https:", "http://localhost",
        "unix:run/x", "/var/lib/", "etcd:x"};
    struct tokenstore *store = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        assert_error(tokenstore_open(uris[i], &store),
                     TOKENSTORE_ERROR_INVALID_ARGUMENT);
        assert_null(store);
    }
}

/* ------------------------------------------------------------------ create */

static void test_create_stores_what_was_asked(void **state) {
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
    stored = get(fixture->store, 1);
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

static void test_create_refuses_the_impossible(void **state) {
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

/* Three tokens, each many times. */
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
        struct tokenstore_token *token = get(fixture->store, ids[i]);

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

static void test_a_failed_transaction_leaves_those_before_it(void **state) {
    static struct tokenstore_bearer bearers[BATCH];
    static const struct tokenstore_bearer nothing;
    struct fixture *fixture = *state;
    uint64_t ids[BATCH];
    size_t created = 0;

    issue_for(fixture->store, "test-jane", NULL);
    interpose_reset();
    interpose.at_sync = 4 + 2; /* in the second transaction */
    interpose.fate = FATE_FAIL;
    assert_error(issue_batch(fixture->store, bearers, ids, &created),
                 TOKENSTORE_ERROR_IO);
    interpose_reset();
    assert_int_equal(created, 1000);
    assert_int_equal(count_tokens(fixture->store), 1001);
    assert_ok(verify(fixture->store, &bearers[999]));
    for (size_t i = 1000; i < BATCH; i++)
        assert_memory_equal(&bearers[i], &nothing, sizeof nothing);
    assert_sound(fixture->store);
}

static void test_one_impossible_create_stops_no_other(void **state) {
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

static void test_get_names_the_missing_id(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    assert_error(tokenstore_get(fixture->store, 42, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(fixture->store), "no token 42");
    assert_error(tokenstore_get(fixture->store, 0, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_error(tokenstore_get(fixture->store, UINT64_MAX, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    /* 2^32 + 1 is not 1. */
    assert_error(
        tokenstore_get(fixture->store, (UINT64_C(1) << 32) + 1, &token),
        TOKENSTORE_ERROR_NOT_FOUND);
    assert_null(token);
}

/* -------------------------------------------------------------------- list */

/* The ids of a page, as text. */
static void assert_page(struct fixture *fixture, const char *user,
                        uint64_t after, uint32_t limit, const char *expected,
                        uint64_t next) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *list = NULL;
    char text[256] = "";

    if (user != NULL)
        assert_ok(tokenstore_identity_parse(user, &identity));
    assert_ok(tokenstore_list(fixture->store, identity, after, limit, &list));
    for (size_t i = 0; i < tokenstore_list_count(list); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " %llu",
                 (unsigned long long)tokenstore_token_id(
                     tokenstore_list_token(list, i)));
    assert_string_equal(text, expected);
    assert_int_equal(tokenstore_list_next(list), next);
    assert_null(tokenstore_list_token(list, tokenstore_list_count(list)));
    tokenstore_list_free(&list);
    tokenstore_identity_free(&identity);
}

static void test_list_pages_in_id_order(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;
    const uint64_t gone = 3;

    for (int i = 0; i < 5; i++)
        issue_for(fixture->store, "test-jane", NULL);
    assert_page(fixture, NULL, 0, 2, " 1 2", 2);
    assert_page(fixture, NULL, 2, 2, " 3 4", 4);
    assert_page(fixture, NULL, 4, 2, " 5", 0);
    assert_page(fixture, NULL, 0, 5, " 1 2 3 4 5", 0);
    assert_page(fixture, NULL, 5, 5, "", 0);
    assert_page(fixture, NULL, UINT64_MAX, 5, "", 0);
    assert_ok(tokenstore_revoke(fixture->store, &gone, 1, NULL));
    assert_page(fixture, NULL, 3, 2, " 4 5", 0);
    assert_error(tokenstore_list(fixture->store, NULL, 0, 0, &list),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

/* Many tokens at once, white box: the index and the records as create would
 * leave them. */
static enum tokenstore_error add_many(struct view *view, void *argument) {
    struct tokenstore_token *token = argument;
    enum tokenstore_error error = TOKENSTORE_OK;
    uint64_t next;

    assert_ok(tokens_next_id(view, &next));
    for (int i = 0; i < FILE_BATCH && error == TOKENSTORE_OK; i++) {
        token->id = next++;
        error = tokens_add(view, token);
    }
    return error == TOKENSTORE_OK ? tokens_put_next_id(view, next) : error;
}

static void issue_thousands(struct fixture *fixture, const char *user,
                            int thousands) {
    struct tokenstore_token *token = token_for(user);
    struct file file = {.path = ""};

    strcpy(file.path, fixture->path);
    for (int i = 0; i < thousands; i++)
        assert_ok(file_write(&file, tokens_initialise, add_many, token));
    tokenstore_token_free(&token);
}

static void test_list_lowers_a_limit_above_a_thousand(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;

    issue_thousands(fixture, "test-jane", 2);
    assert_ok(tokenstore_list(fixture->store, NULL, 0, UINT32_MAX, &list));
    assert_int_equal(tokenstore_list_count(list), 1000);
    assert_int_equal(tokenstore_list_next(list), 1000);
    tokenstore_list_free(&list);
    assert_int_equal(count_tokens(fixture->store), 2000);
    assert_sound(fixture->store);
}

static void test_list_finds_a_user_by_every_form(void **state) {
    static const char *const forms[] = {"test-jane", "uid:70001",
                                        "auth_id:70001", "sid:S-1-22-1-70001"};
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-joe", NULL);
    issue_for(fixture->store, "test-jane", NULL);
    for (size_t i = 0; i < 4; i++)
        assert_page(fixture, forms[i], 0, 10, " 1 3", 0);
    assert_page(fixture, "test-joe", 0, 10, " 2", 0);
    assert_page(fixture, "test-nobody", 0, 10, "", 0);
}

static void test_list_finds_tokens_of_deleted_accounts(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    accounts_reset();
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
    assert_page(fixture, "uid:70001", 0, 10, " 1", 0);
    accounts.error = EIO;
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
    assert_page(fixture, "uid:70001", 0, 10, " 1", 0);
}

static void test_list_finds_tokens_of_renamed_accounts_once(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    accounts_remove("test-jane");
    accounts_add("test-janet", 70001);
    issue_for(fixture->store, "test-janet", NULL);
    assert_page(fixture, "test-janet", 0, 10, " 1 2", 0);
    assert_page(fixture, "uid:70001", 0, 1, " 1", 1);
    assert_page(fixture, "uid:70001", 1, 1, " 2", 0);
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
}

/* ------------------------------------------------------------------ modify */

static void test_modify_changes_the_chosen_fields_only(void **state) {
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
    now = get(fixture->store, 1);
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

static void test_modify_refuses_the_past_and_the_unknown(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_token *token;

    issue_for(fixture->store, "test-jane", NULL);
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 10));
    assert_error(tokenstore_modify(fixture->store, 1,
                                   TOKENSTORE_FIELD_EXPIRATION_TIME, values,
                                   NOW + 10, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    /* A clock set back does not let it expire before its creation. */
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
    token = get(fixture->store, 1);
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
        snprintf(scope, sizeof scope, "%064d", i);
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

/* ------------------------------------------------------------------ revoke */

static void test_revoke_changes_nothing_when_an_id_is_missing(void **state) {
    static const uint64_t ids[] = {1, 77, 2, 99};
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-jane", NULL);
    assert_error(tokenstore_revoke(fixture->store, ids, 4, &revoked),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(fixture->store), "no token 77, 99");
    assert_null(revoked);
    assert_int_equal(count_tokens(fixture->store), 2);
}

static void test_revoke_returns_what_it_deleted(void **state) {
    static const uint64_t ids[] = {3, 1, 3};
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;
    struct tokenstore_bearer bearer;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-joe", NULL);
    issue_for(fixture->store, "test-joe", &bearer);
    assert_ok(tokenstore_revoke(fixture->store, ids, 3, &revoked));
    assert_int_equal(tokenstore_list_count(revoked), 2);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 0)),
                     1);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 1)),
                     3);
    tokenstore_list_free(&revoked);
    assert_page(fixture, NULL, 0, 10, " 2", 0);
    assert_sound(fixture->store);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_REFUSED);
}

static void
test_revoke_of_thousands_is_a_series_of_transactions(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;
    uint64_t ids[2500];

    issue_thousands(fixture, "test-jane", 3);
    for (size_t i = 0; i < 2500; i++)
        ids[i] = i + 1;
    interpose_reset();
    assert_ok(tokenstore_revoke(fixture->store, ids, 2500, &revoked));
    assert_int_equal(interpose.syncs, 3 * 4);
    assert_int_equal(tokenstore_list_count(revoked), 2500);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 2499)),
                     2500);
    tokenstore_list_free(&revoked);
    assert_int_equal(count_tokens(fixture->store), 500);
    assert_sound(fixture->store);
}

static size_t revoke_some(struct fixture *fixture, const char *user) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *revoked = NULL;
    size_t count;

    assert_ok(tokenstore_identity_parse(user, &identity));
    assert_ok(tokenstore_revoke_user(fixture->store, identity, &revoked));
    count = tokenstore_list_count(revoked);
    tokenstore_list_free(&revoked);
    tokenstore_identity_free(&identity);
    return count;
}

static void
test_revoke_user_leaves_none_of_the_user_and_all_others(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-joe", NULL);
    issue_thousands(fixture, "test-jane", 2);
    issue_for(fixture->store, "test-joe", NULL);
    accounts_reset(); /* deleted meanwhile */
    assert_int_equal(revoke_some(fixture, "uid:70001"), 1000);
    assert_int_equal(revoke_some(fixture, "test-jane"), 1000);
    assert_int_equal(revoke_some(fixture, "test-jane"), 0);
    assert_page(fixture, NULL, 0, 10, " 1 2002", 0);
    assert_sound(fixture->store);
}

/* ------------------------------------------------------------------ rotate */

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
    assert_false(tokenstore_token_enabled(created)); /* no way to enable */
    assert_string_equal(
        tokenstore_identity_auth_id(tokenstore_token_creator(created)), "7");
    assert_string_not_equal(old.text, new.text);
    assert_page(fixture, NULL, 0, 10, " 2", 0);
    assert_sound(fixture->store);
    tokenstore_token_free(&created);
    tokenstore_identity_free(&creator);
    tokenstore_token_free(&token);
}

static void test_rotate_with_grace_lowers_and_never_raises(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_token *now;
    struct tokenstore_bearer old, new;

    assert_ok(tokenstore_create(fixture->store, token, NOW, &old, NULL));
    assert_ok(tokenstore_rotate(fixture->store, 1, 60, NULL, NOW, &new, NULL));
    assert_ok(verify(fixture->store, &old));
    assert_ok(verify(fixture->store, &new));
    now = get(fixture->store, 1);
    assert_int_equal(tokenstore_token_expiration_time(now), NOW + 60);
    tokenstore_token_free(&now);
    now = get(fixture->store, 2);
    assert_int_equal(tokenstore_token_expiration_time(now), TOKENSTORE_NEVER);
    tokenstore_token_free(&now);
    assert_ok(
        tokenstore_rotate(fixture->store, 1, 600, NULL, NOW, &new, NULL));
    now = get(fixture->store, 1);
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

/* ------------------------------------------------------------------ verify */

static enum tokenstore_reason ask(struct fixture *fixture,
                                  const struct tokenstore_bearer *bearer,
                                  const char *user, const char *scope,
                                  const char *address, int64_t now) {
    struct tokenstore_request request = {
        .bearer = bearer->text,
        .bearer_length = strlen(bearer->text),
        .user = user,
        .scopes = &scope,
        .scope_count = scope != NULL,
        .address = address,
        .now = now,
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason;
    enum tokenstore_error error =
        tokenstore_verify(fixture->store, &request, &token, &reason);

    if (reason == TOKENSTORE_REASON_NONE)
        assert_ok(error);
    else
        assert_error(error, TOKENSTORE_ERROR_REFUSED);
    /* The record is for whoever holds the secret, and nobody else. */
    assert_int_equal(token != NULL, reason != TOKENSTORE_REASON_UNKNOWN &&
                                        reason != TOKENSTORE_REASON_SECRET);
    tokenstore_token_free(&token);
    return reason;
}

static void test_verify_gives_the_reason(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_bearer bearer, other;
    struct bearer_parts parts;
    const uint64_t id = 1;

    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 10));
    assert_ok(tokenstore_token_add_scope(token, "imap"));
    assert_ok(tokenstore_token_add_network(token, "10.0.0.0/8"));
    assert_ok(tokenstore_create(fixture->store, token, NOW, &bearer, NULL));

    assert_int_equal(
        ask(fixture, &bearer, "test-jane", "imap", "10.1.1.1", NOW),
        TOKENSTORE_REASON_NONE);
    assert_int_equal(ask(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 9),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(ask(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 10),
                     TOKENSTORE_REASON_EXPIRED);
    assert_int_equal(
        ask(fixture, &bearer, "test-joe", "imap", "10.1.1.1", NOW),
        TOKENSTORE_REASON_USER);
    assert_int_equal(
        ask(fixture, &bearer, "test-jane", "smtp", "10.1.1.1", NOW),
        TOKENSTORE_REASON_SCOPE);
    assert_int_equal(ask(fixture, &bearer, "test-jane", "imap", NULL, NOW),
                     TOKENSTORE_REASON_NETWORK);
    assert_ok(bearer_parse(bearer.text, strlen(bearer.text), &parts));
    parts.secret[0] ^= 1;
    bearer_format(&parts, &other);
    assert_int_equal(ask(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_SECRET);
    parts.id = 2;
    bearer_format(&parts, &other);
    assert_int_equal(ask(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    parts.secret[0] ^= 1;
    parts.id = (UINT64_C(1) << 32) + 1; /* not 1 either */
    bearer_format(&parts, &other);
    assert_int_equal(ask(fixture, &other, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_set_enabled(token, false);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                token, NOW, NULL));
    assert_int_equal(ask(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW + 10),
                     TOKENSTORE_REASON_DISABLED);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_int_equal(ask(fixture, &bearer, NULL, "imap", "10.1.1.1", NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_free(&token);
}

/* Whose token is this, whatever it is for? */
static void test_verify_can_leave_scopes_out(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = token_for("test-jane");
    struct tokenstore_bearer bearer;
    struct tokenstore_request request = {.bearer = bearer.text,
                                         .bearer_length =
                                             TOKENSTORE_BEARER_LENGTH,
                                         .now = NOW};
    struct tokenstore_token *found = NULL;
    enum tokenstore_reason reason;

    assert_ok(tokenstore_token_add_scope(token, "imap"));
    issue_token(fixture->store, token, &bearer);
    assert_error(tokenstore_verify(fixture->store, &request, &found, &reason),
                 TOKENSTORE_ERROR_REFUSED);
    tokenstore_token_free(&found);
    request.any_scope = true;
    assert_ok(tokenstore_verify(fixture->store, &request, &found, &reason));
    assert_ok(
        tokenstore_verify_again(fixture->store, found, &request, &reason));
    tokenstore_token_free(&found);
}

static void test_recreated_account_inherits_no_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer real, virtual;

    issue_for(fixture->store, "test-jane", &real);
    issue(fixture->store, "virtual-jane", &virtual);
    assert_int_equal(ask(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(ask(fixture, &virtual, "virtual-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_NONE);
    accounts_remove("test-jane");
    accounts_add("test-jane", 70009);
    accounts_add("virtual-jane", 70010);
    assert_int_equal(ask(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_USER);
    assert_int_equal(ask(fixture, &virtual, "virtual-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_USER);
    accounts_reset();
    assert_int_equal(ask(fixture, &real, "test-jane", NULL, NULL, NOW),
                     TOKENSTORE_REASON_USER);
}

static void test_silent_name_service_is_neither_yes_nor_no(void **state) {
    static const int errors[] = {ENOENT, EIO, EMFILE, ESRCH, ETIMEDOUT};
    struct fixture *fixture = *state;
    struct tokenstore_bearer real, virtual;

    issue_for(fixture->store, "test-jane", &real);
    issue(fixture->store, "virtual-jane", &virtual);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        accounts.error = errors[i];
        assert_error(verify(fixture->store, &real),
                     TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_error(verify(fixture->store, &virtual),
                     TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    }
}

static void test_verify_again_sees_what_has_changed(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = token_for("test-jane");
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    enum tokenstore_reason reason;
    struct tokenstore_request request = {.bearer = bearer.text,
                                         .bearer_length =
                                             TOKENSTORE_BEARER_LENGTH,
                                         .user = "test-jane",
                                         .now = NOW};
    const uint64_t id = 1;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_verify(fixture->store, &request, &token, &reason));
    request.bearer = NULL;
    request.bearer_length = 0;
    assert_ok(
        tokenstore_verify_again(fixture->store, token, &request, &reason));
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                values, NOW, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_DISABLED);
    request.user = "test-joe";
    tokenstore_token_set_enabled(values, true);
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                values, NOW, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_USER);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_error(
        tokenstore_verify_again(fixture->store, token, &request, &reason),
        TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_UNKNOWN);
    tokenstore_token_free(&token);
    tokenstore_token_free(&values);
}

/* -------------------------------------------------- check, backup, restore */

static void assert_line(const struct tokenstore_report *report,
                        const char *expected) {
    for (size_t i = 0; i < tokenstore_report_count(report); i++)
        if (strcmp(tokenstore_report_line(report, i), expected) == 0)
            return;
    for (size_t i = 0; i < tokenstore_report_count(report); i++)
        print_error("%s\n", tokenstore_report_line(report, i));
    fail_msg("no line: %s", expected);
}

/* Break the index or the records, white box; check must name it. */
static enum tokenstore_error lose_index_entry(struct view *view,
                                              void *unused) {
    struct tokenstore_token token;
    struct value_key key;
    uint64_t sets[TOKENS_SETS_MAX];

    (void)unused;
    assert_ok(tokens_get(view, 2, &token));
    assert_int_equal(tokens_sets(&token.user, true, sets), 3);
    key = value_key('I', 0, 0, sets[2]);
    return view_delete(view, &key);
}

static enum tokenstore_error lose_record(struct view *view, void *unused) {
    struct value_key key = value_key('T', 0, 2, 0);

    (void)unused;
    return view_delete(view, &key);
}

static enum tokenstore_error lower_next_id(struct view *view, void *unused) {
    (void)unused;
    return tokens_put_next_id(view, 2);
}

static enum tokenstore_error add_stray_part(struct view *view, void *unused) {
    struct value_key key = value_key('T', 1, 2, 0);
    struct value_payload payload = {{0}};

    (void)unused;
    return view_put(view, &key, &payload);
}

/* Another token's record in the place of a lost one, under a key that nobody
 * looks for. */
static enum tokenstore_error replace_record(struct view *view, void *unused) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_key stray = value_key('T', 0, 1, 1);
    struct value_payload payload;

    assert_ok(view_fetch(view, &key, &payload));
    assert_ok(view_put(view, &stray, &payload));
    return lose_record(view, unused);
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

static void test_check_finds_each_disagreement(void **state) {
    static const struct {
        view_function *spoil;
        const char *line;
    } cases[] = {
        {lose_index_entry, "token 2 is missing from an index"},
        {lose_record, "the indexes have 6 entries, but should have 3"},
        {lower_next_id, "token 2 has an id that was never issued"},
        {add_stray_part, "1 record belongs to no token"},
        {replace_record, "a record of unknown kind"},
    };
    struct fixture *fixture = *state;
    struct file file = {.path = ""};

    strcpy(file.path, fixture->path);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tokenstore_report *report = NULL;

        unlink(fixture->path);
        issue_for(fixture->store, "test-jane", NULL);
        issue_for(fixture->store, "test-joe", NULL);
        assert_sound(fixture->store);
        assert_ok(file_write(&file, NULL, cases[i].spoil, NULL));
        assert_error(tokenstore_check(fixture->store, &report),
                     TOKENSTORE_ERROR_DAMAGED);
        assert_line(report, cases[i].line);
        tokenstore_report_free(&report);
    }
}

static void test_backup_is_a_complete_private_store(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_bearer bearer;
    struct tokenstore *copy = NULL;
    struct stat status;

    issue_for(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_int_equal(stat(backup, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_ok(tokenstore_open(backup, &copy));
    assert_ok(verify(copy, &bearer));
    assert_sound(copy);
    assert_int_equal(issue_for(copy, "test-jane", NULL), 2);
    tokenstore_close(&copy);
    assert_error(tokenstore_backup(fixture->store, backup),
                 TOKENSTORE_ERROR_EXISTS);
    assert_error(
        tokenstore_backup(fixture->store,
                          fixture_file(fixture, "missing/backup.tdb")),
        TOKENSTORE_ERROR_MISSING);
    assert_error(tokenstore_backup(fixture->store, ""),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

static void test_restore_keeps_the_dead_dead(void **state) {
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
    assert_int_equal(ask(fixture, &good, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(ask(fixture, &revoked, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    assert_int_equal(ask(fixture, &disabled, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_DISABLED);
    assert_int_equal(ask(fixture, &shortened, NULL, NULL, NULL, NOW + 1),
                     TOKENSTORE_REASON_EXPIRED);
    assert_int_equal(ask(fixture, &late, NULL, NULL, NULL, NOW),
                     TOKENSTORE_REASON_UNKNOWN);
    assert_int_equal(issue_for(fixture->store, "test-jane", NULL),
                     next + (UINT64_C(1) << 20));
    assert_sound(fixture->store);
    assert_int_equal(access(fixture_file(fixture, "tokens.tdb.new"), F_OK),
                     -1);
    tokenstore_token_free(&values);
}

static void test_restore_without_the_current_store_asks_first(void **state) {
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
    /* The last record of the file is somewhere before its free tail. */
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_open_takes_paths_and_tdb_uris),
        TEST(test_open_refuses_other_schemes),
        TEST(test_create_stores_what_was_asked),
        TEST(test_create_refuses_the_impossible),
        TEST(test_many_creates_share_transactions),
        TEST(test_a_failed_transaction_leaves_those_before_it),
        TEST(test_one_impossible_create_stops_no_other),
        TEST(test_ids_count_up_and_are_never_used_again),
        TEST(test_get_names_the_missing_id),
        TEST(test_list_pages_in_id_order),
        TEST(test_list_lowers_a_limit_above_a_thousand),
        TEST(test_list_finds_a_user_by_every_form),
        TEST(test_list_finds_tokens_of_deleted_accounts),
        TEST(test_list_finds_tokens_of_renamed_accounts_once),
        TEST(test_modify_changes_the_chosen_fields_only),
        TEST(test_modify_refuses_the_past_and_the_unknown),
        TEST(test_modify_shrinks_and_grows_a_record),
        TEST(test_revoke_changes_nothing_when_an_id_is_missing),
        TEST(test_revoke_returns_what_it_deleted),
        TEST(test_revoke_of_thousands_is_a_series_of_transactions),
        TEST(test_revoke_user_leaves_none_of_the_user_and_all_others),
        TEST(test_rotate_replaces_the_token),
        TEST(test_rotate_with_grace_lowers_and_never_raises),
        TEST(test_verify_gives_the_reason),
        TEST(test_verify_can_leave_scopes_out),
        TEST(test_recreated_account_inherits_no_token),
        TEST(test_silent_name_service_is_neither_yes_nor_no),
        TEST(test_verify_again_sees_what_has_changed),
        TEST(test_create_overwrites_no_token),
        TEST(test_check_finds_each_disagreement),
        TEST(test_backup_is_a_complete_private_store),
        TEST(test_restore_keeps_the_dead_dead),
        TEST(test_restore_without_the_current_store_asks_first),
        TEST(test_restore_refuses_a_damaged_backup),
        TEST(test_restore_near_the_last_id_leaves_a_full_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
