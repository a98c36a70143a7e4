/*
 * two_accounts.c - a store, and the accounts test-jane and test-joe: what the
 * tests of the store's operations share.
 */
#include "tests/support/two_accounts.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/accounts.h"
#include "tests/support/interpose.h"
#include "tokenstore/file/write.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/token.h"

int two_accounts_set_up(void **state) {
    interpose_reset();
    accounts_reset();
    accounts_add("test-jane", 70001);
    accounts_add("test-joe", 70002);
    return fixture_set_up(state);
}

int two_accounts_tear_down(void **state) {
    interpose_reset();
    accounts_reset();
    return fixture_tear_down(state);
}

/* A token for an account of the table. */
struct tokenstore_token *token_for(const char *user) {
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

uint64_t issue_for(struct tokenstore *store, const char *user,
                   struct tokenstore_bearer *bearer) {
    return issue_token(store, token_for(user), bearer);
}

struct tokenstore_token *get_token(struct tokenstore *store, uint64_t id) {
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_get(store, id, &token));
    return token;
}

/* The ids of a page, as text. */
void assert_page(struct fixture *fixture, const char *user, uint64_t after,
                 uint32_t limit, const char *expected, uint64_t next) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *list = NULL;
    char text[256] = "";

    if (user != NULL)
        assert_ok(tokenstore_identity_parse(user, &identity));
    assert_ok(tokenstore_list(fixture->store, identity, after, limit, &list));
    for (size_t i = 0; i < tokenstore_list_count(list); i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %llu",
                 (unsigned long long)tokenstore_token_id(
                     tokenstore_list_token(list, i)));
    assert_string_equal(text, expected);
    assert_int_equal(tokenstore_list_next(list), next);
    assert_null(tokenstore_list_token(list, tokenstore_list_count(list)));
    tokenstore_list_free(&list);
    tokenstore_identity_free(&identity);
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

void issue_thousands(struct fixture *fixture, const char *user,
                     int thousands) {
    struct tokenstore_token *token = token_for(user);
    struct file file = {.path = ""};

    strcpy(file.path, fixture->path);
    for (int i = 0; i < thousands; i++)
        assert_ok(file_write(&file, tokens_initialise, add_many, token));
    tokenstore_token_free(&token);
}

enum tokenstore_reason ask_about(struct fixture *fixture,
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
    /* Only a caller with the right secret gets the token. */
    assert_int_equal(token != NULL, reason != TOKENSTORE_REASON_UNKNOWN &&
                                        reason != TOKENSTORE_REASON_SECRET);
    tokenstore_token_free(&token);
    return reason;
}

void assert_line(const struct tokenstore_report *report,
                 const char *expected) {
    for (size_t i = 0; i < tokenstore_report_count(report); i++)
        if (strcmp(tokenstore_report_line(report, i), expected) == 0)
            return;
    for (size_t i = 0; i < tokenstore_report_count(report); i++)
        print_error("%s\n", tokenstore_report_line(report, i));
    fail_msg("no line: %s", expected);
}

enum tokenstore_error lower_next_id(struct view *view, void *unused) {
    (void)unused;
    return tokens_put_next_id(view, 2);
}

/* The head as an earlier version writes it: nothing follows the next id. */
static enum tokenstore_error write_old_head(struct view *view, void *unused) {
    struct value_key key = value_key(TOKENS_HEAD_KIND, 0, 0, 0);
    struct value_payload payload;
    enum tokenstore_error error = view_fetch(view, &key, &payload);

    (void)unused;
    memset(payload.bytes + 19, 0, sizeof(payload.bytes) - 19);
    return error == TOKENSTORE_OK ? view_put(view, &key, &payload) : error;
}

void remove_store_id(const char *path) {
    struct file file = {.path = ""};

    snprintf(file.path, sizeof(file.path), "%s", path);
    assert_ok(file_write(&file, NULL, write_old_head, NULL));
}

void assert_store_id(struct tokenstore *store, const char *expected) {
    char id[TOKENSTORE_STORE_ID_SIZE];

    assert_ok(tokenstore_store_id(store, id));
    assert_string_equal(id, expected);
}
