/*
 * long_options.c - getopt_long() without abbreviations, and with errors that
 * suggest the nearest option.
 */
#include <config.h>

#include "tools/common/long_options.h"

#include <stdio.h>
#include <string.h>

#include "tools/common/nearest.h"

#define FIRST_VALUE 256 /* of a long option */

/* Returns the length of "name" in "--name=argument". */
static size_t name_length(const char *word) { return strcspn(word + 2, "="); }

static int unknown(const char *word, const struct option *known,
                   char error[static LONG_OPTIONS_ERROR_SIZE]) {
    char name[64]; /* a longer one is cut */
    struct nearest nearest = {.word = name};
    const int length = (int)name_length(word);

    snprintf(name, sizeof(name), "%.*s", length, word + 2);
    for (; known->name != NULL; known++)
        nearest_offer(&nearest, known->name);
    if (nearest.name != NULL)
        snprintf(error, LONG_OPTIONS_ERROR_SIZE,
                 "unknown option '--%s'; did you mean '--%s'?", name,
                 nearest.name);
    else
        snprintf(error, LONG_OPTIONS_ERROR_SIZE, "unknown option '--%s'",
                 name);
    return LONG_OPTIONS_UNKNOWN;
}

static const struct option *find(const struct option *known, int value) {
    while (known->name != NULL && known->val != value)
        known++;
    return known;
}

/* What getopt_long() refuses: "word" is the last one that it has read. */
static int refuse(const char *word, const struct option *known,
                  const char *what,
                  char error[static LONG_OPTIONS_ERROR_SIZE]) {
    const char *name = find(known, optopt)->name;

    if (optopt >= FIRST_VALUE && name_length(word) == strlen(name)) {
        snprintf(error, LONG_OPTIONS_ERROR_SIZE, "option '--%s' %s", name,
                 what);
        return LONG_OPTIONS_WRONG;
    }
    if (optopt == 0 || optopt >= FIRST_VALUE)
        return unknown(word, known, error);
    snprintf(error, LONG_OPTIONS_ERROR_SIZE, "unknown option '-%c'", optopt);
    return LONG_OPTIONS_UNKNOWN;
}

int long_options_next(int argc, char **argv, const char *letters,
                      const struct option *known,
                      char error[static LONG_OPTIONS_ERROR_SIZE]) {
    int index = -1, value;
    const char *word;

    opterr = 0;
    optopt = 0;
    value = getopt_long(argc, argv, letters, known, &index);
    if (value == LONG_OPTIONS_END)
        return value;
    word = argv[optind - 1];
    if (value == '?')
        return refuse(word, known, "takes no argument", error);
    if (value == ':')
        return refuse(word, known, "requires an argument", error);
    if (value < FIRST_VALUE)
        return value;
    /* An argument that is a word of its own stands after the option. */
    if (optarg == word)
        word = argv[optind - 2];
    return name_length(word) == strlen(known[index].name)
               ? value
               : unknown(word, known, error);
}
