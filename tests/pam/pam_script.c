/*
 * pam_script.c - read .conv files: steps, words, @names.
 * Knows nothing of PAM.  Ends the driver if it does not understand a line.
 */
#include <config.h>

#include "tests/pam/pam_script.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/pam_fixture.h"

#define NAMES_MAX 64

static struct {
    char *name;
    char *value;
} names[NAMES_MAX];

static FILE *input;
static const char *input_name;
static int line_number;
static char *pending; /* a line of the next step, read already */
static struct step current;

void script_error(const struct step *step, const char *format, ...) {
    va_list arguments;

    fprintf(stderr, "%s:%d: ", step->file, step->number);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(99);
}

/* ------------------------------------------------------------------- names */

static char *find_name(const char *name, size_t length) {
    for (size_t i = 0; i < NAMES_MAX && names[i].name != NULL; i++)
        if (strlen(names[i].name) == length &&
            memcmp(names[i].name, name, length) == 0)
            return names[i].value;
    return NULL;
}

void script_set(const char *name, const char *suffix, const char *value) {
    char *full = NULL;

    if (asprintf(&full, "%s%s", name, suffix) < 0)
        fail_hard("out of memory");
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (names[i].name == NULL || strcmp(names[i].name, full) == 0) {
            free(names[i].name);
            free(names[i].value);
            names[i].name = full;
            names[i].value = strdup(value);
            return;
        }
    fail_hard("more than %d names", NAMES_MAX);
}

const char *script_get(const struct step *step, const char *name,
                       const char *suffix) {
    char full[128];
    const char *value;

    snprintf(full, sizeof(full), "%s%s", name, suffix);
    value = find_name(full, strlen(full));
    if (value == NULL)
        script_error(step, "@%s: not set", full);
    return value;
}

/* The length of the longest name at the start of text that is set. */
static size_t name_length(const char *text) {
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (strncmp(text + length, ".id", 3) == 0 &&
        find_name(text, length + 3) != NULL)
        return length + 3;
    return length;
}

/* Returns a new string with every @name replaced, and "@@" by "@". */
static char *expand(const struct step *step, const char *text) {
    char *out = NULL;
    size_t size;
    FILE *stream = open_memstream(&out, &size);

    if (stream == NULL)
        fail_hard("out of memory");
    for (; *text != '\0'; text++) {
        size_t length;

        if (*text != '@') {
            fputc(*text, stream);
        } else if (text[1] == '@') {
            fputc(*text++, stream);
        } else {
            length = name_length(text + 1);
            if (find_name(text + 1, length) == NULL)
                script_error(step, "@%.*s: not set", (int)length, text + 1);
            fputs(find_name(text + 1, length), stream);
            text += length;
        }
    }
    fclose(stream);
    return out;
}

/* ------------------------------------------------------------------- lines */

void script_open(const char *file) {
    input_name = file;
    input = fopen(file, "re");
    if (input == NULL)
        fail_hard("%s: %s", file, strerror(errno));
}

static bool read_line(void) {
    size_t size = 0;
    ssize_t length;

    while (pending == NULL) {
        length = getline(&pending, &size, input);
        if (length < 0) {
            free(pending);
            pending = NULL;
            return false;
        }
        line_number++;
        if (length > 0 && pending[length - 1] == '\n')
            pending[length - 1] = '\0';
        if (pending[strspn(pending, " \t")] == '\0' || pending[0] == '#') {
            free(pending);
            pending = NULL;
            size = 0;
        }
    }
    return true;
}

/* Splits the text into the words of the step.  Blanks end a word, except
 * between double quotes, which are removed. */
static void split(struct step *step, const char *text) {
    char *word;
    size_t length;
    bool quoted;

    while (*(text += strspn(text, " \t")) != '\0') {
        if (step->word_count == STEP_WORDS_MAX)
            script_error(step, "too many words");
        word = calloc(strlen(text) + 1, 1);
        if (word == NULL)
            fail_hard("out of memory");
        length = 0;
        quoted = false;
        for (; *text != '\0' && (quoted || !isblank((unsigned char)*text));
             text++) {
            if (*text == '"')
                quoted = !quoted;
            else
                word[length++] = *text;
        }
        step->words[step->word_count++] = expand(step, word);
        free(word);
        if (quoted)
            script_error(step, "a quote is not closed");
    }
}

static void clear(struct step *step) {
    for (size_t i = 0; i < step->word_count; i++)
        free(step->words[i]);
    for (size_t i = 0; i < step->body_count; i++)
        free(step->body[i]);
    memset(step, 0, sizeof(*step));
}

static void take_pending(void) {
    free(pending);
    pending = NULL;
}

bool script_next(struct step *step) {
    clear(&current);
    if (!read_line())
        return false;
    current.file = input_name;
    current.number = line_number;
    if (isblank((unsigned char)pending[0]))
        script_error(&current, "indented, but below nothing");
    split(&current, pending);
    take_pending();
    while (read_line() && isblank((unsigned char)pending[0])) {
        if (current.body_count == STEP_BODY_MAX)
            script_error(&current, "too many lines");
        current.body[current.body_count++] =
            expand(&current, pending + strspn(pending, " \t"));
        take_pending();
    }
    *step = current;
    return true;
}

void script_close(void) {
    clear(&current);
    for (size_t i = 0; i < NAMES_MAX; i++) {
        free(names[i].name);
        free(names[i].value);
    }
    fclose(input);
}

/* ------------------------------------------------------------------- words */

const char *step_word(const struct step *step, size_t index) {
    if (index >= step->word_count)
        script_error(step, "a word is missing");
    return step->words[index];
}

const char *step_value(const struct step *step, size_t index,
                       const char *name) {
    size_t length = strlen(name);
    const char *word = step_word(step, index);

    if (strncmp(word, name, length) != 0 || word[length] != '=')
        return NULL;
    return word + length + 1;
}

int64_t step_seconds(const struct step *step, const char *text) {
    int64_t seconds;

    if ((text[0] != '+' && text[0] != '-') ||
        tokenstore_duration_parse(text + 1, &seconds) != TOKENSTORE_OK)
        script_error(step, "%s: not a time such as +2h", text);
    return text[0] == '-' ? -seconds : seconds;
}
