/*
 * pam_random.c - prove that a login asks for no random bytes, and that it
 * works where the system has none.  Creating a token fails there with one
 * clear error, and makes no token.
 *
 * This program defines getrandom and open, which libsodium and the library
 * find before those of libc (-export-dynamic).  Later versions of libpam draw
 * random bytes for the delay after a failure, which is not ours to count.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define EXPORTED __attribute__((visibility("default")))

static bool none;           /* the system has no random bytes */
static unsigned int asked;  /* how often they were asked for */
static unsigned int pieces; /* calls that return one byte, or are interrupted
                               before they return any */
static int failures;

static bool is_in_libpam(const void *code) {
    Dl_info info;

    return dladdr(code, &info) != 0 &&
           strstr(info.dli_fname, "/libpam.so") != NULL;
}

EXPORTED ssize_t getrandom(void *bytes, size_t length, unsigned int flags) {
    if (is_in_libpam(__builtin_return_address(0)))
        return syscall(SYS_getrandom, bytes, length, flags);
    asked++;
    if (none) {
        errno = ENOSYS;
        return -1;
    }
    if (pieces > 0 && pieces-- % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_getrandom, bytes, pieces > 0 ? 1 : length, flags);
}

EXPORTED int open(const char *path, int flags, ...) {
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode =
        (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (strcmp(path, "/dev/urandom") == 0 ||
        strcmp(path, "/dev/random") == 0) {
        asked++;
        errno = ENOENT;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void expect(const char *what, bool condition) {
    if (condition)
        return;
    fprintf(stderr, "not true: %s\n", what);
    failures++;
}

static enum tokenstore_error create(struct tokenstore *store,
                                    struct tokenstore_bearer *bearer) {
    struct tokenstore_identity *user = fixture_identity(fixture_me(), false);
    struct tokenstore_token *token;
    enum tokenstore_error error;

    must("a token", tokenstore_token_new(&token), store);
    must("its user", tokenstore_token_set_user(token, user), store);
    error = tokenstore_create(store, token, time(NULL), bearer, NULL);
    tokenstore_token_free(&token);
    tokenstore_identity_free(&user);
    return error;
}

static size_t count_tokens(struct tokenstore *store) {
    struct tokenstore_list *list;
    size_t count;

    must("list", tokenstore_list(store, NULL, 0, 100, &list), store);
    count = tokenstore_list_count(list);
    tokenstore_list_free(&list);
    return count;
}

static void log_in(const struct tokenstore_bearer *good,
                   const struct tokenstore_bearer *bad) {
    expect("a good token is accepted",
           client_login("imap", fixture_me(), good->text) == PAM_SUCCESS);
    expect("a disabled token is refused",
           client_login("imap", fixture_me(), bad->text) == PAM_AUTH_ERR);
    expect("a password is passed on",
           client_login("imap", fixture_me(), "x") == PAM_CRED_INSUFFICIENT);
    expect("a login asks for no random bytes", asked == 0);
}

int main(void) {
    static const struct tokenstore_bearer empty;
    struct fixture_token token = {0};
    struct tokenstore_bearer good, bad, made = {0};
    struct tokenstore *store;

    fixture_begin(120);
    fixture_imap();
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &bad);
    asked = 0;
    none = true;
    log_in(&good, &bad);
    store = fixture_open(fixture_store());
    expect("nothing is created without random bytes",
           create(store, &made) == TOKENSTORE_ERROR_UNAVAILABLE);
    expect("the error says so",
           strncmp(tokenstore_message(store),
                   "no random bytes: getrandom: ", 28) == 0);
    expect("it was asked once", asked == 1);
    expect("no secret is returned", memcmp(&made, &empty, sizeof(made)) == 0);
    expect("no token is left", count_tokens(store) == 2);
    none = false;
    pieces = 9;
    must("create", create(store, &made), store);
    expect("a secret in pieces is asked for until it is whole", asked > 6);
    expect("it is accepted",
           client_login("imap", fixture_me(), made.text) == PAM_SUCCESS);
    tokenstore_close(&store);
    return failures == 0 ? 0 : 1;
}
