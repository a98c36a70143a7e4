/*
 * account.c - asking NSS for an account.  The only file of the library that
 * calls NSS, through its reentrant functions.  Must never guess: if NSS does
 * not answer, an account is neither there nor absent.
 */
#include "tokenstore/host/account.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/values/identity.h"

#define NSS_BUFFER_MIN 1024
#define NSS_BUFFER_MAX (1024 * 1024)

const char *account_local_file = "/etc/passwd";

/* The account stays unavailable if an identity cannot hold the entry. */
static void take_entry(const struct passwd *entry, struct account *account) {
    if (entry->pw_uid > UINT32_MAX - 1 || entry->pw_gid > UINT32_MAX - 1 ||
        !identity_name_valid(entry->pw_name))
        return;
    account->state = ACCOUNT_EXISTS;
    account->uid = entry->pw_uid;
    account->gid = entry->pw_gid;
    strcpy(account->name, entry->pw_name); /* valid: fits */
}

/* Read the next entry of a passwd file.  Returns 0, ENOENT at the end, or
 * another errno. */
static int next_entry(FILE *file, struct passwd *entry, char **buffer,
                      size_t *size) {
    struct passwd *found;

    for (;;) {
        int code = fgetpwent_r(file, entry, *buffer, *size, &found);
        char *grown;

        if (code != ERANGE || *size >= NSS_BUFFER_MAX)
            return code;
        grown = realloc(*buffer, *size * 2);
        if (grown == NULL)
            return ENOMEM;
        *buffer = grown;
        *size *= 2;
    }
}

/* What an entry of a passwd file has to be. */
struct wanted {
    const char *name; /* NULL: any */
    bool has_uid;
    uint32_t uid;
};

static bool is_wanted(const struct passwd *entry,
                      const struct wanted *wanted) {
    return (wanted->name == NULL ||
            strcmp(entry->pw_name, wanted->name) == 0) &&
           (!wanted->has_uid || entry->pw_uid == wanted->uid);
}

static enum account_state search(FILE *file, const struct wanted *wanted,
                                 char **buffer, size_t *size) {
    struct passwd entry = {.pw_name = NULL};
    int code;

    while ((code = next_entry(file, &entry, buffer, size)) == 0)
        if (is_wanted(&entry, wanted))
            return ACCOUNT_EXISTS;
    return code == ENOENT && feof(file) && !ferror(file) ? ACCOUNT_NONE
                                                         : ACCOUNT_UNAVAILABLE;
}

static enum account_state search_local_file(const struct wanted *wanted) {
    enum account_state state = ACCOUNT_UNAVAILABLE;
    FILE *file = fopen(account_local_file, "re");
    size_t size = NSS_BUFFER_MIN;
    char *buffer = malloc(size);

    if (file != NULL && buffer != NULL)
        state = search(file, wanted, &buffer, &size);
    free(buffer);
    if (file != NULL)
        fclose(file);
    return state;
}

/*
 * May NSS be believed that there is no such account?  It says so as well if
 * it could not read /etc/passwd but has another source ("files systemd"), or
 * ran out of memory or descriptors: so the file has to be read to its end, and
 * must not have the account.
 */
static enum account_state confirm_none(const struct wanted *wanted) {
    return search_local_file(wanted) == ACCOUNT_NONE ? ACCOUNT_NONE
                                                     : ACCOUNT_UNAVAILABLE;
}

/* Ask by name, or by uid if there is no name. */
static void ask_nss(const struct wanted *wanted, struct account *account) {
    struct passwd entry, *found = NULL;
    char *buffer = NULL;
    int code = ERANGE;

    /* These ids are nobody's, in case a caller forgets to check the state. */
    *account = (struct account){
        .state = ACCOUNT_UNAVAILABLE, .uid = UINT32_MAX, .gid = UINT32_MAX};
    for (size_t size = NSS_BUFFER_MIN;
         code == ERANGE && size <= NSS_BUFFER_MAX; size *= 2) {
        free(buffer);
        buffer = malloc(size);
        if (buffer == NULL)
            return;
        code = wanted->name != NULL
                   ? getpwnam_r(wanted->name, &entry, buffer, size, &found)
                   : getpwuid_r(wanted->uid, &entry, buffer, size, &found);
    }
    if (code == 0 && found == NULL)
        account->state = confirm_none(wanted);
    else if (code == 0)
        take_entry(found, account);
    free(buffer);
}

void account_by_name(const char *name, struct account *account) {
    const struct wanted wanted = {.name = name};

    ask_nss(&wanted, account);
}

void account_by_uid(uint32_t uid, struct account *account) {
    const struct wanted wanted = {.has_uid = true, .uid = uid};

    ask_nss(&wanted, account);
}

enum account_state account_is_local(const struct account *account) {
    const struct wanted wanted = {
        .name = account->name, .has_uid = true, .uid = account->uid};

    return search_local_file(&wanted);
}
