/*
 * test_location.c - tests of the directory of a store, the names of its
 * files, and the rules for both.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"
#include "tokenstore/file/location.h"

static void test_create_makes_one_private_directory(void **state) {
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

static void test_fifo_is_refused_without_waiting(void **state) {
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

/* Every directory that a link leads through is judged like a directory of the
 * given path. */
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
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_ok(count_at(fixture, names[i], &count));
        assert_int_equal(count, 1);
    }
    assert_int_equal(chmod(fixture_file(fixture, "real"), 0770), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
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

static void test_access_for_others_is_refused(void **state) {
    static const mode_t modes[] = {0640, 0620, 0604, 0602, 0660};
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
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

struct disk {
    unsigned int magic;
    const char *name; /* NULL: it holds a store */
};

/* Numbers of statfs(2), those above 2^31 included. */
static const struct disk disks[] = {
    {0xef53, NULL},       {0x58465342, NULL},       {0x9123683e, NULL},
    {0xf2f52010, NULL},   {0x2fc12fc1, NULL},       {0xca451a4e, NULL},
    {0x3153464a, NULL},   {0x3434, NULL},           {0x52654973, NULL},
    {0x01021994, NULL},   {0x858458f6, NULL},       {0x794c7630, NULL},
    {0x73717368, NULL},   {0xe0f5e1e2, NULL},       {0x9660, NULL},
    {0xf15f, NULL},       {0x6969, "nfs"},          {0xfe534d42, "smb2"},
    {0xff534d42, "cifs"}, {0x65735546, "fuse"},     {0x01021997, "9p"},
    {0x00c36400, "ceph"}, {0x5346414f, "afs"},      {0x7461636f, "ocfs2"},
    {0x4d44, "vfat"},     {0x12345678, "12345678"}, {0x1, "0x1"},
};

static void test_only_local_file_systems_hold_a_store(void **state) {
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        interpose.disk = disks[i].magic;
        if (disks[i].name == NULL) {
            issue(fixture->store, "virtual-jane", NULL);
            continue;
        }
        assert_unsafe(fixture, fixture->directory);
        assert_non_null(
            strstr(tokenstore_message(fixture->store), disks[i].name));
    }
}

/* Nobody locks a backup. */
static void test_backup_may_be_on_other_file_systems(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct file file = {.path = ""};
    struct location location;

    issue(fixture->store, "virtual-jane", NULL);
    snprintf(file.path, sizeof(file.path), "%s", backup);
    for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        const bool network = disks[i].magic == 0x6969 ||
                             disks[i].magic == 0xfe534d42 ||
                             disks[i].magic == 0xff534d42;

        interpose.disk = disks[i].magic;
        assert_error(location_open(&location, file.path, LOCATION_SOURCE,
                                   &file.message),
                     network ? TOKENSTORE_ERROR_UNSAFE : TOKENSTORE_OK);
        location_close(&location);
    }
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

/* Otherwise a power cut could remove the directory with the token in it. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_create_makes_one_private_directory),
        FILE_TEST(test_fifo_is_refused_without_waiting),
        FILE_TEST(test_links_above_are_followed_and_judged),
        FILE_TEST(test_symbolic_link_is_refused),
        FILE_TEST(test_access_for_others_is_refused),
        FILE_TEST(test_writable_ancestor_is_refused_unless_sticky),
        FILE_TEST(test_only_local_file_systems_hold_a_store),
        FILE_TEST(test_backup_may_be_on_other_file_systems),
        FILE_TEST(test_new_directory_is_synced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
