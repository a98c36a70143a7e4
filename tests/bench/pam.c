/*
 * pam.c - what a login costs, with our module and with others, each in a
 * process of its own that has loaded nothing else.
 */
#include <config.h>

#include <crypt.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/bench/worker.h"
#include "tests/support/pam_fixture.h"

#define LOGIN BUILD_DIRECTORY "/tests/bench/login"
#define PASSWORD "correct horse battery staple"

/* A PAM stack to log in through, or the floor. */
struct stack {
    struct worker worker; /* of later logins: runs for all samples */
    const char *arguments[6];
    const struct seeded *store; /* its secrets are presented; may be NULL */
    size_t next;                /* the next secret, or the next record */
    bool is_floor;
    /* Called before each login, outside the measured time; may be NULL. */
    void (*before)(const struct seeded *store, const struct kept *kept);
};

static double ask(struct stack *stack) {
    char number[32];
    const char *line = PASSWORD;

    stack->next++;
    if (stack->is_floor) {
        snprintf(number, sizeof(number), "%zu",
                 stack->next * stack->store->count / KEPT_MAX %
                         stack->store->count +
                     1);
        line = number;
    } else if (stack->store != NULL) {
        const struct kept *kept =
            &stack->store->accounts[stack->next % stack->store->kept];

        if (stack->before != NULL)
            stack->before(stack->store, kept);
        line = kept->bearer.text;
    }
    return worker_ask(&stack->worker, line);
}

/* A login in a new process. */
static double sample_first(void *argument) {
    struct stack *stack = argument;
    double answer;

    worker_start(&stack->worker);
    answer = ask(stack);
    worker_stop(&stack->worker);
    return answer;
}

/* A login in a process that has logged in before. */
static double sample_later(void *argument) { return ask(argument); }

/* ---------------------------------------------------------------- the stacks
 */

static void set_arguments(struct stack *stack, const char *service,
                          const char *what) {
    const char *const arguments[] = {
        LOGIN, fixture_directory(), service, fixture_me(), what, NULL};

    memcpy(stack->arguments, arguments, sizeof(arguments));
    stack->worker.arguments = stack->arguments;
}

/* Writes a service with the same module for authentication and account, and an
 * empty service "other", so that libpam loads no other module. */
static void write_service(const char *service, const char *module) {
    char lines[2 * PATH_MAX + 1024];

    fixture_service("other", "");
    snprintf(lines, sizeof(lines), "auth required %s\naccount required %s\n",
             module, module);
    fixture_service(service, lines);
}

static void prepare_accesstoken(struct stack *stack,
                                const struct seeded *store, const char *what) {
    char module[PATH_MAX + 256];

    snprintf(module, sizeof(module), "%s scope=%s store=%s", TEST_MODULE,
             SCOPE, store->path);
    write_service("accesstoken", module);
    set_arguments(stack, "accesstoken", what);
    stack->store = store;
}

static void prepare_permit(struct stack *stack, const char *what) {
    write_service("permit", "pam_permit.so");
    set_arguments(stack, "permit", what);
}

/* Returns a hash that is valid until the next call. */
static const char *hash_password(const char *kind) {
    static struct crypt_data data;
    const char *setting = crypt_gensalt(kind, 0, NULL, 0);
    const char *hash =
        setting != NULL ? crypt_r(PASSWORD, setting, &data) : NULL;

    if (hash == NULL || hash[0] == '*')
        fail_hard("crypt does not know %s", kind);
    return hash;
}

/* Writes one account for each token, so that both databases are equally
 * large. */
static void write_userdb(const char *path, const char *value, size_t count) {
    char command[PATH_MAX + 64];
    FILE *load;

    snprintf(command, sizeof(command), "%s -T -t hash '%s'", DB_LOAD, path);
    load = popen(command, "w");
    if (load == NULL)
        fail_hard("%s: %m", DB_LOAD);
    fprintf(load, "%s\n%s\n", fixture_me(), value);
    for (size_t i = 1; i < count; i++)
        fprintf(load, "bench-%zu\n%s\n", i, value);
    if (pclose(load) != 0)
        fail_hard("%s failed", DB_LOAD);
}

static void prepare_userdb(struct stack *stack, const char *service,
                           const char *how, const char *value, size_t count) {
    char name[64], path[PATH_MAX], module[PATH_MAX + 256];

    snprintf(name, sizeof(name), "%s-%zu", service, count);
    fresh_path(name, "users.db", path);
    if (access(path, F_OK) != 0)
        write_userdb(path, value, count);
    *strrchr(path, '.') = '\0';
    snprintf(module, sizeof(module), "pam_userdb.so db=%s crypt=%s", path,
             how);
    write_service(service, module);
    set_arguments(stack, service, "login");
}

/* pam_unix gets a passwd file of its own that contains the hash: it then needs
 * neither root nor its helper program. */
static void prepare_unix(struct stack *stack) {
    char path[PATH_MAX];
    FILE *file;

    fresh_path("accounts", "passwd", path);
    file = fopen(path, "w");
    if (file == NULL ||
        fprintf(file, "%s:%s:%u:%u::/:/bin/sh\n", fixture_me(),
                hash_password("$y$"), (unsigned int)getuid(),
                (unsigned int)getgid()) < 0 ||
        fclose(file) != 0)
        fail_hard("%s: %m", path);
    setenv("NSS_WRAPPER_PASSWD", path, 1);
    fresh_path("accounts", "group", path);
    file = fopen(path, "w");
    if (file == NULL || fclose(file) != 0)
        fail_hard("%s: %m", path);
    setenv("NSS_WRAPPER_GROUP", path, 1);
    write_service("unix", "pam_unix.so");
    set_arguments(stack, "unix", "login");
    stack->worker.preload = "libnss_wrapper.so";
}

static void prepare_floor(struct stack *stack, const struct seeded *store) {
    const char *const arguments[] = {"/proc/self/exe", "--serve-floor",
                                     bare_file(store->count), NULL};

    memcpy(stack->arguments, arguments, sizeof(arguments));
    stack->worker.arguments = stack->arguments;
    stack->store = store;
    stack->is_floor = true;
}

static void need_nss_wrapper(void) {
    void *library = dlopen("libnss_wrapper.so", RTLD_LAZY | RTLD_LOCAL);

    if (library == NULL)
        fail_hard("pam_unix needs a passwd file of its own: apt-get install "
                  "libnss-wrapper (Debian), dnf install nss_wrapper (Fedora)");
    dlclose(library);
}

/* ------------------------------------------------------------------ sections
 */

static void measure_both(const char *title, struct stack *stacks,
                         struct contender *contenders, size_t count) {
    char text[128];

    for (size_t i = 0; i < count; i++) {
        contenders[i].argument = &stacks[i];
        contenders[i].sample = sample_first;
        contenders[i].burst = 0;
    }
    snprintf(text, sizeof(text), "%s, the first of a process", title);
    measure(text, NANOSECONDS, contenders, count, 100);
    for (size_t i = 0; i < count; i++) {
        contenders[i].sample = sample_later;
        contenders[i].burst = contenders[i].every > 1 ? 0 : 10;
        worker_start(&stacks[i].worker);
        ask(&stacks[i]);
    }
    snprintf(text, sizeof(text), "%s, later ones", title);
    measure(text, NANOSECONDS, contenders, count, 100);
    for (size_t i = 0; i < count; i++)
        worker_stop(&stacks[i].worker);
}

static void measure_logins(size_t count) {
    enum { ACCESSTOKEN, FLOOR, PERMIT, PLAIN, CRYPT, UNIX, STACKS };
    struct stack stacks[STACKS] = {0};
    struct contender contenders[STACKS] = {
        [ACCESSTOKEN] = {.name = "pam_accesstoken"},
        [FLOOR] = {.name = "floor: open, locked fetch, BLAKE2b, close"},
        [PERMIT] = {.name = "pam_permit"},
        [PLAIN] = {.name = "pam_userdb, passwords as they are"},
        [CRYPT] = {.name = "pam_userdb, SHA-512 crypt", .every = 5},
        [UNIX] = {.name = "pam_unix, yescrypt", .every = 5},
    };
    const struct seeded *store = seeded_store(count);
    char title[128];

    prepare_accesstoken(&stacks[ACCESSTOKEN], store, "login");
    prepare_floor(&stacks[FLOOR], store);
    prepare_permit(&stacks[PERMIT], "login");
    prepare_userdb(&stacks[PLAIN], "userdb-plain", "none", PASSWORD, count);
    prepare_userdb(&stacks[CRYPT], "userdb-crypt", "crypt",
                   hash_password("$6$"), count);
    prepare_unix(&stacks[UNIX]);
    snprintf(title, sizeof(title), "PAM login, %s tokens", grouped(count));
    measure_both(title, stacks, contenders, STACKS);
}

/* Sets the last use of the token back, so that the next login has to note
 * it. */
static void make_due(const struct seeded *store, const struct kept *kept) {
    static const char unused[128]; /* an empty slot (doc/FORMAT.md) */
    char path[PATH_MAX + 16];
    uint64_t id;
    int fd;

    snprintf(path, sizeof(path), "%s.last-use", store->path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return; /* the first login creates the file */
    if (fd < 0 ||
        tokenstore_bearer_id(kept->bearer.text, strlen(kept->bearer.text),
                             &id) != TOKENSTORE_OK ||
        pwrite(fd, unused, sizeof(unused), (off_t)(id * sizeof(unused))) !=
            (ssize_t)sizeof(unused))
        fail_hard("%s: %m", path);
    close(fd);
}

/* Notes a use now, so that the next login does not have to. */
static void make_recent(const struct seeded *path, const struct kept *kept) {
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = NULL;
    uint64_t id;

    if (tokenstore_bearer_id(kept->bearer.text, strlen(kept->bearer.text),
                             &id) != TOKENSTORE_OK ||
        tokenstore_open(path->path, &store) != TOKENSTORE_OK ||
        tokenstore_get(store, id, &token) != TOKENSTORE_OK)
        fail_hard("%s: no token", path->path);
    tokenstore_note_use(store, token, "accesstoken", NULL, time(NULL));
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}

/* Measures what it costs to note the use of a token. If the size of files is
 * limited, nothing is noted. */
void bench_use(void) {
    enum { WRITTEN, RECENT, OFF, STACKS };
    struct stack stacks[STACKS] = {[WRITTEN] = {.before = make_due},
                                   [RECENT] = {.before = make_recent},
                                   [OFF] = {.worker = {.small_files = true}}};
    struct contender contenders[STACKS] = {
        [WRITTEN] = {.name = "its use noted"},
        [RECENT] = {.name = "noted less than a minute ago"},
        [OFF] = {.name = "nothing noted"},
    };
    char title[128];

    for (size_t i = 0; i < STACKS; i++)
        prepare_accesstoken(&stacks[i], seeded_store(bench.middle), "login");
    snprintf(title, sizeof(title), "PAM login, %s tokens, its last use",
             grouped(bench.middle));
    measure_both(title, stacks, contenders, STACKS);
}

void bench_pam(void) {
    need_nss_wrapper();
    measure_logins(bench.small);
    measure_logins(bench.middle);
    measure_logins(bench.large);
}

void bench_load(void) {
    struct stack stacks[2] = {0};
    struct contender contenders[] = {{.name = "pam_accesstoken"},
                                     {.name = "pam_permit"}};

    prepare_accesstoken(&stacks[0], seeded_store(bench.small), "load");
    prepare_permit(&stacks[1], "load");
    measure_both("pam_start and pam_end alone, with the libraries", stacks,
                 contenders, 2);
}
