/*
 * two_accounts.h - a store, and the accounts test-jane and test-joe: what the
 * tests of the store's operations share.  Programs link libinterpose and
 * libaccounts, too.
 */
#ifndef TESTS_SUPPORT_TWO_ACCOUNTS_H
#define TESTS_SUPPORT_TWO_ACCOUNTS_H

#include "tests/support/store_fixture.h"
#include "tokenstore/file/tdb.h"

int two_accounts_set_up(void **state);
int two_accounts_tear_down(void **state);

#define TWO_ACCOUNTS_TEST(name)                                               \
    cmocka_unit_test_setup_teardown(name, two_accounts_set_up,                \
                                    two_accounts_tear_down)

/* A token for one of the accounts; the caller frees it. */
struct tokenstore_token *token_for(const char *user);

/* Issue such a token, and return its id; bearer may be NULL. */
uint64_t issue_for(struct tokenstore *store, const char *user,
                   struct tokenstore_bearer *bearer);

/* Read a token, which must exist; the caller frees it. */
struct tokenstore_token *get_token(struct tokenstore *store, uint64_t id);

/* The list of a user's tokens after an id must have these ids, as text. */
void assert_page(struct fixture *fixture, const char *user, uint64_t after,
                 uint32_t limit, const char *expected, uint64_t next);

/* Issue many tokens for a user, white box, as fast as possible. */
void issue_thousands(struct fixture *fixture, const char *user, int thousands);

/* Verify a token of a user (NULL: its own) for a scope (NULL: none), from an
 * address; returns the reason. */
enum tokenstore_reason ask_about(struct fixture *fixture,
                                 const struct tokenstore_bearer *bearer,
                                 const char *user, const char *scope,
                                 const char *address, int64_t now);

/* A view_function: forget the ids after the first, white box. */
enum tokenstore_error lower_next_id(struct view *view, void *unused);

/* Make the store of an earlier version, which has no id; or what is left after
 * such a version has written the head. */
void remove_store_id(const char *path);

/* The store must have this id ("": none). */
void assert_store_id(struct tokenstore *store, const char *expected);

/* The report must have this line. */
void assert_line(const struct tokenstore_report *report, const char *expected);

#endif
