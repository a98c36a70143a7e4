/*
 * option_values.c - take the value of one option, or print why it is refused.
 * Numbers are decimal digits alone, so that "7x", "+7" or "0x7" is never an
 * id.
 */
#include <config.h>

#include "tools/accesstoken/option_values.h"

#include <string.h>
#include <unistd.h>

#include "tools/accesstoken/calendar.h"
#include "tools/accesstoken/message.h"
#include "tools/common/decimal.h"

/* Accounts with uids up to this one are packages', such as the owner of the
 * system's store, and not people's. */
#define SYSTEM_UID_MAX 999

static void *field_of(struct options *options,
                      const struct option_rule *rule) {
    return (char *)options + rule->field;
}

static enum exit_code failed(const struct option_rule *rule, const char *value,
                             enum tokenstore_error error) {
    char option[32];

    snprintf(option, sizeof(option), "--%s", rule->name);
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed(option, value, error);
}

enum exit_code take_switch(struct options *options,
                           const struct option_rule *rule, const char *value) {
    (void)value; /* there is none */
    *(bool *)field_of(options, rule) = true;
    return EXIT_OK;
}

enum exit_code take_text(struct options *options,
                         const struct option_rule *rule, const char *value) {
    *(const char **)field_of(options, rule) = value;
    return EXIT_OK;
}

/* Takes a duration that begins now, or with "back" ends now: that matters for
 * calendar months. */
static enum exit_code take_span(struct options *options,
                                const struct option_rule *rule,
                                const char *value, bool back) {
    int64_t *seconds = field_of(options, rule);
    enum tokenstore_error error;
    int64_t end = 0;
    int months;

    if (calendar_parse(value, &months)) {
        error = calendar_shift(options->now, back ? -months : months, &end);
        *seconds = back ? options->now - end : end - options->now;
    } else {
        error = tokenstore_duration_parse(value, seconds);
    }
    if (error == TOKENSTORE_OK)
        return EXIT_OK;
    complain(error == TOKENSTORE_ERROR_TIME_RANGE
                 ? "--%s '%s': beyond the year 9999"
                 : "--%s '%s': not a duration such as 12h, 7d or 6mo",
             rule->name, value);
    return exit_code(error);
}

enum exit_code take_duration(struct options *options,
                             const struct option_rule *rule,
                             const char *value) {
    return take_span(options, rule, value, false);
}

enum exit_code take_age(struct options *options,
                        const struct option_rule *rule, const char *value) {
    return take_span(options, rule, value, true);
}

enum exit_code take_sort(struct options *options,
                         const struct option_rule *rule, const char *value) {
    const char *nearest;

    if (token_order_parse(value, &options->order))
        return EXIT_OK;
    nearest = token_order_nearest(value);
    if (nearest != NULL)
        complain("--%s '%s': not " TOKEN_ORDER_FIELDS "; did you mean '%s%s'?",
                 rule->name, value, *value == '-' ? "-" : "", nearest);
    else
        complain("--%s '%s': not " TOKEN_ORDER_FIELDS, rule->name, value);
    return EXIT_USAGE;
}

enum exit_code take_issued_by(struct options *options,
                              const struct option_rule *rule,
                              const char *value) {
    if (*value != '0' &&
        decimal_parse(value, UINT32_MAX, &options->issued_by) &&
        options->issued_by <= UINT32_MAX)
        return EXIT_OK;
    complain("--%s '%s': not an id, 1 to 4294967295", rule->name, value);
    return EXIT_USAGE;
}

/* A larger limit than the library's is lowered. */
enum exit_code take_limit(struct options *options,
                          const struct option_rule *rule, const char *value) {
    uint64_t number;

    if (*value == '0' ||
        !decimal_parse(value, TOKENSTORE_LIMIT_MAX, &number)) {
        complain("--%s '%s': not a number, 1 or more", rule->name, value);
        return EXIT_USAGE;
    }
    if (number > TOKENSTORE_LIMIT_MAX)
        number = TOKENSTORE_LIMIT_MAX;
    options->limit = (uint32_t)number;
    return EXIT_OK;
}

enum exit_code take_user(struct options *options,
                         const struct option_rule *rule, const char *value) {
    options->user_text = value;
    tokenstore_identity_free(&options->user);
    return failed(rule, value,
                  tokenstore_identity_parse(value, &options->user));
}

enum exit_code take_name(struct options *options,
                         const struct option_rule *rule, const char *value) {
    options->fields |= TOKENSTORE_FIELD_NAME;
    return failed(rule, value,
                  tokenstore_token_set_name(options->token, value));
}

enum exit_code take_scope(struct options *options,
                          const struct option_rule *rule, const char *value) {
    options->fields |= TOKENSTORE_FIELD_SCOPES;
    return failed(rule, value,
                  tokenstore_token_add_scope(options->token, value));
}

/*
 * Refuses a scope that the caller may not grant.  Only root may grant the
 * reserved scopes, and the owner of a store of their own; the account that
 * root has given the system's store to may not.
 */
static enum exit_code check_grant(const struct option_rule *rule,
                                  const char *value) {
    const uid_t uid = geteuid();

    if (uid == 0 || uid > SYSTEM_UID_MAX ||
        strncmp(value, "tokens:", strlen("tokens:")) != 0)
        return EXIT_OK;
    complain("--%s '%s': only root may grant it", rule->name, value);
    return EXIT_DENIED;
}

enum exit_code take_granted_scope(struct options *options,
                                  const struct option_rule *rule,
                                  const char *value) {
    const enum exit_code code = check_grant(rule, value);

    return code == EXIT_OK ? take_scope(options, rule, value) : code;
}

enum exit_code take_added_scope(struct options *options,
                                const struct option_rule *rule,
                                const char *value) {
    const enum exit_code code = check_grant(rule, value);

    if (code != EXIT_OK)
        return code;
    return failed(rule, value,
                  tokenstore_token_add_scope(options->added, value));
}

enum exit_code take_removed_scope(struct options *options,
                                  const struct option_rule *rule,
                                  const char *value) {
    return failed(rule, value,
                  tokenstore_token_add_scope(options->removed, value));
}

enum exit_code take_added_network(struct options *options,
                                  const struct option_rule *rule,
                                  const char *value) {
    return failed(rule, value,
                  tokenstore_token_add_network(options->added, value));
}

enum exit_code take_removed_network(struct options *options,
                                    const struct option_rule *rule,
                                    const char *value) {
    return failed(rule, value,
                  tokenstore_token_add_network(options->removed, value));
}

enum exit_code take_status(struct options *options,
                           const struct option_rule *rule, const char *value) {
    options->filter.status = value;
    if (token_status_is_valid(value))
        return EXIT_OK;
    complain("--%s '%s': not active, disabled or expired", rule->name, value);
    return EXIT_USAGE;
}

/* Takes a scope by which a list is narrowed. */
enum exit_code take_listed_scope(struct options *options,
                                 const struct option_rule *rule,
                                 const char *value) {
    options->filter.scope = value;
    return failed(rule, value,
                  tokenstore_scope_is_valid(value)
                      ? TOKENSTORE_OK
                      : TOKENSTORE_ERROR_INVALID_SCOPE);
}

enum exit_code take_network(struct options *options,
                            const struct option_rule *rule,
                            const char *value) {
    options->fields |= TOKENSTORE_FIELD_NETWORKS;
    return failed(rule, value,
                  tokenstore_token_add_network(options->token, value));
}

/* Takes a time that is later than now. */
enum exit_code take_expiry(struct options *options,
                           const struct option_rule *rule, const char *value) {
    int64_t time = 0;
    int months;
    enum tokenstore_error error =
        calendar_parse(value, &months)
            ? calendar_shift(options->now, months, &time)
            : tokenstore_time_parse(value, options->now, &time);

    if (error == TOKENSTORE_OK && time <= options->now)
        error = TOKENSTORE_ERROR_TIME_RANGE;
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_expiration_time(options->token, time);
    options->fields |= TOKENSTORE_FIELD_EXPIRATION_TIME;
    return failed(rule, value, error);
}

/* Takes an address, which may have a zone ("fe80::1%eth0"). */
enum exit_code take_address(struct options *options,
                            const struct option_rule *rule,
                            const char *value) {
    char address[TOKENSTORE_ADDRESS_SIZE];
    const enum tokenstore_error error =
        tokenstore_address_format(value, address);

    if (error != TOKENSTORE_OK)
        return failed(rule, value, error);
    options->address = value;
    return EXIT_OK;
}
