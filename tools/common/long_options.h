/*
 * long_options.h - getopt_long() without abbreviations: an option that a
 * later version adds must not change what a script means.
 */
#ifndef TOOLS_COMMON_LONG_OPTIONS_H
#define TOOLS_COMMON_LONG_OPTIONS_H

#include <getopt.h>

/* Room for an error. */
#define LONG_OPTIONS_ERROR_SIZE 256

enum {
    LONG_OPTIONS_END = -1,
    LONG_OPTIONS_UNKNOWN = -2,
    LONG_OPTIONS_WRONG = -3, /* an argument is missing, or is one too many */
};

/*
 * Returns the value of the next option, whose argument is in optarg, or one of
 * the constants above.  Set optind to 0 before the first call.  Every option
 * in "known" has a value of 256 or more, and "letters" are those of the short
 * options, as for getopt().  The error for an option that is unknown or wrong
 * names it and, if there is one, the nearest known option; nothing is printed.
 */
int long_options_next(int argc, char **argv, const char *letters,
                      const struct option *known,
                      char error[static LONG_OPTIONS_ERROR_SIZE]);

#endif
