/*
 * message.h - the sentence that says what went wrong.
 */
#ifndef TOKENSTORE_VALUES_MESSAGE_H
#define TOKENSTORE_VALUES_MESSAGE_H

#include "tokenstore/tokenstore.h"

/* What tokenstore_message() returns; "" means that there is nothing to say. */
struct message {
    char text[TOKENSTORE_MESSAGE_SIZE];
};

/* Write the sentence, cut off if it is too long, and return the error. */
enum tokenstore_error message_set(struct message *message,
                                  enum tokenstore_error error,
                                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Write "path: doing: text of the errno" and return the error for it: MISSING,
 * PERMISSION, NO_MEMORY, UNSAFE for a link or for something that is no
 * directory, else UNAVAILABLE.
 */
enum tokenstore_error message_set_errno(struct message *message, int code,
                                        const char *path, const char *doing);

/*
 * Say that there is no token with this id, and return NOT_FOUND.  For several
 * ids call it once for each: "no token 3, 5, 8".
 *   named  how many ids the message names already; 0 begins a new message
 */
enum tokenstore_error message_no_token(struct message *message, uint64_t id,
                                       size_t named);

#endif
