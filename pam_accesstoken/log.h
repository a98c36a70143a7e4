/*
 * log.h - the lines that the module logs through pam_syslog.  None of them
 * contains the text of a token.
 */
#ifndef PAM_ACCESSTOKEN_LOG_H
#define PAM_ACCESSTOKEN_LOG_H

#include <security/pam_modules.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* The longest value in a log line, in bytes: longer than any host name. */
#define LOG_VALUE_MAX 256

/* As much of a value is looked at, in bytes. */
#define LOG_INPUT_MAX 1023

/* The user who presents a token, and the token's id.  The name belongs to
 * libpam. */
struct attempt {
    const char *user;
    uint64_t id;
    const char *scope; /* what the token has to permit */
};

struct escaped {
    char text[LOG_VALUE_MAX + sizeof("...")];
};

/* Returns the value with every token in it masked, with \xNN for every byte
 * but letters, digits and @ . _ : - and with "..." at the end if it was too
 * long.  NULL is "".  Every value that comes from outside goes through this:
 * otherwise a user named "x rhost=..." could have another host banned. */
struct escaped log_escape(const char *value);

/* Returns a text item of the handle, such as PAM_RHOST, or NULL if it is not
 * set.  It belongs to libpam. */
const char *log_item(const pam_handle_t *pamh, int which);

/* Returns " reason=..." with, for a refusal by scope, the one that was wanted.
 */
struct escaped log_reason(const struct attempt *attempt, const char *reason);

/* Logs that a token was accepted, or refused for this reason; reason is NULL
 * for a success.  The line has the format of pam_unix's, and fail2ban reads
 * it. */
void log_outcome(const pam_handle_t *pamh, const struct attempt *attempt,
                 const char *reason);

/* Logs that a token could be neither accepted nor refused.  what is the step,
 * "authentication" or "account".  The cause is the message of the store, or
 * the text of the error if store is NULL or has no message. */
void log_unavailable(const pam_handle_t *pamh, const char *what,
                     const struct attempt *attempt,
                     enum tokenstore_error error,
                     const struct tokenstore *store);

#endif
