/*
 * test_golden.c - tests of store files that earlier versions wrote
 * (tests/golden/): this version reads all of them, can change them, and writes
 * the same records, apart from the id of the store.  The tests work on a copy.
 * Accounts come from a table in this file, so that no result depends on the
 * machine.
 *
 * With --write TEXT FILE, this program writes the store of tokens.txt or of
 * issued.txt to FILE instead, as tests/golden/README describes.
 */
#include <config.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/golden/golden.h"
#include "tests/support/accounts.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/file/write.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/crypto.h"

#define WIDEST 4 /* the id of the token whose record takes several values */

/* -------------------------------------------------------------------- file */

static struct golden_store *golden;
static const char *store_name; /* of the file with its bytes */

static int read_golden(void **state) {
    (void)state;
    accounts_add("golden-joe", 64001);
    golden = golden_read_tokens("tokens.txt");
    store_name = "store.od";
    return 0;
}

/* Tokens that other tokens issued. */
static int read_issued(void **state) {
    (void)state;
    golden = golden_read_tokens("issued.txt");
    store_name = "issued.od";
    return 0;
}

static int free_golden(void **state) {
    (void)state;
    free(golden);
    return 0;
}

static void put_golden_file(const char *name, const char *path) {
    size_t size;
    uint8_t *bytes = golden_read_store(name, &size);

    write_file(path, bytes, size, 0600);
    free(bytes);
}

static int set_up(void **state) {
    const struct fixture *fixture;

    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    put_golden_file(store_name, fixture->path);
    return 0;
}

static enum tokenstore_error fill(struct view *view, void *unused) {
    struct tokens_head head = {.next = golden->next};
    enum tokenstore_error error = TOKENSTORE_OK;

    (void)unused;
    for (size_t i = 0; i < sizeof(head.store.bytes); i++)
        assert_int_equal(
            sscanf(&GOLDEN_STORE_ID[2 * i], "%2hhx", &head.store.bytes[i]), 1);
    for (size_t i = 0; i < golden->count && error == TOKENSTORE_OK; i++)
        error = tokens_add(view, &golden->tokens[i].token);
    return error == TOKENSTORE_OK ? tokens_put_head(view, &head) : error;
}

/* Writes the golden store with the current code. */
static enum tokenstore_error write_store(const char *path) {
    struct file file = {.path = ""};

    snprintf(file.path, sizeof(file.path), "%s", path);
    return file_write(&file, tokens_initialise, fill, NULL);
}

/* ----------------------------------------------------------------- reading */

static void assert_golden(const struct tokenstore_token *token,
                          const struct golden_token *expected) {
    uint8_t bytes[RECORD_MAX];
    size_t length;

    record_encode(token, bytes, &length);
    assert_int_equal(length, expected->record_length);
    assert_memory_equal(bytes, expected->record, length);
    assert_string_equal(token->user.sid, expected->token.user.sid);
    assert_string_equal(token->user.auth_id, expected->token.user.auth_id);
    for (size_t i = 0; i < token->network_count; i++)
        assert_string_equal(token->networks[i].text,
                            expected->token.networks[i].text);
}

static void test_every_token_is_listed(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;

    assert_ok(tokenstore_list(fixture->store, NULL, 0, 1000, &list));
    assert_int_equal(tokenstore_list_count(list), golden->count);
    for (size_t i = 0; i < golden->count; i++)
        assert_golden(tokenstore_list_token(list, i), &golden->tokens[i]);
    tokenstore_list_free(&list);
}

static void test_every_token_is_found_by_its_id(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;

    for (size_t i = 0; i < golden->count; i++) {
        uint64_t id = golden->tokens[i].token.id;

        assert_ok(tokenstore_get(fixture->store, id, &token));
        assert_golden(token, &golden->tokens[i]);
        tokenstore_token_free(&token);
        assert_error(tokenstore_get(fixture->store, id | 1024, &token),
                     TOKENSTORE_ERROR_NOT_FOUND);
    }
}

/* Asserts that all pages of a user's tokens are right.  Among the users that
 * the tests ask for, one has a set of ids that is a tree, and the others have
 * lists; each field that identifies a user is used. */
static void assert_user(struct tokenstore *store, const char *user) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *list = NULL;
    uint64_t after = 0;
    size_t at = 0, seen = 0;

    assert_ok(tokenstore_identity_parse(user, &identity));
    do {
        assert_ok(tokenstore_list(store, identity, after, 5, &list));
        for (size_t i = 0; i < tokenstore_list_count(list); i++, at++) {
            while (at < golden->count &&
                   !identity_matches(&golden->tokens[at].token.user, identity))
                at++;
            assert_true(at < golden->count);
            assert_golden(tokenstore_list_token(list, i), &golden->tokens[at]);
            seen++;
        }
        after = tokenstore_list_next(list);
        tokenstore_list_free(&list);
    } while (after != 0);
    while (at < golden->count) {
        assert_false(
            identity_matches(&golden->tokens[at].token.user, identity));
        at++;
    }
    tokenstore_identity_free(&identity);
    assert_true(seen > 0);
}

static void test_tokens_are_listed_by_user(void **state) {
    const struct fixture *fixture = *state;

    assert_user(fixture->store, "golden-many");
    assert_user(fixture->store, "golden-full");
    assert_user(fixture->store, "golden-jane");
    assert_user(fixture->store, "golden-joe");
    assert_user(fixture->store, "uid:64001");
    assert_user(fixture->store, "uid:4294967294");
    assert_user(fixture->store, "sid:S-1-5-21-1-2-3-1104");
    assert_user(fixture->store, "GOLDEN\\ann");
}

static const char *verify_golden(struct tokenstore *store,
                                 const struct golden_token *given,
                                 const char *bearer) {
    const char *scopes[TOKENSTORE_SCOPES_MAX];
    struct tokenstore_request request = {
        .bearer = bearer,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = given->token.user.name,
        .scopes = scopes,
        .scope_count = given->token.scope_count,
        .address = "192.0.2.1",
        .now = NOW,
    };
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    for (size_t i = 0; i < given->token.scope_count; i++)
        scopes[i] = given->token.scopes[i];
    error = tokenstore_verify(store, &request, NULL, &reason);
    if (error == TOKENSTORE_OK)
        return "ok";
    return error == TOKENSTORE_ERROR_REFUSED ? tokenstore_reason_name(reason)
                                             : tokenstore_strerror(error);
}

static void test_known_bearer_tokens_are_verified(void **state) {
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < golden->count; i++)
        assert_string_equal(verify_golden(fixture->store, &golden->tokens[i],
                                          golden->tokens[i].bearer),
                            golden->tokens[i].verify);
}

static void test_other_secrets_are_refused(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    for (size_t i = 0; i < golden->count; i++) {
        struct bearer_parts parts = golden->tokens[i].parts;

        parts.secret[i % BEARER_SECRET_SIZE] ^= 0x10;
        bearer_format(&parts, &bearer);
        assert_string_equal(
            verify_golden(fixture->store, &golden->tokens[i], bearer.text),
            "secret");
        parts = golden->tokens[i].parts;
        parts.id = golden->next + i;
        bearer_format(&parts, &bearer);
        assert_string_equal(
            verify_golden(fixture->store, &golden->tokens[i], bearer.text),
            "unknown");
    }
}

static void test_reading_changes_nothing(void **state) {
    const struct fixture *fixture = *state;
    size_t size, now_size;
    uint8_t *bytes = golden_read_store(store_name, &size);
    char *now;

    assert_sound(fixture->store);
    test_every_token_is_listed(state);
    test_known_bearer_tokens_are_verified(state);
    now = read_file(fixture->path, &now_size);
    assert_int_equal(now_size, size);
    assert_memory_equal(now, bytes, size);
    assert_int_equal(access(fixture->lock_path, F_OK), -1);
    free(bytes);
    free(now);
}

/* ---------------------------------------------------------------- changing */

static void test_modify_shortens_a_chain(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_token *values = NULL;
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_token_new(&values));
    assert_ok(tokenstore_token_set_name(values, "narrow"));
    assert_ok(tokenstore_modify(
        fixture->store, WIDEST,
        TOKENSTORE_FIELD_NAME | TOKENSTORE_FIELD_SCOPES |
            TOKENSTORE_FIELD_NETWORKS | TOKENSTORE_FIELD_EXPIRATION_TIME,
        values, NOW, NULL));
    assert_sound(fixture->store);
    assert_ok(tokenstore_get(fixture->store, WIDEST, &token));
    assert_string_equal(token->name, "narrow");
    assert_int_equal(token->scope_count, 0);
    assert_int_equal(token->network_count, 0);
    assert_true(token->expiration_time == TOKENSTORE_NEVER);
    assert_memory_equal(token->hash, golden->tokens[WIDEST - 1].token.hash,
                        TOKEN_HASH_SIZE);
    assert_string_equal(token->creator.sid,
                        golden->tokens[WIDEST - 1].token.creator.sid);
    tokenstore_token_free(&token);
    tokenstore_token_free(&values);
}

static void test_verify_refuses_a_token_disabled_later(void **state) {
    const struct fixture *fixture = *state;
    const struct golden_token *first = &golden->tokens[0];
    struct tokenstore_token *values = NULL;

    assert_ok(tokenstore_token_new(&values));
    tokenstore_token_set_enabled(values, false);
    assert_ok(tokenstore_modify(fixture->store, first->token.id,
                                TOKENSTORE_FIELD_ENABLED, values, NOW, NULL));
    assert_string_equal(verify_golden(fixture->store, first, first->bearer),
                        "disabled");
    tokenstore_token_free(&values);
}

static void test_each_token_can_be_revoked(void **state) {
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < golden->count; i++) {
        /* Visits each token once, neither in ascending nor in descending
         * order: 7 and the count are coprime. */
        const struct golden_token *one =
            &golden->tokens[i * 7 % golden->count];

        assert_ok(tokenstore_revoke(fixture->store, &one->token.id, 1, NULL));
        assert_string_equal(verify_golden(fixture->store, one, one->bearer),
                            "unknown");
        assert_int_equal(count_tokens(fixture->store), golden->count - i - 1);
    }
    assert_sound(fixture->store);
}

static void test_a_tree_of_one_user_can_be_revoked(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_identity *many = NULL;
    struct tokenstore_list *revoked = NULL;

    assert_ok(tokenstore_identity_parse("golden-many", &many));
    assert_ok(tokenstore_revoke_user(fixture->store, many, &revoked));
    assert_int_equal(tokenstore_list_count(revoked), 60);
    tokenstore_list_free(&revoked);
    tokenstore_identity_free(&many);
    assert_int_equal(count_tokens(fixture->store), golden->count - 60);
    assert_sound(fixture->store);
}

static void test_ids_continue_after_the_last_one(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct tokenstore_token *created = NULL;

    assert_true(issue(fixture->store, "golden-many", &bearer) == golden->next);
    assert_ok(verify(fixture->store, &bearer));
    assert_ok(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, &created));
    assert_true(tokenstore_token_id(created) == golden->next + 1);
    assert_string_equal(created->user.name, "golden-jane");
    tokenstore_token_free(&created);
    assert_ok(verify(fixture->store, &bearer));
    assert_sound(fixture->store);
}

static void test_issuers_survive_a_change(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_token *values = NULL;
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_token_new(&values));
    assert_ok(tokenstore_token_set_name(values, "renamed"));
    for (size_t i = 0; i < golden->count; i++) {
        const struct tokenstore_token *before = &golden->tokens[i].token;

        assert_ok(tokenstore_modify(fixture->store, before->id,
                                    TOKENSTORE_FIELD_NAME, values, NOW, NULL));
        assert_ok(tokenstore_get(fixture->store, before->id, &token));
        assert_string_equal(tokenstore_token_name(token), "renamed");
        assert_true(tokenstore_token_issuer(token) == before->issuer);
        assert_true(tokenstore_token_first_issuer(token) ==
                    before->first_issuer);
        tokenstore_token_free(&token);
    }
    tokenstore_token_free(&values);
    assert_sound(fixture->store);
}

static void test_restore_accepts_it_as_a_backup(void **state) {
    const struct fixture *fixture = *state;
    const char *file = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;

    put_golden_file(store_name, file);
    assert_int_equal(unlink(fixture->path), 0);
    assert_ok(tokenstore_restore(fixture->store, file, true, &report));
    tokenstore_report_free(&report);
    test_every_token_is_listed(state);
    test_known_bearer_tokens_are_verified(state);
    assert_sound(fixture->store);
}

/* ------------------------------------------------------------ every record */

/* Runs a function on each record of a tdb file, without the library. */
static void with_tdb(const char *path, tdb_traverse_func function,
                     void *argument) {
    struct tdb_context *tdb =
        tdb_open(path, 0, TDB_NOMMAP | TDB_NOSYNC, O_RDWR, 0);

    assert_non_null(tdb);
    assert_true(tdb_traverse(tdb, function, argument) > 0);
    assert_int_equal(tdb_close(tdb), 0);
}

struct comparison {
    struct tdb_context *other;
    bool but_head; /* the heads differ */
    size_t records;
};

static int compare(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value,
                   void *argument) {
    struct comparison *comparison = argument;
    TDB_DATA other = tdb_fetch(comparison->other, key);
    const bool is_head = key.dptr[0] == TOKENS_HEAD_KIND;

    (void)tdb;
    assert_non_null(other.dptr);
    assert_int_equal(other.dsize, value.dsize);
    assert_int_equal(memcmp(other.dptr, value.dptr, value.dsize) == 0,
                     !(is_head && comparison->but_head));
    free(other.dptr);
    comparison->records++;
    return 0;
}

/* Asserts that two files have the same records; the heads may differ. */
static void assert_same_records(const char *path, const char *other,
                                bool but_head) {
    struct comparison there = {.but_head = but_head};
    struct comparison back = {.but_head = but_head};

    there.other = tdb_open(other, 0, TDB_NOMMAP, O_RDONLY, 0);
    assert_non_null(there.other);
    with_tdb(path, compare, &there);
    tdb_close(there.other);
    back.other = tdb_open(path, 0, TDB_NOMMAP, O_RDONLY, 0);
    assert_non_null(back.other);
    with_tdb(other, compare, &back);
    tdb_close(back.other);
    assert_true(there.records > golden->count);
    assert_int_equal(there.records, back.records);
}

/* An older version can then read what this version writes: it ignores what
 * follows the next id in the head. */
static void test_this_version_writes_the_same_records(void **state) {
    const struct fixture *fixture = *state;
    const char *file = fixture_file(fixture, "golden.tdb");

    assert_int_equal(unlink(fixture->path), 0);
    assert_ok(write_store(fixture->path));
    put_golden_file(store_name, file);
    assert_same_records(fixture->path, file, true);
    if (strcmp(store_name, "store.od") == 0) {
        put_golden_file("store-id.od", file);
        assert_same_records(fixture->path, file, false);
    }
}

static void test_a_store_with_an_id_is_read(void **state) {
    const struct fixture *fixture = *state;
    char id[TOKENSTORE_STORE_ID_SIZE];

    assert_ok(tokenstore_store_id(fixture->store, id));
    assert_string_equal(id, "");
    put_golden_file("store-id.od", fixture->path);
    assert_ok(tokenstore_store_id(fixture->store, id));
    assert_string_equal(id, GOLDEN_STORE_ID);
    test_every_token_is_listed(state);
    test_known_bearer_tokens_are_verified(state);
    assert_sound(fixture->store);
    issue(fixture->store, "golden-many", NULL);
    assert_ok(tokenstore_store_id(fixture->store, id));
    assert_string_equal(id, GOLDEN_STORE_ID);
}

/* ----------------------------------------------------------- other versions
 */

/* A change of one byte in each value, with a digest that matches afterwards
 * unless it is kept. */
struct change {
    char kind;     /* the kind of records to change; 0: every kind */
    size_t at;     /* the offset of the byte in the value */
    uint8_t value; /* the new value of the byte */
    bool keep_digest;
};

#define AT_VERSION 16        /* the version of the value's format */
#define AT_RECORD_VERSION 19 /* the version of a token's record, in part 0 */

static int apply(struct tdb_context *tdb, TDB_DATA key, TDB_DATA value,
                 void *argument) {
    const struct change *change = argument;
    uint8_t data[VALUE_SIZE];
    TDB_DATA changed = {.dptr = data, .dsize = sizeof(data)};

    assert_int_equal(key.dsize, VALUE_KEY_SIZE);
    assert_int_equal(value.dsize, VALUE_SIZE);
    if ((change->kind != 0 && key.dptr[0] != change->kind) ||
        (change->at == AT_RECORD_VERSION && key.dptr[1] != 0))
        return 0;
    memcpy(data, value.dptr, sizeof(data));
    data[change->at] = change->value;
    if (!change->keep_digest) {
        uint8_t digested[VALUE_KEY_SIZE + VALUE_SIZE - CRYPTO_DIGEST_SIZE];

        /* The digest covers the key and all bytes after the digest. */
        memcpy(digested, key.dptr, VALUE_KEY_SIZE);
        memcpy(digested + VALUE_KEY_SIZE, data + CRYPTO_DIGEST_SIZE,
               sizeof(data) - CRYPTO_DIGEST_SIZE);
        crypto_blake2b("accesstoken-data", digested, sizeof(digested), data,
                       CRYPTO_DIGEST_SIZE);
    }
    assert_int_equal(tdb_store(tdb, key, changed, TDB_MODIFY), 0);
    return 0;
}

static const struct golden_token *first(void) { return &golden->tokens[0]; }

/* Changes the store and asserts that each function returns the expected
 * error. */
static void assert_refused(const struct fixture *fixture, struct change change,
                           enum tokenstore_error expected) {
    const char *file = fixture_file(fixture, "backup.tdb");
    struct tokenstore *other = NULL;
    struct tokenstore_token *token = NULL;
    struct tokenstore_list *list = NULL;
    struct tokenstore_report *report = NULL;
    uint64_t id = first()->token.id;

    with_tdb(fixture->path, apply, &change);
    assert_string_equal(
        verify_golden(fixture->store, first(), first()->bearer),
        tokenstore_strerror(expected));
    assert_error(tokenstore_get(fixture->store, id, &token), expected);
    assert_null(token);
    assert_error(tokenstore_list(fixture->store, NULL, 0, 10, &list),
                 expected);
    assert_null(list);
    assert_error(tokenstore_revoke(fixture->store, &id, 1, NULL), expected);
    assert_error(tokenstore_check(fixture->store, &report), expected);
    tokenstore_report_free(&report);
    assert_error(tokenstore_backup(fixture->store, file), expected);
    assert_int_equal(access(file, F_OK), -1);
    /* It cannot be restored into another store. */
    assert_ok(tokenstore_open(fixture_file(fixture, "other.tdb"), &other));
    assert_error(tokenstore_restore(other, fixture->path, true, &report),
                 expected);
    assert_null(report);
    assert_int_equal(access(tokenstore_path(other), F_OK), -1);
    tokenstore_close(&other);
}

static void assert_create_refused(const struct fixture *fixture,
                                  enum tokenstore_error expected) {
    struct tokenstore_token *token = new_token("golden-jane");
    struct tokenstore_bearer bearer;

    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 expected);
    tokenstore_token_free(&token);
}

static void test_newer_values_are_refused(void **state) {
    const struct fixture *fixture = *state;

    assert_refused(fixture, (struct change){.at = AT_VERSION, .value = 2},
                   TOKENSTORE_ERROR_NEWER_FORMAT);
    assert_create_refused(fixture, TOKENSTORE_ERROR_NEWER_FORMAT);
    assert_non_null(strstr(tokenstore_message(fixture->store), "later"));
    assert_null(strstr(tokenstore_message(fixture->store), "damaged"));
}

static void test_newer_records_are_refused(void **state) {
    const struct fixture *fixture = *state;

    assert_refused(
        fixture,
        (struct change){.kind = 'T', .at = AT_RECORD_VERSION, .value = 3},
        TOKENSTORE_ERROR_NEWER_FORMAT);
}

/* A record has the lowest version that has all of its fields. */
static void test_version_without_its_fields_is_damage(void **state) {
    const struct fixture *fixture = *state;

    assert_refused(
        fixture,
        (struct change){.kind = 'T', .at = AT_RECORD_VERSION, .value = 2},
        TOKENSTORE_ERROR_DAMAGED);
}

static void test_version_zero_is_damage(void **state) {
    const struct fixture *fixture = *state;

    assert_refused(fixture, (struct change){.at = AT_VERSION, .value = 0},
                   TOKENSTORE_ERROR_DAMAGED);
    assert_create_refused(fixture, TOKENSTORE_ERROR_DAMAGED);
}

/* A version byte without the matching digest is damage, not a later
 * version. */
static void test_newer_version_needs_its_digest(void **state) {
    const struct fixture *fixture = *state;

    assert_refused(
        fixture,
        (struct change){.at = AT_VERSION, .value = 2, .keep_digest = true},
        TOKENSTORE_ERROR_DAMAGED);
    assert_create_refused(fixture, TOKENSTORE_ERROR_DAMAGED);
}

/* A store with newer records and a damaged one is reported as damaged. */
static void test_damage_outweighs_newer_records(void **state) {
    const struct fixture *fixture = *state;
    struct change newer = {.kind = 'T', .at = AT_VERSION, .value = 2};
    struct change damage = {
        .kind = 'I', .at = 200, .value = 1, .keep_digest = true};
    struct tokenstore_report *report = NULL;

    with_tdb(fixture->path, apply, &newer);
    with_tdb(fixture->path, apply, &damage);
    assert_error(tokenstore_check(fixture->store, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    tokenstore_report_free(&report);
}

static int write_anew(const char *text, const char *path) {
    char absolute[PATH_MAX];
    enum tokenstore_error error = TOKENSTORE_ERROR_INVALID_ARGUMENT;

    golden = golden_read_tokens(text);
    if (safepath_absolute(path, absolute))
        error = write_store(absolute);
    if (error != TOKENSTORE_OK)
        fprintf(stderr, "%s: %s\n", path, tokenstore_strerror(error));
    free(golden);
    return error == TOKENSTORE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define GOLDEN_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        GOLDEN_TEST(test_every_token_is_listed),
        GOLDEN_TEST(test_every_token_is_found_by_its_id),
        GOLDEN_TEST(test_tokens_are_listed_by_user),
        GOLDEN_TEST(test_known_bearer_tokens_are_verified),
        GOLDEN_TEST(test_other_secrets_are_refused),
        GOLDEN_TEST(test_reading_changes_nothing),
        GOLDEN_TEST(test_modify_shortens_a_chain),
        GOLDEN_TEST(test_verify_refuses_a_token_disabled_later),
        GOLDEN_TEST(test_each_token_can_be_revoked),
        GOLDEN_TEST(test_a_tree_of_one_user_can_be_revoked),
        GOLDEN_TEST(test_ids_continue_after_the_last_one),
        GOLDEN_TEST(test_restore_accepts_it_as_a_backup),
        GOLDEN_TEST(test_this_version_writes_the_same_records),
        GOLDEN_TEST(test_a_store_with_an_id_is_read),
        GOLDEN_TEST(test_newer_values_are_refused),
        GOLDEN_TEST(test_newer_records_are_refused),
        GOLDEN_TEST(test_version_without_its_fields_is_damage),
        GOLDEN_TEST(test_version_zero_is_damage),
        GOLDEN_TEST(test_newer_version_needs_its_digest),
        GOLDEN_TEST(test_damage_outweighs_newer_records),
    };
    const struct CMUnitTest issued_tests[] = {
        GOLDEN_TEST(test_every_token_is_listed),
        GOLDEN_TEST(test_every_token_is_found_by_its_id),
        GOLDEN_TEST(test_known_bearer_tokens_are_verified),
        GOLDEN_TEST(test_reading_changes_nothing),
        GOLDEN_TEST(test_issuers_survive_a_change),
        GOLDEN_TEST(test_restore_accepts_it_as_a_backup),
        GOLDEN_TEST(test_this_version_writes_the_same_records),
        GOLDEN_TEST(test_newer_records_are_refused),
    };

    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        return write_anew(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, read_golden, free_golden) +
           cmocka_run_group_tests(issued_tests, read_issued, free_golden);
}
