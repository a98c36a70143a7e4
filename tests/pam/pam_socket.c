/*
 * pam_socket.c - prove what a login through the daemon's socket leaves in a
 * process: no byte of the secret in memory that the process has allocated, no
 * descriptor, and no library: neither libcurl, TLS nor the plugin is loaded,
 * which need not even be installed.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/descriptors.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_daemon.h"
#include "tests/support/pam_fixture.h"

#define MASK 0x5a
#define PIECE 8 /* as many bytes in a row are no coincidence */

static int failures;

static void expect(const char *what, bool condition) {
    if (condition)
        return;
    fprintf(stderr, "not true: %s\n", what);
    failures++;
}

/* ------------------------------------------------------------- the secret */

/* What must not be found, masked, so that this is not what is found. */
struct trace {
    unsigned char bytes[2 * TOKENSTORE_BEARER_MAX];
    size_t length;
};

static struct trace text;  /* of the token */
static struct trace pairs; /* "user:token" in base64, as HTTP has it */
static struct trace body;  /* what the text encodes */

static void mask(const void *bytes, size_t length, struct trace *trace) {
    const unsigned char *from = bytes;

    if (length > sizeof(trace->bytes))
        fail_hard("no room");
    for (size_t i = 0; i < length; i++)
        trace->bytes[i] = from[i] ^ MASK;
    trace->length = length;
}

/* Writes base64; its last characters may be wrong, and are left out. */
static size_t encode(const char *bytes, size_t length, char *out) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;

    for (size_t i = 0; i + 3 <= length; i += 3) {
        unsigned int three = (unsigned int)(unsigned char)bytes[i] << 16 |
                             (unsigned int)(unsigned char)bytes[i + 1] << 8 |
                             (unsigned char)bytes[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            out[used++] = alphabet[three >> shift & 63];
    }
    return used;
}

static size_t decode(const char *characters, unsigned char *out) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t used = 0;
    unsigned int bits = 0;

    for (size_t i = 0; characters[i] != '\0'; i++) {
        bits = bits << 6 |
               (unsigned int)(strchr(alphabet, characters[i]) - alphabet);
        if (i % 4 == 3) {
            out[used++] = (unsigned char)(bits >> 16);
            out[used++] = (unsigned char)(bits >> 8);
            out[used++] = (unsigned char)bits;
        }
    }
    return used;
}

/* The beginnings are no secret: the prefix, the user's name and the id. */
static void learn(struct tokenstore_bearer *bearer) {
    const size_t prefix = sizeof(TOKENSTORE_BEARER_PREFIX) - 1;
    char pair[2 * sizeof(bearer->text)], encoded[sizeof(pair) * 2];
    unsigned char bytes[TOKENSTORE_BEARER_LENGTH];
    size_t length, public;

    mask(bearer->text + prefix + 12, strlen(bearer->text + prefix + 12),
         &text);
    length = decode(bearer->text + prefix, bytes);
    mask(bytes + 9, length - 9, &body);
    snprintf(pair, sizeof(pair), "%s:%s", fixture_me(), bearer->text);
    length = encode(pair, strlen(pair), encoded);
    public = (strlen(fixture_me()) + 1 + prefix + 12 + 2) / 3 * 4;
    mask(encoded + public, length - public, &pairs);
    explicit_bzero(pair, sizeof(pair));
    explicit_bzero(encoded, sizeof(encoded));
    explicit_bzero(bytes, sizeof(bytes));
    explicit_bzero(bearer, sizeof(*bearer));
}

/* ------------------------------------------------------------- the memory */

static bool has(const unsigned char *memory, size_t size,
                const struct trace *trace) {
    for (size_t at = 0; at + PIECE <= size; at++)
        for (size_t i = 0; i + PIECE <= trace->length; i += PIECE) {
            size_t j = 0;

            while (j < PIECE && memory[at + j] == (trace->bytes[i + j] ^ MASK))
                j++;
            if (j == PIECE)
                return true;
        }
    return false;
}

struct look {
    bool secret;  /* is in the heap or another anonymous mapping */
    bool library; /* that speaks HTTP or TLS is loaded */
    size_t bytes; /* that were looked through */
};

static void look_through(unsigned long begin, unsigned long end,
                         struct look *look) {
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned char *copy = malloc(end - begin);

    if (copy == NULL || pread(memory, copy, end - begin, (off_t)begin) !=
                            (ssize_t)(end - begin))
        fail_hard("/proc/self/mem: %s", strerror(errno));
    look->secret = look->secret || has(copy, end - begin, &text) ||
                   has(copy, end - begin, &pairs) ||
                   has(copy, end - begin, &body);
    look->bytes += end - begin;
    close(memory);
    explicit_bzero(copy, end - begin);
    free(copy);
}

/* Looks at all memory that this process has written, except its stack. */
static void look_around(struct look *look) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[PATH_MAX + 128], copy[65536] = "";
    size_t used = 0;

    if (maps == NULL)
        skip("no /proc/self/maps");
    *look = (struct look){.secret = false};
    /* What follows may allocate: first read the list, then look. */
    while (fgets(line, sizeof(line), maps) != NULL)
        used += (size_t)snprintf(copy + used, sizeof(copy) - used, "%s", line);
    fclose(maps);
    for (char *rest = copy, *one; (one = strsep(&rest, "\n")) != NULL;) {
        unsigned long begin, end;
        char mode[5];

        look->library = look->library || strstr(one, "libcurl") != NULL ||
                        strstr(one, "libssl") != NULL ||
                        strstr(one, "tokenstore-http") != NULL;
        if (sscanf(one, "%lx-%lx %4s", &begin, &end, mode) == 3 &&
            strncmp(mode, "rw", 2) == 0 && strstr(one, "[stack]") == NULL)
            look_through(begin, end, look);
    }
}

/* ------------------------------------------------------------------- logins
 */

/* Presents the token from memory that is wiped after it. */
static void log_in(const struct trace *token, int wanted) {
    char presented[TOKENSTORE_BEARER_MAX + 1] = "";
    int code;

    for (size_t i = 0; i < token->length; i++)
        presented[i] = (char)(token->bytes[i] ^ MASK);
    code = client_login("imap", fixture_me(), presented);
    explicit_bzero(presented, sizeof(presented));
    if (code != wanted) {
        fprintf(stderr, "a login: %d, not %d\n", code, wanted);
        failures++;
    }
}

/* A look finds what there is to find: a copy, and a library. */
static void prove_the_look(const struct trace *token) {
    struct look look;
    char *copy = malloc(token->length);

    if (copy == NULL)
        fail_hard("no memory");
    for (size_t i = 0; i < token->length; i++)
        copy[i] = (char)(token->bytes[i] ^ MASK);
    look_around(&look);
    expect("a copy is found", look.secret);
    explicit_bzero(copy, token->length);
    free(copy);
}

int main(void) {
    static struct trace good, disabled;
    struct fixture_token token = {0};
    struct tokenstore_bearer bearer;
    struct look look;
    char lines[2 * PATH_MAX];
    unsigned int descriptors;

    fixture_begin(300);
    fixture_issue(&token, &bearer);
    mask(bearer.text, strlen(bearer.text), &good);
    token.disabled = true;
    fixture_issue(&token, &bearer);
    mask(bearer.text, strlen(bearer.text), &disabled);
    snprintf(lines, sizeof(lines),
             "auth required %s store=%s nodelay quiet\n"
             "account required %s store=%s quiet\n",
             TEST_MODULE, daemon_uri(), TEST_MODULE, daemon_uri());
    fixture_service("imap", lines);
    daemon_start();
    log_in(&good, PAM_SUCCESS);
    descriptors = open_descriptors();
    for (int i = 0; i < 2; i++) {
        const struct trace *presented = i == 0 ? &good : &disabled;

        for (size_t j = 0; j < presented->length; j++)
            bearer.text[j] = (char)(presented->bytes[j] ^ MASK);
        bearer.text[presented->length] = '\0';
        learn(&bearer);
        prove_the_look(presented);
        for (int times = 0; times < 3; times++)
            log_in(presented, i == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
        look_around(&look);
        expect("the secret is wiped", !look.secret);
        expect("no library is loaded", !look.library);
        expect("the heap was looked at", look.bytes > 100000);
    }
    expect("no descriptor is left", open_descriptors() == descriptors);
    daemon_stop();
    log_in(&good, PAM_AUTHINFO_UNAVAIL);
    look_around(&look);
    expect("the secret is wiped without a daemon", !look.secret);
    return failures == 0 ? 0 : 1;
}
