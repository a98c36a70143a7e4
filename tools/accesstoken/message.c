/*
 * message.c - errors and notices on standard error.  Text from outside must
 * not reach a terminal unescaped.
 */
#include <config.h>

#include "tools/accesstoken/message.h"

#include <limits.h>
#include <stdarg.h>

#include "tokenstore/tokenstore.h"

static void say(const char *prefix, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void say(const char *prefix, const char *format, va_list arguments) {
    /* Not allocated, because "out of memory" is a message too. */
    char text[2 * PATH_MAX];

    vsnprintf(text, sizeof(text), format, arguments);
    fputs(prefix, stderr);
    print_safe(stderr, text);
    fputc('\n', stderr);
}

void remark(const char *format, ...) {
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
    char escaped[8 * PATH_MAX + 1];

    (void)tokenstore_escape(text, escaped, sizeof(escaped));
    fputs(escaped, file);
}
