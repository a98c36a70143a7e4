/*
 * test_resolve.c - tests of resolving an identity, with every answer that NSS
 * can give to account.c.  The accounts and the passwd file belong to the test.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tokenstore/host/account.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct test_account nss_accounts[] = {
    {"jane", "jane", 1000, 100},
    {"root", "root", 0, 0},
    {"ldapuser", "ldapuser", 5000, 500},
    {"JANE", "jane", 1000, 100}, /* the name service ignores case */
    {"twin", "twin", 5001, 500}, /* the passwd file has another uid for it */
    {"CORP\\bob", "CORP\\bob", 7000, 700},
    {"adonly", "adonly", 7001, 700},
    {"minus", "minus", (uid_t)-1, 100},
    {"nogroup", "nogroup", 1003, (gid_t)-1},
    {"odd", "o:dd", 1004, 100},
};

static const char local_accounts[] = "# a comment\n"
                                     "root:x:0:0:root:/root:/bin/sh\n"
                                     "\n"
                                     "a line that is no entry\n"
                                     "+::::::\n"
                                     "twin:x:1001:100::/:/bin/sh\n"
                                     "jane:x:1000:100::/home/jane:/bin/sh";

static char directory[] = "/tmp/test_resolve.XXXXXX";

static char passwd_file[sizeof(directory) + sizeof("/passwd")];

static void write_passwd(const char *content, size_t padding) {
    FILE *file = fopen(passwd_file, "w");

    assert_non_null(file);
    if (padding > 0) {
        fputs("long:x:4000:100:", file);
        for (size_t i = 0; i < padding; i++)
            fputc('g', file);
        fputs(":/:/bin/sh\n", file);
    }
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static int make_directory(void **state) {
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(passwd_file, sizeof(passwd_file), "%s/passwd", directory);
    return 0;
}

static int remove_directory(void **state) {
    (void)state;
    unlink(passwd_file);
    return rmdir(directory);
}

static int reset(void **state) {
    (void)state;
    accounts_reset();
    for (size_t i = 0; i < COUNT(nss_accounts); i++)
        accounts_add_entry(&nss_accounts[i]);
    write_passwd(local_accounts, 0);
    account_local_file = passwd_file;
    return 0;
}

static struct tokenstore_identity *parse(const char *text) {
    struct tokenstore_identity *identity = NULL;
    enum tokenstore_error error = tokenstore_identity_parse(text, &identity);

    if (error != TOKENSTORE_OK)
        fail_msg("\"%s\": error %d", text, error);
    return identity;
}

static void assert_text(const char *text, const char *expected) {
    if (expected == NULL)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

struct field {
    const char *field;
    const char *value;
};

/* Sets the fields in order and returns the error of the last one. */
static enum tokenstore_error set_all(struct tokenstore_identity *identity,
                                     const struct field *fields) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < 6 && fields[i].field != NULL; i++) {
        assert_int_equal(error, TOKENSTORE_OK);
        error = tokenstore_identity_set(identity, fields[i].field,
                                        fields[i].value);
    }
    return error;
}

static void assert_resolves_as(const struct tokenstore_identity *given,
                               const char *domain, const char *name,
                               uint32_t uid, uint32_t gid, const char *sid) {
    struct tokenstore_identity *resolved;
    uint32_t id;
    char decimal[16];

    assert_int_equal(tokenstore_identity_resolve(given, false, &resolved),
                     TOKENSTORE_OK);
    assert_text(tokenstore_identity_domain(resolved), domain);
    assert_text(tokenstore_identity_name(resolved), name);
    assert_true(tokenstore_identity_uid(resolved, &id));
    assert_int_equal(id, uid);
    assert_true(tokenstore_identity_gid(resolved, &id));
    assert_int_equal(id, gid);
    assert_text(tokenstore_identity_sid(resolved), sid);
    snprintf(decimal, sizeof(decimal), "%u", uid);
    assert_text(tokenstore_identity_auth_id(resolved), decimal);
    tokenstore_identity_free(&resolved);
}

static void assert_resolve_fails(const struct tokenstore_identity *given,
                                 bool virtual_user,
                                 enum tokenstore_error expected) {
    struct tokenstore_identity *resolved = (void *)1;

    assert_int_equal(
        tokenstore_identity_resolve(given, virtual_user, &resolved), expected);
    assert_null(resolved);
}

/* The same, for an identity as users type it. */
static void assert_text_fails(const char *text, bool virtual_user,
                              enum tokenstore_error expected) {
    struct tokenstore_identity *given = parse(text);

    assert_resolve_fails(given, virtual_user, expected);
    tokenstore_identity_free(&given);
}

static void assert_fields_fail(const struct field *fields, bool virtual_user,
                               enum tokenstore_error expected) {
    struct tokenstore_identity *given;

    assert_int_equal(tokenstore_identity_new(&given), TOKENSTORE_OK);
    assert_int_equal(set_all(given, fields), TOKENSTORE_OK);
    assert_resolve_fails(given, virtual_user, expected);
    tokenstore_identity_free(&given);
}

static void test_resolve_completes_every_form(void **state) {
    static const struct {
        const char *text;
        const char *domain, *name;
        uint32_t uid, gid;
    } table[] = {
        {"jane", "LOCAL", "jane", 1000, 100},
        {"JANE", "LOCAL", "jane", 1000, 100},
        {"uid:1000", "LOCAL", "jane", 1000, 100},
        {"auth_id:1000", "LOCAL", "jane", 1000, 100},
        {"sid:S-1-22-1-1000", "LOCAL", "jane", 1000, 100},
        {"local:jane", "LOCAL", "jane", 1000, 100},
        {"uid:0", "LOCAL", "root", 0, 0},
        {"ldapuser", "POSIX_USER", "ldapuser", 5000, 500},
        {"uid:5000", "POSIX_USER", "ldapuser", 5000, 500},
        /* The local account of this name is a different account. */
        {"twin", "POSIX_USER", "twin", 5001, 500},
        {"ad:adonly", "ACTIVE_DIRECTORY", "adonly", 7001, 700},
        {"CORP\\bob", "ACTIVE_DIRECTORY", "CORP\\bob", 7000, 700},
        {"ad:CORP\\bob", "ACTIVE_DIRECTORY", "CORP\\bob", 7000, 700},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tokenstore_identity *given = parse(table[i].text);
        char sid[32];

        snprintf(sid, sizeof(sid), "S-1-22-1-%u", table[i].uid);
        assert_resolves_as(given, table[i].domain, table[i].name, table[i].uid,
                           table[i].gid, sid);
        tokenstore_identity_free(&given);
    }
}

static void test_resolve_asks_for_the_bare_name_of_domain_ad_alone(void **s) {
    struct tokenstore_identity *given = parse("aD\\adonly");

    (void)s;
    assert_resolves_as(given, "ACTIVE_DIRECTORY", "adonly", 7001, 700,
                       "S-1-22-1-7001");
    assert_int_equal(accounts.calls, 2);
    tokenstore_identity_free(&given);

    assert_text_fails("CORP\\adonly", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_string_equal(accounts.last_name, "CORP\\adonly");
    assert_text_fails("ADX\\adonly", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_string_equal(accounts.last_name, "ADX\\adonly");
    assert_text_fails("AD\\nobody", false, TOKENSTORE_ERROR_NO_SUCH_USER);

    /* If the first question gets no answer, no other is asked. */
    accounts.calls = 0;
    accounts.error = EIO;
    assert_text_fails("AD\\adonly", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    assert_int_equal(accounts.calls, 1);
}

static void
test_resolve_takes_a_name_with_backslash_for_a_directorys(void **state) {
    struct tokenstore_identity given = {.name = "CORP\\bob"};

    (void)state;
    assert_resolves_as(&given, "ACTIVE_DIRECTORY", "CORP\\bob", 7000, 700,
                       "S-1-22-1-7000");
    given.domain = IDENTITY_DOMAIN_POSIX_USER;
    assert_resolves_as(&given, "POSIX_USER", "CORP\\bob", 7000, 700,
                       "S-1-22-1-7000");
}

static void test_resolve_says_no_such_user_only_when_nss_does(void **state) {
    static const int outcomes[] = {ENOENT, ESRCH,  EBADF,  EPERM, EIO,
                                   EINTR,  EMFILE, EAGAIN, ENOMEM};

    (void)state;
    assert_text_fails("nobody-has-this", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_text_fails("uid:4242", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_text_fails("sid:S-1-22-1-4242", false,
                      TOKENSTORE_ERROR_NO_SUCH_USER);
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        accounts.error = outcomes[i];
        assert_text_fails("jane", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_text_fails("uid:1000", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_text_fails("bot", true, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    }
}

/* NSS says "no" as well if it could not read /etc/passwd, and has another
 * source that answers. */
static void test_no_such_user_needs_the_passwd_file_too(void **state) {
    static const char without_newline[] = "bot:x:4242:4242::/:/bin/sh";
    static const char *const unreadable[] = {"/nonexistent", directory};

    (void)state;
    for (size_t i = 0; i < COUNT(unreadable); i++) {
        account_local_file = unreadable[i];
        assert_text_fails("bot", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_text_fails("uid:4242", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
        assert_text_fails("bot", true, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    }
    account_local_file = passwd_file;
    write_passwd(local_accounts, 2 * 1024 * 1024); /* a line too long */
    assert_text_fails("bot", true, TOKENSTORE_ERROR_NSS_UNAVAILABLE);

    /* Whoever is in the file exists, whatever NSS says. */
    write_passwd(without_newline, 0);
    assert_text_fails("bot", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    assert_text_fails("uid:4242", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    assert_text_fails("bot", true, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    assert_text_fails("Bot", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_text_fails("uid:42", false, TOKENSTORE_ERROR_NO_SUCH_USER);
}

static void test_account_grows_its_buffer_up_to_a_mebibyte(void **state) {
    struct account account;

    (void)state;
    accounts.needs = 1024 * 1024;
    account_by_name("jane", &account);
    assert_int_equal(account.state, ACCOUNT_EXISTS);
    assert_int_equal(account.uid, 1000);
    assert_string_equal(account.name, "jane");
    account_by_uid(1000, &account);
    assert_int_equal(account.state, ACCOUNT_EXISTS);
    assert_int_equal(account.gid, 100);
    account_by_name("nobody-has-this", &account);
    assert_int_equal(account.state, ACCOUNT_NONE);

    accounts.needs = 1024 * 1024 + 1;
    account_by_name("jane", &account);
    assert_int_equal(account.state, ACCOUNT_UNAVAILABLE);
    assert_int_equal(accounts.last_buffer, 1024 * 1024);
}

/* A caller that does not look at the state must not get the ids of root. */
static void test_account_without_an_answer_has_invalid_ids(void **state) {
    struct account account;

    (void)state;
    account_by_name("nobody-has-this", &account);
    assert_int_equal(account.state, ACCOUNT_NONE);
    assert_true(account.uid == UINT32_MAX && account.gid == UINT32_MAX);
    assert_string_equal(account.name, "");
    accounts.error = EIO;
    account_by_name("jane", &account);
    assert_int_equal(account.state, ACCOUNT_UNAVAILABLE);
    assert_true(account.uid == UINT32_MAX && account.gid == UINT32_MAX);
    assert_string_equal(account.name, "");
}

static void test_account_refuses_impossible_entries(void **state) {
    static const char *const names[] = {"minus", "nogroup", "odd"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct account account;

        account_by_name(names[i], &account);
        assert_int_equal(account.state, ACCOUNT_UNAVAILABLE);
        assert_true(account.uid == UINT32_MAX);
        assert_string_equal(account.name, "");
    }
}

static void
test_resolve_finds_local_users_in_the_passwd_file_only(void **state) {
    static const struct field jane[6] = {{"domain", "LOCAL"}, {"uid", "5000"}};

    (void)state;
    assert_text_fails("local:ldapuser", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_text_fails("local:twin", false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_text_fails("local:nobody-has-this", false,
                      TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_fields_fail(jane, false, TOKENSTORE_ERROR_NO_SUCH_USER);
}

static void test_resolve_reads_long_lines_of_the_passwd_file(void **state) {
    struct tokenstore_identity *given = parse("jane");

    (void)state;
    write_passwd(local_accounts, 100000);
    assert_resolves_as(given, "LOCAL", "jane", 1000, 100, "S-1-22-1-1000");
    tokenstore_identity_free(&given);
}

static void test_resolve_needs_a_readable_passwd_file(void **state) {
    (void)state;
    assert_int_equal(unlink(passwd_file), 0);
    assert_text_fails("jane", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    assert_text_fails("local:jane", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    /* A directory can be opened, but every read of it fails. */
    account_local_file = directory;
    assert_text_fails("jane", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
    /* A line that is too long to be parsed is an error and is not skipped. */
    account_local_file = passwd_file;
    write_passwd(local_accounts, 2 * 1024 * 1024);
    assert_text_fails("jane", false, TOKENSTORE_ERROR_NSS_UNAVAILABLE);
}

static void test_resolve_accepts_an_empty_passwd_file_as_an_answer(void **s) {
    struct tokenstore_identity *given = parse("jane");

    (void)s;
    write_passwd("", 0);
    assert_resolves_as(given, "POSIX_USER", "jane", 1000, 100,
                       "S-1-22-1-1000");
    tokenstore_identity_free(&given);
}

static void test_resolve_accepts_fields_that_agree(void **state) {
    static const struct field fields[6] = {
        {"domain", "POSIX_USER"}, {"name", "JANE"},
        {"uid", "1000"},          {"gid", "100"},
        {"auth_id", "1000"},      {"sid", "S-1-22-1-1000"}};
    struct tokenstore_identity *given;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&given), TOKENSTORE_OK);
    assert_int_equal(set_all(given, fields), TOKENSTORE_OK);
    assert_resolves_as(given, "LOCAL", "jane", 1000, 100, "S-1-22-1-1000");
    tokenstore_identity_free(&given);
}

static void test_resolve_refuses_fields_that_disagree(void **state) {
    static const struct field table[][6] = {
        {{"name", "jane"}, {"uid", "0"}},
        {{"name", "jane"}, {"uid", "1001"}},
        {{"name", "jane"}, {"gid", "0"}},
        {{"uid", "1000"}, {"gid", "101"}},
        {{"name", "jane"}, {"auth_id", "5000"}},
        {{"name", "jane"}, {"sid", "S-1-22-1-5000"}},
        {{"name", "jane"}, {"sid", "S-1-5-21-1-2-3-1105"}},
        {{"uid", "5000"}, {"sid", "S-1-5-21-1-2-3-1105"}},
        {{"name", "jane"}, {"domain", "API_NULL_DOMAIN"}},
        {{"domain", "ACTIVE_DIRECTORY"}, {"name", "adonly"}, {"uid", "1"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_fields_fail(table[i], false,
                           TOKENSTORE_ERROR_IDENTITY_MISMATCH);
}

static void test_resolve_keeps_a_directorys_own_sid(void **state) {
    static const struct field fields[6] = {{"domain", "ACTIVE_DIRECTORY"},
                                           {"name", "adonly"},
                                           {"sid", "S-1-5-21-1-2-3-1105"}};
    struct tokenstore_identity *given;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&given), TOKENSTORE_OK);
    assert_int_equal(set_all(given, fields), TOKENSTORE_OK);
    assert_resolves_as(given, "ACTIVE_DIRECTORY", "adonly", 7001, 700,
                       "S-1-5-21-1-2-3-1105");
    tokenstore_identity_free(&given);
}

static void test_resolve_refuses_identities_without_account(void **state) {
    static const struct field sid[6] = {{"sid", "S-1-5-21-1-2-3-1105"}};
    static const struct field gid[6] = {{"gid", "100"}};
    static const struct field domain[6] = {{"domain", "LOCAL"}};
    static const struct field nothing[6] = {{NULL, NULL}};

    (void)state;
    assert_fields_fail(sid, false, TOKENSTORE_ERROR_NO_SUCH_USER);
    assert_fields_fail(gid, false, TOKENSTORE_ERROR_NOT_A_USER);
    assert_fields_fail(domain, false, TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_fields_fail(nothing, false, TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_int_equal(accounts.calls, 0);
}

static void test_virtual_user_is_a_name_without_account(void **state) {
    static const struct field fields[6] = {{"name", "bot@example.com"},
                                           {"domain", "API_NULL_DOMAIN"}};
    struct tokenstore_identity *given, *resolved;
    uint32_t id;

    (void)state;
    assert_int_equal(tokenstore_identity_new(&given), TOKENSTORE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            tokenstore_identity_set(given, fields[i].field, fields[i].value),
            TOKENSTORE_OK);
        assert_int_equal(tokenstore_identity_resolve(given, true, &resolved),
                         TOKENSTORE_OK);
        assert_string_equal(tokenstore_identity_name(resolved),
                            "bot@example.com");
        assert_string_equal(tokenstore_identity_domain(resolved),
                            "API_NULL_DOMAIN");
        assert_false(tokenstore_identity_uid(resolved, &id));
        assert_false(tokenstore_identity_gid(resolved, &id));
        assert_null(tokenstore_identity_auth_id(resolved));
        assert_null(tokenstore_identity_sid(resolved));
        tokenstore_identity_free(&resolved);
    }
    /* A virtual user is accepted only if the caller permits it. */
    assert_resolve_fails(given, false, TOKENSTORE_ERROR_NO_SUCH_USER);
    tokenstore_identity_free(&given);
}

static void test_virtual_user_may_not_have_an_account(void **state) {
    (void)state;
    assert_text_fails("jane", true, TOKENSTORE_ERROR_USER_EXISTS);
    assert_text_fails("JANE", true, TOKENSTORE_ERROR_USER_EXISTS);
}

static void test_virtual_user_has_nothing_but_a_name(void **state) {
    static const struct field table[][6] = {
        {{NULL, NULL}},
        {{"uid", "4242"}},
        {{"name", "bot"}, {"uid", "4242"}},
        {{"name", "bot"}, {"gid", "4242"}},
        {{"name", "bot"}, {"auth_id", "4242"}},
        {{"name", "bot"}, {"sid", "S-1-5-21-1-2-3-4"}},
        {{"name", "bot"}, {"domain", "LOCAL"}},
        {{"name", "bot"}, {"domain", "POSIX_USER"}},
        {{"name", "bot"}, {"domain", "ACTIVE_DIRECTORY"}},
        {{"name", "CORP\\bot"}},
        {{"domain", "API_NULL_DOMAIN"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_fields_fail(table[i], true, TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_int_equal(accounts.calls, 0);
}

#define with_nss(test) cmocka_unit_test_setup(test, reset)

int main(void) {
    const struct CMUnitTest tests[] = {
        with_nss(test_resolve_completes_every_form),
        with_nss(test_resolve_asks_for_the_bare_name_of_domain_ad_alone),
        with_nss(test_resolve_takes_a_name_with_backslash_for_a_directorys),
        with_nss(test_resolve_says_no_such_user_only_when_nss_does),
        with_nss(test_no_such_user_needs_the_passwd_file_too),
        with_nss(test_account_grows_its_buffer_up_to_a_mebibyte),
        with_nss(test_account_without_an_answer_has_invalid_ids),
        with_nss(test_account_refuses_impossible_entries),
        with_nss(test_resolve_finds_local_users_in_the_passwd_file_only),
        with_nss(test_resolve_reads_long_lines_of_the_passwd_file),
        with_nss(test_resolve_needs_a_readable_passwd_file),
        with_nss(test_resolve_accepts_an_empty_passwd_file_as_an_answer),
        with_nss(test_resolve_accepts_fields_that_agree),
        with_nss(test_resolve_refuses_fields_that_disagree),
        with_nss(test_resolve_keeps_a_directorys_own_sid),
        with_nss(test_resolve_refuses_identities_without_account),
        with_nss(test_virtual_user_is_a_name_without_account),
        with_nss(test_virtual_user_may_not_have_an_account),
        with_nss(test_virtual_user_has_nothing_but_a_name),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
