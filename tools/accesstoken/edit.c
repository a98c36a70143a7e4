/*
 * edit.c - the scopes and networks of a token, with some added and some
 * removed.
 */
#include <config.h>

#include "tools/accesstoken/edit.h"

#include <inttypes.h>
#include <string.h>

#include "tools/accesstoken/message.h"

/* A list of words that restricts a token. */
static const struct kind {
    unsigned int field;
    const char *name, *valid, *option;
    size_t (*count)(const struct tokenstore_token *token);
    const char *(*word)(const struct tokenstore_token *token, size_t index);
    enum tokenstore_error (*add)(struct tokenstore_token *token,
                                 const char *word);
} kinds[] = {
    {TOKENSTORE_FIELD_SCOPES, "scope", "for every service", "scope",
     tokenstore_token_scope_count, tokenstore_token_scope,
     tokenstore_token_add_scope},
    {TOKENSTORE_FIELD_NETWORKS, "network", "from everywhere", "from",
     tokenstore_token_network_count, tokenstore_token_network,
     tokenstore_token_add_network},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static bool has(const struct kind *kind, const struct tokenstore_token *token,
                const char *word) {
    for (size_t i = 0; i < kind->count(token); i++)
        if (strcmp(kind->word(token, i), word) == 0)
            return true;
    return false;
}

unsigned int edit_fields(const struct options *options) {
    unsigned int fields = 0;

    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].count(options->added) > 0 ||
            kinds[i].count(options->removed) > 0)
            fields |= kinds[i].field;
    return fields;
}

/* Makes every check that the list needs. */
static enum exit_code check(const struct kind *kind,
                            const struct options *options,
                            const struct tokenstore_token *before) {
    const uint64_t id = tokenstore_token_id(before);

    if (kind->count(before) == 0) {
        complain("token %" PRIu64 " is valid %s: use --%s to restrict it", id,
                 kind->valid, kind->option);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < kind->count(options->removed); i++) {
        const char *word = kind->word(options->removed, i);

        if (has(kind, before, word))
            continue;
        complain("token %" PRIu64 " does not have the %s '%s'", id, kind->name,
                 word);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* Adds the words of a token to "values", but those that are to be removed. */
static enum tokenstore_error take(const struct kind *kind,
                                  const struct options *options,
                                  const struct tokenstore_token *token,
                                  struct tokenstore_token *values) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; error == TOKENSTORE_OK && i < kind->count(token); i++) {
        const char *word = kind->word(token, i);

        if (!has(kind, options->removed, word) && !has(kind, values, word))
            error = kind->add(values, word);
    }
    return error;
}

static enum exit_code edit(const struct kind *kind,
                           const struct options *options,
                           const struct tokenstore_token *before,
                           struct tokenstore_token *values) {
    enum exit_code code = check(kind, options, before);
    enum tokenstore_error error;

    if (code != EXIT_OK)
        return code;
    error = take(kind, options, before, values);
    if (error == TOKENSTORE_OK)
        error = take(kind, options, options->added, values);
    if (error != TOKENSTORE_OK) {
        complain("token %" PRIu64 ": %s", tokenstore_token_id(before),
                 tokenstore_strerror(error));
        return exit_code(error);
    }
    if (kind->count(values) > 0)
        return EXIT_OK;
    complain("token %" PRIu64 " would have no %s left and be valid %s: use "
             "--any-%s or --disable",
             tokenstore_token_id(before), kind->name, kind->valid, kind->name);
    return EXIT_USAGE;
}

/* Sets the other values that the options give. */
static enum tokenstore_error set_others(const struct options *options,
                                        struct tokenstore_token *values) {
    const struct tokenstore_token *given = options->token;
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < KINDS && error == TOKENSTORE_OK; i++)
        error = take(&kinds[i], options, given, values);
    tokenstore_token_set_enabled(values, tokenstore_token_enabled(given));
    if (error == TOKENSTORE_OK)
        error =
            tokenstore_token_set_name(values, tokenstore_token_name(given));
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_expiration_time(
            values, tokenstore_token_expiration_time(given));
    return error;
}

enum exit_code edit_values(const struct options *options,
                           const struct tokenstore_token *before,
                           struct tokenstore_token **values) {
    const unsigned int fields = edit_fields(options);
    enum exit_code code = EXIT_OK;

    if (tokenstore_token_new(values) != TOKENSTORE_OK ||
        set_others(options, *values) != TOKENSTORE_OK)
        return out_of_memory();
    for (size_t i = 0; code == EXIT_OK && i < KINDS; i++)
        if ((fields & kinds[i].field) != 0)
            code = edit(&kinds[i], options, before, *values);
    return code;
}

bool edit_is_same(const struct tokenstore_token *one,
                  const struct tokenstore_token *other) {
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];

        if (kind->count(one) != kind->count(other))
            return false;
        for (size_t word = 0; word < kind->count(one); word++)
            if (!has(kind, other, kind->word(one, word)))
                return false;
    }
    return true;
}
