/*
 * account.h - what NSS knows of an account.  See account.c.
 */
#ifndef TOKENSTORE_HOST_ACCOUNT_H
#define TOKENSTORE_HOST_ACCOUNT_H

#include <stdint.h>

#define ACCOUNT_NAME_MAX 255 /* bytes; no account name is longer */

enum account_state {
    ACCOUNT_NOT_ASKED = 0,
    ACCOUNT_EXISTS,
    ACCOUNT_NONE,        /* getpwnam_r: 0 with NULL, and only that */
    ACCOUNT_UNAVAILABLE, /* every other outcome, ENOENT included */
};

struct account {
    enum account_state state;
    uint32_t uid; /* where it exists, as the next two */
    uint32_t gid;
    char name[ACCOUNT_NAME_MAX + 1]; /* canonical, pw_name */
};

/* Ask NSS by name or by uid; may block as long as NSS does. */
void account_by_name(const char *name, struct account *account);
void account_by_uid(uint32_t uid, struct account *account);

/* Does this very account, name and uid, stand in /etc/passwd?  A file that
 * cannot be read to its end does not say. */
enum account_state account_is_local(const struct account *account);

/* That file; a variable for the tests' sake. */
extern const char *account_local_file;

#endif
