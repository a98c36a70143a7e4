/*
 * audit_line.h - the parts of the lines about changes that the tool and the
 * daemon have in common.  Each part begins with a blank.  Values are escaped,
 * so that no name can forge another field or another line.
 */
#ifndef TOOLS_COMMON_AUDIT_LINE_H
#define TOOLS_COMMON_AUDIT_LINE_H

#include <stdbool.h>
#include <stdio.h>

#include "tokenstore/tokenstore.h"

#define AUDIT_CHANGED_SIZE 64

/* Writes " KEY=VALUE"; bytes outside [A-Za-z0-9@._:-] become \xNN. */
void audit_put(FILE *line, const char *key, const char *value);

/* Writes " KEY=USER": the name or, without one, "uid:N" or "?"; nothing for
 * NULL. */
void audit_put_user(FILE *line, const char *key,
                    const struct tokenstore_identity *user);

/*
 * Writes what the token is valid for: " scopes=imap,smtp
 * networks=192.0.2.0/24 expires=2027-01-01T00:00:00Z".  A token without scopes
 * or networks has no such part; expires may be "never".  A list of more than
 * AUDIT_LIST_MAX bytes ends in ",+N", the number of those left out.
 */
void audit_put_token(FILE *line, const struct tokenstore_token *token);

#define AUDIT_LIST_MAX 400

/* Writes "changed=name:expires": what a modification changed, its fields and
 * whether it enabled the token.  Returns the text. */
const char *audit_changed(unsigned int fields, bool enabled,
                          char text[static AUDIT_CHANGED_SIZE]);

#endif
