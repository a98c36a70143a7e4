/*
 * message.c - the sentence that says what went wrong.  Pure: writes it into
 * the caller's buffer and nowhere else.
 */
#include "tokenstore/values/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum tokenstore_error message_set(struct message *message,
                                  enum tokenstore_error error,
                                  const char *format, ...) {
    char text[TOKENSTORE_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)tokenstore_escape(text, message->text, sizeof(message->text));
    return error;
}

enum tokenstore_error message_set_errno(struct message *message, int code,
                                        const char *path, const char *doing) {
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    char text[128];

    if (code == ENOENT)
        error = TOKENSTORE_ERROR_MISSING;
    else if (code == EACCES || code == EPERM)
        error = TOKENSTORE_ERROR_PERMISSION;
    else if (code == ENOMEM)
        error = TOKENSTORE_ERROR_NO_MEMORY;
    else if (code == ENOSPC || code == EDQUOT)
        error = TOKENSTORE_ERROR_IO;
    else if (code == ENOTDIR || code == ELOOP)
        error = TOKENSTORE_ERROR_UNSAFE;
    return message_set(message, error, "%s: %s: %s", path, doing,
                       strerror_r(code, text, sizeof(text)));
}

enum tokenstore_error message_no_token(struct message *message, uint64_t id,
                                       size_t named) {
    size_t used = named == 0 ? 0 : strlen(message->text);
    size_t room = sizeof(message->text) - used;

    if (room > 32)
        snprintf(message->text + used, room, "%s %" PRIu64,
                 named == 0 ? "no token" : ",", id);
    else if (room > 4 && message->text[used - 1] != '.')
        snprintf(message->text + used, room, "...");
    return TOKENSTORE_ERROR_NOT_FOUND;
}
