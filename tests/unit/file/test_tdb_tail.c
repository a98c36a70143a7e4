/*
 * test_tdb_tail.c - tests of tdb_tail.c and tdb_recovery.c: the end of the
 * file is repaired, and damage there costs no records.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"

#define OLD_SIZE 8

/* Writes what a power cut can leave: the header is on the disk, but the new
 * size of the file is not. */
static void name_recovery_area_beyond_the_end(struct fixture *fixture) {
    write_word(fixture, RECOVERY_START, size_of_file(fixture) + 4096);
}

static void test_recovery_area_beyond_the_end_is_forgotten(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", &bearer);
    name_recovery_area_beyond_the_end(fixture);
    /* Without a repair, libtdb cannot open the file. */
    assert_null(tdb_open(fixture->path, 0, 0, O_RDWR, 0));
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

/* Returns whether these words within a record are ones at which a damaged
 * header is to place the recovery area. */
typedef bool place_function(const uint32_t words[6], size_t length);

static bool is_longer_than_the_file(const uint32_t words[6], size_t length) {
    return words[1] > length;
}

static bool is_empty(const uint32_t words[6], size_t length) {
    static const uint32_t zeros[6];

    (void)length;
    return memcmp(words, zeros, sizeof(zeros)) == 0;
}

/* Returns the first such place in the value of a record. */
static uint32_t place_within_a_record(struct fixture *fixture,
                                      place_function *function) {
    /* This is the last word of a record's header, directly before its key. */
    const uint32_t magic = 0x26011999;
    size_t length;
    char *bytes = read_file(fixture->path, &length);
    size_t record = 400 * 1024;
    uint32_t words[6];
    size_t at;

    while (memcmp(bytes + record, &magic, sizeof(magic)) != 0)
        record += sizeof(magic);
    at = record + 4 + 16;
    while (at < record + 200) {
        memcpy(words, bytes + at, sizeof(words));
        if (function(words, length))
            break;
        at += sizeof(words[0]);
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
    assert_ok(verify(fixture->store, &bearer)); /* the token is readable */
    issue(fixture->store, "virtual-joe", NULL);
    assert_true(size_of_file(fixture) >= size);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_sound(fixture->store);
}

/* The file is not cut off at the place that a damaged header gives, because
 * records follow it. */
static void test_misplaced_recovery_area_costs_no_records(void **state) {
    misplace_recovery_area(*state, is_longer_than_the_file);
}

/* Neither is that place overwritten. */
static void test_misplaced_recovery_area_is_not_used(void **state) {
    misplace_recovery_area(*state, is_empty);
}

#define BEARERS 10

/* Tries a change and asserts that all tokens are still readable if one was
 * before.  Returns whether the change was made. */
static bool change_costs_no_records(struct fixture *fixture,
                                    const struct tokenstore_bearer *bearers) {
    bool readable = verify(fixture->store, &bearers[0]) == TOKENSTORE_OK;
    bool changed = readable && try_to_issue(fixture->store) == TOKENSTORE_OK;

    for (size_t i = 0; readable && i < BEARERS; i++)
        assert_ok(verify(fixture->store, &bearers[i]));
    return changed;
}

/* Flips each bit of the words of tdb's header that describe the file, and then
 * places the recovery area at one offset after another among the records. */
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
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (uint32_t bit = words[i].first * 8; bit < words[i].end * 8;
             bit++) {
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            write_file(fixture->path, bytes, length, 0600);
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            changed += change_costs_no_records(fixture, bearers);
        }
    assert_true(changed > 0);
    changed = 0;
    memcpy(&area, bytes + RECOVERY_START, sizeof(area));
    for (uint32_t at = area - 4096; at < area; at += 20) {
        write_file(fixture->path, bytes, length, 0600);
        write_word(fixture, RECOVERY_START, at);
        changed += change_costs_no_records(fixture, bearers);
    }
    assert_true(changed > 0);
    free(bytes);
}

/* If the end were cut off after its last word that is not zero, it would be a
 * gap too small for a record, which check reports as damage. */
static void test_loose_end_is_cut_off_whole(void **state) {
    struct fixture *fixture = *state;
    const uint32_t words[18] = {0x444444};

    issue(fixture->store, "virtual-jane", NULL);
    append_to_file(fixture, words, sizeof(words));
    assert_sound(fixture->store);
    issue(fixture->store, "virtual-jane", NULL);
    assert_sound(fixture->store);
}

/* The recovery area holds the previous size of the file. */
static void test_recovery_restores_the_size_of_the_file(void **state) {
    struct fixture *fixture = *state;
    const uint32_t words[2048] = {0x55555555};
    struct tokenstore_bearer bearer;
    uint32_t size;

    leave_recovery_due(fixture, &bearer);
    size = size_of_file(fixture);
    append_to_file(fixture, words, sizeof(words));
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(size_of_file(fixture), size);
    assert_sound(fixture->store);
}

/* If that size is damaged, no records are lost. */
static void test_recovery_keeps_records_after_a_wrong_size(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    uint32_t size, area, area_end;

    /* Issues tokens until the file has grown; the recovery area stays at its
     * place, so that records follow it. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_recovery_area_beyond_the_end_is_forgotten),
        FILE_TEST(test_misplaced_recovery_area_costs_no_records),
        FILE_TEST(test_misplaced_recovery_area_is_not_used),
        FILE_TEST(test_change_under_a_damaged_header_costs_no_records),
        FILE_TEST(test_loose_end_is_cut_off_whole),
        FILE_TEST(test_truncated_store_stays_damaged),
        FILE_TEST(test_recovery_restores_the_size_of_the_file),
        FILE_TEST(test_recovery_keeps_records_after_a_wrong_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
