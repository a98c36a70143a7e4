/*
 * limits_file.c - read limits.conf; see limits_file.h and
 * accesstoken-limits.conf(5).  Must never pass over what it does not
 * understand: a limit that is misspelt is not a limit.
 *
 * libinih splits lines into keys and values.  What it would take in good part
 * (a line too long for it, which it breaks in two, text behind a NUL, a line
 * that goes on in the next) is refused before it comes to that.
 */
#include <config.h>

#include "tools/common/limits_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 65536
#define LINE_MAX_LENGTH 190 /* libinih has room for 199 */

struct reading {
    struct limits *limits;
    unsigned int seen; /* one bit a key of the table below */
    char problem[256]; /* the first one */
};

/* What is wrong with the line that is being read; returns false. */
static bool wrong(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool wrong(struct reading *reading, const char *format, ...) {
    va_list arguments;

    if (reading->problem[0] != '\0')
        return false;
    va_start(arguments, format);
    vsnprintf(reading->problem, sizeof(reading->problem), format, arguments);
    va_end(arguments);
    return false;
}

/* -------------------------------------------------------------------- keys */

/* PAM services that make whoever passes somebody else: what users issue
 * themselves must not be good for them, nor for the reserved scopes. */
static bool is_for_users(const char *scope) {
    static const char *const others[] = {"sudo",  "sudo-i",   "su",  "su-l",
                                         "login", "polkit-1", "doas"};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(scope, others[i]) == 0)
            return false;
    return strncmp(scope, "tokens:", strlen("tokens:")) != 0;
}

static bool take_scope(struct reading *reading, const char *scope) {
    struct limits *limits = reading->limits;
    const size_t length = strlen(scope);

    if (length > TOKENSTORE_SCOPE_MAX ||
        scope[strspn(scope, "abcdefghijklmnopqrstuvwxyz0123456789._:-")] !=
            '\0')
        return wrong(reading, "self_service_scopes: '%s': %s", scope,
                     tokenstore_strerror(TOKENSTORE_ERROR_INVALID_SCOPE));
    if (!is_for_users(scope))
        return wrong(reading,
                     "self_service_scopes: '%s' is not for users to issue",
                     scope);
    if (limits->self_service_count == LIMITS_SCOPES_MAX)
        return wrong(reading, "self_service_scopes: more than %d",
                     LIMITS_SCOPES_MAX);
    memcpy(limits->self_service[limits->self_service_count++], scope,
           length + 1);
    return true;
}

static bool take_scopes(struct reading *reading, const char *value) {
    char words[LINE_MAX_LENGTH + 1];
    char *place = NULL;
    bool good = true;

    snprintf(words, sizeof(words), "%s", value);
    for (char *word = strtok_r(words, " \t", &place); word != NULL && good;
         word = strtok_r(NULL, " \t", &place))
        good = take_scope(reading, word);
    if (good && reading->limits->self_service_count == 0)
        return wrong(reading, "self_service_scopes: names no scope");
    return good;
}

static bool take_number(struct reading *reading, const char *value) {
    unsigned long number = 0;

    errno = 0;
    if (*value != '\0' && value[strspn(value, "0123456789")] == '\0')
        number = strtoul(value, NULL, 10);
    if (number < 1 || number > UINT32_MAX || errno != 0)
        return wrong(reading, "tokens_per_user: '%s': not a number, 1 or more",
                     value);
    reading->limits->store.tokens_per_user = (uint32_t)number;
    return true;
}

static bool take_duration(struct reading *reading, const char *key,
                          const char *value, int64_t *seconds) {
    const struct limits *limits = reading->limits;
    const enum tokenstore_error error =
        tokenstore_duration_parse(value, seconds);

    if (error == TOKENSTORE_ERROR_TIME_RANGE)
        return wrong(reading, "%s: '%s': beyond the year 9999", key, value);
    if (error != TOKENSTORE_OK || *seconds == 0)
        return wrong(reading, "%s: '%s': not a duration such as 90d or 12h",
                     key, value);
    if (limits->store.lifetime_max != 0 &&
        limits->lifetime_default > limits->store.lifetime_max)
        return wrong(reading, "lifetime_default is longer than lifetime_max");
    return true;
}

static bool take_lifetime_max(struct reading *reading, const char *value) {
    return take_duration(reading, "lifetime_max", value,
                         &reading->limits->store.lifetime_max);
}

static bool take_lifetime_default(struct reading *reading, const char *value) {
    return take_duration(reading, "lifetime_default", value,
                         &reading->limits->lifetime_default);
}

static bool take_name_required(struct reading *reading, const char *value) {
    reading->limits->store.name_required = strcmp(value, "yes") == 0;
    return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ||
           wrong(reading, "name_required: '%s': not yes or no", value);
}

static const struct {
    const char *name;
    bool (*take)(struct reading *reading, const char *value);
} keys[] = {
    {"lifetime_default", take_lifetime_default},
    {"lifetime_max", take_lifetime_max},
    {"name_required", take_name_required},
    {"self_service_scopes", take_scopes},
    {"tokens_per_user", take_number},
};

/* ------------------------------------------------------------------- lines */

/* Cut a comment off; libinih does that for one that begins with ';'. */
static void take_value(const char *from, char value[LINE_MAX_LENGTH + 1]) {
    char *comment;

    snprintf(value, LINE_MAX_LENGTH + 1, "%s", from);
    comment = strchr(value, '#');
    if (comment == NULL ||
        (comment > value && comment[-1] != ' ' && comment[-1] != '\t'))
        return;
    while (comment > value && (comment[-1] == ' ' || comment[-1] == '\t'))
        comment--;
    *comment = '\0';
}

/* libinih's handler; 0 makes it remember the number of the line. */
static int take_key(void *argument, const char *section, const char *name,
                    const char *from) {
    struct reading *reading = argument;
    char value[LINE_MAX_LENGTH + 1];

    (void)section; /* there is none */
    take_value(from, value);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (strcmp(name, keys[i].name) != 0)
            continue;
        if ((reading->seen & 1u << i) != 0)
            return wrong(reading, "%s is there twice", name);
        reading->seen |= 1u << i;
        return keys[i].take(reading, value);
    }
    return wrong(reading, "unknown key '%s'", name);
}

/* What libinih would not mind in a line, or not say what is wrong with. */
static const char *judge_line(const char *line, size_t length) {
    const size_t indent = strspn(line, " \t");

    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length > LINE_MAX_LENGTH)
        return "the line is too long";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t')
            return "a control character";
    if (indent >= length || line[indent] == '#' || line[indent] == ';')
        return NULL;
    if (indent > 0)
        return "the line begins with white space";
    if (line[0] == '[')
        return "there are no sections here";
    return memchr(line, '=', length) != NULL ? NULL
                                             : "not of the form 'key = value'";
}

/* The number of the first line that is wrong, 0 when none is. */
static int judge_lines(struct reading *reading, const char *text,
                       size_t length) {
    int number = 0;

    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        const size_t size =
            end != NULL ? (size_t)(end - (text + at)) : length - at;
        const char *problem = judge_line(text + at, size);

        number++;
        if (problem != NULL) {
            wrong(reading, "%s", problem);
            return number;
        }
        at += size + 1;
    }
    return 0;
}

/* -------------------------------------------------------------------- file */

const char *limits_default_path(void) { return CONFDIR "/limits.conf"; }

/* All of it; false with errno, EFBIG where it is no such file. */
static bool read_all(int fd, char text[FILE_MAX + 1], size_t *length) {
    ssize_t count;

    *length = 0;
    while ((count = read(fd, text + *length, FILE_MAX + 1 - *length)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        *length += (size_t)count;
        if (*length > FILE_MAX) {
            errno = EFBIG;
            return false;
        }
    }
    text[*length] = '\0';
    return true;
}

static bool parse(const char *path, const char *text, size_t length,
                  struct limits *limits, char *message, size_t size) {
    struct reading reading = {.limits = limits};
    int line = judge_lines(&reading, text, length);

    if (line == 0)
        line = ini_parse_string(text, take_key, &reading);
    if (line == 0)
        return true;
    snprintf(message, size, "%s:%d: %s", path, line, reading.problem);
    return false;
}

bool limits_read(const char *path, struct limits *limits, char *message,
                 size_t size) {
    const char *file = path != NULL ? path : limits_default_path();
    char why[TOKENSTORE_MESSAGE_SIZE];
    char *text = NULL;
    size_t length;
    bool good = false;
    int fd;
    enum tokenstore_error error;

    memset(limits, 0, sizeof(*limits));
    error = tokenstore_open_trusted(file, &fd, why);
    if (error == TOKENSTORE_ERROR_MISSING && path == NULL)
        return true;
    limits->found = error == TOKENSTORE_OK;
    if (error != TOKENSTORE_OK) {
        /* It may be about a directory above. */
        snprintf(message, size, "no limits: %s", why);
        return false;
    }
    text = malloc(FILE_MAX + 1);
    if (text == NULL || !read_all(fd, text, &length))
        snprintf(message, size, "%s: %s", file, strerror(errno));
    else
        good = parse(file, text, length, limits, message, size);
    if (!good) /* half of them are none */
        memset(limits, 0, sizeof(*limits));
    free(text);
    close(fd);
    return good;
}
