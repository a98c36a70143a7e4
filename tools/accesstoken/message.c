/*
 * message.c - errors and notices on standard error.  Text from outside must
 * not reach a terminal unescaped, nor with a bearer token in it.
 */
#include <config.h>

#include "tools/accesstoken/message.h"

#include <limits.h>
#include <stdarg.h>

#include "tokenstore/tokenstore.h"

/* Room for a text.  Not allocated, because "out of memory" is a message too.
 */
#define TEXT_SIZE (2 * PATH_MAX)

static bool silent;

static void say(const char *prefix, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void say(const char *prefix, const char *format, va_list arguments) {
    char text[TEXT_SIZE];

    vsnprintf(text, sizeof(text), format, arguments);
    fputs(prefix, stderr);
    print_safe(stderr, text);
    fputc('\n', stderr);
}

void silence_remarks(void) { silent = true; }

bool remarks_are_wanted(void) { return !silent; }

void remark(const char *format, ...) {
    va_list arguments;

    if (silent)
        return;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
}

void caution(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
}

void complain(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    say("accesstoken: ", format, arguments);
    va_end(arguments);
}

void print_safe(FILE *file, const char *text) {
    char masked[TEXT_SIZE], escaped[4 * TEXT_SIZE];

    snprintf(masked, sizeof(masked), "%s", text);
    (void)tokenstore_escape(tokenstore_mask(masked), escaped, sizeof(escaped));
    fputs(escaped, file);
}
