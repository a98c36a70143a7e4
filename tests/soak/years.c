/*
 * years.c - a store after years of use: in each of ten rounds a third of its
 * tokens are revoked, at random, and as many are created, among them some of
 * the largest possible. The file must stop growing, and the store must be as
 * sound after the last change as after the first. Prints how long the creation
 * of the largest takes.
 */
#include <config.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/soak/soak.h"
#include "tests/support/create_many.h"
#include "tests/support/pam_fixture.h"

#define USERS 300
#define ROUNDS 10
#define PIECE_MAX 1000

/* A small store would consist mostly of the reserve for the largest change, so
 * it is changed in smaller pieces. */
static const struct scale {
    size_t tokens;
    size_t largest; /* created one by one in each round */
    size_t piece;   /* tokens in one transaction */
} full = {300000, 200, PIECE_MAX}, brief = {20000, 20, 100};

static const struct scale *scale;

static struct tokenstore *store;
static struct tokenstore_token *tokens[USERS];
static struct tokenstore_token *largest;
static uint64_t *ids; /* of the tokens in the store */
static size_t count;

static struct tokenstore_token *token_for(unsigned int number) {
    struct tokenstore_identity *user = NULL;
    struct tokenstore_token *token = NULL;
    char name[32];

    snprintf(name, sizeof(name), "soak-%u", number);
    must(name, tokenstore_identity_new(&user), store);
    must(name, tokenstore_identity_set(user, "domain", "API_NULL_DOMAIN"),
         store);
    must(name, tokenstore_identity_set(user, "name", name), store);
    must(name, tokenstore_token_new(&token), store);
    must(name, tokenstore_token_set_user(token, user), store);
    tokenstore_identity_free(&user);
    return token;
}

/* Returns a token whose fields all have their greatest length. */
static struct tokenstore_token *largest_token(void) {
    struct tokenstore_identity *user = NULL;
    struct tokenstore_token *token = NULL;
    char text[256];

    must("identity", tokenstore_identity_new(&user), store);
    must("domain", tokenstore_identity_set(user, "domain", "ACTIVE_DIRECTORY"),
         store);
    must("uid", tokenstore_identity_set(user, "uid", "4294967294"), store);
    must("gid", tokenstore_identity_set(user, "gid", "4294967294"), store);
    strcpy(text, "S-1-281474976710655");
    for (int i = 0; i < 15; i++)
        strcat(text, "-4294967295");
    must("sid", tokenstore_identity_set(user, "sid", text), store);
    memset(text, 'w', 255);
    text[255] = '\0';
    must("user's name", tokenstore_identity_set(user, "name", text), store);
    must("token", tokenstore_token_new(&token), store);
    must("user", tokenstore_token_set_user(token, user), store);
    must("creator", tokenstore_token_set_creator(token, user), store);
    text[TOKENSTORE_NAME_MAX] = '\0';
    must("name", tokenstore_token_set_name(token, text), store);
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(text, sizeof(text), "%0*d", TOKENSTORE_SCOPE_MAX, i);
        must("scope", tokenstore_token_add_scope(token, text), store);
    }
    for (int i = 0; i < TOKENSTORE_NETWORKS_MAX; i++) {
        snprintf(text, sizeof(text), "2001:db8:%x::/48", (unsigned int)i);
        must("network", tokenstore_token_add_network(token, text), store);
    }
    tokenstore_identity_free(&user);
    return token;
}

static void create(size_t wanted) {
    while (wanted > 0) {
        static struct tokenstore_bearer bearers[PIECE_MAX];
        const struct tokenstore_token *descriptions[PIECE_MAX];
        size_t piece = wanted < scale->piece ? wanted : scale->piece;
        size_t created;

        for (size_t i = 0; i < piece; i++)
            descriptions[i] = tokens[soak_random(USERS)];
        must("create",
             create_many(store, descriptions, piece, 1800000000, bearers,
                         ids + count, &created),
             store);
        count += created;
        wanted -= created;
    }
}

/* Returns the milliseconds that the slowest creation took. */
static double create_largest(void) {
    int64_t slowest = 0;

    for (size_t i = 0; i < scale->largest; i++) {
        struct tokenstore_token *created = NULL;
        struct tokenstore_bearer bearer;
        int64_t begun = soak_clock();

        must("create of the largest",
             tokenstore_create(store, largest, 1800000000, &bearer, &created),
             store);
        if (soak_clock() - begun > slowest)
            slowest = soak_clock() - begun;
        ids[count++] = tokenstore_token_id(created);
        tokenstore_token_free(&created);
    }
    return (double)slowest / 1000;
}

static void revoke(size_t wanted) {
    for (size_t i = 0; i < wanted; i++) {
        size_t other = i + soak_random(count - i);
        uint64_t id = ids[other];

        ids[other] = ids[i];
        ids[i] = id;
    }
    for (size_t i = 0; i < wanted; i += scale->piece) {
        size_t left = wanted - i;

        must("revoke",
             tokenstore_revoke(store, ids + i,
                               left < scale->piece ? left : scale->piece,
                               NULL),
             store);
    }
    count -= wanted;
    memmove(ids, ids + wanted, count * sizeof(ids[0]));
}

static double megabytes(void) {
    struct stat status;

    if (stat(fixture_store(), &status) != 0)
        soak_wrong("%s: cannot be looked at", fixture_store());
    return (double)status.st_size / 1e6;
}

/* The store must be sound and have the right number of tokens. */
static void check(void) {
    struct tokenstore_report *report = NULL;
    char expected[64];

    must("check", tokenstore_check(store, &report), store);
    snprintf(expected, sizeof(expected), "%zu tokens,", count);
    if (strncmp(tokenstore_report_line(report, 0), expected,
                strlen(expected)) != 0)
        soak_wrong("check prints '%s', not '%s'",
                   tokenstore_report_line(report, 0), expected);
    tokenstore_report_free(&report);
}

int main(int argc, char **argv) {
    double first;
    double last = 0;

    soak_begin(argc, argv, 560);
    scale = soak_full ? &full : &brief;
    ids = calloc(scale->tokens + scale->largest, sizeof(*ids));
    if (ids == NULL)
        err(1, NULL);
    store = fixture_open(fixture_store());
    for (unsigned int i = 0; i < USERS; i++)
        tokens[i] = token_for(i);
    largest = largest_token();
    create(scale->tokens);
    first = megabytes();
    printf("%zu tokens of %d users: %.1f MB\n", scale->tokens, USERS, first);
    for (int round = 1; round <= ROUNDS; round++) {
        double slowest;

        revoke(scale->tokens / 3);
        slowest = create_largest();
        create(scale->tokens - count);
        last = megabytes();
        printf("round %d: slowest create of a largest token %.1f ms, "
               "%.1f MB\n",
               round, slowest, last);
        fflush(stdout);
    }
    check();
    /* The tokens of ten rounds would need three times the size. What remains
     * is a reserve for the largest change, and holes. */
    if (last > 2 * first)
        soak_wrong("the file grows: %.1f MB at first, %.1f MB at the end",
                   first, last);
    for (unsigned int i = 0; i < USERS; i++)
        tokenstore_token_free(&tokens[i]);
    tokenstore_token_free(&largest);
    tokenstore_close(&store);
    free(ids);
    return 0;
}
