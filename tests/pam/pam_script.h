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

/* A line that is not indented, in words, and those below it that are, whole.
 * @names in both have been replaced. */
struct step {
    const char *file;
    int number;
    char *words[STEP_WORDS_MAX];
    size_t word_count;
    char *body[STEP_BODY_MAX];
    size_t body_count;
};

void script_open(const char *file);
/* The step lasts until the next call. */
bool script_next(struct step *step);
void script_close(void);

/* The file is wrong (not the module): ends the driver with 99. */
_Noreturn void script_error(const struct step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the driver when there are not so many words. */
const char *step_word(const struct step *step, size_t index);
/* What follows "NAME=" in a word, or NULL when it is not of this name. */
const char *step_value(const struct step *step, size_t index,
                       const char *name);
/* "+2h", "-30s" */
int64_t step_seconds(const struct step *step, const char *text);

/* What @NAMEsuffix stands for from here on. */
void script_set(const char *name, const char *suffix, const char *value);
const char *script_get(const struct step *step, const char *name,
                       const char *suffix);

#endif
