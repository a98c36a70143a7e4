/*
 * file_fixture.c - a store's file for the tests of tokenstore/file/: its
 * bytes, and one in which a change was interrupted.
 */
#include "tests/support/file_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tdb.h>
#include <unistd.h>

#include "tokenstore/file/tdb.h"
#include "tokenstore/local/tokens.h"

int file_set_up(void **state) {
    interpose_reset();
    return fixture_set_up(state);
}

int file_tear_down(void **state) {
    interpose_reset();
    unsetenv("TDB_NO_FSYNC");
    view_size_limit = UINT64_C(7) << 29;
    tokens_id_max = UINT32_MAX;
    return fixture_tear_down(state);
}

void write_word(struct fixture *fixture, uint32_t at, uint32_t word) {
    int fd = open(fixture->path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &word, sizeof(word), at), sizeof(word));
    close(fd);
}

uint32_t read_word(struct fixture *fixture, uint32_t at) {
    uint32_t word;
    int fd = open(fixture->path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &word, sizeof(word), at), sizeof(word));
    close(fd);
    return word;
}

uint32_t size_of_file(struct fixture *fixture) {
    struct stat status;

    assert_int_equal(stat(fixture->path, &status), 0);
    return (uint32_t)status.st_size;
}

void append_to_file(struct fixture *fixture, const void *bytes, size_t size) {
    int fd = open(fixture->path, O_WRONLY | O_APPEND);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
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

void leave_recovery_due(struct fixture *fixture,
                        struct tokenstore_bearer *bearer) {
    struct tdb_context *tdb;

    issue(fixture->store, "virtual-jane", bearer);
    create_killed_at_sync(fixture, 3);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_null(tdb); /* the premise of these tests */
}

bool is_mapped(const char *path) {
    char line[PATH_MAX + 128];
    FILE *maps = fopen("/proc/self/maps", "r");
    bool found = false;

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        found = found || strstr(line, path) != NULL;
    fclose(maps);
    return found;
}
