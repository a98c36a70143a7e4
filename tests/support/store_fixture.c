/*
 * store_fixture.c - a store in a temporary directory, for the white-box tests.
 * Touches nothing outside that directory, and removes it.
 */
#include "tests/support/store_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fixture_set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *base = getenv("TMPDIR");

    if (fixture == NULL)
        return -1;
    snprintf(fixture->directory, sizeof(fixture->directory),
             "%.480s/tokenstore.XXXXXX", base != NULL ? base : "/tmp");
    umask(022);
    if (mkdtemp(fixture->directory) == NULL)
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/tokens.tdb",
             fixture->directory);
    snprintf(fixture->lock_path, sizeof(fixture->lock_path),
             "%s/tokens.tdb.lock", fixture->directory);
    if (tokenstore_open(fixture->path, &fixture->store) != TOKENSTORE_OK)
        return -1;
    *state = fixture;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int fixture_tear_down(void **state) {
    struct fixture *fixture = *state;
    int result;

    tokenstore_close(&fixture->store);
    result = nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return result;
}

const char *fixture_file(const struct fixture *fixture, const char *name) {
    static char paths[4][PATH_MAX];
    static size_t next;
    char *path = paths[next++ % 4];

    snprintf(path, PATH_MAX, "%s/%s", fixture->directory, name);
    return path;
}

struct tokenstore_token *new_token(const char *user) {
    struct tokenstore_identity *given = NULL;
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_identity_parse(user, &given));
    assert_ok(tokenstore_identity_resolve(given, true, &identity));
    assert_ok(tokenstore_token_new(&token));
    assert_ok(tokenstore_token_set_user(token, identity));
    tokenstore_identity_free(&identity);
    tokenstore_identity_free(&given);
    return token;
}

uint64_t issue_token(struct tokenstore *store, struct tokenstore_token *token,
                     struct tokenstore_bearer *bearer) {
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer unwanted;
    uint64_t id;

    assert_ok(tokenstore_create(
        store, token, NOW, bearer != NULL ? bearer : &unwanted, &created));
    id = tokenstore_token_id(created);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
    return id;
}

uint64_t issue(struct tokenstore *store, const char *user,
               struct tokenstore_bearer *bearer) {
    return issue_token(store, new_token(user), bearer);
}

enum tokenstore_error try_to_issue(struct tokenstore *store) {
    struct tokenstore_token *token = new_token("virtual-joe");
    struct tokenstore_bearer bearer;
    enum tokenstore_error error =
        tokenstore_create(store, token, NOW, &bearer, NULL);

    tokenstore_token_free(&token);
    return error;
}

enum tokenstore_error verify(struct tokenstore *store,
                             const struct tokenstore_bearer *bearer) {
    struct tokenstore_request request = {
        .bearer = bearer->text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .now = NOW,
    };
    enum tokenstore_reason reason;

    return tokenstore_verify(store, &request, NULL, &reason);
}

size_t count_tokens(struct tokenstore *store) {
    uint64_t after = 0;
    size_t count = 0;

    do {
        struct tokenstore_list *list = NULL;

        assert_ok(
            tokenstore_list(store, NULL, after, TOKENSTORE_LIMIT_MAX, &list));
        count += tokenstore_list_count(list);
        after = tokenstore_list_next(list);
        tokenstore_list_free(&list);
    } while (after != 0);
    return count;
}

void assert_sound(struct tokenstore *store) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_check(store, &report);

    for (size_t i = 0;
         error != TOKENSTORE_OK && i < tokenstore_report_count(report); i++)
        print_error("check: %s\n", tokenstore_report_line(report, i));
    tokenstore_report_free(&report);
    if (error != TOKENSTORE_OK)
        fail_msg("check: %s", tokenstore_message(store));
}

void assert_unsafe(struct fixture *fixture, const char *path) {
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    struct tokenstore_list *list = NULL;

    assert_error(tokenstore_list(fixture->store, NULL, 0, 1, &list),
                 TOKENSTORE_ERROR_UNSAFE);
    assert_non_null(strstr(tokenstore_message(fixture->store), path));
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_UNSAFE);
    assert_non_null(strstr(tokenstore_message(fixture->store), path));
    tokenstore_token_free(&token);
}

char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    struct stat status;
    char *bytes;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    *length = (size_t)status.st_size;
    bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

void write_file(const char *path, const void *bytes, size_t length,
                mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}
