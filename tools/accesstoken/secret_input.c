/*
 * secret_input.c - read a secret from standard input.  Must not keep or print
 * what it reads.
 */
#include <config.h>

#include "tools/accesstoken/secret_input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "tools/accesstoken/message.h"

/* Reads to the end, to the newline of a terminal, or until the buffer is full.
 * Returns -1 with errno on an error. */
static ssize_t read_input(char *buffer, size_t size, bool terminal) {
    size_t used = 0;

    while (used < size) {
        const ssize_t count = read(STDIN_FILENO, buffer + used, size - used);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        used += (size_t)count;
        if (terminal && buffer[used - 1] == '\n')
            break;
    }
    return (ssize_t)used;
}

/*
 * The same from a terminal, without echo.  Keys that send signals are read as
 * text meanwhile, because an interrupt would leave the terminal without echo.
 */
static ssize_t read_terminal(const char *prompt, char *buffer, size_t size) {
    struct termios before, silent;
    ssize_t length;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    silent.c_lflag |= ICANON | ECHONL;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
        return -1;
    fputs(prompt, stderr);
    length = read_input(buffer, size, true);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return length;
}

enum exit_code secret_read(const char *prompt,
                           char buffer[static SECRET_INPUT_SIZE],
                           size_t *length) {
    const ssize_t count =
        isatty(STDIN_FILENO) ? read_terminal(prompt, buffer, SECRET_INPUT_SIZE)
                             : read_input(buffer, SECRET_INPUT_SIZE, false);
    size_t used;

    if (count < 0) {
        complain("standard input: %m");
        return EXIT_FAILED;
    }
    used = (size_t)count;
    if (used > SECRET_INPUT_MAX) {
        complain("standard input: longer than %d bytes, not a bearer token",
                 SECRET_INPUT_MAX);
        return EXIT_REFUSED;
    }
    *length = used;
    return EXIT_OK;
}
