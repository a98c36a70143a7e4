/*
 * message.h - what went wrong, as a sentence inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_MESSAGE_H
#define TOKENSTORE_VALUES_MESSAGE_H

#include "tokenstore/tokenstore.h"

/* A sentence about what is wrong, for the handle's message. */
struct message {
    char text[TOKENSTORE_MESSAGE_SIZE];
};

/* Write the sentence and hand the error on. */
enum tokenstore_error message_set(struct message *message,
                                  enum tokenstore_error error,
                                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error and sentence for an errno that a system call on path left. */
enum tokenstore_error message_set_errno(struct message *message, int code,
                                        const char *path, const char *doing);

#endif
