/*
 * asked.c - verify one token in one function, so that side_channel.sh can
 * count the instructions that this takes. Prints the result.
 *
 *     asked good|first|middle|last|agreeing|disabled|expired|unknown|revoked
 *     asked module-token|module-password
 *
 * first, middle, last: the secret differs from the right one in that byte;
 * agreeing: the secret differs, and its hash begins with the same two bytes;
 * disabled, expired: the token has that state, and the secret is wrong.
 */
#include <config.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define PREFIX 7
#define ID 8
#define SECRET 24
#define BODY (ID + SECRET + 4)
#define EXPORTED __attribute__((visibility("default"), noinline))

static struct tokenstore *store;
static struct tokenstore_bearer presented;
static int64_t now;

/* The functions that valgrind counts: the names for --toggle-collect. */
EXPORTED enum tokenstore_error measured_verify(enum tokenstore_reason *reason);
EXPORTED int measured_login(const char *text);

static enum tokenstore_error ask(enum tokenstore_reason *reason) {
    struct tokenstore_request request = {
        .bearer = presented.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = fixture_me(),
        .now = now,
    };

    return tokenstore_verify(store, &request, NULL, reason);
}

enum tokenstore_error measured_verify(enum tokenstore_reason *reason) {
    return ask(reason);
}

int measured_login(const char *text) {
    return client_login("imap", fixture_me(), text);
}

/* ------------------------------------------------------ tokens made by hand
 */

static void hash(const char purpose[static 16], const void *data,
                 size_t length, unsigned char digest[32]) {
    if (crypto_generichash_blake2b_salt_personal(
            digest, 32, data, length, NULL, 0, NULL,
            (const unsigned char *)purpose) != 0)
        fail_hard("BLAKE2b");
}

static void decode(unsigned char body[BODY]) {
    if (sodium_base642bin(body, BODY, presented.text + PREFIX,
                          TOKENSTORE_BEARER_LENGTH - PREFIX, NULL, NULL, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        fail_hard("not a token");
}

static void encode(unsigned char body[BODY]) {
    unsigned char data[PREFIX + ID + SECRET], digest[32];

    memcpy(data, TOKENSTORE_BEARER_PREFIX, PREFIX);
    memcpy(data + PREFIX, body, ID + SECRET);
    hash("accesstoken-csum", data, sizeof(data), digest);
    memcpy(body + ID + SECRET, digest, 4);
    sodium_bin2base64(presented.text + PREFIX, sizeof(presented.text) - PREFIX,
                      body, BODY, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Changes one byte of the secret. */
static void spoil(size_t byte) {
    unsigned char body[BODY];

    decode(body);
    body[ID + byte] ^= 0x55;
    encode(body);
}

static void make_agreeing(void) {
    unsigned char body[BODY], right[32], wrong[32];

    decode(body);
    hash("accesstoken-hash", body, ID + SECRET, right);
    do {
        sodium_increment(body + ID, SECRET);
        hash("accesstoken-hash", body, ID + SECRET, wrong);
    } while (memcmp(right, wrong, 2) != 0);
    encode(body);
}

static void make_unknown(void) {
    unsigned char body[BODY];

    decode(body);
    body[ID - 2] = 1;
    encode(body);
}

/* ------------------------------------------------------------------ the case
 */

/* Makes the change in another process, because what this process allocates
 * next depends on everything that it allocated before. */
static void elsewhere(enum tokenstore_error (*change)(uint64_t id),
                      uint64_t id) {
    int status = -1;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0)
        _exit((int)change(id));
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail_hard("the token could not be changed");
}

static enum tokenstore_error disable(uint64_t id) {
    struct tokenstore_token *values;

    must("new", tokenstore_token_new(&values), NULL);
    tokenstore_token_set_enabled(values, false);
    return tokenstore_modify(store, id, TOKENSTORE_FIELD_ENABLED, values, now,
                             NULL);
}

static enum tokenstore_error take_back(uint64_t id) {
    return tokenstore_revoke(store, &id, 1, NULL);
}

static void prepare(const char *what, uint64_t id) {
    if (strcmp(what, "first") == 0 || strcmp(what, "disabled") == 0 ||
        strcmp(what, "expired") == 0)
        spoil(0);
    else if (strcmp(what, "middle") == 0)
        spoil(SECRET / 2);
    else if (strcmp(what, "last") == 0)
        spoil(SECRET - 1);
    else if (strcmp(what, "agreeing") == 0)
        make_agreeing();
    else if (strcmp(what, "unknown") == 0)
        make_unknown();
    else if (strcmp(what, "revoked") == 0)
        elsewhere(take_back, id);
    else if (strcmp(what, "good") != 0)
        fail_hard("no case %s", what);
    if (strcmp(what, "disabled") == 0)
        elsewhere(disable, id);
    if (strcmp(what, "expired") == 0)
        now += 86400;
}

static void verify(const char *what, uint64_t id) {
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    prepare(what, id);
    /* The first call loads libraries, and is not counted. */
    error = ask(&reason);
    error = measured_verify(&reason);
    printf("%s, %s\n", tokenstore_strerror(error),
           tokenstore_reason_name(reason));
}

int main(int argc, char **argv) {
    struct fixture_token token = {.expires = 3600};
    const char *what = argc == 2 ? argv[1] : "";
    uint64_t id;
    int code;

    fixture_begin(60);
    now = time(NULL);
    for (int i = 0; i < 3; i++)
        id = fixture_issue(&token, &presented);
    store = fixture_open(fixture_store());
    if (strncmp(what, "module-", 7) == 0) {
        fixture_imap();
        (void)client_login("imap", fixture_me(), "");
        code = measured_login(strcmp(what, "module-token") == 0
                                  ? presented.text
                                  : "correct horse battery staple");
        printf("%d\n", code);
    } else {
        verify(what, id);
    }
    tokenstore_close(&store);
    return 0;
}
