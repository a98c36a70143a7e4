/*
 * pam_script.h - read a .conv file step by step.
 */
#ifndef TESTS_PAM_PAM_SCRIPT_H
#define TESTS_PAM_PAM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEP_WORDS_MAX 16
#define STEP_BODY_MAX 32

/* One step of a file, with its @names replaced. */
struct step {
    const char *file;
    int number;
    char *words[STEP_WORDS_MAX]; /* of the line that is not indented */
    size_t word_count;
    char *body[STEP_BODY_MAX]; /* the indented lines below it */
    size_t body_count;
};

/* Opens the file; there is one at a time. */
void script_open(const char *file);

/* Reads the next step, which stays valid until the next call.  Returns false
 * at the end of the file. */
bool script_next(struct step *step);

/* Closes the file and frees the names. */
void script_close(void);

/* Prints a mistake in the file, and ends the driver with status 99. */
_Noreturn void script_error(const struct step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns a word of the step.  Ends the driver if there are fewer words. */
const char *step_word(const struct step *step, size_t index);

/* Returns what follows "NAME=" in a word, or NULL if the word does not begin
 * with that. */
const char *step_value(const struct step *step, size_t index,
                       const char *name);
/* Returns the seconds of a text such as "+2h" or "-30s". */
int64_t step_seconds(const struct step *step, const char *text);

/* Sets the value of @NAME and its suffix for the lines that follow. */
void script_set(const char *name, const char *suffix, const char *value);

/* Returns the value of @NAME and its suffix.  Ends the driver if there is
 * none. */
const char *script_get(const struct step *step, const char *name,
                       const char *suffix);

#endif
