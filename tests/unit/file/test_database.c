/*
 * test_database.c - the store rules: each one here because its breach has
 * lost data, hung a login or let somebody in.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/file/copy.h"
#include "tokenstore/file/read.h"
#include "tokenstore/file/replace.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/tokens.h"

static int set_up(void **state) {
    interpose_reset();
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    unsetenv("TDB_NO_FSYNC");
    view_size_limit = UINT64_C(7) << 29;
    tokens_id_max = UINT32_MAX;
    return fixture_tear_down(state);
}

/* --------------------------------------------------- opening and creating */

static void test_create_never_truncates_what_is_there(void **state) {
    static const char *const contents[] = {"", "not a database\n",
                                           "TDB file\nbut no more than that"};
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    size_t length;
    char *after;

    for (size_t i = 0; i < 3; i++) {
        write_file(fixture->path, contents[i], strlen(contents[i]), 0600);
        assert_error(
            tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
            TOKENSTORE_ERROR_DAMAGED);
        after = read_file(fixture->path, &length);
        assert_int_equal(length, strlen(contents[i]));
        assert_memory_equal(after, contents[i], length);
        free(after);
    }
    tokenstore_token_free(&token);
}

static void test_only_create_makes_a_store(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_list *list = NULL;
    struct tokenstore_bearer bearer;
    const uint64_t id = 1;
    struct stat status;

    assert_error(
        tokenstore_get(fixture->store, 1, &(struct tokenstore_token *){NULL}),
        TOKENSTORE_ERROR_MISSING);
    assert_non_null(strstr(tokenstore_message(fixture->store), fixture->path));
    assert_error(tokenstore_list(fixture->store, NULL, 0, 10, &list),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(tokenstore_revoke(fixture->store, &id, 1, NULL),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                   token, NOW, NULL),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, NULL),
        TOKENSTORE_ERROR_MISSING);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_int_equal(access(fixture->lock_path, F_OK), -1);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(fixture->lock_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(access(fixture_file(fixture, "tokens.tdb.new"), F_OK),
                     -1);
    tokenstore_token_free(&token);
}

static void test_create_makes_one_directory_private(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore *store = NULL;
    struct tokenstore_bearer bearer;
    struct stat status;
    mode_t mask = umask(0);

    assert_ok(
        tokenstore_open(fixture_file(fixture, "a/b/tokens.tdb"), &store));
    assert_error(tokenstore_create(store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_MISSING);
    tokenstore_close(&store);
    assert_ok(tokenstore_open(fixture_file(fixture, "a/tokens.tdb"), &store));
    assert_ok(tokenstore_create(store, token, NOW, &bearer, NULL));
    umask(mask);
    assert_int_equal(stat(fixture_file(fixture, "a"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    tokenstore_close(&store);
    tokenstore_token_free(&token);
}

static void test_fifo_is_refused_and_nobody_hangs(void **state) {
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    alarm(20);
    assert_unsafe(fixture, fixture->path);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_int_equal(unlink(fixture->path), 0);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_int_equal(mkfifo(fixture->lock_path, 0600), 0);
    assert_unsafe(fixture, fixture->lock_path);
    alarm(0);
}

static enum tokenstore_error count_at(const struct fixture *fixture,
                                      const char *name, size_t *count) {
    struct tokenstore_list *list = NULL;
    struct tokenstore *store = NULL;
    enum tokenstore_error error;

    assert_ok(tokenstore_open(fixture_file(fixture, name), &store));
    error = tokenstore_list(store, NULL, 0, 10, &list);
    if (error != TOKENSTORE_OK)
        print_message("%s\n", tokenstore_message(store));
    *count = error == TOKENSTORE_OK ? tokenstore_list_count(list) : 0;
    tokenstore_list_free(&list);
    tokenstore_close(&store);
    return error;
}

static void make_link(const struct fixture *fixture, const char *target,
                      const char *name) {
    assert_int_equal(symlink(target, fixture_file(fixture, name)), 0);
}

/* Whatever a link leads through is judged like the path as given. */
static void test_links_above_are_followed_and_judged(void **state) {
    static const char *const names[] = {"real/sub/tokens.tdb",
                                        "one/sub/tokens.tdb",
                                        "two/sub/tokens.tdb",
                                        "last/tokens.tdb",
                                        "dots/../../one/../last/tokens.tdb",
                                        "dots/tokens.tdb",
                                        "three//sub/tokens.tdb"};
    struct fixture *fixture = *state;
    struct tokenstore *store = NULL;
    char far[PATH_MAX] = "";
    size_t count;

    assert_int_equal(mkdir(fixture_file(fixture, "real"), 0700), 0);
    assert_int_equal(mkdir(fixture_file(fixture, "real/sub"), 0700), 0);
    make_link(fixture, "real", "one");
    make_link(fixture, "one", "two");
    make_link(fixture, fixture_file(fixture, "two"), "three");
    make_link(fixture, "three/sub", "last");
    make_link(fixture, "two/./../real/sub/", "dots");
    assert_ok(
        tokenstore_open(fixture_file(fixture, "last/tokens.tdb"), &store));
    issue(store, "virtual-jane", NULL);
    tokenstore_close(&store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_ok(count_at(fixture, names[i], &count));
        assert_int_equal(count, 1);
    }
    assert_int_equal(chmod(fixture_file(fixture, "real"), 0770), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_error(count_at(fixture, names[i], &count),
                     TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(fixture_file(fixture, "real"), 0700), 0);

    make_link(fixture, "loop-b", "loop-a");
    make_link(fixture, "loop-a", "loop-b");
    assert_error(count_at(fixture, "loop-a/tokens.tdb", &count),
                 TOKENSTORE_ERROR_UNSAFE);
    make_link(fixture, "nowhere", "dangling");
    assert_error(count_at(fixture, "dangling/tokens.tdb", &count),
                 TOKENSTORE_ERROR_MISSING);
    for (size_t i = 0; i < PATH_MAX / 2 - 1; i++)
        strcat(far, "./");
    far[PATH_MAX - 2] = '\0';
    make_link(fixture, far, "far");
    assert_error(count_at(fixture, "far/tokens.tdb", &count),
                 TOKENSTORE_ERROR_UNAVAILABLE);
}

static void test_symbolic_link_is_refused(void **state) {
    struct fixture *fixture = *state;
    const char *elsewhere = fixture_file(fixture, "elsewhere.tdb");

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(rename(fixture->path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, fixture->path), 0);
    assert_unsafe(fixture, fixture->path);
}

static void test_others_access_is_refused(void **state) {
    static const mode_t modes[] = {0640, 0620, 0604, 0602, 0660};
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, modes[i]), 0);
        assert_unsafe(fixture, fixture->path);
        assert_int_equal(chmod(fixture->path, 0600), 0);
        assert_int_equal(chmod(fixture->lock_path, modes[i]), 0);
        assert_unsafe(fixture, fixture->lock_path);
        assert_int_equal(chmod(fixture->lock_path, 0600), 0);
        assert_int_equal(chmod(fixture->directory, modes[i] | 0110), 0);
        assert_unsafe(fixture, fixture->directory);
        assert_int_equal(chmod(fixture->directory, 0700), 0);
    }
    assert_int_equal(count_tokens(fixture->store), 1);
}

static void test_writable_ancestor_is_refused_unless_sticky(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore *own = fixture->store;
    const char *parent = fixture_file(fixture, "parent");
    const char *child = fixture_file(fixture, "parent/child");

    assert_int_equal(mkdir(parent, 0700), 0);
    assert_int_equal(mkdir(child, 0700), 0);
    assert_ok(tokenstore_open(fixture_file(fixture, "parent/child/t.tdb"),
                              &fixture->store));
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(chmod(parent, 0770), 0);
    assert_unsafe(fixture, parent);
    assert_int_equal(chmod(parent, 0702), 0);
    assert_unsafe(fixture, parent);
    assert_int_equal(chmod(parent, 01777), 0);
    assert_int_equal(count_tokens(fixture->store), 1);
    tokenstore_close(&fixture->store);
    fixture->store = own;
}

static void test_network_disk_is_refused(void **state) {
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    interpose.network_disk = true;
    assert_unsafe(fixture, fixture->directory);
}

/* ------------------------------------------------------------- the records */

struct spoil {
    const char *bytes;
    size_t length;
    size_t at;
};

/* The position of a token's value in the file: the only place where its key
 * stands is right before it. */
static size_t find_value(const char *bytes, size_t length, char kind,
                         uint32_t number) {
    struct value_key key = value_key(kind, 0, number, 0);
    const char *found = memmem(bytes, length, key.bytes, sizeof key.bytes);

    assert_non_null(found);
    return (size_t)(found - bytes) + sizeof key.bytes;
}

static void test_changed_value_is_caught_by_its_checksum(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct tokenstore_token *token = NULL;
    struct tokenstore_report *report = NULL;
    size_t length, at;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    bytes = read_file(fixture->path, &length);
    at = find_value(bytes, length, TOKENS_TOKEN_KIND, 1);
    for (size_t i = 0; i < VALUE_SIZE; i++) {
        bytes[at + i] ^= 0x10;
        write_file(fixture->path, bytes, length, 0600);
        assert_error(verify(fixture->store, &bearer),
                     TOKENSTORE_ERROR_DAMAGED);
        bytes[at + i] ^= 0x10;
    }
    bytes[at + 30] ^= 1;
    write_file(fixture->path, bytes, length, 0600);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_error(tokenstore_check(fixture->store, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(tokenstore_report_count(report), 1);
    assert_string_equal(tokenstore_report_line(report, 0),
                        "token 1 is damaged");
    tokenstore_report_free(&report);
    assert_error(
        tokenstore_backup(fixture->store, fixture_file(fixture, "b.tdb")),
        TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(access(fixture_file(fixture, "b.tdb"), F_OK), -1);
    free(bytes);
}

static void test_damage_is_named_where_no_lock_file_is(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;
    size_t length, at;
    char *bytes;

    issue(fixture->store, "virtual-jane", NULL);
    bytes = read_file(fixture->path, &length);
    at = find_value(bytes, length, TOKENS_TOKEN_KIND, 1);
    bytes[at + 30] ^= 1;
    write_file(fixture->path, bytes, length, 0600);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_non_null(strstr(tokenstore_message(fixture->store), "damaged"));
    free(bytes);
}

static bool is_one_size(const uint8_t *key, size_t key_size,
                        const uint8_t *value, size_t value_size,
                        void *argument) {
    size_t *count = argument;

    (void)key;
    (void)value;
    ++*count;
    return key_size == VALUE_KEY_SIZE && value_size == VALUE_SIZE;
}

static enum tokenstore_error sizes(struct view *view, void *count) {
    return copy_traverse(view, is_one_size, count);
}

static void test_every_record_has_one_size(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct file file = {.path = ""};
    struct tokenstore_bearer bearer;
    char scope[TOKENSTORE_SCOPE_MAX + 1];
    size_t count = 0;

    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof scope, "%064d", i);
        assert_ok(tokenstore_token_add_scope(token, scope));
    }
    for (int i = 0; i < 20; i++) /* more than a set's list holds */
        assert_ok(
            tokenstore_create(fixture->store, token, NOW, &bearer, NULL));
    strcpy(file.path, fixture->path);
    assert_ok(file_snapshot(&file, LOCATION_STORE, sizes, &count, NULL));
    assert_true(count > 20 * 9);
    tokenstore_token_free(&token);
}

static void test_full_store_is_undamaged_and_still_deletes(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    const uint64_t ids[] = {1, 2};
    size_t count;

    issue(fixture->store, "virtual-jane", &bearer);
    issue(fixture->store, "virtual-jane", NULL);
    issue(fixture->store, "virtual-joe", NULL);
    view_size_limit = 1;
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_FULL);
    assert_error(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, NULL),
        TOKENSTORE_ERROR_FULL);
    assert_int_equal(count_tokens(fixture->store), 3);
    assert_ok(tokenstore_revoke(fixture->store, ids, 2, NULL));
    assert_sound(fixture->store);
    view_size_limit = UINT64_C(7) << 29;
    tokens_id_max = 4;
    assert_int_equal(issue(fixture->store, "virtual-jane", NULL), 4);
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_FULL);
    count = count_tokens(fixture->store);
    assert_int_equal(count, 2);
    assert_sound(fixture->store);
    tokenstore_token_free(&token);
}

static void test_hash_table_grows_with_the_records(void **state) {
    struct fixture *fixture = *state;
    struct tdb_context *tdb;

    issue(fixture->store, "virtual-jane", NULL);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    assert_int_equal(tdb_hash_size(tdb), 100003);
    tdb_close(tdb);
}

static enum tokenstore_error
begin_anyway(struct view *current, enum tokenstore_error why, void *argument) {
    (void)current;
    (void)why;
    (void)argument;
    return TOKENSTORE_OK;
}

static void test_replacement_has_room_for_ten_records_a_chain(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct tdb_context *tdb;

    strcpy(file.path, fixture->path);
    assert_ok(
        file_replace(&file, 1000031, begin_anyway, tokens_initialise, NULL));
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    assert_true(tdb_hash_size(tdb) >= 100004);
    tdb_close(tdb);
}

/* ----------------------------------------------------------------- syncing */

static unsigned int syncs_of_a_create(struct fixture *fixture) {
    unsigned int before = interpose.syncs;

    issue(fixture->store, "virtual-jane", NULL);
    return interpose.syncs - before;
}

/* ------------------------------------------------- the end of the file */

/* Where tdb's header names the recovery area, and where that has the size of
 * the file to return to. */
#define RECOVERY_START 44
#define OLD_SIZE 8

static void write_word(struct fixture *fixture, uint32_t at, uint32_t word) {
    int fd = open(fixture->path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &word, sizeof word, at), sizeof word);
    close(fd);
}

static uint32_t read_word(struct fixture *fixture, uint32_t at) {
    uint32_t word;
    int fd = open(fixture->path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &word, sizeof word, at), sizeof word);
    close(fd);
    return word;
}

static uint32_t size_of_file(struct fixture *fixture) {
    struct stat status;

    assert_int_equal(stat(fixture->path, &status), 0);
    return (uint32_t)status.st_size;
}

/* After a power cut, the header may be there and the file's new size not. */
static void name_recovery_area_beyond_the_end(struct fixture *fixture) {
    write_word(fixture, RECOVERY_START, size_of_file(fixture) + 4096);
}

static void test_recovery_area_beyond_the_end_is_forgotten(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", &bearer);
    name_recovery_area_beyond_the_end(fixture);
    assert_null(tdb_open(fixture->path, 0, 0, O_RDWR, 0)); /* the premise */
    assert_sound(fixture->store);
    assert_ok(verify(fixture->store, &bearer));
    issue(fixture->store, "virtual-jane", NULL);
    assert_sound(fixture->store);
}

static void test_truncated_store_stays_damaged(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct stat status;

    issue(fixture->store, "virtual-jane", &bearer);
    name_recovery_area_beyond_the_end(fixture);
    for (off_t length = 400 * 1024; length > 0; length -= 40 * 1024 + 1) {
        assert_int_equal(truncate(fixture->path, length), 0);
        assert_error(verify(fixture->store, &bearer),
                     TOKENSTORE_ERROR_DAMAGED);
        assert_int_equal(stat(fixture->path, &status), 0);
        assert_int_equal(status.st_size, length);
    }
}

/* A place in the value of some record for tdb's header to name, where it finds
 * these words. */
typedef bool place_function(const uint32_t words[6], size_t length);

static bool is_longer_than_the_file(const uint32_t words[6], size_t length) {
    return words[1] > length;
}

static bool is_empty(const uint32_t words[6], size_t length) {
    static const uint32_t zeros[6];

    (void)length;
    return memcmp(words, zeros, sizeof zeros) == 0;
}

static uint32_t place_within_a_record(struct fixture *fixture,
                                      place_function *function) {
    /* The last word of a record's header; then come its key and value. */
    const uint32_t magic = 0x26011999;
    size_t length;
    char *bytes = read_file(fixture->path, &length);
    size_t record = 400 * 1024;
    uint32_t words[6];
    size_t at;

    while (memcmp(bytes + record, &magic, sizeof magic) != 0)
        record += sizeof magic;
    for (at = record + 4 + 16; at < record + 200; at += sizeof words[0]) {
        memcpy(words, bytes + at, sizeof words);
        if (function(words, length))
            break;
    }
    free(bytes);
    assert_true(at < record + 200);
    return (uint32_t)at;
}

static void misplace_recovery_area(struct fixture *fixture,
                                   place_function *function) {
    struct tokenstore_bearer bearer;
    uint32_t size;

    issue(fixture->store, "virtual-jane", &bearer);
    size = size_of_file(fixture);
    write_word(fixture, RECOVERY_START,
               place_within_a_record(fixture, function));
    assert_ok(verify(fixture->store, &bearer)); /* the premise */
    issue(fixture->store, "virtual-joe", NULL);
    assert_true(size_of_file(fixture) >= size);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_sound(fixture->store);
}

/* What a damaged header names is not cut off: everything is behind it. */
static void test_misplaced_recovery_area_costs_no_records(void **state) {
    misplace_recovery_area(*state, is_longer_than_the_file);
}

/* Nor overwritten. */
static void test_misplaced_recovery_area_is_not_used(void **state) {
    misplace_recovery_area(*state, is_empty);
}

#define BEARERS 10

/* Whether a change was made; what could be read before it can be read now. */
static bool change_costs_no_records(struct fixture *fixture,
                                    const struct tokenstore_bearer *bearers) {
    struct tokenstore_token *token = new_token("virtual-joe");
    struct tokenstore_bearer fresh;
    bool readable = verify(fixture->store, &bearers[0]) == TOKENSTORE_OK;
    bool changed =
        readable && tokenstore_create(fixture->store, token, NOW, &fresh,
                                      NULL) == TOKENSTORE_OK;

    for (size_t i = 0; readable && i < BEARERS; i++)
        assert_ok(verify(fixture->store, &bearers[i]));
    tokenstore_token_free(&token);
    return changed;
}

/* Each bit of what libtdb's header says of the file, and for its recovery area
 * one place after the other among the records. */
static void test_change_under_a_damaged_header_costs_no_records(void **state) {
    static const struct {
        uint32_t first, end;
    } words[] = {{32, 64}, {168, 172}}; /* up to "features"; the free list */
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearers[BEARERS];
    unsigned int changed = 0;
    uint32_t area;
    size_t length;
    char *bytes;

    for (size_t i = 0; i < BEARERS; i++)
        issue(fixture->store, "virtual-jane", &bearers[i]);
    bytes = read_file(fixture->path, &length);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (uint32_t bit = words[i].first * 8; bit < words[i].end * 8;
             bit++) {
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            write_file(fixture->path, bytes, length, 0600);
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            changed += change_costs_no_records(fixture, bearers);
        }
    assert_true(changed > 0);
    changed = 0;
    memcpy(&area, bytes + RECOVERY_START, sizeof area);
    for (uint32_t at = area - 4096; at < area; at += 20) {
        write_file(fixture->path, bytes, length, 0600);
        write_word(fixture, RECOVERY_START, at);
        changed += change_costs_no_records(fixture, bearers);
    }
    assert_true(changed > 0);
    free(bytes);
}

static void append(struct fixture *fixture, const void *bytes, size_t size) {
    int fd = open(fixture->path, O_WRONLY | O_APPEND);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

/* Cut back to the last word that says something, it would be a gap that no
 * record fits into, and that check calls damage. */
static void test_loose_end_is_cut_off_whole(void **state) {
    struct fixture *fixture = *state;
    const uint32_t words[18] = {0x444444};

    issue(fixture->store, "virtual-jane", NULL);
    append(fixture, words, sizeof words);
    assert_sound(fixture->store);
    issue(fixture->store, "virtual-jane", NULL);
    assert_sound(fixture->store);
}

struct made {
    struct stat parent;
    bool directory, synced;
};

static void look_at_deed(const struct deed *deed, void *argument) {
    struct made *made = argument;
    struct stat status;

    if (deed->what == DEED_DIRECTORY)
        made->directory = true;
    else if (deed->what == DEED_SYNC && fstat(deed->fd, &status) == 0 &&
             status.st_ino == made->parent.st_ino &&
             status.st_dev == made->parent.st_dev)
        made->synced = made->directory;
}

/* Or a power cut takes it away again, with the token in it. */
static void test_new_directory_is_synced(void **state) {
    struct fixture *fixture = *state;
    struct made made = {.directory = false};
    struct tokenstore *store = NULL;

    assert_int_equal(stat(fixture->directory, &made.parent), 0);
    assert_ok(
        tokenstore_open(fixture_file(fixture, "new/tokens.tdb"), &store));
    interpose.on_deed = look_at_deed;
    interpose.deed_argument = &made;
    issue(store, "virtual-jane", NULL);
    interpose.on_deed = NULL;
    assert_true(made.directory && made.synced);
    tokenstore_close(&store);
}

static void test_environment_cannot_switch_syncing_off(void **state) {
    struct fixture *fixture = *state;
    unsigned int normal, with_variable;

    syncs_of_a_create(fixture);
    normal = syncs_of_a_create(fixture);
    assert_int_equal(setenv("TDB_NO_FSYNC", "1", 1), 0);
    with_variable = syncs_of_a_create(fixture);
    assert_int_equal(normal, 4);
    assert_int_equal(with_variable, normal);
}

/* A create that is killed when it makes its nth sync. */
static void create_killed_at_sync(struct fixture *fixture, unsigned int sync) {
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        interpose.syncs = 0;
        interpose.at_sync = sync;
        interpose.fate = FATE_KILL;
        issue(fixture->store, "virtual-joe", NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* A store in which libtdb's recovery is due. */
static void leave_recovery_due(struct fixture *fixture,
                               struct tokenstore_bearer *bearer) {
    struct tdb_context *tdb;

    issue(fixture->store, "virtual-jane", bearer);
    create_killed_at_sync(fixture, 3);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_null(tdb); /* the premise of these tests */
}

static void test_reader_recovers_an_interrupted_change(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    leave_recovery_due(fixture, &bearer);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(count_tokens(fixture->store), 1);
    assert_sound(fixture->store);
    assert_int_equal(issue(fixture->store, "virtual-joe", NULL), 2);
}

/* The area says how long the file was. */
static void test_recovery_cuts_off_what_came_after(void **state) {
    struct fixture *fixture = *state;
    const uint32_t words[2048] = {0x55555555};
    struct tokenstore_bearer bearer;
    uint32_t size;

    leave_recovery_due(fixture, &bearer);
    size = size_of_file(fixture);
    append(fixture, words, sizeof words);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(size_of_file(fixture), size);
    assert_sound(fixture->store);
}

/* Where that is damaged, it costs no records. */
static void test_recovery_keeps_records_behind_a_wrong_size(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    uint32_t size, area, area_end;

    /* Until the file has grown, behind an area that stays where it is. */
    issue(fixture->store, "virtual-jane", NULL);
    size = size_of_file(fixture);
    for (int i = 0; i < 1000 && size_of_file(fixture) == size; i++)
        issue(fixture->store, "virtual-jane", NULL);
    leave_recovery_due(fixture, &bearer);
    area = read_word(fixture, RECOVERY_START);
    area_end = area + 24 + read_word(fixture, area + 4);
    assert_true(area_end <= size && size < size_of_file(fixture));
    size = size_of_file(fixture);
    write_word(fixture, area + OLD_SIZE, area_end);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(size_of_file(fixture), size);
    assert_sound(fixture->store);
    issue(fixture->store, "virtual-joe", NULL);
    assert_sound(fixture->store);
}

static void assert_not_recovered(struct fixture *fixture,
                                 const struct tokenstore_bearer *bearer) {
    size_t before_length, after_length;
    char *before = read_file(fixture->path, &before_length);
    char *after;

    assert_error(verify(fixture->store, bearer), TOKENSTORE_ERROR_UNAVAILABLE);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

/* libtdb would write what lies behind its copy of the area: other memory. */
static void test_damaged_recovery_writes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    const uint32_t too_long = 1000000;
    struct tokenstore_bearer bearer;
    char *damaged, *now;
    size_t length, now_length;
    uint32_t area;

    leave_recovery_due(fixture, &bearer);
    damaged = read_file(fixture->path, &length);
    /* tdb's header names the area; its record's header has 24 bytes, then
     * come an offset and a length. */
    memcpy(&area, damaged + 44, sizeof area);
    assert_in_range(area, 1, length - 1000);
    memcpy(damaged + area + 24 + 4, &too_long, sizeof too_long);
    write_file(fixture->path, damaged, length, 0600);
    assert_error(tokenstore_check(fixture->store, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    tokenstore_report_free(&report);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    now = read_file(fixture->path, &now_length);
    assert_int_equal(now_length, length);
    assert_memory_equal(now, damaged, length);
    free(now);
    free(damaged);
}

static void test_set_uid_programs_do_not_recover(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    leave_recovery_due(fixture, &bearer);
    interpose.secure = true;
    assert_not_recovered(fixture, &bearer);
    interpose.secure = false;
    assert_ok(verify(fixture->store, &bearer));
    interpose.secure = true;
    assert_ok(verify(fixture->store, &bearer));
}

static void test_no_recovery_without_syncing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-joe");
    struct tokenstore_bearer bearer, unwanted;

    leave_recovery_due(fixture, &bearer);
    assert_int_equal(setenv("TDB_NO_FSYNC", "1", 1), 0);
    assert_not_recovered(fixture, &bearer);
    assert_error(
        tokenstore_create(fixture->store, token, NOW, &unwanted, NULL),
        TOKENSTORE_ERROR_UNAVAILABLE);
    assert_int_equal(unsetenv("TDB_NO_FSYNC"), 0);
    assert_ok(verify(fixture->store, &bearer));
    tokenstore_token_free(&token);
}

static void
test_restore_recovers_and_respects_the_current_store(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer revoked, good;
    const uint64_t id = 1;

    issue(fixture->store, "virtual-jane", &revoked);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    leave_recovery_due(fixture, &good);
    /* It can be read, so nobody has to accept what it knows to be revoked. */
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    assert_error(verify(fixture->store, &revoked), TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(count_tokens(fixture->store), 0);
}

static void test_check_sees_a_due_recovery_and_leaves_it(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    size_t before_length, after_length;
    char *before, *after;

    leave_recovery_due(fixture, &bearer);
    before = read_file(fixture->path, &before_length);
    assert_ok(tokenstore_check(fixture->store, &report));
    assert_int_equal(tokenstore_report_count(report), 2);
    assert_non_null(strstr(tokenstore_report_line(report, 1), "interrupted"));
    tokenstore_report_free(&report);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

/* ------------------------------------------------------------------ waiting
 */

/* Another process's hand on the lock file: an open description of its own. */
static int hold_writer_lock(struct fixture *fixture, uint64_t count) {
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 8, .l_len = 1};
    int fd = open(fixture->lock_path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &byte), 0);
    assert_int_equal(pwrite(fd, &count, sizeof count, 0), sizeof count);
    return fd;
}

static void test_change_under_way_for_too_long_is_busy(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer, unwanted;
    int fd;

    issue(fixture->store, "virtual-jane", &bearer);
    fd = hold_writer_lock(fixture, 1001);
    interpose.fake_clock = true;
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_BUSY);
    assert_in_range(interpose.sleeps, 5, 6);
    assert_non_null(
        strstr(tokenstore_message(fixture->store), fixture->lock_path));
    assert_error(
        tokenstore_create(fixture->store, token, NOW, &unwanted, NULL),
        TOKENSTORE_ERROR_BUSY);
    close(fd); /* its holder dies: readers and writers go on at once */
    interpose.sleeps = 0;
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(interpose.sleeps, 0);
    issue(fixture->store, "virtual-jane", NULL);
    tokenstore_token_free(&token);
}

static void test_writer_that_is_not_changing_holds_up_no_reader(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    int fd;

    issue(fixture->store, "virtual-jane", &bearer);
    fd = hold_writer_lock(fixture, 1000);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(interpose.sleeps, 0);
    close(fd);
}

static void test_strangers_lock_is_waited_for_with_bound(void **state) {
    struct fixture *fixture = *state;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    char ready;
    int go[2];
    pid_t child;

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(pipe(go), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(fixture->path, O_RDWR);

        if (fd < 0 || fcntl(fd, F_SETLK, &whole) != 0 ||
            write(go[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(go[0], &ready, 1), 1);
    interpose.fake_clock = true;
    alarm(20);
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_BUSY);
    assert_int_equal(count_tokens(fixture->store), 1);
    alarm(0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    interpose.fake_clock = false;
    issue(fixture->store, "virtual-jane", NULL);
    close(go[0]);
    close(go[1]);
    tokenstore_token_free(&token);
}

static void close_after_three(void *argument) {
    struct tdb_context **tdb = argument;

    if (interpose.sleeps == 3) {
        tdb_close(*tdb);
        *tdb = NULL;
    }
}

static uint64_t read_count(const struct fixture *fixture) {
    uint64_t count = 0;
    int fd = open(fixture->lock_path, O_RDONLY);

    assert_int_equal(read(fd, &count, sizeof count), sizeof count);
    close(fd);
    return count;
}

static void test_second_open_in_the_process_is_waited_out(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct tdb_context *tdb;
    uint64_t count;

    issue(fixture->store, "virtual-jane", &bearer);
    count = read_count(fixture);
    /* What another copy of the library, in the same process, would do. */
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    interpose.on_sleep = close_after_three;
    interpose.sleep_argument = &tdb;
    assert_ok(verify(fixture->store, &bearer));
    assert_null(tdb);
    /* As a reader: not by recovering, which would be a change. */
    assert_int_equal(read_count(fixture), count);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    interpose.sleeps = 0;
    issue(fixture->store, "virtual-jane", NULL);
    assert_null(tdb);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    interpose.on_sleep = NULL;
    interpose.fake_clock = true;
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_BUSY);
    tdb_close(tdb);
}

/* ------------------------------------------------------------- the seqlock */

struct peek {
    struct fixture *fixture;
    unsigned int calls;
    unsigned int disturb; /* how many calls a writer gets in between */
    bool lie;             /* report an error while disturbed */
};

static void assert_no_locks(const char *path) {
    struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR);

    /* From another process, to which our own locks are somebody else's. */
    if (fd < 0 || fcntl(fd, F_GETLK, &probe) != 0 || probe.l_type != F_UNLCK)
        _exit(1);
    probe = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &probe) != 0 || probe.l_type != F_UNLCK)
        _exit(2);
    close(fd);
}

static bool is_mapped(const char *path) {
    char line[PATH_MAX + 128];
    FILE *maps = fopen("/proc/self/maps", "r");
    bool found = false;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL)
        found = found || strstr(line, path) != NULL;
    fclose(maps);
    return found;
}

static enum tokenstore_error peek_inside(struct view *view, void *argument) {
    struct peek *peek = argument;
    uint64_t next;
    pid_t child;
    int status;

    assert_int_equal(view_attempt(view), peek->calls);
    peek->calls++;
    assert_ok(tokens_next_id(view, &next));
    assert_false(is_mapped(peek->fixture->path));
    /* vfork-like: no fork handlers, since this thread is inside the mutex. */
    child = (pid_t)_Fork();
    if (child == 0) {
        assert_no_locks(peek->fixture->path);
        assert_no_locks(peek->fixture->lock_path);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    if (peek->calls <= peek->disturb) {
        uint64_t count = 100 + 2 * peek->calls;
        int fd = open(peek->fixture->lock_path, O_WRONLY);

        assert_int_equal(pwrite(fd, &count, sizeof count, 0), sizeof count);
        close(fd);
        if (peek->lie)
            return TOKENSTORE_ERROR_DAMAGED;
    }
    return TOKENSTORE_OK;
}

static void test_reader_takes_no_lock_and_maps_nothing(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_read(&file, peek_inside, &peek));
    assert_int_equal(peek.calls, 1);
}

static void test_read_beside_a_change_is_done_again(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture, .disturb = 3, .lie = true};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_read(&file, peek_inside, &peek));
    assert_int_equal(peek.calls, 4);
}

static void test_endless_changes_end_in_busy(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture, .disturb = UINT32_MAX};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    interpose.fake_clock = true;
    assert_error(file_read(&file, peek_inside, &peek), TOKENSTORE_ERROR_BUSY);
}

static enum tokenstore_error look_at_change(struct view *view,
                                            void *argument) {
    struct peek *peek = argument;

    (void)view;
    assert_false(is_mapped(peek->fixture->path));
    return TOKENSTORE_ERROR_CONFLICT;
}

static void test_failing_function_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture};
    size_t before_length, after_length;
    char *before, *after;

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    before = read_file(fixture->path, &before_length);
    assert_error(file_write(&file, NULL, look_at_change, &peek),
                 TOKENSTORE_ERROR_CONFLICT);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

struct watch {
    struct fixture *fixture;
    dev_t device;
    ino_t inode;
    unsigned int changes; /* of the store's own file */
    unsigned int unmarked;
};

static void look_at_mark(int fd, void *argument) {
    struct watch *watch = argument;
    struct stat status;
    uint64_t count = 0;
    int lock;

    if (fstat(fd, &status) != 0 || status.st_ino != watch->inode ||
        status.st_dev != watch->device)
        return;
    lock = open(watch->fixture->lock_path, O_RDONLY);
    watch->changes++;
    if (pread(lock, &count, sizeof count, 0) != sizeof count || count % 2 == 0)
        watch->unmarked++;
    close(lock);
}

static void test_file_changes_only_while_marked(void **state) {
    struct fixture *fixture = *state;
    struct watch watch = {.fixture = fixture};
    struct stat status;
    const uint64_t id = 1;

    leave_recovery_due(fixture, NULL);
    assert_int_equal(stat(fixture->path, &status), 0);
    watch.device = status.st_dev;
    watch.inode = status.st_ino;
    interpose.on_change = look_at_mark;
    interpose.change_argument = &watch;
    assert_int_equal(count_tokens(fixture->store), 1); /* recovers */
    assert_true(watch.changes >= 2);
    issue(fixture->store, "virtual-jane", NULL);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    interpose.on_change = NULL;
    assert_true(watch.changes >= 2 + 2 * 8);
    assert_int_equal(watch.unmarked, 0);
}

static enum tokenstore_error fork_inside(struct view *view, void *argument) {
    pid_t *child = argument;

    (void)view;
    *child = (pid_t)_Fork();
    if (*child == 0) {
        alarm(20); /* where the test fails before it ends this */
        pause();
        _exit(0);
    }
    return TOKENSTORE_OK;
}

static void test_forked_child_does_not_keep_the_writer_lock(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    pid_t child = -1;

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, NULL, fork_inside, &child));
    assert_true(child > 0);
    interpose.fake_clock = true;
    issue(fixture->store, "virtual-jane", NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_lone_file_is_readable_and_gets_its_lock(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(access(fixture->lock_path, F_OK), -1);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(access(fixture->lock_path, F_OK), 0);
}

static void test_replaced_file_is_seen_by_an_open_handle(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    struct tokenstore *other = NULL;
    struct tokenstore_bearer bearer;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct stat before, after;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(issue(fixture->store, "virtual-jane", &bearer), 2);
    assert_int_equal(stat(fixture->path, &before), 0);
    assert_ok(tokenstore_open(fixture->path, &other));
    assert_ok(tokenstore_restore(other, backup, false, &report));
    assert_int_equal(stat(fixture->path, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_REFUSED);
    tokenstore_report_free(&report);
    tokenstore_close(&other);
}

static size_t open_descriptors(void) {
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void test_no_descriptor_stays_open(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    size_t before = open_descriptors();

    assert_error(verify(fixture->store, &(struct tokenstore_bearer){""}),
                 TOKENSTORE_ERROR_INVALID_BEARER);
    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(verify(fixture->store, &bearer));
    assert_sound(fixture->store);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_error(tokenstore_backup(fixture->store, backup),
                 TOKENSTORE_ERROR_EXISTS);
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    write_file(fixture->path, "x", 1, 0600);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(unlink(fixture->path), 0);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_MISSING);
    assert_int_equal(open_descriptors(), before);
}

/* What libtdb cannot follow, it calls "not there". */
static void test_broken_chain_is_damage_not_absence(void **state) {
    static const uint32_t magic = 0x26011999, broken = 0x26011998;
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    size_t length;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    bytes = read_file(fixture->path, &length);
    /* Of the token's record, whose key begins behind it. */
    for (size_t at = 0; at + 5 <= length; at += 4)
        if (memcmp(bytes + at, &magic, 4) == 0 && bytes[at + 4] == 'T')
            memcpy(bytes + at, &broken, 4);
    write_file(fixture->path, bytes, length, 0600);
    free(bytes);
    assert_error(tokenstore_get(fixture->store, 1, &token),
                 TOKENSTORE_ERROR_DAMAGED);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    /* Nor is it a token that was revoked since the backup. */
    assert_error(tokenstore_restore(fixture->store, backup, false, &report),
                 TOKENSTORE_ERROR_CONFLICT);
}

static void test_zero_hash_size_is_damage_not_a_crash(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    size_t length;
    char *bytes;

    issue(fixture->store, "virtual-jane", &bearer);
    bytes = read_file(fixture->path, &length);
    memset(bytes + 36, 0, 4); /* tdb's header: magic (32), version, this */
    write_file(fixture->path, bytes, length, 0600);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_create_never_truncates_what_is_there),
        TEST(test_only_create_makes_a_store),
        TEST(test_create_makes_one_directory_private),
        TEST(test_fifo_is_refused_and_nobody_hangs),
        TEST(test_links_above_are_followed_and_judged),
        TEST(test_symbolic_link_is_refused),
        TEST(test_others_access_is_refused),
        TEST(test_writable_ancestor_is_refused_unless_sticky),
        TEST(test_network_disk_is_refused),
        TEST(test_changed_value_is_caught_by_its_checksum),
        TEST(test_damage_is_named_where_no_lock_file_is),
        TEST(test_every_record_has_one_size),
        TEST(test_full_store_is_undamaged_and_still_deletes),
        TEST(test_hash_table_grows_with_the_records),
        TEST(test_replacement_has_room_for_ten_records_a_chain),
        TEST(test_recovery_area_beyond_the_end_is_forgotten),
        TEST(test_misplaced_recovery_area_costs_no_records),
        TEST(test_misplaced_recovery_area_is_not_used),
        TEST(test_change_under_a_damaged_header_costs_no_records),
        TEST(test_loose_end_is_cut_off_whole),
        TEST(test_truncated_store_stays_damaged),
        TEST(test_new_directory_is_synced),
        TEST(test_environment_cannot_switch_syncing_off),
        TEST(test_reader_recovers_an_interrupted_change),
        TEST(test_recovery_cuts_off_what_came_after),
        TEST(test_recovery_keeps_records_behind_a_wrong_size),
        TEST(test_damaged_recovery_writes_nothing),
        TEST(test_set_uid_programs_do_not_recover),
        TEST(test_no_recovery_without_syncing),
        TEST(test_restore_recovers_and_respects_the_current_store),
        TEST(test_check_sees_a_due_recovery_and_leaves_it),
        TEST(test_change_under_way_for_too_long_is_busy),
        TEST(test_writer_that_is_not_changing_holds_up_no_reader),
        TEST(test_strangers_lock_is_waited_for_with_bound),
        TEST(test_second_open_in_the_process_is_waited_out),
        TEST(test_reader_takes_no_lock_and_maps_nothing),
        TEST(test_read_beside_a_change_is_done_again),
        TEST(test_endless_changes_end_in_busy),
        TEST(test_failing_function_changes_nothing),
        TEST(test_file_changes_only_while_marked),
        TEST(test_forked_child_does_not_keep_the_writer_lock),
        TEST(test_lone_file_is_readable_and_gets_its_lock),
        TEST(test_replaced_file_is_seen_by_an_open_handle),
        TEST(test_no_descriptor_stays_open),
        TEST(test_broken_chain_is_damage_not_absence),
        TEST(test_zero_hash_size_is_damage_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
