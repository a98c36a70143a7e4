/*
 * accounts.h - the accounts of a test, in place of the machine's.
 *
 * A program or preloaded library that contains accounts.c answers getpwnam_r
 * and getpwuid_r itself, and reads /etc/passwd without the people that it does
 * not know.  At first nobody has an account.  Names are not
 * copied; they have to last as long as the process.  Not for threads: the
 * table must not change while others look accounts up.
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

/* What the name service does in each call, and what it was asked last. */
struct accounts {
    int error;        /* is returned by every call; 0: none */
    const char *down; /* a call for this name returns EIO; NULL: no name */
    size_t needs;     /* bytes; a smaller buffer is refused with ERANGE */
    void (*on_call)(void *argument); /* is called first; NULL: nothing is */
    void *argument;
    unsigned int calls;  /* so far */
    size_t last_buffer;  /* the size of the last call's buffer */
    char last_name[512]; /* the name in the last call of getpwnam_r */
};

extern struct accounts accounts;

/* Removes all accounts and sets "accounts" to zero. */
void accounts_reset(void);

/* Adds an account whose group has the same number. */
void accounts_add(const char *name, uid_t uid);

/* Adds an account.  A look-up finds the first entry that fits. */
void accounts_add_entry(const struct test_account *account);

/* Removes the account that this name finds, if there is one. */
void accounts_remove(const char *name);

/*
 * From now on the machine is asked about names and numbers that no entry has,
 * except for the names that tests give to people: jane, bob and others have no
 * account, even if there is one on this machine.
 */
void accounts_of_machine(void);

/* Writes the accounts to a passwd file in memory; returns its path. */
const char *accounts_file(void);

#endif
