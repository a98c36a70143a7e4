/*
 * secret_input.h - a secret on standard input.
 */
#ifndef TOOLS_ACCESSTOKEN_SECRET_INPUT_H
#define TOOLS_ACCESSTOKEN_SECRET_INPUT_H

#include <stddef.h>

#include "tools/accesstoken/errors.h"

/* The longest text that is taken, with all blanks around the secret. */
#define SECRET_INPUT_MAX 512
#define SECRET_INPUT_SIZE (SECRET_INPUT_MAX + 1) /* one too many */

/*
 * Reads to the end of standard input, or one line without echo from a
 * terminal, where the user is asked first.  A text that is too long is
 * EXIT_REFUSED.  Wipe the buffer afterwards in any case.
 */
enum exit_code secret_read(const char *prompt,
                           char buffer[static SECRET_INPUT_SIZE],
                           size_t *length);

#endif
