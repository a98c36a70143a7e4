/*
 * message.c - errors and notices on standard error.  Text from outside must
 * not reach a terminal unescaped.
 */
#include <config.h>

#include "tools/accesstoken/message.h"

#include <limits.h>
#include <stdarg.h>

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
    unsigned char last = 0;

    for (; *text != '\0'; last = (unsigned char)*text++) {
        const unsigned char byte = (unsigned char)*text;

        /* C0, DEL, and C1, which in UTF-8 is c2 80 to c2 9f. */
        if (byte < 0x20 || byte == 0x7f ||
            (last == 0xc2 && byte >= 0x80 && byte <= 0x9f))
            fprintf(file, "\\x%02x", byte);
        else
            fputc(byte, file);
    }
}
