/*
 * options.c - the options of the module: one table, one parser.
 * Must never log, nor end a login: people who present a password must not be
 * locked out by a wrong option, so authenticate.c decides when it matters.
 */
#include <config.h>

#include "pam_accesstoken/options.h"

#include <stddef.h>
#include <string.h>

#include "tokenstore/tokenstore.h"

/* Each check returns what is wrong with the value, or NULL if it is good. */

static const char *check_store(const char *value) {
    if (strncmp(value, "tdb:", 4) == 0)
        value += 4;
    else if (strncmp(value, "unix:", 5) == 0)
        value += 5;
    else if (strncmp(value, "http", 4) == 0)
        return "names a remote server: run accesstokend on this host, and "
               "use unix:/PATH";
    return value[0] == '/' ? NULL
                           : "needs an absolute path, tdb:/PATH or unix:/PATH";
}

static const char *check_scope(const char *value) {
    return tokenstore_scope_is_valid(value)
               ? NULL
               : "needs 1 to 64 of a-z 0-9 . _ : -";
}

static const char *check_prompt(const char *value) {
    return value[0] != '\0' ? NULL : "needs a text";
}

static const char *check_warn(const char *value) {
    int64_t seconds;

    return tokenstore_duration_parse(value, &seconds) == TOKENSTORE_OK
               ? NULL
               : "needs a duration such as 7d, or 0s for no warning";
}

/* An option with a check has a value, and its field is a const char *; one
 * without is a switch, and its field is a bool. */
static const struct option {
    const char *name;
    const char *(*check)(const char *value);
    size_t field;
} table[] = {
    {"debug", NULL, offsetof(struct options, debug)},
    {"nodelay", NULL, offsetof(struct options, nodelay)},
    {"prompt", check_prompt, offsetof(struct options, prompt)},
    {"quiet", NULL, offsetof(struct options, quiet)},
    {"scope", check_scope, offsetof(struct options, scope)},
    {"store", check_store, offsetof(struct options, store)},
    {"try_first_pass", NULL, offsetof(struct options, try_first_pass)},
    {"use_first_pass", NULL, offsetof(struct options, use_first_pass)},
    {"warn", check_warn, offsetof(struct options, warn)},
};

static const struct option *find(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strlen(table[i].name) == length &&
            memcmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

/* Keeps the name of the option and what is wrong with it, if it is the first
 * that is wrong. */
static void complain(struct options *options, const char *word,
                     const char *reason) {
    size_t length = strcspn(word, "=");

    if (options->bad_reason != NULL)
        return;
    if (length >= sizeof(options->bad))
        length = sizeof(options->bad) - 1;
    memcpy(options->bad, word, length);
    options->bad[length] = '\0';
    options->bad_reason = reason;
}

/* Sets the option that the word names.  Returns what is wrong with the word,
 * or NULL. */
static const char *take(struct options *options, const char *word) {
    size_t length = strcspn(word, "=");
    const struct option *option = find(word, length);
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    char *field;
    const char *reason;

    if (option == NULL)
        return "is unknown";
    field = (char *)options + option->field;
    if (option->check == NULL) {
        if (value != NULL)
            return "takes no value";
        *(bool *)(void *)field = true;
        return NULL;
    }
    if (value == NULL)
        return "needs a value";
    reason = option->check(value);
    if (reason == NULL)
        *(const char **)(void *)field = value;
    return reason;
}

void options_parse(struct options *options, int argc, const char **argv) {
    for (int i = 0; i < argc; i++) {
        const char *reason = take(options, argv[i]);

        if (reason != NULL)
            complain(options, argv[i], reason);
    }
}

/* Returns the service of which this is a variant with a name of its own, NULL
 * if it is none. */
static const char *base_of(const char *service) {
    static const char *const variants[][2] = {{"su-l", "su"},
                                              {"sudo-i", "sudo"}};

    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
        if (strcmp(service, variants[i][0]) == 0)
            return variants[i][1];
    return NULL;
}

void options_default_scope(struct options *options, const char *service) {
    if (options->scope != NULL)
        return;
    options->scope = service != NULL ? service : "";
    options->base = base_of(options->scope);
    if (check_scope(options->scope) != NULL)
        complain(options, "scope",
                 "must be given: the name of the service is not a scope");
}

int64_t options_warn(const struct options *options, int64_t otherwise) {
    int64_t seconds;

    if (options->warn == NULL ||
        tokenstore_duration_parse(options->warn, &seconds) != TOKENSTORE_OK)
        return otherwise;
    return seconds;
}
