/*
 * log.h - the lines that the module logs.
 */
#ifndef PAM_ACCESSTOKEN_LOG_H
#define PAM_ACCESSTOKEN_LOG_H

#include <security/pam_modules.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* Of a value in a log line: longer than any host name is. */
#define LOG_VALUE_MAX 256

/* Who presents which token: the part of the lines that all share. */
struct attempt {
    const char *user;
    uint64_t id;
};

struct escaped {
    char text[LOG_VALUE_MAX + sizeof "..."];
};

/* Every value in a log line comes from outside: nothing in it may end the
 * value, or a user named "x rhost=..." could have another host banned.  NULL
 * is empty. */
struct escaped log_escape(const char *value);

/* A text item of the handle; NULL where it is unset. */
const char *log_item(const pam_handle_t *pamh, int which);

/* The line that fail2ban reads, in the shape of pam_unix's.  reason is NULL
 * for a success. */
void log_outcome(const pam_handle_t *pamh, const struct attempt *attempt,
                 const char *reason);

/* Nobody knows: the store's message, or the error's text where there is no
 * store handle.  what is the step. */
void log_unavailable(const pam_handle_t *pamh, const char *what,
                     const struct attempt *attempt,
                     enum tokenstore_error error,
                     const struct tokenstore *store);

#endif
