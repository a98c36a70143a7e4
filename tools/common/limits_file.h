/*
 * limits_file.h - what limits.conf says; for every program that changes
 * tokens, and never for one that verifies them.  See limits_file.c.
 */
#ifndef TOOLS_COMMON_LIMITS_FILE_H
#define TOOLS_COMMON_LIMITS_FILE_H

#include "tokenstore/tokenstore.h"

#define LIMITS_SCOPES_MAX TOKENSTORE_SCOPES_MAX

struct limits {
    bool found; /* there is a file */
    struct tokenstore_limits store;
    int64_t lifetime_default; /* seconds; 0: no end */
    char self_service[LIMITS_SCOPES_MAX][TOKENSTORE_SCOPE_MAX + 1];
    size_t self_service_count;
};

/* "/etc/accesstoken/limits.conf". */
const char *limits_default_path(void);

/*
 * Read the file; NULL is the default one, which may be missing: then nothing
 * is limited, and users issue nothing themselves.  false: it cannot be
 * trusted, read or understood; the message is one line that says why, with
 * the file and, where it is about one, the line.
 */
bool limits_read(const char *path, struct limits *limits, char *message,
                 size_t size);

#endif
