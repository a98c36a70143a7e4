/*
 * message.h - errors and notices: one line each on standard error.  They must
 * never contain a bearer token.
 */
#ifndef TOOLS_ACCESSTOKEN_MESSAGE_H
#define TOOLS_ACCESSTOKEN_MESSAGE_H

#include <stdbool.h>
#include <stdio.h>

/* Prints "accesstoken: TEXT": an error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "TEXT": a notice about the result. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "TEXT": a notice that the result is not all that was asked for, which
 * --quiet does not hide. */
void caution(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on remark() prints nothing. */
void silence_remarks(void);

/* Returns whether remark() prints. */
bool remarks_are_wanted(void);

/* Prints a text that comes from outside; control characters, which could
 * steer a terminal, are written as \xNN, and bearer tokens are masked. */
void print_safe(FILE *file, const char *text);

#endif
