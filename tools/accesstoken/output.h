/*
 * output.h - results on standard output: JSON documents, and the words that
 * several commands use for a token.
 */
#ifndef TOOLS_ACCESSTOKEN_OUTPUT_H
#define TOOLS_ACCESSTOKEN_OUTPUT_H

#include <stddef.h>

#include "tools/accesstoken/errors.h"
#include "tools/common/json_writer.h"

/* Returns the name of a token's user, else "uid:N", else "?". */
const char *user_label(const struct tokenstore_identity *user,
                       char buffer[static 16]);

/* Returns "expires 2027-01-31T00:00:00Z" or "never expires". */
const char *expiry_phrase(int64_t time, char buffer[static 32]);

/* Returns the time of the last use, "never", or "-" if it is not known. */
const char *last_used(const struct tokenstore_token *token,
                      char buffer[static TOKENSTORE_TIME_SIZE]);

/* Returns "" for one and "s" for any other number. */
const char *plural(uint64_t number);

/* Prints a token on one line, in the form of the REST schema. */
enum exit_code print_entry(const struct tokenstore_token *token);

/* Begins the document {"entries":[...]}. */
void json_begin_entries(struct json_writer *json);

/* Prints that document and frees the writer. */
enum exit_code print_entries(struct json_writer *json);

/* Prints a document on one line and frees the writer. */
enum exit_code print_json(struct json_writer *json);

/* Prints what the writer holds of a document that is not yet complete. */
enum exit_code send_json(struct json_writer *json);

/*
 * Flushes standard output.  If that fails or a write failed before (a closed
 * pipe, a full disk), prints an error and turns EXIT_OK into EXIT_FAILED.
 */
enum exit_code finish_output(enum exit_code code);

#endif
