/*
 * account.h - asking NSS for an account.
 */
#ifndef TOKENSTORE_HOST_ACCOUNT_H
#define TOKENSTORE_HOST_ACCOUNT_H

#include "tokenstore/values/identity.h"

/*
 * Ask NSS by name or by uid.  The state is ACCOUNT_NONE only if NSS says so
 * and /etc/passwd, read to its end, has no such account either.  May block as
 * long as NSS does, so never call it under a lock.  Any thread may call it.
 */
void account_by_name(const char *name, struct account *account);
void account_by_uid(uint32_t uid, struct account *account);

/*
 * Does this very account, name and uid, stand in /etc/passwd?  Returns
 * ACCOUNT_UNAVAILABLE if the file cannot be read to its end.
 */
enum account_state account_is_local(const struct account *account);

/* The path of that file; a variable for the tests. */
extern const char *account_local_file;

#endif
