/*
 * test_policy.c - tests of who may use a token: each of the six rules by
 * itself, and their order for every pair of broken rules.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tokenstore/values/policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1800000000)
#define UID 70001

static const char *const imap_alone[] = {"imap"};
static const char *const pop_alone[] = {"pop3"};

/* A token and a question about it; every rule permits it. */
struct subject {
    struct tokenstore_token token;
    struct policy_question question;
    bool unknown;
};

static struct subject subject;

static int set_up(void **state) {
    (void)state;
    memset(&subject, 0, sizeof(subject));
    subject.token.id = 42;
    subject.token.enabled = true;
    subject.token.expiration_time = NOW + 1;
    subject.token.user.domain = IDENTITY_DOMAIN_LOCAL;
    subject.token.user.has_uid = true;
    subject.token.user.uid = UID;
    strcpy(subject.token.user.name, "jane");
    assert_int_equal(tokenstore_token_add_scope(&subject.token, "imap"), 0);
    assert_int_equal(
        tokenstore_token_add_network(&subject.token, "192.0.2.0/24"), 0);
    subject.question = (struct policy_question){
        .secret_matches = true,
        .now = NOW,
        .user = "jane",
        .account = {ACCOUNT_EXISTS, UID, UID, "jane"},
        .scopes = imap_alone,
        .scope_count = 1,
        .address = "192.0.2.7",
    };
    return 0;
}

static enum policy_answer decide(enum tokenstore_reason *reason) {
    *reason = (enum tokenstore_reason)99;
    return policy_decide(subject.unknown ? NULL : &subject.token,
                         &subject.question, reason);
}

static void assert_yes(void) {
    enum tokenstore_reason reason;

    assert_int_equal(decide(&reason), POLICY_YES);
    assert_int_equal(reason, TOKENSTORE_REASON_NONE);
}

static void assert_no(enum tokenstore_reason expected) {
    enum tokenstore_reason reason;

    assert_int_equal(decide(&reason), POLICY_NO);
    assert_string_equal(tokenstore_reason_name(reason),
                        tokenstore_reason_name(expected));
}

/* ------------------------------------------------------------------- order */

static void break_id(void) { subject.unknown = true; }
static void break_secret(void) { subject.question.secret_matches = false; }
static void break_enabled(void) { subject.token.enabled = false; }
static void break_time(void) { subject.question.now = NOW + 1; }
static void break_user(void) { subject.question.account.uid++; }
static void break_scope(void) { subject.question.scopes = pop_alone; }
static void break_network(void) { subject.question.address = "203.0.113.1"; }

static const struct {
    void (*rule)(void);
    enum tokenstore_reason reason;
} breaks[] = {
    {break_id, TOKENSTORE_REASON_UNKNOWN},
    {break_secret, TOKENSTORE_REASON_SECRET},
    {break_enabled, TOKENSTORE_REASON_DISABLED},
    {break_time, TOKENSTORE_REASON_EXPIRED},
    {break_user, TOKENSTORE_REASON_USER},
    {break_scope, TOKENSTORE_REASON_SCOPE},
    {break_network, TOKENSTORE_REASON_NETWORK},
};

static void test_good_token_passes(void **state) {
    (void)state;
    assert_yes();
}

/* If i == j, only one rule is broken. */
static void test_first_broken_rule_is_the_reason(void **state) {
    for (size_t i = 0; i < COUNT(breaks); i++)
        for (size_t j = i; j < COUNT(breaks); j++) {
            set_up(state);
            breaks[j].rule();
            breaks[i].rule();
            assert_no(breaks[i].reason);
        }
}

static void test_all_rules_broken_is_unknown(void **state) {
    (void)state;
    for (size_t i = COUNT(breaks); i-- > 0;) {
        breaks[i].rule();
        assert_no(breaks[i].reason);
    }
}

/* The name service is asked only if the first three rules hold: the token is
 * known and the secret right, it is enabled, and it is not expired. */
static void test_account_is_asked_after_rule_three(void **state) {
    enum tokenstore_reason reason;

    for (size_t i = 0; i < COUNT(breaks); i++) {
        set_up(state);
        breaks[i].rule();
        subject.question.account.state = ACCOUNT_NOT_ASKED;
        if (breaks[i].reason < TOKENSTORE_REASON_USER) {
            assert_no(breaks[i].reason);
            continue;
        }
        assert_int_equal(decide(&reason), POLICY_NEED_ACCOUNT);
        assert_int_equal(reason, TOKENSTORE_REASON_NONE);
    }
}

/* Without an answer of the name service the result is neither yes nor no,
 * whatever the later rules would say. */
static void test_unavailable_account_is_neither_yes_nor_no(void **state) {
    enum tokenstore_reason reason;

    for (size_t i = 0; i < COUNT(breaks); i++) {
        set_up(state);
        breaks[i].rule();
        subject.question.account.state = ACCOUNT_UNAVAILABLE;
        if (breaks[i].reason < TOKENSTORE_REASON_USER) {
            assert_no(breaks[i].reason);
            continue;
        }
        assert_int_equal(decide(&reason), POLICY_UNAVAILABLE);
        assert_int_equal(reason, TOKENSTORE_REASON_NONE);
    }
    set_up(state);
    subject.question.account.state = ACCOUNT_UNAVAILABLE;
    assert_int_equal(decide(&reason), POLICY_UNAVAILABLE);
    /* A virtual user's name might resolve if the name service answered. */
    subject.token.user.has_uid = false;
    assert_int_equal(decide(&reason), POLICY_UNAVAILABLE);
}

/* -------------------------------------------------------------- expiration */

static void test_token_is_expired_from_its_expiration_second(void **state) {
    (void)state;
    subject.token.expiration_time = NOW;
    subject.question.now = NOW - 1;
    assert_yes();
    subject.question.now = NOW;
    assert_no(TOKENSTORE_REASON_EXPIRED);
    subject.question.now = NOW + 1;
    assert_no(TOKENSTORE_REASON_EXPIRED);
}

static void test_token_without_expiration_does_not_expire(void **state) {
    (void)state;
    subject.token.expiration_time = TOKENSTORE_NEVER;
    subject.question.now = 0;
    assert_yes();
    subject.question.now = TOKENSTORE_TIME_MAX;
    assert_yes();
    subject.question.now = INT64_MAX - 1;
    assert_yes();
}

static void test_expiration_holds_at_both_ends_of_the_range(void **state) {
    (void)state;
    subject.token.expiration_time = TOKENSTORE_TIME_MAX;
    subject.question.now = TOKENSTORE_TIME_MAX - 1;
    assert_yes();
    subject.question.now = TOKENSTORE_TIME_MAX;
    assert_no(TOKENSTORE_REASON_EXPIRED);
    subject.token.expiration_time = 0;
    subject.question.now = 0;
    assert_no(TOKENSTORE_REASON_EXPIRED);
}

/* -------------------------------------------------------------------- user */

static void test_account_must_be_the_same(void **state) {
    static const struct {
        const char *what;
        bool has_uid;
        const char *presented; /* NULL: the token's own user */
        struct account account;
        bool pass;
    } rows[] = {
        {"same", true, "jane", {ACCOUNT_EXISTS, UID, 5, "jane"}, true},
        {"same, no user given",
         true,
         NULL,
         {ACCOUNT_EXISTS, UID, 5, "jane"},
         true},
        /* NSS decides who is meant: "JANE" may be another spelling of jane. */
        {"alias", true, "JANE", {ACCOUNT_EXISTS, UID, 5, "jane"}, true},
        {"created again",
         true,
         "jane",
         {ACCOUNT_EXISTS, UID + 1, 5, "jane"},
         false},
        {"created again, no user given",
         true,
         NULL,
         {ACCOUNT_EXISTS, UID + 1, 5, "jane"},
         false},
        {"same uid, other name",
         true,
         "joe",
         {ACCOUNT_EXISTS, UID, 5, "joe"},
         false},
        {"given jane, account joe",
         true,
         "jane",
         {ACCOUNT_EXISTS, UID, 5, "joe"},
         false},
        {"name in other case",
         true,
         "jane",
         {ACCOUNT_EXISTS, UID, 5, "Jane"},
         false},
        {"longer name",
         true,
         "jane",
         {ACCOUNT_EXISTS, UID, 5, "jane2"},
         false},
        {"shorter name", true, "jane", {ACCOUNT_EXISTS, UID, 5, "jan"}, false},
        {"root", true, "root", {ACCOUNT_EXISTS, 0, 0, "root"}, false},
        {"deleted", true, "jane", {ACCOUNT_NONE, 0, 0, ""}, false},
        {"deleted, with the old uid",
         true,
         "jane",
         {ACCOUNT_NONE, UID, 5, "jane"},
         false},
        {"deleted, no user given",
         true,
         NULL,
         {ACCOUNT_NONE, 0, 0, ""},
         false},
        {"virtual", false, "jane", {ACCOUNT_NONE, 0, 0, ""}, true},
        {"virtual, no user given",
         false,
         NULL,
         {ACCOUNT_NONE, 0, 0, ""},
         true},
        {"another virtual user",
         false,
         "joe",
         {ACCOUNT_NONE, 0, 0, ""},
         false},
        {"virtual in other case",
         false,
         "Jane",
         {ACCOUNT_NONE, 0, 0, ""},
         false},
        {"empty user", false, "", {ACCOUNT_NONE, 0, 0, ""}, false},
        {"virtual, has an account now",
         false,
         "jane",
         {ACCOUNT_EXISTS, UID, 5, "jane"},
         false},
        {"virtual, has the account of root now",
         false,
         NULL,
         {ACCOUNT_EXISTS, 0, 0, "jane"},
         false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(state);
        print_message("  %s\n", rows[i].what);
        subject.token.user.has_uid = rows[i].has_uid;
        subject.token.user.uid = rows[i].has_uid ? UID : 0;
        subject.question.user = rows[i].presented;
        subject.question.account = rows[i].account;
        if (rows[i].pass)
            assert_yes();
        else
            assert_no(TOKENSTORE_REASON_USER);
    }
}

static void test_uid_zero_is_a_uid(void **state) {
    (void)state;
    strcpy(subject.token.user.name, "root");
    subject.token.user.uid = 0;
    subject.question.user = "root";
    subject.question.account = (struct account){ACCOUNT_EXISTS, 0, 0, "root"};
    assert_yes();
    subject.question.account.uid = 1;
    assert_no(TOKENSTORE_REASON_USER);
    subject.question.account = (struct account){ACCOUNT_NONE, 0, 0, ""};
    assert_no(TOKENSTORE_REASON_USER);
}

/* ------------------------------------------------------------------ scopes */

#define WORDS_MAX 4

static void test_requested_scopes_must_be_granted(void **state) {
    static const struct {
        const char *has[WORDS_MAX];
        const char *asked[WORDS_MAX];
        bool pass;
    } rows[] = {
        {{NULL}, {NULL}, true},
        {{"imap"}, {NULL}, false}, /* a token with scopes needs a request */
        {{NULL}, {"imap"}, true},
        {{NULL}, {"imap", "smtp"}, true},
        {{"imap"}, {"imap"}, true},
        {{"imap"}, {"imap", "imap"}, true},
        {{"imap", "smtp"}, {"imap"}, true},
        {{"imap", "smtp"}, {"smtp"}, true},
        {{"imap", "smtp"}, {"smtp", "imap"}, true},
        {{"imap"}, {"imap", "smtp"}, false},
        {{"imap"}, {"smtp", "imap"}, false},
        {{"imap"}, {"smtp"}, false},
        {{"imap"}, {"ima"}, false},
        {{"imap"}, {"imaps"}, false},
        {{"imap"}, {"IMAP"}, false},
        {{"imap"}, {""}, false},
        /* Reserved scopes are granted only by name. */
        {{NULL}, {"tokens:admin"}, false},
        {{NULL}, {"tokens:introspect"}, false},
        {{NULL}, {"imap", "tokens:admin"}, false},
        {{NULL}, {"tokens:admin", "imap"}, false},
        {{"imap"}, {"tokens:admin"}, false},
        {{"tokens:introspect"}, {"tokens:admin"}, false},
        {{"tokens:admin"}, {"tokens:introspect"}, false},
        {{"tokens:admin"}, {"tokens:admin"}, true},
        {{"tokens:introspect"}, {"tokens:introspect"}, true},
        {{"imap", "tokens:admin"}, {"tokens:admin", "imap"}, true},
        {{"tokens:admin"}, {"imap"}, false},
        {{"tokens:admin"}, {NULL}, false},
        /* Only these two words are reserved. */
        {{NULL}, {"tokens:list"}, true},
        {{NULL}, {"tokens"}, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(state);
        subject.token.scope_count = 0;
        for (size_t j = 0; j < WORDS_MAX && rows[i].has[j] != NULL; j++)
            assert_int_equal(
                tokenstore_token_add_scope(&subject.token, rows[i].has[j]), 0);
        subject.question.scopes = rows[i].asked;
        subject.question.scope_count = 0;
        while (subject.question.scope_count < WORDS_MAX &&
               rows[i].asked[subject.question.scope_count] != NULL)
            subject.question.scope_count++;
        print_message("  row %zu\n", i);
        if (rows[i].pass)
            assert_yes();
        else
            assert_no(TOKENSTORE_REASON_SCOPE);
    }
}

static void test_no_scopes_may_be_null(void **state) {
    (void)state;
    subject.question.scopes = NULL;
    subject.question.scope_count = 0;
    assert_no(TOKENSTORE_REASON_SCOPE);
    subject.token.scope_count = 0;
    assert_yes();
}

/* With any_scope, every rule except the fifth applies. */
static void test_any_scope_leaves_the_other_rules(void **state) {
    for (size_t i = 0; i < COUNT(breaks); i++) {
        set_up(state);
        subject.question.any_scope = true;
        breaks[i].rule();
        if (breaks[i].reason == TOKENSTORE_REASON_SCOPE)
            assert_yes();
        else
            assert_no(breaks[i].reason);
    }
    set_up(state);
    subject.question.any_scope = true;
    subject.question.scope_count = 0;
    assert_yes();
}

static void test_every_scope_of_a_full_token_counts(void **state) {
    char word[32]; /* long enough for any int, so gcc does not warn */
    const char *const asked[] = {word};

    (void)state;
    subject.token.scope_count = 0;
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(word, sizeof(word), "scope-%d", i);
        assert_int_equal(tokenstore_token_add_scope(&subject.token, word), 0);
    }
    subject.question.scopes = asked;
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(word, sizeof(word), "scope-%d", i);
        assert_yes();
    }
    snprintf(word, sizeof(word), "scope-%d", TOKENSTORE_SCOPES_MAX);
    assert_no(TOKENSTORE_REASON_SCOPE);
}

/* ---------------------------------------------------------------- networks */

static void test_address_must_be_inside_a_network_of_the_token(void **state) {
    static const struct {
        const char *networks[3];
        const char *address;
        bool pass;
    } rows[] = {
        /* A token without networks is valid from any address and from an
         * unknown one. */
        {{NULL}, "203.0.113.1", true},
        {{NULL}, NULL, true},
        {{NULL}, "", true},
        {{NULL}, "client.example.org", true},
        {{"192.0.2.0/24"}, "192.0.2.0", true},
        {{"192.0.2.0/24"}, "192.0.2.255", true},
        {{"192.0.2.0/24"}, "192.0.3.0", false},
        {{"192.0.2.0/24"}, "192.0.1.255", false},
        {{"192.0.2.7"}, "192.0.2.7", true},
        {{"192.0.2.7"}, "192.0.2.6", false},
        {{"0.0.0.0/0"}, "203.0.113.1", true},
        /* An unknown or malformed address is outside every network, even of
         * one that holds all addresses. */
        {{"0.0.0.0/0", "::/0"}, NULL, false},
        {{"0.0.0.0/0", "::/0"}, "", false},
        {{"0.0.0.0/0", "::/0"}, "localhost", false},
        {{"0.0.0.0/0", "::/0"}, "client.example.org", false},
        {{"0.0.0.0/0", "::/0"}, "192.0.2.7/32", false},
        {{"0.0.0.0/0", "::/0"}, " 192.0.2.7", false},
        {{"0.0.0.0/0", "::/0"}, "192.0.2.7 ", false},
        {{"0.0.0.0/0", "::/0"}, "192.0.2.7:22", false},
        {{"0.0.0.0/0", "::/0"}, "[2001:db8::1]", false},
        {{"0.0.0.0/0", "::/0"}, "192.0.2", false},
        /* An IPv4-mapped address counts as IPv4 on either side. */
        {{"192.0.2.0/24"}, "::ffff:192.0.2.7", true},
        {{"192.0.2.0/24"}, "::ffff:c000:207", true},
        {{"192.0.2.0/24"}, "::ffff:203.0.113.1", false},
        {{"::ffff:192.0.2.0/120"}, "192.0.2.7", true},
        {{"::ffff:192.0.2.0/120"}, "::ffff:192.0.2.7", true},
        {{"::/0"}, "::ffff:192.0.2.7", false},
        {{"::/0"}, "192.0.2.7", false},
        {{"0.0.0.0/0"}, "2001:db8::1", false},
        {{"192.0.2.0/24"}, "::192.0.2.7", false},
        /* IPv6 */
        {{"2001:db8::/32"}, "2001:db8::1", true},
        {{"2001:db8::/32"}, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
        {{"2001:db8::/32"}, "2001:db9::1", false},
        {{"2001:db8::/33"}, "2001:db8:8000::1", false},
        {{"2001:db8::/33"}, "2001:DB8:7fff::1", true},
        {{"::1"}, "::1", true},
        {{"::1"}, "::2", false},
        /* A zone names a link and does not change the address. */
        {{"fe80::/10"}, "fe80::1%eth0", true},
        {{"fe80::/10"}, "2001:db8::1%eth0", false},
        {{"fe80::/10"}, "fe80::1%", false},
        {{"192.0.2.0/24"}, "192.0.2.7%eth0", false},
        /* Any one of several networks is enough, at any place in the list. */
        {{"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"}, "10.1.1.1", true},
        {{"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"}, "192.0.2.7", true},
        {{"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"}, "2001:db8::", true},
        {{"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"}, "11.0.0.1", false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(state);
        subject.token.network_count = 0;
        for (size_t j = 0; j < 3 && rows[i].networks[j] != NULL; j++)
            assert_int_equal(tokenstore_token_add_network(&subject.token,
                                                          rows[i].networks[j]),
                             0);
        subject.question.address = rows[i].address;
        print_message("  row %zu\n", i);
        if (rows[i].pass)
            assert_yes();
        else
            assert_no(TOKENSTORE_REASON_NETWORK);
    }
}

/* ----------------------------------------------------------------- unknown */

/* Nothing in the question makes an id known. */
static void test_unknown_id_is_always_refused(void **state) {
    (void)state;
    subject.unknown = true;
    assert_no(TOKENSTORE_REASON_UNKNOWN);
    memset(&subject.question, 0, sizeof(subject.question));
    assert_no(TOKENSTORE_REASON_UNKNOWN);
}

/* A token and a question that are all zeros are refused. */
static void test_empty_token_and_question_are_refused(void **state) {
    (void)state;
    memset(&subject, 0, sizeof(subject));
    assert_no(TOKENSTORE_REASON_SECRET);
    subject.question.secret_matches = true;
    assert_no(TOKENSTORE_REASON_DISABLED);
    subject.token.enabled = true;
    assert_no(TOKENSTORE_REASON_EXPIRED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_token_passes, set_up),
        cmocka_unit_test(test_first_broken_rule_is_the_reason),
        cmocka_unit_test_setup(test_all_rules_broken_is_unknown, set_up),
        cmocka_unit_test(test_account_is_asked_after_rule_three),
        cmocka_unit_test(test_unavailable_account_is_neither_yes_nor_no),
        cmocka_unit_test_setup(
            test_token_is_expired_from_its_expiration_second, set_up),
        cmocka_unit_test_setup(test_token_without_expiration_does_not_expire,
                               set_up),
        cmocka_unit_test_setup(test_expiration_holds_at_both_ends_of_the_range,
                               set_up),
        cmocka_unit_test(test_account_must_be_the_same),
        cmocka_unit_test_setup(test_uid_zero_is_a_uid, set_up),
        cmocka_unit_test(test_requested_scopes_must_be_granted),
        cmocka_unit_test_setup(test_no_scopes_may_be_null, set_up),
        cmocka_unit_test(test_any_scope_leaves_the_other_rules),
        cmocka_unit_test_setup(test_every_scope_of_a_full_token_counts,
                               set_up),
        cmocka_unit_test(test_address_must_be_inside_a_network_of_the_token),
        cmocka_unit_test_setup(test_unknown_id_is_always_refused, set_up),
        cmocka_unit_test_setup(test_empty_token_and_question_are_refused,
                               set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
