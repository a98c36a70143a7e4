/*
 * test_remote.c - tests of what the library itself does with a remote store:
 * which URIs it accepts, which plugins it loads and which it does not, which
 * sockets it trusts, and how it changes many tokens at once.  The plugin is a
 * fake; the tests in tests/remote/ use servers.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/remote/plugin.h"

#define FAKES BUILD_DIRECTORY "/tests/remote/.libs/"

/* Copies of plugins in a safe directory, since the build directory need not be
 * safe. */
static char fake[PATH_MAX], other_version[PATH_MAX], other_size[PATH_MAX],
    no_plugin[PATH_MAX];

static struct message message;

/* ----------------------------------------------------------------- fixture */

/* Copies a file into the fixture's directory and returns the path. */
static void copy(struct fixture *fixture, const char *from, mode_t mode,
                 char path[PATH_MAX]) {
    static int count;
    char command[3 * PATH_MAX];

    snprintf(path, PATH_MAX, "%s/plugin%d.so", fixture->directory, count++);
    snprintf(command, sizeof(command), "cp '%s' '%s'", from, path);
    assert_int_equal(system(command), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int begin(void **state) {
    if (fixture_set_up(state) != 0)
        return -1;
    copy(*state, FAKES "fake.so", 0755, fake);
    copy(*state, FAKES "other_version.so", 0755, other_version);
    copy(*state, FAKES "other_size.so", 0755, other_size);
    copy(*state, BUILD_DIRECTORY "/tests/pam/.libs/pam_next.so", 0755,
         no_plugin);
    accounts_add_entry(
        &(struct test_account){"TEST-JANE", "test-jane", 64001, 64001});
    accounts.down = "test-down";
    return 0;
}

/* ---------------------------------------------------------------- the URI */

static void test_open_accepts_remote_uris(void **state) {
    static const char *const uris[] = {
        "unix:/run/x",         "https://localhost",
        "https://a.b-c_d:1",   "https://[2001:db8::1]:8000/",
        "http://127.0.0.1:80", "http://[::1]",
        "https://192.0.2.1/"};
    struct tokenstore *store;

    (void)state;
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        assert_ok(tokenstore_open(uris[i], &store));
        assert_string_equal(tokenstore_path(store), uris[i]);
        assert_string_equal(tokenstore_message(store), "");
        tokenstore_close(&store);
    }
}

static void test_a_remote_store_has_no_file(void **state) {
    struct tokenstore *store = NULL;
    struct tokenstore_report *report = NULL;
    char id[TOKENSTORE_STORE_ID_SIZE] = "-";

    (void)state;
    assert_ok(tokenstore_open("unix:/run/x", &store));
    assert_error(tokenstore_store_id(store, id), TOKENSTORE_ERROR_UNSUPPORTED);
    assert_string_equal(id, "-");
    assert_error(tokenstore_backup_to(store, 1, NULL),
                 TOKENSTORE_ERROR_UNSUPPORTED);
    assert_error(tokenstore_restore_from(store, 0, true, &report),
                 TOKENSTORE_ERROR_UNSUPPORTED);
    assert_null(report);
    tokenstore_close(&store);
}

static void test_options_are_accepted_for_remote_stores_only(void **state) {
    struct fixture *fixture = *state;
    const struct tokenstore_remote none = {0};
    const struct tokenstore_remote tls = {.ca_file = "ca.pem"};
    const struct tokenstore_remote half = {.client_key = "key.pem"};
    const struct tokenstore_remote empty = {.token_file = ""};
    struct tokenstore *store;

    assert_error(tokenstore_set_remote(fixture->store, &none),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_ok(tokenstore_open("unix:/run/x", &store));
    assert_ok(tokenstore_set_remote(store, &none));
    assert_error(tokenstore_set_remote(store, &tls),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_non_null(strstr(tokenstore_message(store), "https: alone"));
    tokenstore_close(&store);
    assert_ok(tokenstore_open("https://localhost", &store));
    assert_ok(tokenstore_set_remote(store, &tls));
    assert_error(tokenstore_set_remote(store, &half),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_error(tokenstore_set_remote(store, &empty),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    tokenstore_close(&store);
}

/* -------------------------------------------------------------- the plugin */

static void assert_not_loaded(const char *file, enum tokenstore_error error,
                              const char *says) {
    const struct remote_plugin *plugin;

    message.text[0] = '\0';
    plugin_file = file;
    assert_error(plugin_load(&plugin, &message), error);
    if (strstr(message.text, says) == NULL)
        fail_msg("\"%s\" does not say '%s'", message.text, says);
}

static void test_other_than_a_plugin_is_not_loaded(void **state) {
    struct fixture *fixture = *state;
    char path[PATH_MAX];

    assert_string_equal(plugin_file, PLUGIN_DIRECTORY "/tokenstore-http.so");
    assert_not_loaded(fixture_file(fixture, "no-such-plugin.so"),
                      TOKENSTORE_ERROR_UNAVAILABLE, "not installed");
    assert_not_loaded(no_plugin, TOKENSTORE_ERROR_UNAVAILABLE,
                      "cannot be loaded");
    copy(fixture, "/etc/passwd", 0644, path);
    assert_not_loaded(path, TOKENSTORE_ERROR_UNAVAILABLE, "cannot be loaded");
    assert_not_loaded(fixture->directory, TOKENSTORE_ERROR_UNSAFE,
                      "not a regular file");
}

static void test_plugin_of_another_build_is_not_used(void **state) {
    (void)state;
    assert_not_loaded(other_version, TOKENSTORE_ERROR_UNAVAILABLE,
                      "of version 0.0.0");
    assert_not_loaded(other_size, TOKENSTORE_ERROR_UNAVAILABLE, "one build");
}

static void test_plugin_that_others_could_write_is_not_loaded(void **state) {
    struct fixture *fixture = *state;
    char path[PATH_MAX], link[PATH_MAX];

    copy(fixture, fake, 0775, path);
    assert_not_loaded(path, TOKENSTORE_ERROR_UNSAFE, "writable");
    copy(fixture, fake, 0757, path);
    assert_not_loaded(path, TOKENSTORE_ERROR_UNSAFE, "writable");
    copy(fixture, fake, 01777, path);
    assert_not_loaded(path, TOKENSTORE_ERROR_UNSAFE, "writable");
    snprintf(link, sizeof(link), "%s/link.so", fixture->directory);
    assert_int_equal(symlink(path, link), 0);
    assert_not_loaded(link, TOKENSTORE_ERROR_UNSAFE, "writable");
    copy(fixture, fake, 0755, path);
    assert_int_equal(chmod(fixture->directory, 0770), 0);
    assert_not_loaded(path, TOKENSTORE_ERROR_UNSAFE, "writable");
    assert_int_equal(chmod(fixture->directory, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_not_loaded(path, TOKENSTORE_ERROR_UNSAFE, "uid 65534");
    }
}

/* -------------------------------------------------------------- the socket */

static int make_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(strlen(path) < sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void test_socket_is_trusted_if_nobody_else_could_make_it(void **state) {
    struct fixture *fixture = *state;
    char directory[PATH_MAX], path[PATH_MAX];
    int fd;

    snprintf(directory, sizeof(directory), "%s/run", fixture->directory);
    assert_int_equal(mkdir(directory, 0755), 0);
    snprintf(path, sizeof(path), "%s/run/socket", fixture->directory);
    assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_MISSING);
    fd = make_socket(path);
    assert_ok(safepath_socket(path, &message));
    /* It does not matter who may connect. */
    assert_int_equal(chmod(path, 0666), 0);
    assert_ok(safepath_socket(path, &message));
    assert_int_equal(chmod(directory, 0775), 0);
    assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(directory, 01777), 0);
    assert_ok(safepath_socket(path, &message));
    if (geteuid() == 0) {
        /* A socket of another user in a directory such as /tmp. */
        assert_int_equal(chown(path, 4711, 4711), 0);
        assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
        /* A socket in the directory of a person, then of a system user. */
        assert_int_equal(chmod(directory, 0755), 0);
        assert_int_equal(chown(directory, 4711, 4711), 0);
        assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
        assert_int_equal(chown(directory, 1, 1), 0);
        assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
        assert_int_equal(chown(path, 1, 1), 0);
        assert_ok(safepath_socket(path, &message));
        assert_int_equal(chown(path, 0, 0), 0);
        assert_ok(safepath_socket(path, &message));
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_error(safepath_socket(path, &message), TOKENSTORE_ERROR_UNSAFE);
}

/* ----------------------------------------------------------------- requests
 */

static struct tokenstore *remote_store(void) {
    struct tokenstore *store;

    plugin_file = fake;
    assert_ok(tokenstore_open("https://localhost", &store));
    return store;
}

static struct tokenstore_token *named_token(const char *name) {
    struct tokenstore_token *token = new_token("test-jane");

    assert_ok(tokenstore_token_set_name(token, name));
    return token;
}

static void test_batch_is_sent_as_single_changes(void **state) {
    struct tokenstore *store = remote_store();
    struct tokenstore_token *good = named_token("good");
    struct tokenstore_token *bad = named_token("refused");
    struct tokenstore_token *tokens[] = {good, good, bad, good};
    struct tokenstore_change changes[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        changes[i] = (struct tokenstore_change){
            .kind = TOKENSTORE_CHANGE_CREATE, .values = tokens[i]};
    assert_ok(tokenstore_apply(store, changes, 4, 0));
    assert_ok(changes[0].error);
    assert_ok(changes[1].error);
    assert_int_equal(tokenstore_token_id(changes[1].token),
                     tokenstore_token_id(changes[0].token) + 1);
    assert_string_equal(changes[1].bearer.text, "a secret");
    assert_error(changes[2].error, TOKENSTORE_ERROR_FORBIDDEN);
    assert_string_equal(changes[2].message, "no such name");
    assert_string_equal(changes[2].bearer.text, "");
    assert_null(changes[2].token);
    assert_ok(changes[3].error);
    assert_string_equal(changes[3].message, "");
    for (size_t i = 0; i < 4; i++)
        tokenstore_token_free(&changes[i].token);
    tokenstore_token_free(&good);
    tokenstore_token_free(&bad);
    tokenstore_close(&store);
}

static enum tokenstore_error approve(const struct tokenstore_token *before,
                                     const struct tokenstore_token *after,
                                     void *argument) {
    (void)before;
    (void)after;
    (void)argument;
    return TOKENSTORE_OK;
}

static void test_each_change_has_its_own_outcome(void **state) {
    struct tokenstore *store = remote_store();
    struct tokenstore_token *values = named_token("x");
    struct tokenstore_change changes[] = {
        {.kind = TOKENSTORE_CHANGE_CREATE, .values = values},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 404},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 5},
        {.kind = TOKENSTORE_CHANGE_ROTATE, .id = 403},
        {.kind = TOKENSTORE_CHANGE_MODIFY, .id = 6, .values = values},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 5, .approve = approve},
        {.kind = TOKENSTORE_CHANGE_ROTATE, .id = 5, .caller_token = 5},
        {.kind = TOKENSTORE_CHANGE_ROTATE, .id = 5, .grace = -1},
    };
    static const enum tokenstore_error outcomes[] = {
        TOKENSTORE_OK,
        TOKENSTORE_ERROR_NOT_FOUND,
        TOKENSTORE_OK,
        TOKENSTORE_ERROR_FORBIDDEN,
        TOKENSTORE_OK,
        TOKENSTORE_ERROR_UNSUPPORTED,
        TOKENSTORE_ERROR_UNSUPPORTED,
        TOKENSTORE_ERROR_INVALID_ARGUMENT,
    };
    const size_t count = sizeof(changes) / sizeof(changes[0]);

    (void)state;
    assert_ok(tokenstore_apply(store, changes, count, 0));
    for (size_t i = 0; i < count; i++) {
        bool ok = outcomes[i] == TOKENSTORE_OK;

        assert_error(changes[i].error, outcomes[i]);
        assert_true((changes[i].token != NULL) == ok);
        assert_true((changes[i].message[0] == '\0') == ok);
        /* A failed change returns no secret. */
        if (!ok)
            assert_string_equal(changes[i].bearer.text, "");
        tokenstore_token_free(&changes[i].token);
    }
    assert_string_equal(changes[0].bearer.text, "a secret");
    tokenstore_token_free(&values);
    tokenstore_close(&store);
}

static void test_revoke_names_all_missing_tokens(void **state) {
    static const uint64_t missing[] = {404, 1, 404, 1404};
    static const uint64_t both[] = {404, 404404, 9};
    static const uint64_t there[] = {1404, 3, 2, 3};
    static const uint64_t unseen[] = {403};
    static const uint64_t broken[] = {1500, 3, 2};
    struct tokenstore *store = remote_store();
    struct tokenstore_list *revoked;

    (void)state;
    assert_error(tokenstore_revoke(store, missing, 4, NULL),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(store), "no token 404");
    assert_ok(tokenstore_revoke(store, both + 1, 2, NULL));
    /* A token that was seen and is gone since then counts as revoked. */
    assert_ok(tokenstore_revoke(store, there, 4, &revoked));
    assert_int_equal(tokenstore_list_count(revoked), 3);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 2)),
                     1404);
    tokenstore_list_free(&revoked);
    /* A token that the caller may not see can be revoked, but never counts as
     * gone. */
    assert_error(tokenstore_revoke(store, unseen, 1, NULL),
                 TOKENSTORE_ERROR_FORBIDDEN);
    assert_error(tokenstore_revoke(store, broken, 3, &revoked),
                 TOKENSTORE_ERROR_OUTCOME_UNKNOWN);
    assert_null(revoked);
    assert_string_equal(tokenstore_message(store),
                        "broken (before that, 2 of 3 tokens were revoked)");
    tokenstore_close(&store);
}

static void test_only_tokens_of_the_user_are_revoked(void **state) {
    struct tokenstore *store = remote_store();
    struct tokenstore_identity *jane;
    struct tokenstore_list *list;

    (void)state;
    assert_ok(tokenstore_identity_parse("test-jane", &jane));
    assert_error(tokenstore_revoke_user(store, jane, &list),
                 TOKENSTORE_ERROR_UNSUPPORTED);
    assert_null(list);
    assert_non_null(strstr(tokenstore_message(store), "token 7 of another"));
    /* A page has at most 500 tokens, fewer than in a local store. */
    assert_ok(tokenstore_list(store, jane, 10, 1000, &list));
    assert_int_equal(tokenstore_list_count(list), 500);
    assert_int_equal(tokenstore_list_next(list), 510);
    tokenstore_list_free(&list);
    assert_error(tokenstore_list(store, jane, 0, 0, &list),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    /* TOKENSTORE_AFTER_LAST is refused, since no page of this handle has
     * another page after it. */
    assert_error(tokenstore_list(store, jane, TOKENSTORE_AFTER_LAST, 1, &list),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_null(list);
    tokenstore_identity_free(&jane);
    tokenstore_close(&store);
}

static void test_verify_refuses_what_the_protocol_cannot_ask(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore *store = remote_store();
    struct tokenstore_token *token;
    struct tokenstore_token *plain = new_token("test-jane");
    struct tokenstore_bearer bearer;
    struct tokenstore_request request = {
        .bearer = bearer.text, .bearer_length = TOKENSTORE_BEARER_LENGTH};
    enum tokenstore_reason reason;

    issue(fixture->store, "test-jane", &bearer);
    assert_ok(tokenstore_verify(store, &request, &token, &reason));
    assert_string_equal(tokenstore_identity_name(tokenstore_token_user(token)),
                        "test-jane");
    request.bearer = NULL;
    assert_ok(tokenstore_verify_again(store, token, &request, &reason));
    tokenstore_token_free(&token);
    /* A token that this handle did not verify has no secret to send. */
    assert_error(tokenstore_verify_again(store, plain, &request, &reason),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    request.bearer = bearer.text;
    request.address = "not an address";
    assert_ok(tokenstore_verify(store, &request, NULL, &reason));
    request.address = "192.0.2.1";
    assert_error(tokenstore_verify(store, &request, NULL, &reason),
                 TOKENSTORE_ERROR_UNSUPPORTED);
    request.address = NULL;
    request.any_scope = true;
    assert_error(tokenstore_verify(store, &request, NULL, &reason),
                 TOKENSTORE_ERROR_UNSUPPORTED);
    tokenstore_token_free(&plain);
    tokenstore_close(&store);
}

static void test_verify_answers_for_the_given_user(void **state) {
    static const struct {
        const char *user;
        enum tokenstore_error error;
    } cases[] = {
        {NULL, TOKENSTORE_OK},
        {"test-jane", TOKENSTORE_OK},
        {"TEST-JANE", TOKENSTORE_OK}, /* NSS knows this name as test-jane */
        {"test-Jane", TOKENSTORE_ERROR_UNAVAILABLE},
        {"test-bob", TOKENSTORE_ERROR_UNAVAILABLE},
        {"test-down", TOKENSTORE_ERROR_NSS_UNAVAILABLE},
        {"test:jane", TOKENSTORE_ERROR_REFUSED}, /* Basic has no such names */
        {"", TOKENSTORE_ERROR_REFUSED},
    };
    struct fixture *fixture = *state;
    struct tokenstore *store = remote_store();
    struct tokenstore_bearer bearer;
    struct tokenstore_request request = {
        .bearer = bearer.text, .bearer_length = TOKENSTORE_BEARER_LENGTH};

    issue(fixture->store, "test-jane", &bearer);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tokenstore_token *token;
        enum tokenstore_reason reason;

        request.user = cases[i].user;
        assert_error(tokenstore_verify(store, &request, &token, &reason),
                     cases[i].error);
        assert_true((token != NULL) == (cases[i].error == TOKENSTORE_OK));
        assert_true((reason == TOKENSTORE_REASON_USER) ==
                    (cases[i].error == TOKENSTORE_ERROR_REFUSED));
        tokenstore_token_free(&token);
    }
    tokenstore_close(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_accepts_remote_uris),
        cmocka_unit_test(test_a_remote_store_has_no_file),
        cmocka_unit_test_setup_teardown(
            test_options_are_accepted_for_remote_stores_only, fixture_set_up,
            fixture_tear_down),
        /* The order matters: a plugin stays loaded. */
        cmocka_unit_test_setup_teardown(test_other_than_a_plugin_is_not_loaded,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_plugin_of_another_build_is_not_used),
        cmocka_unit_test_setup_teardown(
            test_plugin_that_others_could_write_is_not_loaded, fixture_set_up,
            fixture_tear_down),
        cmocka_unit_test_setup_teardown(
            test_socket_is_trusted_if_nobody_else_could_make_it,
            fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_batch_is_sent_as_single_changes),
        cmocka_unit_test(test_each_change_has_its_own_outcome),
        cmocka_unit_test(test_revoke_names_all_missing_tokens),
        cmocka_unit_test(test_only_tokens_of_the_user_are_revoked),
        cmocka_unit_test_setup_teardown(
            test_verify_refuses_what_the_protocol_cannot_ask, fixture_set_up,
            fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_verify_answers_for_the_given_user,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, begin, fixture_tear_down);
}
