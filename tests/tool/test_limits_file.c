/*
 * test_limits_file.c - prove that limits.conf is read with every value that it
 * may have, and that any other content is refused with file and line, so that
 * a file is never read only in part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store_fixture.h"
#include "tools/common/limits_file.h"

#define DAY INT64_C(86400)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *write_limits(struct fixture *fixture, const char *text,
                                size_t length) {
    const char *path = fixture_file(fixture, "limits.conf");

    write_file(path, text, length, 0644);
    return path;
}

static void read_good(struct fixture *fixture, const char *text,
                      struct limits *limits) {
    char message[512] = "";

    if (!limits_read(write_limits(fixture, text, strlen(text)), limits,
                     message, sizeof(message)))
        fail_msg("%s", message);
    assert_true(limits->found);
}

static void assert_unlimited(const struct limits *limits) {
    assert_int_equal(limits->store.tokens_per_user, 0);
    assert_int_equal(limits->store.lifetime_max, 0);
    assert_false(limits->store.name_required);
    assert_int_equal(limits->lifetime_default, 0);
    assert_int_equal(limits->self_service_count, 0);
}

static void assert_refused(struct fixture *fixture, const char *text,
                           size_t length, const char *expected) {
    const char *path = write_limits(fixture, text, length);
    struct limits limits;
    char message[512] = "", wanted[PATH_MAX + 256];

    snprintf(wanted, sizeof(wanted), "%s:%s", path, expected);
    assert_false(limits_read(path, &limits, message, sizeof(message)));
    assert_string_equal(message, wanted);
    assert_unlimited(&limits);
}

/* -------------------------------------------------------------- accepted */

static void test_every_key_is_read(void **state) {
    struct limits limits;

    read_good(*state,
              "# What may be issued here.\n"
              "self_service_scopes = imap  smtp\timap2 # and no others\n"
              "tokens_per_user = 50\n"
              "\n"
              "lifetime_max=365d\r\n"
              "lifetime_default\t=\t12h ; a working day\n"
              "   # as everybody asks\n"
              "name_required = yes",
              &limits);
    assert_int_equal(limits.self_service_count, 3);
    assert_string_equal(limits.self_service[0], "imap");
    assert_string_equal(limits.self_service[1], "smtp");
    assert_string_equal(limits.self_service[2], "imap2");
    assert_int_equal(limits.store.tokens_per_user, 50);
    assert_int_equal(limits.store.lifetime_max, 365 * DAY);
    assert_int_equal(limits.lifetime_default, DAY / 2);
    assert_true(limits.store.name_required);
}

static void test_missing_keys_set_no_limit(void **state) {
    static const char *const texts[] = {"", "\n", "# nothing\n \t\n;\n",
                                        "name_required = no"};
    struct limits limits;

    for (size_t i = 0; i < COUNT(texts); i++) {
        read_good(*state, texts[i], &limits);
        assert_unlimited(&limits);
    }
}

static void test_the_edges_of_values(void **state) {
    struct limits limits;
    char scope[TOKENSTORE_SCOPE_MAX + 1], text[256];

    read_good(*state, "tokens_per_user = 4294967295", &limits);
    assert_int_equal(limits.store.tokens_per_user, UINT32_MAX);
    read_good(*state, "tokens_per_user = 01", &limits);
    assert_int_equal(limits.store.tokens_per_user, 1);
    read_good(*state, "lifetime_max = 1s\nlifetime_default = 1s", &limits);
    assert_int_equal(limits.store.lifetime_max, 1);
    memset(scope, 'a', sizeof(scope));
    scope[TOKENSTORE_SCOPE_MAX] = '\0';
    snprintf(text, sizeof(text), "self_service_scopes = %s sudoers tokens",
             scope);
    read_good(*state, text, &limits);
    assert_string_equal(limits.self_service[0], scope);
    assert_int_equal(limits.self_service_count, 3);
    /* A line may have 190 bytes, also if it ends in CR LF. */
    snprintf(text, sizeof(text), "tokens_per_user = %0171d7\r\n", 0);
    read_good(*state, text, &limits);
    assert_int_equal(limits.store.tokens_per_user, 7);
}

/* ---------------------------------------------------------------- refused */

static const struct {
    const char *text;
    const char *expected;
} refusals[] = {
    {"token_per_user = 50\n", "1: unknown key 'token_per_user'"},
    {"\n\nTokens_Per_User = 50\n", "3: unknown key 'Tokens_Per_User'"},
    {"= 50\n", "1: unknown key ''"},
    {"tokens_per_user = 50\n#\ntokens_per_user = 60\n",
     "3: tokens_per_user is there twice"},
    {"name_required = yes\nname_required = yes\n",
     "2: name_required is there twice"},
    {"tokens_per_user\n", "1: not of the form 'key = value'"},
    {"name_required = yes\nrubbish\ntokens_per_user = x\n",
     "2: not of the form 'key = value'"},
    {"[section]\n", "1: there are no sections here"},
    {"[section]\ntokens_per_user = 5\n", "1: there are no sections here"},
    {"tokens_per_user = 5\n  lifetime_max = 1d\n",
     "2: the line begins with white space"},
    {"self_service_scopes = imap\n\tsmtp\n",
     "2: the line begins with white space"},
    {"tokens_per_user =\n", "1: tokens_per_user: '': not a number, 1 or more"},
    {"tokens_per_user = 0\n",
     "1: tokens_per_user: '0': not a number, 1 or more"},
    {"tokens_per_user = -1\n",
     "1: tokens_per_user: '-1': not a number, 1 or more"},
    {"tokens_per_user = 5x\n",
     "1: tokens_per_user: '5x': not a number, 1 or more"},
    {"tokens_per_user = 5#6\n",
     "1: tokens_per_user: '5#6': not a number, 1 or more"},
    {"tokens_per_user = 4294967296\n",
     "1: tokens_per_user: '4294967296': not a number, 1 or more"},
    {"tokens_per_user = 99999999999999999999999\n",
     "1: tokens_per_user: '99999999999999999999999': not a number, 1 or "
     "more"},
    {"lifetime_max = 365\n",
     "1: lifetime_max: '365': not a duration such as 90d or 12h"},
    {"lifetime_max = 0d\n",
     "1: lifetime_max: '0d': not a duration such as 90d or 12h"},
    {"lifetime_max = never\n",
     "1: lifetime_max: 'never': not a duration such as 90d or 12h"},
    {"lifetime_max = 9999999d\n",
     "1: lifetime_max: '9999999d': beyond the year 9999"},
    {"lifetime_default = -1d\n",
     "1: lifetime_default: '-1d': not a duration such as 90d or 12h"},
    {"lifetime_max = 1d\nlifetime_default = 25h\n",
     "2: lifetime_default is longer than lifetime_max"},
    {"lifetime_default = 25h\nlifetime_max = 1d\n",
     "2: lifetime_default is longer than lifetime_max"},
    {"name_required = true\n", "1: name_required: 'true': not yes or no"},
    {"name_required =\n", "1: name_required: '': not yes or no"},
    {"self_service_scopes =\n", "1: self_service_scopes: names no scope"},
    {"self_service_scopes = # none\n",
     "1: self_service_scopes: names no scope"},
    {"self_service_scopes = imap sudo\n",
     "1: self_service_scopes: 'sudo' is not for users to issue"},
    {"self_service_scopes = su\n",
     "1: self_service_scopes: 'su' is not for users to issue"},
    {"self_service_scopes = sudo-i\n",
     "1: self_service_scopes: 'sudo-i' is not for users to issue"},
    {"self_service_scopes = su-l\n",
     "1: self_service_scopes: 'su-l' is not for users to issue"},
    {"self_service_scopes = doas\n",
     "1: self_service_scopes: 'doas' is not for users to issue"},
    {"self_service_scopes = login\n",
     "1: self_service_scopes: 'login' is not for users to issue"},
    {"self_service_scopes = polkit-1\n",
     "1: self_service_scopes: 'polkit-1' is not for users to issue"},
    {"self_service_scopes = tokens:admin\n",
     "1: self_service_scopes: 'tokens:admin' is not for users to issue"},
    {"self_service_scopes = tokens:\n",
     "1: self_service_scopes: 'tokens:' is not for users to issue"},
    {"self_service_scopes = IMAP\n",
     "1: self_service_scopes: 'IMAP': not a scope: expected 1 to 64 of a-z, "
     "0-9 and . _ : -"},
    {"self_service_scopes = imap,smtp\n",
     "1: self_service_scopes: 'imap,smtp': not a scope: expected 1 to 64 of "
     "a-z, 0-9 and . _ : -"},
    {"name_required = yes \x1b[31m\n", "1: a control character"},
};

static void test_other_content_is_refused(void **state) {
    for (size_t i = 0; i < COUNT(refusals); i++)
        assert_refused(*state, refusals[i].text, strlen(refusals[i].text),
                       refusals[i].expected);
}

static void test_nul_and_bytes_after_it_are_refused(void **state) {
    static const char text[] = "tokens_per_user = 5\n\0name_required = no\n";

    assert_refused(*state, text, sizeof(text) - 1, "2: a control character");
}

static void test_long_line_is_not_read_as_two(void **state) {
    char text[512];

    snprintf(text, sizeof(text), "# %-176s name_required = no\n", "");
    assert_true(strlen(text) > 191);
    assert_refused(*state, text, strlen(text), "1: the line is too long");
    snprintf(text, sizeof(text), "self_service_scopes = %0169d\n", 0);
    assert_int_equal(strlen(text), 192);
    assert_refused(*state, text, strlen(text), "1: the line is too long");
}

static void test_at_most_32_scopes_are_read(void **state) {
    char text[256] = "self_service_scopes =";
    struct limits limits;

    for (int i = 0; i < LIMITS_SCOPES_MAX; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " s%d", i);
    read_good(*state, text, &limits);
    assert_int_equal(limits.self_service_count, LIMITS_SCOPES_MAX);
    strcat(text, " s");
    assert_refused(*state, text, strlen(text),
                   "1: self_service_scopes: more than 32");
}

static void test_a_huge_file_is_refused(void **state) {
    const size_t length = 65537;
    char *text = malloc(length);
    char message[512] = "";
    struct limits limits;

    assert_non_null(text);
    memset(text, '\n', length);
    assert_true(limits_read(write_limits(*state, text, length - 1), &limits,
                            message, sizeof(message)));
    assert_false(limits_read(write_limits(*state, text, length), &limits,
                             message, sizeof(message)));
    assert_non_null(strstr(message, "File too large"));
    free(text);
}

/* -------------------------------------------------------------- the file */

/* The file is refused, with a message that names the path "about" first. */
static void assert_file_refused(const char *path, const char *about,
                                const char *expected) {
    struct limits limits;
    char message[PATH_MAX + 512] = "", wanted[PATH_MAX + 512];

    assert_false(limits_read(path, &limits, message, sizeof(message)));
    snprintf(wanted, sizeof(wanted), "no limits: %s: %s", about, expected);
    if (strncmp(message, wanted, strlen(wanted)) != 0)
        fail_msg("%s", message);
    assert_unlimited(&limits);
}

static void test_a_file_that_is_named_has_to_be_there(void **state) {
    const char *path = fixture_file(*state, "none.conf");

    assert_file_refused(path, path, "open: No such file or directory");
}

static void test_a_file_of_others_is_refused(void **state) {
    struct fixture *fixture = *state;
    const char *path = write_limits(fixture, "tokens_per_user = 5\n", 20);
    struct limits limits;
    char message[512] = "";

    assert_int_equal(chmod(path, 0664), 0);
    assert_file_refused(path, path,
                        "unsafe: writable by its group or by others");
    assert_int_equal(chmod(path, 0646), 0);
    assert_file_refused(path, path,
                        "unsafe: writable by its group or by others");
    assert_int_equal(chmod(path, 0444), 0);
    assert_true(limits_read(path, &limits, message, sizeof(message)));
    assert_int_equal(chmod(fixture->directory, 0777), 0);
    assert_file_refused(path, fixture->directory,
                        "unsafe: writable by its group or by others");
    assert_int_equal(chmod(fixture->directory, 0700), 0);
    assert_file_refused(fixture->directory, fixture->directory,
                        "unsafe: not a regular file");
}

static void test_default_path_is_in_the_configuration_directory(void **state) {
    (void)state;
    assert_string_equal(limits_default_path(), CONFDIR "/limits.conf");
    assert_int_equal(CONFDIR[0], '/');
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_key_is_read),
        TEST(test_missing_keys_set_no_limit),
        TEST(test_the_edges_of_values),
        TEST(test_other_content_is_refused),
        TEST(test_nul_and_bytes_after_it_are_refused),
        TEST(test_long_line_is_not_read_as_two),
        TEST(test_at_most_32_scopes_are_read),
        TEST(test_a_huge_file_is_refused),
        TEST(test_a_file_that_is_named_has_to_be_there),
        TEST(test_a_file_of_others_is_refused),
        TEST(test_default_path_is_in_the_configuration_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
