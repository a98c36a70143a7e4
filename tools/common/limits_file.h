/*
 * limits_file.h - what limits.conf says; for every program that changes
 * tokens.  See limits_file.c.
 */
#ifndef LIMITS_FILE_H
#define LIMITS_FILE_H

#include <tokenstore.h>

#define LIMITS_SCOPES_MAX TOKENSTORE_SCOPES_MAX

struct limits {
    struct tokenstore_limits store;
    int64_t lifetime_default; /* seconds; 0: no end */
    char self_service[LIMITS_SCOPES_MAX][TOKENSTORE_SCOPE_MAX + 1];
    size_t self_service_count;
};

/*
 * Read the file (NULL: the default one).  Where there is none, nothing is
 * limited and users issue nothing themselves.  false: it cannot be read, or
 * is not understood; the message is one line that says why.
 */
bool limits_read(const char *path, struct limits *limits, char *message,
                 size_t size);

#endif
