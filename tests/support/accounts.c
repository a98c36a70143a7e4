/*
 * accounts.c - the name service of a test; see accounts.h.  Defined in the
 * program, getpwnam_r and getpwuid_r stand before libc's for every library in
 * the process.  Never asks the machine.
 */
#include "tests/support/accounts.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define ACCOUNTS_MAX 16

struct accounts accounts;

static struct test_account table[ACCOUNTS_MAX];
static size_t count;

void accounts_reset(void) {
    memset(&accounts, 0, sizeof(accounts));
    count = 0;
}

void accounts_add_entry(const struct test_account *account) {
    if (count == ACCOUNTS_MAX)
        abort();
    table[count++] = *account;
}

void accounts_add(const char *name, uid_t uid) {
    const struct test_account account = {name, name, uid, uid};

    accounts_add_entry(&account);
}

static const struct test_account *find_name(const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].asked, name) == 0)
            return &table[i];
    return NULL;
}

static const struct test_account *find_uid(uid_t uid) {
    for (size_t i = 0; i < count; i++)
        if (table[i].uid == uid)
            return &table[i];
    return NULL;
}

void accounts_remove(const char *name) {
    const struct test_account *account = find_name(name);

    if (account != NULL)
        table[account - table] = table[--count];
}

const char *accounts_file(void) {
    static char path[32];
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("passwd", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    for (size_t i = 0; i < count; i++)
        dprintf(fd, "%s:x:%u:%u::/:/bin/sh\n", table[i].name, table[i].uid,
                table[i].gid);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return path;
}

/* What happens in each call before an account is looked for: the error. */
static int begin(size_t size) {
    accounts.calls++;
    accounts.last_buffer = size;
    if (accounts.on_call != NULL)
        accounts.on_call(accounts.argument);
    if (accounts.error != 0)
        return accounts.error;
    return size < accounts.needs ? ERANGE : 0;
}

static int answer(const struct test_account *account, struct passwd *entry,
                  char *buffer, size_t size, struct passwd **result) {
    if (account == NULL)
        return 0;
    if (snprintf(buffer, size, "%s", account->name) >= (int)size)
        return ERANGE;
    *entry = (struct passwd){
        .pw_name = buffer, .pw_uid = account->uid, .pw_gid = account->gid};
    *result = entry;
    return 0;
}

EXPORTED int getpwnam_r(const char *restrict name,
                        struct passwd *restrict entry, char *restrict buffer,
                        size_t size, struct passwd **restrict result) {
    int error;

    snprintf(accounts.last_name, sizeof(accounts.last_name), "%s", name);
    *result = NULL;
    error = begin(size);
    if (error == 0 && accounts.down != NULL &&
        strcmp(accounts.down, name) == 0)
        error = EIO;
    return error != 0 ? error
                      : answer(find_name(name), entry, buffer, size, result);
}

EXPORTED int getpwuid_r(uid_t uid, struct passwd *restrict entry,
                        char *restrict buffer, size_t size,
                        struct passwd **restrict result) {
    int error;

    *result = NULL;
    error = begin(size);
    return error != 0 ? error
                      : answer(find_uid(uid), entry, buffer, size, result);
}
