/*
 * audit.h - a line to syslog, facility authpriv, for every change that is made
 * or refused; accesstoken(8) documents it.  It never contains a secret.
 */
#ifndef TOOLS_ACCESSTOKEN_AUDIT_H
#define TOOLS_ACCESSTOKEN_AUDIT_H

#include "tools/accesstoken/caller.h"
#include "tools/accesstoken/command.h"

/*
 * Writes the line.
 *   action   "create", "modify", "revoke", "prune", "rotate", "restore"
 *   code     EXIT_OK, or the exit code of the failure
 *   id       of the token; 0 if there is none
 *   user     of the token; NULL if it is not known, or the token is given
 *   token    as it is now, or was: its scopes, networks and end; or NULL
 *   detail   more "key=value" pairs, whose values are not escaped, or NULL
 */
void audit(const struct context *context, const struct caller *caller,
           const char *action, enum exit_code code, uint64_t id,
           const struct tokenstore_identity *user,
           const struct tokenstore_token *token, const char *detail);

/* The same with id, user, scopes, networks and end of a token, whose id may be
 * another server's and no number. */
void audit_token(const struct context *context, const struct caller *caller,
                 const char *action, enum exit_code code,
                 const struct tokenstore_token *token);

#endif
