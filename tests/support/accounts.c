/*
 * accounts.c - the accounts of a test, in place of the machine's.
 * The dynamic linker finds these functions before libc's, for every library
 * in the process.
 */
#include "tests/support/accounts.h"

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define ACCOUNTS_MAX 16

struct accounts accounts;

static struct test_account table[ACCOUNTS_MAX];
static size_t count;
static bool machine_is_asked;

void accounts_reset(void) {
    memset(&accounts, 0, sizeof(accounts));
    count = 0;
}

void accounts_of_machine(void) { machine_is_asked = true; }

/* Is this a name that tests give to people who have no account? */
static bool is_person(const char *name) {
    static const char *const people[] = {"alice",    "bob", "jane",
                                         "jane doe", "joe", "kim"};

    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
        if (strcmp(people[i], name) == 0)
            return true;
    return false;
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

/* Begins a call; returns its error, or 0. */
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

/* The next function of this name: libc's. */
static void *next_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        abort();
    return function;
}

EXPORTED int getpwnam_r(const char *restrict name,
                        struct passwd *restrict entry, char *restrict buffer,
                        size_t size, struct passwd **restrict result) {
    int (*real)(const char *, struct passwd *, char *, size_t,
                struct passwd **);
    const struct test_account *account = find_name(name);
    int error;

    snprintf(accounts.last_name, sizeof(accounts.last_name), "%s", name);
    *result = NULL;
    error = begin(size);
    if (error == 0 && accounts.down != NULL &&
        strcmp(accounts.down, name) == 0)
        error = EIO;
    if (error != 0)
        return error;
    if (account != NULL || !machine_is_asked || is_person(name))
        return answer(account, entry, buffer, size, result);
    *(void **)&real = next_function("getpwnam_r");
    return real(name, entry, buffer, size, result);
}

EXPORTED int getpwuid_r(uid_t uid, struct passwd *restrict entry,
                        char *restrict buffer, size_t size,
                        struct passwd **restrict result) {
    int (*real)(uid_t, struct passwd *, char *, size_t, struct passwd **);
    const struct test_account *account = find_uid(uid);
    int error;

    *result = NULL;
    error = begin(size);
    if (error != 0)
        return error;
    if (account != NULL || !machine_is_asked)
        return answer(account, entry, buffer, size, result);
    *(void **)&real = next_function("getpwuid_r");
    return real(uid, entry, buffer, size, result);
}

static bool is_machines(FILE *file) {
    struct stat here, there;

    return fstat(fileno(file), &here) == 0 &&
           stat("/etc/passwd", &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

/* The machine's own file has nobody in it whom the functions above would not
 * find. */
EXPORTED int fgetpwent_r(FILE *restrict file, struct passwd *restrict entry,
                         char *restrict buffer, size_t size,
                         struct passwd **restrict result) {
    int (*real)(FILE *, struct passwd *, char *, size_t, struct passwd **);
    int error;

    *(void **)&real = next_function("fgetpwent_r");
    do
        error = real(file, entry, buffer, size, result);
    while (error == 0 && is_machines(file) &&
           (!machine_is_asked || is_person(entry->pw_name)));
    return error;
}
