/*
 * unsafe.h - the sentence that says why a path is unsafe and how to mend that.
 */
#ifndef TOKENSTORE_VALUES_UNSAFE_H
#define TOKENSTORE_VALUES_UNSAFE_H

#include "tokenstore/values/message.h"

#define MEND_SIZE 96

/* How to mend it.  In the command, '@' stands for the path; "" is no command:
 * none is right, or it is not known that one is. */
struct mend {
    char command[MEND_SIZE];
    const char *otherwise; /* what to do if there is no command */
};

/*
 * Writes "PATH: unsafe: WHY; run: COMMAND", or "...; OTHERWISE" if there is no
 * command, if the path has characters that a message changes or a shell may
 * not read as they are, or if a message cannot hold all of the command.
 * Returns UNSAFE.
 */
enum tokenstore_error unsafe_set(struct message *message, const char *path,
                                 struct mend mend, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

#endif
