/*
 * limits_file.h - the limits that limits.conf sets.  Programs that change
 * tokens read it; programs that verify tokens never do.
 */
#ifndef TOOLS_COMMON_LIMITS_FILE_H
#define TOOLS_COMMON_LIMITS_FILE_H

#include "tokenstore/tokenstore.h"

#define LIMITS_SCOPES_MAX TOKENSTORE_SCOPES_MAX

/* What is in force while the file cannot be used. */
#define LIMITS_IN_FORCE "no token is issued or changed"

struct limits {
    bool found; /* the file exists */
    struct tokenstore_limits store;
    int64_t lifetime_default; /* seconds; 0: no end */
    /* How many tokens a user may issue at once through the daemon (0: any
     * number), and after how many seconds one more. */
    uint32_t creation_burst;
    int64_t creation_interval;
    char self_service[LIMITS_SCOPES_MAX][TOKENSTORE_SCOPE_MAX + 1];
    size_t self_service_count;
};

/* Returns "/etc/accesstoken/limits.conf", or where configure put it. */
const char *limits_default_path(void);

/*
 * Reads a file, or the default one for NULL.  The default file may be missing:
 * then nothing but the rate of creations is limited, and users cannot issue
 * tokens themselves.  Returns
 * false if the file cannot be trusted, read or understood; the message is one
 * line that names the file (and the line, if the problem is in one), and the
 * limits are all zero.
 */
bool limits_read(const char *path, struct limits *limits, char *message,
                 size_t size);

/* The same from an open file, which is called "name" in messages and is not
 * closed. */
bool limits_read_open(int fd, const char *name, struct limits *limits,
                      char *message, size_t size);

#endif
