/*
 * write_all.h - write until everything is written.
 */
#ifndef TOOLS_COMMON_WRITE_ALL_H
#define TOOLS_COMMON_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all of the data to the descriptor, also after an interruption.
 * Returns false with errno on an error; a part may be written then. */
bool write_all(int fd, const char *data, size_t length);

#endif
