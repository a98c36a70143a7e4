/*
 * stores.c - make the stores that are measured.
 * Uses only the public interface of the library.
 */
#include <config.h>

#include "tests/bench/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/support/create_many.h"
#include "tests/support/pam_fixture.h"

#define BATCH 1000

void fresh_path(const char *name, const char *file, char path[PATH_MAX]) {
    int length = snprintf(path, PATH_MAX, "%s/%s", fixture_directory(), name);

    if (length >= PATH_MAX - 64 || (mkdir(path, 0700) != 0 && errno != EEXIST))
        fail_hard("%s: %m", path);
    snprintf(path + length, (size_t)(PATH_MAX - length), "/%s", file);
}

void copy_file(const char *from, const char *to) {
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t copied = 1;

    if (in < 0 || out < 0)
        fail_hard("%s: %m", to);
    while (copied > 0)
        copied = copy_file_range(in, NULL, out, NULL, 1 << 30, 0);
    if (copied < 0 || fsync(out) != 0)
        fail_hard("%s: %m", to);
    close(in);
    close(out);
}

void remove_path(const char *path) {
    static const char *const endings[] = {"", ".lock", ".last-use"};
    char beside[PATH_MAX];
    char *slash;

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(beside, sizeof(beside), "%.*s%s", PATH_MAX - 16, path,
                 endings[i]);
        unlink(beside);
    }
    slash = strrchr(beside, '/');
    *slash = '\0';
    if (rmdir(beside) != 0)
        fail_hard("%s: %m", beside);
}

const char *user_name(size_t number) {
    static _Thread_local char names[4][32];
    static _Thread_local size_t next;
    char *name = names[next++ % 4];

    snprintf(name, sizeof(names[0]), "bench-%zu", number % USERS);
    return name;
}

/* User USERS is the account that runs the benchmark. */
static struct tokenstore_token *new_token(size_t user) {
    struct tokenstore_identity *given, *identity;
    struct tokenstore_token *token;
    const char *name = user == USERS ? fixture_me() : user_name(user);

    must(name, tokenstore_identity_parse(name, &given), NULL);
    must(name, tokenstore_identity_resolve(given, user != USERS, &identity),
         NULL);
    must(name, tokenstore_token_new(&token), NULL);
    must(name, tokenstore_token_set_user(token, identity), NULL);
    must(name, tokenstore_token_set_name(token, "a machine's name"), NULL);
    must(name, tokenstore_token_add_scope(token, SCOPE), NULL);
    must(name,
         tokenstore_token_set_expiration_time(token,
                                              time(NULL) + 365 * 24 * 60 * 60),
         NULL);
    tokenstore_identity_free(&identity);
    tokenstore_identity_free(&given);
    return token;
}

const struct tokenstore_token *token_of(size_t user) {
    static struct tokenstore_token *tokens[USERS + 1];

    if (tokens[user] == NULL)
        tokens[user] = new_token(user);
    return tokens[user];
}

static void add_tokens(struct tokenstore *store,
                       const struct tokenstore_token *const *tokens,
                       size_t count, uint64_t *ids,
                       struct tokenstore_bearer *bearers) {
    size_t created;

    must("create",
         create_many(store, tokens, count, time(NULL), bearers, ids, &created),
         store);
}

void fill_store(struct tokenstore *store, size_t count, uint64_t *ids,
                struct tokenstore_bearer *bearers) {
    static size_t turn;
    const struct tokenstore_token *tokens[BATCH];
    size_t batch;

    for (size_t done = 0; done < count; done += batch) {
        batch = count - done < BATCH ? count - done : BATCH;
        for (size_t i = 0; i < batch; i++)
            tokens[i] = token_of(turn++ % USERS);
        add_tokens(store, tokens, batch, ids != NULL ? ids + done : NULL,
                   bearers != NULL ? bearers + done : NULL);
    }
}

/* Each stretch of the store ends with two tokens whose secrets are kept. */
static void seed(struct tokenstore *store, struct seeded *seeded) {
    size_t stretch = seeded->count / seeded->kept;

    for (size_t i = 0; i < seeded->kept; i++) {
        struct kept *account = &seeded->accounts[i];
        struct kept *virtual_user = &seeded->virtual_users[i];
        const struct tokenstore_token *pair[] = {token_of(USERS), token_of(i)};
        struct tokenstore_bearer bearers[2];

        fill_store(store, stretch - 2, NULL, NULL);
        add_tokens(store, pair, 2, NULL, bearers);
        account->bearer = bearers[0];
        virtual_user->bearer = bearers[1];
        snprintf(account->user, sizeof(account->user), "%s", fixture_me());
        snprintf(virtual_user->user, sizeof(virtual_user->user), "%s",
                 user_name(i));
    }
    fill_store(store, seeded->count - stretch * seeded->kept, NULL, NULL);
}

const struct seeded *seeded_store(size_t count) {
    static struct seeded stores[4];
    struct seeded *seeded = stores;
    struct tokenstore *store;
    uint64_t start;
    char name[64];

    while (seeded->count != 0 && seeded->count != count)
        seeded++;
    if (seeded->count == count)
        return seeded;
    seeded->count = count;
    seeded->kept = count / 10 < KEPT_MAX ? count / 10 : KEPT_MAX;
    snprintf(name, sizeof(name), "store-%zu", count);
    fresh_path(name, "tokens.tdb", seeded->path);
    fprintf(stderr, "making a store of %s tokens ... ", grouped(count));
    start = nanoseconds();
    store = fixture_open(seeded->path);
    seed(store, seeded);
    tokenstore_close(&store);
    fprintf(stderr, "%.1f s\n", (double)(nanoseconds() - start) / 1e9);
    return seeded;
}

void verify_kept(struct tokenstore *store, const struct kept *kept) {
    const char *scope = SCOPE;
    struct tokenstore_request request = {
        .bearer = kept->bearer.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = kept->user,
        .scopes = &scope,
        .scope_count = 1,
        .now = time(NULL),
    };
    enum tokenstore_reason reason;

    must("verify", tokenstore_verify(store, &request, NULL, &reason), store);
}

void ask_name_service(const char *user) {
    struct passwd entry, *found;
    char buffer[4096];

    if (getpwnam_r(user, &entry, buffer, sizeof(buffer), &found) != 0)
        fail_hard("getpwnam_r failed");
}
