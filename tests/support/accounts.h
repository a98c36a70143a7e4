/*
 * accounts.h - the accounts of a test, in place of the machine's.  A program
 * that links libaccounts.la gets these from getpwnam_r and getpwuid_r; until
 * it adds some, nobody has an account.
 */
#ifndef TESTS_SUPPORT_ACCOUNTS_H
#define TESTS_SUPPORT_ACCOUNTS_H

#include <stddef.h>
#include <sys/types.h>

struct test_account {
    const char *asked; /* the name that finds it */
    const char *name;  /* its canonical name, pw_name */
    uid_t uid;
    gid_t gid;
};

/* How the name service behaves from now on, and what it was asked. */
struct accounts {
    int error;        /* every call returns it, if it is not 0 */
    const char *down; /* calls for this name return EIO; NULL: none */
    size_t needs;     /* a smaller buffer is refused with ERANGE */
    void (*on_call)(void *argument); /* runs first in each call; NULL: none */
    void *argument;
    unsigned int calls;
    size_t last_buffer;  /* bytes that the last call brought */
    char last_name[512]; /* that the last getpwnam_r asked for */
};

extern struct accounts accounts;

/* No account, a name service that works, and no call so far. */
void accounts_reset(void);

/* Add an account; its group has the same number.  The name has to last. */
void accounts_add(const char *name, uid_t uid);

/* Add an account.  The first one with a name or number is found by it.  The
 * names have to last. */
void accounts_add_entry(const struct test_account *account);

/* Delete the account that this name finds, if there is one. */
void accounts_remove(const char *name);

/* The accounts so far as a passwd file: its path. */
const char *accounts_file(void);

#endif
