/*
 * pam_fixture.c - a directory, a store and tokens for the module's tests.
 * The directory is removed however the test ends, and nothing outside of it is
 * touched.
 */
#include <config.h>

#include "tests/support/pam_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The fixture's directory, for the next image of the program. */
#define OWN_DIRECTORY "ACCESSTOKEN_TEST_DIRECTORY"

static char directory[PATH_MAX];
static char store_path[PATH_MAX];
static char my_name[256];

void fixture_stop(int status, const char *format, ...) {
    va_list arguments;

    fputs(status == 77 ? "skipped: " : "cannot go on: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

_Noreturn static void supervise(pid_t child) {
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        fprintf(stderr, "cannot remove %s\n", directory);
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "killed by signal %d (%s)\n", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
        _exit(1);
    }
    _exit(WEXITSTATUS(status));
}

/* The directory of the image before this one, or a new one. */
static void find_directory(const char *given) {
    const char *base = getenv("TMPDIR");

    if (given != NULL)
        snprintf(directory, sizeof(directory), "%s", given);
    else
        snprintf(directory, sizeof(directory), "%s/pam_accesstoken.XXXXXX",
                 base != NULL ? base : "/tmp");
    if (given == NULL && mkdtemp(directory) == NULL)
        fail_hard("%s: %s", directory, strerror(errno));
    if (snprintf(store_path, sizeof(store_path), "%s/store/tokens.tdb",
                 directory) >= (int)sizeof(store_path))
        fail_hard("%s: too long", directory);
}

/* The parent removes the directory; this process ends with it at the latest.
 */
static void go_on_in_child(unsigned int seconds) {
    pid_t child = fork();

    if (child < 0)
        fail_hard("fork: %s", strerror(errno));
    if (child > 0)
        supervise(child);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(seconds);
}

void fixture_begin(unsigned int seconds) {
    const char *given = getenv(OWN_DIRECTORY);
    struct passwd *me = getpwuid(getuid());

    umask(022);
    if (me == NULL || strlen(me->pw_name) >= sizeof(my_name))
        skip("uid %u has no account", (unsigned int)getuid());
    strcpy(my_name, me->pw_name);
    find_directory(given);
    if (given == NULL)
        go_on_in_child(seconds);
    fixture_service("other", "auth requisite pam_deny.so\n"
                             "account requisite pam_deny.so\n"
                             "password requisite pam_deny.so\n"
                             "session requisite pam_deny.so\n");
}

void fixture_new_image(char **argv) {
    if (setenv(OWN_DIRECTORY, directory, 1) != 0 ||
        execv("/proc/self/exe", argv) != 0)
        fail_hard("no new image: %s", strerror(errno));
}

void fixture_without_caches(char **argv) {
    static const char name[] = "GLIBC_TUNABLES";

    if (getenv(name) != NULL)
        return;
    if (setenv(name, "glibc.malloc.tcache_count=0", 1) != 0 ||
        execv("/proc/self/exe", argv) != 0)
        fail_hard("no new image: %s", strerror(errno));
}

const char *fixture_directory(void) { return directory; }

const char *fixture_store(void) { return store_path; }

const char *fixture_me(void) { return my_name; }

void fixture_service(const char *name, const char *lines) {
    char path[PATH_MAX];
    FILE *file;

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >=
        (int)sizeof(path))
        fail_hard("%s: too long", name);
    file = fopen(path, "w");
    if (file == NULL || fputs(lines, file) < 0 || fclose(file) != 0)
        fail_hard("%s: %s", path, strerror(errno));
}

void fixture_imap(void) {
    char lines[3 * PATH_MAX];

    snprintf(lines, sizeof(lines),
             "auth required " TEST_MODULE " nodelay store=%s\n"
             "account required " TEST_MODULE "\n",
             store_path);
    fixture_service("imap", lines);
}

void must(const char *what, enum tokenstore_error error,
          const struct tokenstore *store) {
    if (error != TOKENSTORE_OK)
        fail_hard("%s: %s: %s", what, tokenstore_strerror(error),
                  store != NULL ? tokenstore_message(store) : "");
}

struct tokenstore *fixture_open(const char *path) {
    struct tokenstore *store;

    must("open", tokenstore_open(path, &store), NULL);
    return store;
}

struct tokenstore_identity *fixture_identity(const char *user,
                                             bool virtual_user) {
    struct tokenstore_identity *given;
    struct tokenstore_identity *resolved;

    must(user, tokenstore_identity_parse(user, &given), NULL);
    must(user, tokenstore_identity_resolve(given, virtual_user, &resolved),
         NULL);
    tokenstore_identity_free(&given);
    return resolved;
}

uint64_t fixture_issue(const struct fixture_token *wanted,
                       struct tokenstore_bearer *bearer) {
    struct tokenstore *store =
        fixture_open(wanted->store != NULL ? wanted->store : store_path);
    struct tokenstore_identity *user = fixture_identity(
        wanted->user != NULL ? wanted->user : my_name, wanted->virtual_user);
    struct tokenstore_token *token;
    struct tokenstore_token *created;
    int64_t now = time(NULL);
    uint64_t id;

    must("new", tokenstore_token_new(&token), NULL);
    must("user", tokenstore_token_set_user(token, user), NULL);
    must("creator", tokenstore_token_set_creator(token, user), NULL);
    if (wanted->name != NULL)
        must("name", tokenstore_token_set_name(token, wanted->name), NULL);
    tokenstore_token_set_enabled(token, !wanted->disabled);
    for (size_t i = 0; wanted->scopes[i] != NULL; i++)
        must(wanted->scopes[i],
             tokenstore_token_add_scope(token, wanted->scopes[i]), NULL);
    for (size_t i = 0; wanted->networks[i] != NULL; i++)
        must(wanted->networks[i],
             tokenstore_token_add_network(token, wanted->networks[i]), NULL);
    if (wanted->expires != 0)
        must(
            "expires",
            tokenstore_token_set_expiration_time(token, now + wanted->expires),
            NULL);
    /* One that has expired was issued before it did. */
    if (wanted->expires < 0)
        now += wanted->expires - 3600;
    must("create", tokenstore_create(store, token, now, bearer, &created),
         store);
    id = tokenstore_token_id(created);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
    tokenstore_identity_free(&user);
    tokenstore_close(&store);
    return id;
}
