/*
 * config_file.h - read a configuration file: a table of keys, and errors that
 * name the file and the line.
 *
 * A line is "key = value".  A line that is empty or begins with '#' or ';',
 * after white space or not, is skipped.  In a value, '#' or ';' at its
 * beginning or after white space starts a comment.  White space around keys
 * and values does not count.  Every line must be understood: an unknown key, a
 * key that appears twice, a line that begins with white space, a section, a
 * control character (NUL included) or a line of more than CONFIG_LINE_MAX
 * bytes is an error.  Lines end with LF or CR LF; the last one need not.  A
 * byte order mark at the beginning of the file is skipped.
 */
#ifndef TOOLS_COMMON_CONFIG_FILE_H
#define TOOLS_COMMON_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILE_MAX 65536 /* bytes of a file */
#define CONFIG_LINE_MAX 190   /* bytes of a line, without its end */
#define CONFIG_KEYS_MAX 32    /* keys of a table */
#define CONFIG_WHY_SIZE 256   /* bytes of an explanation, with its NUL */

/*
 * A key and the function that takes its value (without a comment and without
 * white space around it) into the target.  The function returns false for a
 * wrong value, after it has described the problem with config_wrong().
 */
struct config_key {
    const char *name;
    bool (*take)(void *target, const char *value,
                 char why[static CONFIG_WHY_SIZE]);
};

/* Writes the description of a problem, cut if it is too long; returns false,
 * so that a function can end with it. */
bool config_wrong(char why[static CONFIG_WHY_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Reads the text of a file.  Stops at the first line that is wrong and
 * returns false with the message "NAME:LINE: why"; by then the target holds
 * the values of the lines before.
 */
bool config_file_parse(const char *name, const char *text, size_t length,
                       const struct config_key *keys, size_t count,
                       void *target, char *message, size_t size);

/*
 * The same for an open file, which is read to its end and stays open.  Returns
 * false with the message "NAME: why" if it cannot be read or has more than
 * CONFIG_FILE_MAX bytes.
 */
bool config_file_read(int fd, const char *name, const struct config_key *keys,
                      size_t count, void *target, char *message, size_t size);

#endif
