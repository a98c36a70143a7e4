/*
 * output.h - what the tool says: errors, remarks and the exit code that goes
 * with each.  Standard output carries only what was asked for; everything
 * else is one line each on standard error.  Never a bearer token.
 */
#ifndef TOOLS_ACCESSTOKEN_OUTPUT_H
#define TOOLS_ACCESSTOKEN_OUTPUT_H

#include <stdio.h>

#include "tools/accesstoken/command.h"

/* The one mapping from the library's errors to exit codes. */
enum exit_code exit_code(enum tokenstore_error error);

/* Say what the last call on the store met; returns the exit code. */
enum exit_code store_failed(struct context *context,
                            enum tokenstore_error error);

/* The same for an argument: "accesstoken: --expires 'x': <error>". */
enum exit_code argument_failed(const char *option, const char *value,
                               enum tokenstore_error error);

/* "accesstoken: <what>; see 'accesstoken COMMAND --help'", EXIT_USAGE. */
enum exit_code usage_failed(const struct context *context, const char *what);

/* Say so; EXIT_FAILED. */
enum exit_code out_of_memory(void);

/* "accesstoken: <text>" on standard error: what went wrong. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line about what was done, on standard error. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Text from outside: what could steer a terminal is written as \xNN. */
void print_safe(FILE *file, const char *text);

/* The name to call a token's user by: name, else "uid:N", else "?". */
const char *user_label(const struct tokenstore_identity *user,
                       char buffer[static 16]);

/* "expires 2027-01-31T00:00:00Z" or "never expires". */
const char *expiry_phrase(int64_t time, char buffer[static 32]);

/* The time of the last use, "never", or "-" where it is not known. */
const char *last_used(const struct tokenstore_token *token,
                      char buffer[static TOKENSTORE_TIME_SIZE]);

/* "active", "disabled" or "expired". */
const char *status_name(enum tokenstore_status status);

/* A token as the REST schema's entry, on a line of standard output. */
enum exit_code print_entry(const struct tokenstore_token *token);

/* A document, on a line of standard output; frees the writer. */
struct json_writer;
enum exit_code print_json(struct json_writer *json);

/* What the writer holds so far, of a document that goes on. */
enum exit_code send_json(struct json_writer *json);

/* Write a buffer to standard output; false when that failed. */
bool write_out(const char *data, size_t length);

/*
 * Flush standard output.  A failure now or before, a closed pipe or a full
 * disk, is said and turns EXIT_OK into EXIT_FAILED.
 */
enum exit_code finish_output(enum exit_code code);

#endif
