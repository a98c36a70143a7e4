/*
 * test_last_use.c - the file of last uses: what is noted is shown, no oftener
 * than once a minute, for this very token; and whatever is wrong with the file
 * or the disk, the token is as good as before, and nothing else is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/format/use_slot.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/values/token.h"

static struct tokenstore_bearer bearer;
static uint64_t id;
static char use_path[PATH_MAX];

static int set_up(void **state) {
    struct fixture *fixture;

    interpose_reset();
    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    id = issue(fixture->store, "virtual-jane", &bearer);
    snprintf(use_path, sizeof(use_path), "%.4000s.last-use", fixture->path);
    return 0;
}

static int tear_down(void **state) {
    interpose_reset();
    return fixture_tear_down(state);
}

/* ---------------------------------------------------------------- questions
 */

/* Accept the token, as a login does, and note it. */
static void accept_from(struct tokenstore *store, const char *service,
                        const char *address, int64_t now) {
    const struct tokenstore_request request = {
        .bearer = bearer.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .now = NOW,
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason;

    assert_ok(tokenstore_verify(store, &request, &token, &reason));
    tokenstore_note_use(store, token, service, address, now);
    tokenstore_token_free(&token);
}

static void accept_at(struct fixture *fixture, int64_t now) {
    accept_from(fixture->store, "sshd", "192.0.2.7", now);
}

/* What get says; false: it is not known. */
static bool last_use(struct tokenstore *store, uint64_t of,
                     struct tokenstore_use *use) {
    struct tokenstore_token *token = NULL;
    bool known;

    memset(use, 0x5a, sizeof(*use));
    assert_ok(tokenstore_get(store, of, &token));
    known = tokenstore_token_last_use(token, use);
    tokenstore_token_free(&token);
    return known;
}

static void assert_used(struct fixture *fixture, const char *service,
                        const char *address, int64_t time) {
    struct tokenstore_use use;

    assert_true(last_use(fixture->store, id, &use));
    assert_true(use.time == time);
    assert_string_equal(use.service, service);
    assert_string_equal(use.address, address);
}

static void assert_used_at(struct fixture *fixture, int64_t time) {
    assert_used(fixture, "sshd", "192.0.2.7", time);
}

static void assert_never_used(struct tokenstore *store, uint64_t of) {
    struct tokenstore_use use;

    assert_true(last_use(store, of, &use));
    assert_true(use.time == TOKENSTORE_NEVER);
    assert_string_equal(use.service, "");
    assert_string_equal(use.address, "");
}

static void assert_not_known(struct fixture *fixture) {
    struct tokenstore_use use;

    assert_false(last_use(fixture->store, id, &use));
}

static void poke(uint64_t slot, size_t at, const void *bytes, size_t length) {
    int fd = open(use_path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(
        pwrite(fd, bytes, length, (off_t)(slot * USE_SLOT_SIZE + at)), length);
    close(fd);
}

/* -------------------------------------------------------------------- notes
 */

static void test_use_is_shown(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;
    struct tokenstore_use use;
    struct stat status;

    assert_never_used(fixture->store, id);
    assert_int_equal(access(use_path, F_OK), -1); /* a look makes nothing */
    accept_at(fixture, NOW + 5);
    assert_used_at(fixture, NOW + 5);
    assert_ok(tokenstore_list(fixture->store, NULL, 0, 10, &list));
    assert_true(
        tokenstore_token_last_use(tokenstore_list_token(list, 0), &use));
    assert_true(use.time == NOW + 5);
    tokenstore_list_free(&list);
    assert_int_equal(stat(use_path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    assert_int_equal(status.st_nlink, 1);
    assert_int_equal(status.st_size, 2 * USE_SLOT_SIZE);
}

/* A token that was not read from a store knows nothing of it. */
static void test_new_record_knows_nothing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer unwanted;
    struct tokenstore_use use;

    assert_false(tokenstore_token_last_use(token, &use));
    assert_ok(
        tokenstore_create(fixture->store, token, NOW, &unwanted, &created));
    assert_false(tokenstore_token_last_use(created, &use));
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
}

static void test_use_is_noted_once_a_minute(void **state) {
    struct fixture *fixture = *state;

    accept_at(fixture, NOW);
    interpose.changes = 0;
    accept_at(fixture, NOW + 59);
    accept_from(fixture->store, "imap", "192.0.2.8", NOW + 59);
    assert_int_equal(interpose.changes, 0);
    assert_used_at(fixture, NOW);
    accept_at(fixture, NOW + 60);
    assert_int_equal(interpose.changes, 1); /* one write, nothing else */
    assert_used_at(fixture, NOW + 60);
}

static void test_the_last_service_counts(void **state) {
    struct fixture *fixture = *state;

    accept_from(fixture->store, "imap", NULL, NOW);
    assert_used(fixture, "imap", "", NOW);
    accept_from(fixture->store, "smtp", "2001:db8::1", NOW + 60);
    assert_used(fixture, "smtp", "2001:db8::1", NOW + 60);
    accept_from(fixture->store, "imap", NULL, NOW + 120);
    assert_used(fixture, "imap", "", NOW + 120); /* no rest of the other */
}

/* A time from the future is shown as it is, and is in nobody's way. */
static void test_clock_that_was_set_back(void **state) {
    struct fixture *fixture = *state;

    accept_at(fixture, NOW + 1000000);
    assert_used_at(fixture, NOW + 1000000);
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

static void test_time_out_of_range_is_not_noted(void **state) {
    struct fixture *fixture = *state;

    accept_at(fixture, -1);
    accept_at(fixture, TOKENSTORE_NEVER);
    assert_int_equal(access(use_path, F_OK), -1);
}

static void test_set_uid_programs_note_too(void **state) {
    struct fixture *fixture = *state;

    interpose.secure = true;
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

static void test_message_stays(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL, *none = NULL;
    char before[TOKENSTORE_MESSAGE_SIZE];

    assert_ok(tokenstore_get(fixture->store, id, &token));
    assert_error(tokenstore_get(fixture->store, 77, &none),
                 TOKENSTORE_ERROR_NOT_FOUND);
    strcpy(before, tokenstore_message(fixture->store));
    tokenstore_note_use(fixture->store, token, "sshd", NULL, NOW);
    assert_string_equal(tokenstore_message(fixture->store), before);
    tokenstore_token_free(&token);
}

/* Neighbours, tokens far away and gaps, in pages: each has its own. */
static void test_each_token_of_a_list_has_its_own(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;
    uint64_t ids[300], after = 0;
    size_t seen = 0;

    for (size_t i = 0; i < 300; i++)
        ids[i] = issue(fixture->store, "virtual-joe", &bearer);
    for (size_t i = 0; i < 300; i++) {
        struct tokenstore_token *token = NULL;

        if (i % 3 == 0 || (i > 100 && i < 190)) {
            assert_ok(tokenstore_revoke(fixture->store, &ids[i], 1, NULL));
            continue;
        }
        if (i % 3 == 1)
            continue;
        assert_ok(tokenstore_get(fixture->store, ids[i], &token));
        tokenstore_note_use(fixture->store, token, "sshd", NULL,
                            NOW + (int64_t)ids[i]);
        tokenstore_token_free(&token);
    }
    do {
        assert_ok(tokenstore_list(fixture->store, NULL, after, 37, &list));
        for (size_t i = 0; i < tokenstore_list_count(list); i++) {
            const struct tokenstore_token *token =
                tokenstore_list_token(list, i);
            uint64_t own = tokenstore_token_id(token);
            struct tokenstore_use use;

            assert_true(tokenstore_token_last_use(token, &use));
            if (own == id || (own - ids[0]) % 3 == 1)
                assert_true(use.time == TOKENSTORE_NEVER);
            else
                assert_true(use.time == NOW + (int64_t)own);
            seen++;
        }
        after = tokenstore_list_next(list);
        tokenstore_list_free(&list);
    } while (after != 0);
    assert_int_equal(seen, 1 + 200 - 60 + 1);
}

/* The file has room for the highest id and takes none for what is not used. */
static void test_file_is_sparse(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    struct stat status;

    assert_ok(tokenstore_token_new(&token));
    token->id = 1 << 20; /* what a restore leaves out */
    token->creation_time = NOW;
    tokenstore_note_use(fixture->store, token, "sshd", NULL, NOW);
    last_use_read(fixture->path, token, 1);
    assert_true(token->use_known && token->use.time == NOW);
    tokenstore_token_free(&token);
    assert_int_equal(stat(use_path, &status), 0);
    assert_int_equal(status.st_size, ((1 << 20) + 1) * USE_SLOT_SIZE);
    assert_true(status.st_blocks <= 128);
}

/* --------------------------------------------------------------- other tokens
 */

static void test_damaged_slot_tells_nothing(void **state) {
    struct fixture *fixture = *state;
    uint64_t other = issue(fixture->store, "virtual-joe", NULL);

    accept_at(fixture, NOW);
    poke(id, 40, "x", 1);
    assert_not_known(fixture);
    assert_never_used(fixture->store, other);
    /* Not a minute later: what it said is not known. */
    accept_at(fixture, NOW + 1);
    assert_used_at(fixture, NOW + 1);
}

static void test_another_tokens_slot_tells_nothing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_use use;
    uint64_t other = issue(fixture->store, "virtual-joe", NULL);
    size_t length;
    char *bytes;

    accept_at(fixture, NOW);
    bytes = read_file(use_path, &length);
    poke(other, 0, bytes + id * USE_SLOT_SIZE, USE_SLOT_SIZE);
    free(bytes);
    assert_false(last_use(fixture->store, other, &use));
    assert_used_at(fixture, NOW);
}

/* Somebody removes the store, and the next one begins with the same ids. */
static void test_the_former_stores_uses_are_no_uses(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");

    accept_at(fixture, NOW + 10);
    assert_int_equal(unlink(fixture->path), 0);
    assert_ok(
        tokenstore_create(fixture->store, token, NOW + 20, &bearer, NULL));
    tokenstore_token_free(&token);
    assert_never_used(fixture->store, id);
    accept_at(fixture, NOW + 21);
    assert_used_at(fixture, NOW + 21);
}

static void test_restore_and_backup_leave_it(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore *copy = NULL;

    accept_at(fixture, NOW);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_open(backup, &copy));
    assert_never_used(copy, id);
    tokenstore_close(&copy);
    accept_at(fixture, NOW + 60);
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    assert_used_at(fixture, NOW + 60);
}

/* ---------------------------------------------------------------- the memory
 */

static void test_memory_spares_the_file(void **state) {
    struct fixture *fixture = *state;

    assert_ok(tokenstore_set_memory(fixture->store, 8));
    accept_at(fixture, NOW);
    accept_at(fixture, NOW); /* from memory, and so is what was noted */
    assert_int_equal(unlink(use_path), 0);
    accept_at(fixture, NOW + 59);
    assert_int_equal(access(use_path, F_OK), -1);
    accept_at(fixture, NOW + 60);
    assert_used_at(fixture, NOW + 60);
}

/* Longer than a token is remembered. */
static void test_memory_outlives_another_reading(void **state) {
    struct fixture *fixture = *state;

    interpose.fake_clock = true;
    assert_ok(tokenstore_set_memory(fixture->store, 8));
    accept_at(fixture, NOW);
    accept_at(fixture, NOW); /* what is asked for first is not remembered */
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    assert_int_equal(unlink(use_path), 0);
    accept_at(fixture, NOW + 1);
    assert_int_equal(access(use_path, F_OK), -1);
}

static void test_memory_is_of_one_token(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer first = bearer;
    uint64_t others[3];

    assert_ok(tokenstore_set_memory(fixture->store, 2));
    accept_at(fixture, NOW);
    for (int i = 0; i < 3; i++) { /* two of them in the first one's place */
        others[i] = issue(fixture->store, "virtual-jane", &bearer);
        accept_at(fixture, NOW + 1);
    }
    bearer = first;
    accept_at(fixture, NOW + 60);
    assert_used_at(fixture, NOW + 60);
    for (int i = 0; i < 3; i++) {
        id = others[i];
        assert_used_at(fixture, NOW + 1);
    }
}

static void test_two_handles_share_the_minute(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore *other = NULL;

    assert_ok(tokenstore_open(fixture->path, &other));
    assert_ok(tokenstore_set_memory(other, 8));
    accept_at(fixture, NOW);
    accept_from(other, "imap", NULL, NOW + 30);
    assert_used_at(fixture, NOW);
    tokenstore_close(&other);
}

/* ------------------------------------------------------- what is in its place
 */

/* With that in the file's place a token is good, its use is not known, and
 * what is there stays as it is. */
static void assert_untouched(struct fixture *fixture) {
    struct stat before, after;

    assert_int_equal(lstat(use_path, &before), 0);
    interpose.changes = 0;
    accept_at(fixture, NOW);
    assert_int_equal(interpose.changes, 0);
    assert_not_known(fixture);
    assert_int_equal(lstat(use_path, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_true(before.st_size == after.st_size);
    assert_true(before.st_mode == after.st_mode);
}

static void test_fifo_in_its_place(void **state) {
    assert_int_equal(mkfifo(use_path, 0600), 0);
    assert_untouched(*state);
}

static void test_directory_in_its_place(void **state) {
    assert_int_equal(mkdir(use_path, 0700), 0);
    assert_untouched(*state);
}

static void test_symbolic_link_in_its_place(void **state) {
    struct fixture *fixture = *state;
    const char *target = fixture_file(fixture, "target");
    struct stat status;

    write_file(target, "x", 1, 0600);
    assert_int_equal(symlink(target, use_path), 0);
    assert_untouched(fixture);
    assert_int_equal(unlink(target), 0); /* nor is it made */
    assert_untouched(fixture);
    assert_int_equal(stat(target, &status), -1);
}

/* Above all the store: a slot written there would damage it. */
static void test_hard_link_in_its_place(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(link(fixture->path, use_path), 0);
    assert_untouched(fixture);
    assert_sound(fixture->store);
}

static void test_file_that_others_may_read(void **state) {
    struct fixture *fixture = *state;

    accept_at(fixture, NOW - 1000);
    assert_int_equal(chmod(use_path, 0640), 0);
    assert_untouched(fixture);
    assert_int_equal(chmod(use_path, 0600), 0);
    assert_used_at(fixture, NOW - 1000);
}

static void test_rubbish_in_its_place(void **state) {
    struct fixture *fixture = *state;
    char rubbish[1000];

    memset(rubbish, 'x', sizeof(rubbish));
    write_file(use_path, rubbish, sizeof(rubbish), 0600);
    assert_not_known(fixture);
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

/* --------------------------------------------------------- what does not work
 */

static void test_disk_that_fails(void **state) {
    struct fixture *fixture = *state;

    /* Each change there is: of making the file, and of the slot. */
    for (unsigned int at = 1; at <= 6; at++) {
        unlink(use_path);
        interpose_reset();
        interpose.fate = FATE_FAIL;
        interpose.error = ENOSPC;
        interpose.at_change = at;
        accept_at(fixture, NOW);
        interpose_reset();
        accept_at(fixture, NOW + 60);
        assert_used_at(fixture, NOW + 60);
    }
}

static void test_reading_that_fails(void **state) {
    struct fixture *fixture = *state;
    unsigned int reads;

    accept_at(fixture, NOW);
    interpose.reads = 0;
    assert_used_at(fixture, NOW);
    reads = interpose.reads;
    interpose_reset();
    interpose.at_read = reads; /* the slot is read last */
    assert_not_known(fixture);
    interpose_reset();
    assert_used_at(fixture, NOW);
}

static pid_t in_child(void) {
    pid_t child = fork();

    assert_true(child >= 0);
    return child;
}

static void assert_lived(pid_t child) {
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* SIGXFSZ would end it, and may be what the caller's user had in mind. */
static void test_limit_of_file_sizes(void **state) {
    static const rlim_t limits[] = {0, 64, 100, USE_SLOT_SIZE, 1 << 30};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        pid_t child = in_child();

        if (child == 0) {
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){limits[i], limits[i]});
            accept_at(fixture, NOW);
            _exit(0);
        }
        assert_lived(child);
        assert_int_equal(access(use_path, F_OK), -1);
    }
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

static void test_no_descriptors_left(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    pid_t child;

    assert_ok(tokenstore_get(fixture->store, id, &token));
    for (rlim_t limit = 0; limit < 10; limit++) {
        child = in_child();
        if (child == 0) {
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit, limit});
            tokenstore_note_use(fixture->store, token, "sshd", NULL, NOW);
            last_use_read(fixture->path, token, 1);
            _exit(0);
        }
        assert_lived(child);
    }
    tokenstore_token_free(&token);
}

static void test_no_secret_is_in_the_file(void **state) {
    struct fixture *fixture = *state;
    size_t length;
    char *bytes;

    accept_from(fixture->store, bearer.text, bearer.text, NOW);
    bytes = read_file(use_path, &length);
    /* Nine characters of it would do to recognise it. */
    for (size_t i = 0; i + 9 <= TOKENSTORE_BEARER_LENGTH; i++)
        assert_null(memmem(bytes, length, bearer.text + i, 9));
    free(bytes);
    assert_used(fixture, "", "", NOW);
}

static void note_series(struct fixture *fixture,
                        const struct tokenstore_token *token,
                        const char *service) {
    for (int64_t i = 0; i < 2000; i++)
        tokenstore_note_use(fixture->store, token, service, NULL,
                            NOW + 60 * i);
}

/* Without a lock: each slot is one of those written, whole. */
static void test_many_at_once(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *tokens[2] = {NULL};
    pid_t children[4];
    struct tokenstore_use use;

    issue(fixture->store, "virtual-joe", NULL);
    for (uint64_t i = 0; i < 2; i++)
        assert_ok(tokenstore_get(fixture->store, id + i, &tokens[i]));
    for (int i = 0; i < 4; i++) {
        children[i] = in_child();
        if (children[i] == 0) {
            note_series(fixture, tokens[i % 2],
                        i < 2 ? "a-service" : "another-service");
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++)
        assert_lived(children[i]);
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(last_use(fixture->store, id + i, &use));
        assert_true(use.time >= NOW && use.time <= NOW + 60 * 2000);
        tokenstore_token_free(&tokens[i]);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_use_is_shown),
        TEST(test_new_record_knows_nothing),
        TEST(test_use_is_noted_once_a_minute),
        TEST(test_the_last_service_counts),
        TEST(test_clock_that_was_set_back),
        TEST(test_time_out_of_range_is_not_noted),
        TEST(test_set_uid_programs_note_too),
        TEST(test_message_stays),
        TEST(test_each_token_of_a_list_has_its_own),
        TEST(test_file_is_sparse),
        TEST(test_damaged_slot_tells_nothing),
        TEST(test_another_tokens_slot_tells_nothing),
        TEST(test_the_former_stores_uses_are_no_uses),
        TEST(test_restore_and_backup_leave_it),
        TEST(test_memory_spares_the_file),
        TEST(test_memory_outlives_another_reading),
        TEST(test_memory_is_of_one_token),
        TEST(test_two_handles_share_the_minute),
        TEST(test_fifo_in_its_place),
        TEST(test_directory_in_its_place),
        TEST(test_symbolic_link_in_its_place),
        TEST(test_hard_link_in_its_place),
        TEST(test_file_that_others_may_read),
        TEST(test_rubbish_in_its_place),
        TEST(test_disk_that_fails),
        TEST(test_reading_that_fails),
        TEST(test_limit_of_file_sizes),
        TEST(test_no_descriptors_left),
        TEST(test_no_secret_is_in_the_file),
        TEST(test_many_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
