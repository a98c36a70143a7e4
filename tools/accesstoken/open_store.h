/*
 * open_store.h - which store a command works on, and the errors that the
 * store reports.
 */
#ifndef TOOLS_ACCESSTOKEN_OPEN_STORE_H
#define TOOLS_ACCESSTOKEN_OPEN_STORE_H

#include "tools/accesstoken/command.h"
#include "tools/common/limits_file.h"

/* Where accesstokend listens: for users, and for proxies and PAM. */
#define API_SOCKET RUNSTATEDIR "/api.sock"
#define VERIFY_SOCKET RUNSTATEDIR "/verify.sock"

/*
 * Makes the handle of the store that --store names.  Without --store that is
 * the local database if the caller can open it, else accesstokend's if its
 * socket exists, else the local database.  The file itself is opened by the
 * first call that needs it.
 */
enum exit_code open_store(struct context *context);

/* The same for a command that issues or changes tokens: sets the limits that
 * apply.  For a remote store, whose server has its own, they are all zero. */
enum exit_code open_store_within_limits(struct context *context,
                                        struct limits *limits);

/* Reads the limits from the file that --limits names, or the default one. */
enum exit_code read_limits(const struct context *context,
                           struct limits *limits);

/* Returns whether the store is behind HTTP: then its server knows the users,
 * and not this machine. */
bool store_is_remote(const struct context *context);

/* Returns whether the error means that no store was made yet, and says so: the
 * file is missing in a safe directory, or is the default one.  For those who
 * only look, that is a store without tokens. */
bool store_is_new(const struct context *context, enum tokenstore_error error);

/* Prints the error of the last call on the store; returns the exit code.
 * People who may not use the default database are told only that accesstokend,
 * which would do it for them, is not running. */
enum exit_code store_failed(const struct context *context,
                            enum tokenstore_error error);

#endif
