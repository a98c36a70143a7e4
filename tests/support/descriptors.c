/*
 * descriptors.c - count the open descriptors.
 */
#include "tests/support/descriptors.h"

#include <fcntl.h>

unsigned int open_descriptors(void) {
    unsigned int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}
