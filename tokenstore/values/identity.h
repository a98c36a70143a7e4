/*
 * identity.h - the identity of a user, and an account, inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_IDENTITY_H
#define TOKENSTORE_VALUES_IDENTITY_H

#include "tokenstore/tokenstore.h"

#define IDENTITY_NAME_MAX 255 /* bytes; no account name is longer */
#define IDENTITY_SID_MAX 184  /* "S-1-", a 48-bit authority, 15 values */

/* The domains of the schema.  The numbers are in the file: never change one.
 */
enum identity_domain {
    IDENTITY_DOMAIN_UNSET = 0,
    IDENTITY_DOMAIN_LOCAL = 1,
    IDENTITY_DOMAIN_NULL = 2,
    IDENTITY_DOMAIN_POSIX_USER = 3,
    IDENTITY_DOMAIN_ACTIVE_DIRECTORY = 4,
};

struct tokenstore_identity {
    enum identity_domain domain;
    bool has_uid;
    bool has_gid;
    uint32_t uid;
    uint32_t gid;
    char name[IDENTITY_NAME_MAX + 1]; /* "" is unset, as for all text here */
    char sid[IDENTITY_SID_MAX + 1];
    char auth_id[21]; /* the uid; of a foreign server, perhaps of 64 bits */
};

/* What the name service says about an account. */
enum account_state {
    ACCOUNT_NOT_ASKED = 0,
    ACCOUNT_EXISTS,
    ACCOUNT_NONE,        /* getpwnam_r returned 0 and NULL, and only that */
    ACCOUNT_UNAVAILABLE, /* every other outcome, ENOENT included */
};

struct account {
    enum account_state state;
    uint32_t uid; /* set if the account exists, as are gid and name */
    uint32_t gid;
    char name[IDENTITY_NAME_MAX + 1]; /* canonical, pw_name */
};

/* Is any field set? */
bool identity_is_set(const struct tokenstore_identity *identity);

/* Is the sid the one that follows from the uid (S-1-22-1-<uid>)? */
bool identity_sid_is_derived(const struct tokenstore_identity *identity);

/* Is this the sid of a user of a directory service, which does not follow from
 * a uid?  False if it is malformed, contains a uid, or is that of a group or
 * of everyone. */
bool identity_sid_is_foreign(const char *sid);

/* Fill in auth_id from the uid, and the sid as well if it is unset.  Does
 * nothing without a uid. */
void identity_derive(struct tokenstore_identity *identity);

/* Can this text be an account name: 1..255 bytes of UTF-8 without control
 * characters, ':' or '/', not starting with '-' or '+'? */
bool identity_name_valid(const char *name);

/* Make a copy, which the caller frees with tokenstore_identity_free().
 * NO_MEMORY, and NULL. */
enum tokenstore_error
identity_hand_over(const struct tokenstore_identity *identity,
                   struct tokenstore_identity **copy);

/* Does a stored identity belong to the wanted user?  True if the name, the uid
 * or the sid is set in both and equal. */
bool identity_matches(const struct tokenstore_identity *stored,
                      const struct tokenstore_identity *wanted);

#endif
