/*
 * unsafe.c - the sentence that says why a path is unsafe and how to mend that.
 * Pure.  Must never end with a command that is not whole, or that a shell
 * reads in another way than it was meant: root runs it.
 */
#include "tokenstore/values/unsafe.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_plain(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("/._-+,:@%=", byte) != NULL);
}

/* Writes a path as one word of a shell.  Returns false if it has characters
 * that quotes or a message do not leave as they are, or if there is no room.
 */
static bool quote(const char *path, char *word, size_t size) {
    const char *here = *path == '/' ? "" : "./"; /* it is no option */
    const char *mark = "";

    for (const char *byte = path; *byte != '\0'; byte++) {
        if (*byte < ' ' || *byte > '~' || *byte == '\'' || *byte == '\\')
            return false;
        if (!is_plain(*byte))
            mark = "'";
    }
    return snprintf(word, size, "%s%s%s%s", mark, here, path, mark) <
           (int)size;
}

/* Writes the command for this path.  Returns false if there is no room. */
static bool put_command(const char *command, const char *word, char *out,
                        size_t size) {
    size_t used = 0;

    for (; *command != '\0'; command++) {
        const size_t length = *command == '@' ? strlen(word) : 1;

        if (used + length >= size)
            return false;
        memcpy(out + used, *command == '@' ? word : command, length);
        used += length;
    }
    out[used] = '\0';
    return used > 0;
}

enum tokenstore_error unsafe_set(struct message *message, const char *path,
                                 struct mend mend, const char *why, ...) {
    char reason[256], word[TOKENSTORE_MESSAGE_SIZE];
    char command[TOKENSTORE_MESSAGE_SIZE], text[TOKENSTORE_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, why);
    vsnprintf(reason, sizeof(reason), why, arguments);
    va_end(arguments);
    if (quote(path, word, sizeof(word)) &&
        put_command(mend.command, word, command, sizeof(command)) &&
        snprintf(text, sizeof(text), "%s: unsafe: %s; run: %s", path, reason,
                 command) < (int)sizeof(text))
        return message_set(message, TOKENSTORE_ERROR_UNSAFE, "%s", text);
    return message_set(message, TOKENSTORE_ERROR_UNSAFE, "%s: unsafe: %s; %s",
                       path, reason, mend.otherwise);
}
