/*
 * limits_file.c - read limits.conf, which accesstoken-limits.conf(5)
 * describes.  Must never skip what it does not understand: a limit that is
 * misspelt is not a limit.
 */
#include <config.h>

#include "tools/common/limits_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/config_file.h"
#include "tools/common/decimal.h"

/* Enough for a person and for a script, too little to use up the ids. */
#define CREATION_BURST 20
#define CREATION_INTERVAL 10 /* seconds */

/* -------------------------------------------------------------------- keys */

/* Scopes that users may issue themselves.  PAM services that give the rights
 * of somebody else are not among them, nor are the reserved scopes. */
static bool is_for_users(const char *scope) {
    static const char *const others[] = {"sudo",  "sudo-i",   "su",  "su-l",
                                         "login", "polkit-1", "doas"};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(scope, others[i]) == 0)
            return false;
    return strncmp(scope, "tokens:", strlen("tokens:")) != 0;
}

static bool add_scope(struct limits *limits, const char *scope,
                      char why[static CONFIG_WHY_SIZE]) {
    if (!tokenstore_scope_is_valid(scope))
        return config_wrong(
            why, "self_service_scopes: '%s': %s", scope,
            tokenstore_strerror(TOKENSTORE_ERROR_INVALID_SCOPE));
    if (!is_for_users(scope))
        return config_wrong(why,
                            "self_service_scopes: '%s' is not for users to "
                            "issue",
                            scope);
    if (limits->self_service_count == LIMITS_SCOPES_MAX)
        return config_wrong(why, "self_service_scopes: more than %d",
                            LIMITS_SCOPES_MAX);
    strcpy(limits->self_service[limits->self_service_count++], scope);
    return true;
}

static bool take_scopes(void *target, const char *value,
                        char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;
    char words[CONFIG_LINE_MAX + 1];
    char *rest = NULL;

    snprintf(words, sizeof(words), "%s", value);
    for (char *word = strtok_r(words, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest))
        if (!add_scope(limits, word, why))
            return false;
    return limits->self_service_count > 0 ||
           config_wrong(why, "self_service_scopes: names no scope");
}

static bool take_number(const char *key, const char *value, uint32_t *taken,
                        char why[static CONFIG_WHY_SIZE]) {
    uint64_t number;

    if (!decimal_parse(value, UINT32_MAX, &number) || number < 1 ||
        number > UINT32_MAX)
        return config_wrong(why, "%s: '%s': not a number, 1 or more", key,
                            value);
    *taken = (uint32_t)number;
    return true;
}

static bool take_tokens_per_user(void *target, const char *value,
                                 char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    return take_number("tokens_per_user", value,
                       &limits->store.tokens_per_user, why);
}

static bool take_creation_burst(void *target, const char *value,
                                char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    return take_number("creation_burst", value, &limits->creation_burst, why);
}

static bool take_duration(const struct limits *limits, const char *key,
                          const char *value, int64_t *seconds,
                          char why[static CONFIG_WHY_SIZE]) {
    const enum tokenstore_error error =
        tokenstore_duration_parse(value, seconds);

    if (error == TOKENSTORE_ERROR_TIME_RANGE)
        return config_wrong(why, "%s: '%s': beyond the year 9999", key, value);
    if (error != TOKENSTORE_OK || *seconds == 0)
        return config_wrong(why, "%s: '%s': not a duration such as 90d or 12h",
                            key, value);
    if (limits->store.lifetime_max != 0 &&
        limits->lifetime_default > limits->store.lifetime_max)
        return config_wrong(why,
                            "lifetime_default is longer than lifetime_max");
    return true;
}

static bool take_lifetime_max(void *target, const char *value,
                              char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    return take_duration(limits, "lifetime_max", value,
                         &limits->store.lifetime_max, why);
}

static bool take_lifetime_default(void *target, const char *value,
                                  char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    return take_duration(limits, "lifetime_default", value,
                         &limits->lifetime_default, why);
}

static bool take_creation_interval(void *target, const char *value,
                                   char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    return take_duration(limits, "creation_interval", value,
                         &limits->creation_interval, why);
}

static bool take_name_required(void *target, const char *value,
                               char why[static CONFIG_WHY_SIZE]) {
    struct limits *limits = target;

    limits->store.name_required = strcmp(value, "yes") == 0;
    return limits->store.name_required || strcmp(value, "no") == 0 ||
           config_wrong(why, "name_required: '%s': not yes or no", value);
}

static const struct config_key keys[] = {
    {"creation_burst", take_creation_burst},
    {"creation_interval", take_creation_interval},
    {"lifetime_default", take_lifetime_default},
    {"lifetime_max", take_lifetime_max},
    {"name_required", take_name_required},
    {"self_service_scopes", take_scopes},
    {"tokens_per_user", take_tokens_per_user},
};

/* -------------------------------------------------------------------- file */

const char *limits_default_path(void) { return CONFDIR "/limits.conf"; }

bool limits_read_open(int fd, const char *name, struct limits *limits,
                      char *message, size_t size) {
    memset(limits, 0, sizeof(*limits));
    limits->creation_burst = CREATION_BURST;
    limits->creation_interval = CREATION_INTERVAL;
    limits->found = true;
    if (config_file_read(fd, name, keys, sizeof(keys) / sizeof(*keys), limits,
                         message, size))
        return true;
    memset(limits, 0, sizeof(*limits)); /* never a part of them */
    return false;
}

bool limits_read(const char *path, struct limits *limits, char *message,
                 size_t size) {
    const char *file = path != NULL ? path : limits_default_path();
    char why[TOKENSTORE_MESSAGE_SIZE];
    enum tokenstore_error error;
    bool good;
    int fd;

    memset(limits, 0, sizeof(*limits));
    limits->creation_burst = CREATION_BURST;
    limits->creation_interval = CREATION_INTERVAL;
    error = tokenstore_open_trusted(file, &fd, why);
    if (error == TOKENSTORE_ERROR_MISSING && path == NULL)
        return true;
    if (error != TOKENSTORE_OK) {
        /* It names the file, or a directory above it. */
        snprintf(message, size, "no limits: %s", why);
        memset(limits, 0, sizeof(*limits));
        return false;
    }
    good = limits_read_open(fd, file, limits, message, size);
    close(fd);
    return good;
}
