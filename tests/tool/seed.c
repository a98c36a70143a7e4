/*
 * seed.c - fills a store for the tests of the tool, faster than one run of the
 * tool for each token.  Uses only the public interface, and prints ids, but
 * never a secret.
 *
 *     seed STORE COUNT USERS [SECONDS]
 *
 * creates COUNT tokens for the virtual users "tester-1" to "tester-USERS" in
 * turn, which expire in SECONDS or never, and prints "ID USER" for each.
 */
#include <config.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/create_many.h"
#include "tokenstore/tokenstore.h"

static void must(enum tokenstore_error error, const char *what) {
    if (error != TOKENSTORE_OK)
        errx(1, "%s: %s", what, tokenstore_strerror(error));
}

/* Returns the values of a token for the n-th user, which the caller frees. */
static struct tokenstore_token *token_for(unsigned long n, int64_t expires) {
    struct tokenstore_identity *given = NULL, *user = NULL;
    struct tokenstore_token *token = NULL;
    char name[32];

    snprintf(name, sizeof(name), "tester-%lu", n);
    must(tokenstore_identity_parse(name, &given), name);
    must(tokenstore_identity_resolve(given, true, &user), name);
    must(tokenstore_token_new(&token), name);
    must(tokenstore_token_set_user(token, user), name);
    must(tokenstore_token_set_expiration_time(token, expires), name);
    tokenstore_identity_free(&given);
    tokenstore_identity_free(&user);
    return token;
}

#define PIECE 1000

int main(int argc, char **argv) {
    struct tokenstore_token **tokens;
    struct tokenstore_bearer bearers[PIECE];
    struct tokenstore *store = NULL;
    unsigned long count, users;
    int64_t expires = TOKENSTORE_NEVER;

    if (argc != 4 && argc != 5)
        errx(2, "usage: seed STORE COUNT USERS [SECONDS]");
    if (argc == 5)
        expires = time(NULL) + strtol(argv[4], NULL, 10);
    count = strtoul(argv[2], NULL, 10);
    users = strtoul(argv[3], NULL, 10);
    if (users < 1)
        errx(2, "no users");
    tokens = calloc(users, sizeof(struct tokenstore_token *));
    if (tokens == NULL)
        err(1, NULL);
    must(tokenstore_open(argv[1], &store), argv[1]);
    for (unsigned long i = 0; i < users; i++)
        tokens[i] = token_for(i + 1, expires);
    for (unsigned long first = 0; first < count; first += PIECE) {
        const struct tokenstore_token *wanted[PIECE];
        size_t created, n = count - first < PIECE ? count - first : PIECE;
        uint64_t ids[PIECE];

        for (size_t i = 0; i < n; i++)
            wanted[i] = tokens[(first + i) % users];
        must(create_many(store, wanted, n, time(NULL), bearers, ids, &created),
             tokenstore_message(store));
        for (size_t i = 0; i < n; i++)
            printf("%" PRIu64 " tester-%lu\n", ids[i],
                   (first + i) % users + 1);
    }
    for (unsigned long i = 0; i < users; i++)
        tokenstore_token_free(&tokens[i]);
    free(tokens);
    tokenstore_close(&store);
    return fflush(stdout) == 0 ? 0 : 1;
}
