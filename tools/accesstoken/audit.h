/*
 * audit.h - one line to syslog, facility authpriv, for every change made or
 * refused.  accesstoken(8) documents the line.  Never a secret.
 */
#ifndef TOOLS_ACCESSTOKEN_AUDIT_H
#define TOOLS_ACCESSTOKEN_AUDIT_H

#include "tools/accesstoken/caller.h"
#include "tools/accesstoken/command.h"

/*
 *   action   "create", "modify", "revoke", "prune", "rotate", "restore"
 *   code     EXIT_OK, or what the command failed with
 *   id       the token, 0 where there is none
 *   user     whose it is, NULL where that is not known
 *   detail   more "key=value" pairs, values of safe characters, or NULL
 */
void audit(const struct context *context, const struct caller *caller,
           const char *action, enum exit_code code, uint64_t id,
           const struct tokenstore_identity *user, const char *detail);

/* The same with the id and the user of a token, which may be another
 * server's. */
void audit_token(const struct context *context, const struct caller *caller,
                 const char *action, enum exit_code code,
                 const struct tokenstore_token *token);

#endif
