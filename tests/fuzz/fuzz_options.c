/*
 * fuzz_options.c - the words after pam_accesstoken.so in a service file. The
 * input is the name of the service and the words, each of which ends with a
 * NUL or a line feed. An accepted option keeps its rule, independently of the
 * other words. A word is reported as wrong, by name, if and only if a parser
 * of that word alone reports it.
 */
#include "tests/fuzz/fuzz.h"

#include "pam_accesstoken/options.h"
#include "tokenstore/tokenstore.h"

#define WORDS_MAX 32

static void require_bad_is_text(const struct options *options) {
    REQUIRE(memchr(options->bad, '\0', sizeof(options->bad)) != NULL);
    REQUIRE(strchr(options->bad, '=') == NULL);
}

static void require_rules(const struct options *options) {
    const char *store = options->store;

    if (store != NULL)
        REQUIRE(store[0] == '/' || strncmp(store, "tdb:/", 5) == 0 ||
                strncmp(store, "unix:/", 6) == 0);
    if (options->prompt != NULL)
        REQUIRE(options->prompt[0] != '\0');
    if (options->warn != NULL)
        REQUIRE(options_warn(options, -1) >= 0);
    else
        REQUIRE(options_warn(options, -1) == -1);
    require_bad_is_text(options);
    if (options->bad_reason == NULL)
        REQUIRE(options->bad[0] == '\0');
}

/* A scope that is accepted is one that a token can have. */
static void require_scope(const struct options *options) {
    struct tokenstore_token *token = NULL;

    REQUIRE(tokenstore_token_new(&token) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_add_scope(token, options->scope) ==
            TOKENSTORE_OK);
    tokenstore_token_free(&token);
}

/* Parses each word alone. Returns what is wrong with the first wrong one, or
 * NULL. */
static const char *first_reason(int count, const char **words, int *which) {
    for (int i = 0; i < count; i++) {
        struct options alone = {.store = NULL};

        options_parse(&alone, 1, words + i);
        require_rules(&alone);
        *which = i;
        if (alone.bad_reason != NULL)
            return alone.bad_reason;
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct options options = {.store = NULL};
    const char *words[WORDS_MAX];
    char *text = fuzz_text(data, size);
    char *service = text;
    const char *reason;
    int count = 0;
    int which;

    for (char *c = text; c < text + size; c++) {
        if (*c == '\n')
            *c = '\0';
        if (*c == '\0' && count < WORDS_MAX)
            words[count++] = c + 1;
    }
    options_parse(&options, count, words);
    require_rules(&options);
    reason = first_reason(count, words, &which);
    REQUIRE(options.bad_reason == reason);
    if (reason != NULL)
        REQUIRE(strncmp(words[which], options.bad, strlen(options.bad)) == 0);
    if (options.scope != NULL)
        require_scope(&options);
    options_default_scope(&options, service);
    require_rules(&options);
    if (options.bad_reason == NULL)
        require_scope(&options);
    free(text);
    return 0;
}
