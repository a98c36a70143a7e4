/*
 * issue_by.c - issues tokens in the name of another one, as accesstokend does,
 * for tests of the tool.  Uses only the public interface, and prints ids, but
 * never a secret.
 *
 *     issue_by STORE ISSUER create [COUNT]
 *     issue_by STORE ISSUER rotate ID
 *
 * creates tokens for the virtual user "tester-issued", or rotates one.
 */
#include <config.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tokenstore/tokenstore.h"

static void must(enum tokenstore_error error, const char *what) {
    if (error != TOKENSTORE_OK)
        errx(1, "%s: %s", what, tokenstore_strerror(error));
}

/* Returns the values of a new token, which the caller frees. */
static struct tokenstore_token *new_values(void) {
    struct tokenstore_identity *given = NULL, *user = NULL;
    struct tokenstore_token *token = NULL;

    must(tokenstore_identity_parse("tester-issued", &given), "user");
    must(tokenstore_identity_resolve(given, true, &user), "user");
    must(tokenstore_token_new(&token), "token");
    must(tokenstore_token_set_user(token, user), "user");
    tokenstore_identity_free(&given);
    tokenstore_identity_free(&user);
    return token;
}

static void make(struct tokenstore *store, struct tokenstore_change change) {
    must(tokenstore_apply(store, &change, 1, time(NULL)),
         tokenstore_message(store));
    must(change.error, change.message);
    tokenstore_wipe(&change.bearer, sizeof(change.bearer));
    printf("%" PRIu64 "\n", tokenstore_token_id(change.token));
    tokenstore_token_free(&change.token);
}

int main(int argc, char **argv) {
    struct tokenstore_token *values = new_values();
    struct tokenstore_change change = {.values = values};
    struct tokenstore *store = NULL;
    unsigned long count = 1;

    if (argc < 4)
        errx(2, "usage: issue_by STORE ISSUER create [COUNT] | rotate ID");
    change.caller_token = strtoull(argv[2], NULL, 10);
    if (strcmp(argv[3], "rotate") == 0) {
        change.kind = TOKENSTORE_CHANGE_ROTATE;
        change.id = strtoull(argv[4], NULL, 10);
    } else if (argc > 4) {
        count = strtoul(argv[4], NULL, 10);
    }
    must(tokenstore_open(argv[1], &store), argv[1]);
    while (count-- > 0)
        make(store, change);
    tokenstore_close(&store);
    tokenstore_token_free(&values);
    return 0;
}
