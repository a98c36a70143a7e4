/*
 * test_last_use.c - tests of the file of last uses: a use is noted at most
 * once a minute and shown for this token only.  If something is wrong with the
 * file or the disk, the token is still accepted, and no other file is touched.
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

/* ----------------------------------------------------------------- fixture */

/* Accepts the token, as a login does, and notes the use. */
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

/* Reads the last use by tokenstore_get(); returns false if it is not known. */
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

/* ------------------------------------------------------------------- notes */

static void test_use_is_shown(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;
    struct tokenstore_use use;
    struct stat status;

    assert_never_used(fixture->store, id);
    assert_int_equal(access(use_path, F_OK), -1); /* get makes no file */
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

/* The last use of a token that was not read from a store is not known. */
static void test_new_token_has_no_known_use(void **state) {
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
    assert_int_equal(interpose.changes, 1); /* one write and nothing else */
    assert_used_at(fixture, NOW + 60);
}

static void test_last_service_and_address_are_shown(void **state) {
    struct fixture *fixture = *state;

    accept_from(fixture->store, "imap", NULL, NOW);
    assert_used(fixture, "imap", "", NOW);
    accept_from(fixture->store, "smtp", "2001:db8::1", NOW + 60);
    assert_used(fixture, "smtp", "2001:db8::1", NOW + 60);
    accept_from(fixture->store, "imap", NULL, NOW + 120);
    /* Nothing of the former, longer address is left. */
    assert_used(fixture, "imap", "", NOW + 120);
}

/* A time in the future is shown as it is, and later uses replace it. */
static void test_use_is_noted_after_the_clock_was_set_back(void **state) {
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

static void test_set_uid_programs_note_uses(void **state) {
    struct fixture *fixture = *state;

    interpose.secure = true;
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

static void test_note_use_keeps_the_message(void **state) {
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

/* Lists pages of tokens, with gaps between them, and asserts the last use of
 * each. */
static void test_each_token_of_a_list_has_its_own_use(void **state) {
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

/* The file is as long as the highest id requires, but unused slots take no
 * space on the disk. */
static void test_file_is_sparse(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    struct stat status;

    assert_ok(tokenstore_token_new(&token));
    token->id = 1 << 20; /* far beyond the others, as after a restore */
    token->creation_time = NOW;
    tokenstore_note_use(fixture->store, token, "sshd", NULL, NOW);
    last_use_read(fixture->path, token, 1);
    assert_true(token->use_known && token->use.time == NOW);
    tokenstore_token_free(&token);
    assert_int_equal(stat(use_path, &status), 0);
    assert_int_equal(status.st_size, ((1 << 20) + 1) * USE_SLOT_SIZE);
    assert_true(status.st_blocks <= 128);
}

/* Accepts the token with this id, as if it existed. */
static void use_id(struct fixture *fixture, uint64_t number) {
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_token_new(&token));
    token->id = number;
    token->creation_time = NOW;
    tokenstore_note_use(fixture->store, token, "sshd", NULL, NOW);
    tokenstore_token_free(&token);
}

static bool has_use(struct fixture *fixture, uint64_t number) {
    struct tokenstore_token *token = NULL;
    bool found;

    assert_ok(tokenstore_token_new(&token));
    token->id = number;
    token->creation_time = NOW;
    last_use_read(fixture->path, token, 1);
    assert_true(token->use_known);
    found = token->use.time == NOW;
    tokenstore_token_free(&token);
    return found;
}

/* Only the slots of ids that are gone are given back: not those of tokens that
 * exist, and not those of ids that will be issued. */
static void test_space_of_revoked_tokens_is_given_back(void **state) {
    struct fixture *fixture = *state;
    static uint64_t ids[4000];
    struct stat before, after;
    uint64_t last;

    for (size_t i = 0; i < 4000; i++) {
        ids[i] = issue(fixture->store, "virtual-joe", NULL);
        use_id(fixture, ids[i]);
    }
    last = ids[3999];
    use_id(fixture, last + 500); /* another process has just issued it */
    for (size_t i = 0; i < 4000; i += 1000)
        assert_ok(tokenstore_revoke(fixture->store, &ids[i + (i == 0)],
                                    999 - (i == 0), NULL));
    assert_int_equal(stat(use_path, &before), 0);
    assert_ok(tokenstore_discard_uses(fixture->store));
    assert_int_equal(stat(use_path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_true(after.st_blocks * 512 < 12 * 4096);
    for (size_t i = 999; i < 4000; i += 1000)
        assert_true(has_use(fixture, ids[i]));
    assert_true(has_use(fixture, ids[0]));
    assert_false(has_use(fixture, ids[500]));
    assert_false(has_use(fixture, ids[3500]));
    assert_true(has_use(fixture, last + 500));

    /* All ids below the next one are gone. */
    for (size_t i = 999; i < 4000; i += 1000)
        assert_ok(tokenstore_revoke(fixture->store, &ids[i], 1, NULL));
    assert_ok(tokenstore_revoke(fixture->store, &ids[0], 1, NULL));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_ok(tokenstore_discard_uses(fixture->store));
    assert_false(has_use(fixture, ids[1999]));
    assert_true(has_use(fixture, last + 500));
}

static void test_discarding_fails_only_if_ids_are_unknown(void **state) {
    struct fixture *fixture = *state;

    assert_ok(tokenstore_discard_uses(fixture->store)); /* there is no file */
    assert_int_equal(mkdir(use_path, 0700), 0);
    assert_ok(tokenstore_discard_uses(fixture->store));
    assert_int_equal(rmdir(use_path), 0);
    assert_int_equal(truncate(fixture->path, 100), 0);
    assert_error(tokenstore_discard_uses(fixture->store),
                 TOKENSTORE_ERROR_DAMAGED);
}

/* ------------------------------------------------------------ other tokens */

static void test_damaged_slot_is_not_known(void **state) {
    struct fixture *fixture = *state;
    uint64_t other = issue(fixture->store, "virtual-joe", NULL);

    accept_at(fixture, NOW);
    poke(id, 40, "x", 1);
    assert_not_known(fixture);
    assert_never_used(fixture->store, other);
    /* The use is noted within the minute, since the former one is not known.
     */
    accept_at(fixture, NOW + 1);
    assert_used_at(fixture, NOW + 1);
}

static void test_slot_of_another_token_is_not_known(void **state) {
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

/* If somebody removes the store, the next one begins with the same ids. */
static void test_uses_of_a_former_store_do_not_count(void **state) {
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

static void test_restore_and_backup_keep_the_last_uses(void **state) {
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

/* ------------------------------------------------------------------ memory */

static void test_remembered_use_saves_access_to_the_file(void **state) {
    struct fixture *fixture = *state;

    assert_ok(tokenstore_set_memory(fixture->store, 8));
    accept_at(fixture, NOW);
    accept_at(fixture, NOW); /* from now on, token and use are remembered */
    assert_int_equal(unlink(use_path), 0);
    accept_at(fixture, NOW + 59);
    assert_int_equal(access(use_path, F_OK), -1);
    accept_at(fixture, NOW + 60);
    assert_used_at(fixture, NOW + 60);
}

/* A noted use is remembered longer than a token. */
static void test_use_is_remembered_longer_than_the_token(void **state) {
    struct fixture *fixture = *state;

    interpose.fake_clock = true;
    assert_ok(tokenstore_set_memory(fixture->store, 8));
    accept_at(fixture, NOW);
    accept_at(fixture, NOW); /* the first verification is not remembered */
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    assert_int_equal(unlink(use_path), 0);
    accept_at(fixture, NOW + 1);
    assert_int_equal(access(use_path, F_OK), -1);
}

static void test_memory_does_not_confuse_tokens(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer first = bearer;
    uint64_t others[3];

    assert_ok(tokenstore_set_memory(fixture->store, 2));
    accept_at(fixture, NOW);
    for (int i = 0; i < 3; i++) { /* two of them take the first one's place */
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

/* -------------------------------------------------- something in its place */

/* Asserts that with something else in place of the file a token is accepted,
 * its last use is not known, and the other thing is not changed. */
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

static void test_fifo_in_its_place_is_untouched(void **state) {
    assert_int_equal(mkfifo(use_path, 0600), 0);
    assert_untouched(*state);
}

static void test_directory_in_its_place_is_untouched(void **state) {
    assert_int_equal(mkdir(use_path, 0700), 0);
    assert_untouched(*state);
}

static void test_symbolic_link_in_its_place_is_untouched(void **state) {
    struct fixture *fixture = *state;
    const char *target = fixture_file(fixture, "target");
    struct stat status;

    write_file(target, "x", 1, 0600);
    assert_int_equal(symlink(target, use_path), 0);
    assert_untouched(fixture);
    assert_int_equal(unlink(target), 0); /* the target is not created */
    assert_untouched(fixture);
    assert_int_equal(stat(target, &status), -1);
}

/* The most dangerous link is one to the store itself: a slot written there
 * would damage it. */
static void test_hard_link_in_its_place_is_untouched(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(link(fixture->path, use_path), 0);
    assert_untouched(fixture);
    assert_sound(fixture->store);
}

static void test_file_that_others_may_read_is_untouched(void **state) {
    struct fixture *fixture = *state;

    accept_at(fixture, NOW - 1000);
    assert_int_equal(chmod(use_path, 0640), 0);
    assert_untouched(fixture);
    assert_int_equal(chmod(use_path, 0600), 0);
    assert_used_at(fixture, NOW - 1000);
}

static void test_garbage_in_its_place_is_replaced(void **state) {
    struct fixture *fixture = *state;
    char garbage[1000];

    memset(garbage, 'x', sizeof(garbage));
    write_file(use_path, garbage, sizeof(garbage), 0600);
    assert_not_known(fixture);
    accept_at(fixture, NOW);
    assert_used_at(fixture, NOW);
}

/* ---------------------------------------------------------------- failures */

static void test_failed_write_does_not_stop_later_notes(void **state) {
    struct fixture *fixture = *state;

    /* Fail each change: those that make the file, and that of the slot. */
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

static void test_failed_read_makes_the_use_unknown(void **state) {
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

/* SIGXFSZ would kill the process, which may be the aim of the user who set the
 * limit, so no write may raise it. */
static void test_limit_of_file_sizes_raises_no_signal(void **state) {
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

static void test_lack_of_descriptors_is_survived(void **state) {
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
    /* Nine characters of the token would be enough to recognise it. */
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

/* No lock is taken; each slot is still one of those that were written, as a
 * whole. */
static void test_many_writers_leave_whole_slots(void **state) {
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
        TEST(test_new_token_has_no_known_use),
        TEST(test_use_is_noted_once_a_minute),
        TEST(test_last_service_and_address_are_shown),
        TEST(test_use_is_noted_after_the_clock_was_set_back),
        TEST(test_time_out_of_range_is_not_noted),
        TEST(test_set_uid_programs_note_uses),
        TEST(test_note_use_keeps_the_message),
        TEST(test_each_token_of_a_list_has_its_own_use),
        TEST(test_file_is_sparse),
        TEST(test_space_of_revoked_tokens_is_given_back),
        TEST(test_discarding_fails_only_if_ids_are_unknown),
        TEST(test_damaged_slot_is_not_known),
        TEST(test_slot_of_another_token_is_not_known),
        TEST(test_uses_of_a_former_store_do_not_count),
        TEST(test_restore_and_backup_keep_the_last_uses),
        TEST(test_remembered_use_saves_access_to_the_file),
        TEST(test_use_is_remembered_longer_than_the_token),
        TEST(test_memory_does_not_confuse_tokens),
        TEST(test_two_handles_share_the_minute),
        TEST(test_fifo_in_its_place_is_untouched),
        TEST(test_directory_in_its_place_is_untouched),
        TEST(test_symbolic_link_in_its_place_is_untouched),
        TEST(test_hard_link_in_its_place_is_untouched),
        TEST(test_file_that_others_may_read_is_untouched),
        TEST(test_garbage_in_its_place_is_replaced),
        TEST(test_failed_write_does_not_stop_later_notes),
        TEST(test_failed_read_makes_the_use_unknown),
        TEST(test_limit_of_file_sizes_raises_no_signal),
        TEST(test_lack_of_descriptors_is_survived),
        TEST(test_no_secret_is_in_the_file),
        TEST(test_many_writers_leave_whole_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
