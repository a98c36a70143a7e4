/*
 * options.h - read a command's arguments: the options every command has, and
 * the values that several share.  Each function says what is wrong, naming
 * the argument, and returns the exit code; EXIT_OK is 0.
 */
#ifndef TOOLS_ACCESSTOKEN_OPTIONS_H
#define TOOLS_ACCESSTOKEN_OPTIONS_H

#include <getopt.h>

#include "tools/accesstoken/command.h"
#include "tools/common/limits_file.h"

/* Values of long options, above every character. */
enum {
    OPTION_STORE = 256,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_ACCEPT_REVOKED,
    OPTION_AFTER,
    OPTION_ALL,
    OPTION_ANY_NETWORK,
    OPTION_ANY_SCOPE,
    OPTION_CA_FILE,
    OPTION_CLIENT_CERTIFICATE,
    OPTION_CLIENT_KEY,
    OPTION_DISABLE,
    OPTION_DRY_RUN,
    OPTION_ENABLE,
    OPTION_EXPIRES,
    OPTION_EXPIRES_WITHIN,
    OPTION_FROM,
    OPTION_GRACE,
    OPTION_JSON,
    OPTION_LIMIT,
    OPTION_LIMITS,
    OPTION_NAME,
    OPTION_NO_HEADER,
    OPTION_OLDER_THAN,
    OPTION_OUTPUT,
    OPTION_SCOPE,
    OPTION_SELF,
    OPTION_TOKEN_FILE,
    OPTION_UNUSED_FOR,
    OPTION_USER,
    OPTION_VIRTUAL,
};

/* What every command's table of options ends with. */
/* clang-format off */
#define COMMON_OPTIONS                                                        \
    {"store", required_argument, NULL, OPTION_STORE},                         \
    {"ca-file", required_argument, NULL, OPTION_CA_FILE},                     \
    {"client-certificate", required_argument, NULL,                           \
     OPTION_CLIENT_CERTIFICATE},                                              \
    {"client-key", required_argument, NULL, OPTION_CLIENT_KEY},               \
    {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},               \
    {"help", no_argument, NULL, OPTION_HELP},                                 \
    {"version", no_argument, NULL, OPTION_VERSION},                           \
    {NULL, 0, NULL, 0}
/* clang-format on */

/* For the table of a command that heeds limits.conf. */
#define LIMITS_OPTION                                                         \
    { "limits", required_argument, NULL, OPTION_LIMITS }

/*
 * The next option, -1 after the last, '?' for a bad one (said already).
 * Takes --store, what belongs to it, and --limits itself; --help and --version
 * print and end the program.
 */
int next_option(struct context *context, int argc, char **argv,
                const struct option *options);

/* That exactly "count" arguments are left, called "what" in the usage. */
enum exit_code expect_arguments(const struct context *context, int argc,
                                int count, const char *what);

/* Make the handle of the store that --store names; without --store, of the
 * local database if it may be opened, else of the daemon's if it is there. */
enum exit_code open_store(struct context *context);

/* The same, for a command that issues or changes tokens: within the limits
 * that are in force. */
enum exit_code open_store_within_limits(struct context *context,
                                        struct limits *limits);

/* What --limits names, or the default. */
enum exit_code read_limits(const struct context *context,
                           struct limits *limits);

/* Where accesstokend listens: for people, and for proxies and PAM. */
#define API_SOCKET RUNSTATEDIR "/api.sock"
#define VERIFY_SOCKET RUNSTATEDIR "/verify.sock"

/* Is it behind HTTP?  Its server knows the users then, not this host. */
bool store_is_remote(const struct context *context);

/* An id: decimal, 1 to 2^32-1, no sign, no leading zero. */
enum exit_code parse_id(const char *text, uint64_t *id);

/* --after: an id, or 0. */
enum exit_code parse_after(const char *text, uint64_t *after);

/* --limit: 1 or more; above TOKENSTORE_LIMIT_MAX it is lowered. */
enum exit_code parse_limit(const char *text, uint32_t *limit);

/* A duration, in seconds. */
enum exit_code parse_duration(const char *option, const char *text,
                              int64_t *seconds);

/* A user, not looked up.  Free it with tokenstore_identity_free(). */
enum exit_code parse_user(const char *option, const char *text,
                          struct tokenstore_identity **user);

/* --name, --scope, --from, and --expires, which has to be after now: into the
 * token that collects them. */
enum exit_code take_name(struct tokenstore_token *token, const char *name);
enum exit_code take_scope(struct tokenstore_token *token, const char *scope);
enum exit_code take_network(struct tokenstore_token *token,
                            const char *network);
enum exit_code take_expiry(struct tokenstore_token *token, const char *text,
                           int64_t now);

/* That the caller may grant a scope: not every one is everybody's. */
enum exit_code may_grant(const char *scope);

/* The token that collects them. */
enum exit_code new_token(struct tokenstore_token **token);

#endif
