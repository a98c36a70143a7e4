/*
 * test_check.c - tests of what check finds, and of what a backup is.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/two_accounts.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/token.h"

/* The functions below damage the index or the records directly; check must
 * name each damage. */
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

static enum tokenstore_error add_stray_part(struct view *view, void *unused) {
    struct value_key key = value_key('T', 1, 2, 0);
    struct value_payload payload = {{0}};

    (void)unused;
    return view_put(view, &key, &payload);
}

/* Replaces a lost record by the record of another token, under a key that is
 * never looked up. */
static enum tokenstore_error replace_record(struct view *view, void *unused) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_key stray = value_key('T', 0, 1, 1);
    struct value_payload payload;

    assert_ok(view_fetch(view, &key, &payload));
    assert_ok(view_put(view, &stray, &payload));
    return lose_record(view, unused);
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
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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

/* Writes a backup to a pipe that does not wait, and reads it slowly into a
 * file. */
static enum tokenstore_error pipe_backup(struct tokenstore *store,
                                         const char *file, uint64_t *size) {
    enum tokenstore_error error;
    char bytes[1000];
    int ends[2], status;
    pid_t reader;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        FILE *copy = fopen(file, "we");
        ssize_t length;

        close(ends[1]);
        while ((length = read(ends[0], bytes, sizeof(bytes))) > 0)
            fwrite(bytes, 1, (size_t)length, copy);
        _exit(fclose(copy));
    }
    close(ends[0]);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    error = tokenstore_backup_to(store, ends[1], size);
    close(ends[1]);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
    return error;
}

static void test_backup_to_a_pipe_is_the_same_as_a_file(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    const char *piped = fixture_file(fixture, "piped.tdb");
    size_t length, piped_length;
    char *bytes, *piped_bytes;
    uint64_t size = 0;

    issue_for(fixture->store, "test-jane", NULL);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(pipe_backup(fixture->store, piped, &size));
    bytes = read_file(backup, &length);
    piped_bytes = read_file(piped, &piped_length);
    assert_int_equal(size, length);
    assert_int_equal(piped_length, length);
    assert_memory_equal(piped_bytes, bytes, length);
    free(piped_bytes);
    free(bytes);
    assert_error(tokenstore_backup_to(fixture->store, -1, NULL),
                 TOKENSTORE_ERROR_IO);
    /* Nothing is written of a damaged store. */
    bytes = read_file(fixture->path, &length);
    *(char *)memmem(bytes, length, "test-jane", 9) = 'T';
    write_file(fixture->path, bytes, length, 0600);
    assert_error(pipe_backup(fixture->store, piped, &size),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(size, 0);
    free(bytes);
    bytes = read_file(piped, &length);
    assert_int_equal(length, 0);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_check_finds_each_disagreement),
        TWO_ACCOUNTS_TEST(test_backup_is_a_complete_private_store),
        TWO_ACCOUNTS_TEST(test_backup_to_a_pipe_is_the_same_as_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
