/*
 * pam_remote.c - prove that the module, which asks the daemon through its
 * socket, changes nothing of the process that it runs in, and neither does the
 * plugin with libcurl, through which the library asks all else: signals,
 * environment, locale, umask, directory, descriptors, threads, OpenSSL's
 * errors. The symbols of the program are not used in place of those of the
 * library and the plugin, even if the names are the same.  Threads log in side
 * by side while the module is loaded and unloaded, and so do children that are
 * forked.
 */
#include <config.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_daemon.h"
#include "tests/support/pam_fixture.h"

#define EXPORTED __attribute__((visibility("default")))
#define THREADS 8
#define ROUNDS 20
#define CHILDREN 100
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif
#define WARM 100 /* by then, libraries have allocated what they keep */
#define CYCLES 300

static struct tokenstore_bearer good;
static struct tokenstore_bearer disabled;
static atomic_int failures;
static atomic_bool over;

/* The program has functions with names that the library and the plugin use
 * (-export-dynamic). */
#define TAKEN(name)                                                           \
    EXPORTED void name(void);                                                 \
    void name(void) { fail_hard(#name " of the program was called"); }
TAKEN(message_set)
TAKEN(network_parse)
TAKEN(text_is_printable)
TAKEN(plugin_load)
TAKEN(socket_verify)
TAKEN(answer_parse)
TAKEN(belief_ask)
TAKEN(head_take_line)
TAKEN(conversation_open)
TAKEN(verify_bearer)

#define EXPECT(what, condition)                                               \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "line %d: %s\n", __LINE__, what);                 \
            atomic_fetch_add(&failures, 1);                                   \
        }                                                                     \
    } while (0)

/* ------------------------------------------------- the state of the process
 */

static int entries(const char *path) {
    DIR *directory = opendir(path);
    int count = 0;

    if (directory == NULL)
        skip("no %s", path);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

struct state {
    struct sigaction actions[_NSIG];
    sigset_t mask;
    char locale[256];
    char directory[PATH_MAX];
    char *environment;
    size_t environment_size;
    mode_t umask;
    int descriptors;
    int threads;
};

static void take(struct state *state) {
    FILE *environment =
        open_memstream(&state->environment, &state->environment_size);

    for (int i = 1; i < _NSIG; i++)
        (void)sigaction(i, NULL, &state->actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &state->mask);
    snprintf(state->locale, sizeof(state->locale), "%s",
             setlocale(LC_ALL, NULL));
    if (getcwd(state->directory, sizeof(state->directory)) == NULL ||
        environment == NULL)
        fail_hard("getcwd, open_memstream: %s", strerror(errno));
    for (char **variable = environ; *variable != NULL; variable++)
        fprintf(environment, "%p %s\n", (void *)*variable, *variable);
    fclose(environment);
    state->umask = umask(0);
    umask(state->umask);
    state->descriptors = entries("/proc/self/fd");
    state->threads = entries("/proc/self/task");
}

static void compare(const struct state *before, const struct state *after) {
    /* The kernel writes only the first part of a set, so no memcmp. */
    for (int i = 1; i < _NSIG; i++)
        EXPECT("the signal mask",
               sigismember(&before->mask, i) == sigismember(&after->mask, i));
    for (int i = 1; i < _NSIG; i++)
        EXPECT("a signal's action",
               before->actions[i].sa_handler == after->actions[i].sa_handler &&
                   before->actions[i].sa_flags == after->actions[i].sa_flags);
    EXPECT("the locale", strcmp(before->locale, after->locale) == 0);
    EXPECT("the directory", strcmp(before->directory, after->directory) == 0);
    EXPECT("the environment",
           strcmp(before->environment, after->environment) == 0);
    EXPECT("the umask", before->umask == after->umask);
    EXPECT("a descriptor", before->descriptors == after->descriptors);
    EXPECT("a thread", before->threads == after->threads);
}

/* OpenSSL, if this machine has it: an error that the program has not read yet
 * must stay, and none may be added. */
static struct {
    void (*new_error)(void);
    void (*set_error)(int library, int reason, const char *format, ...);
    unsigned long (*get_error)(void);
} openssl;

static void *openssl_function(void *library, const char *name) {
    void *function = dlsym(library, name);

    if (function == NULL)
        fail_hard("libcrypto has no %s", name);
    return function;
}

static void find_openssl(void) {
    void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        puts("no libcrypto.so.3: what happens to its errors is not shown");
        return;
    }
    *(void **)&openssl.new_error = openssl_function(library, "ERR_new");
    *(void **)&openssl.set_error = openssl_function(library, "ERR_set_error");
    *(void **)&openssl.get_error = openssl_function(library, "ERR_get_error");
    openssl.new_error();
    openssl.set_error(128, 42, NULL);
}

static void check_openssl(void) {
    if (openssl.get_error == NULL)
        return;
    EXPECT("OpenSSL: an error is lost",
           openssl.get_error() == (128ul << 23 | 42));
    EXPECT("OpenSSL: an error too many", openssl.get_error() == 0);
}

/* ------------------------------------------------------------------ log in */

static void expect_login(const char *what, const char *presented, int wanted) {
    int code = client_login("imap", fixture_me(), presented);

    if (code != wanted) {
        fprintf(stderr, "%s: %d, not %d\n", what, code, wanted);
        atomic_fetch_add(&failures, 1);
    }
}

/* The daemon has no tokens at this socket, and says so. */
static bool plugin_answers(struct tokenstore *store) {
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    struct tokenstore_token *token;

    /* Ask again if the daemon is late, as it may be on a busy machine. */
    for (int tries = 0; tries < 10 && error == TOKENSTORE_ERROR_UNAVAILABLE;
         tries++)
        error = tokenstore_get(store, 1, &token);
    if (error != TOKENSTORE_ERROR_UNSUPPORTED)
        fprintf(stderr, "%s\n", tokenstore_message(store));
    return error == TOKENSTORE_ERROR_UNSUPPORTED;
}

/* Compares the process before and after the first login, and the first use of
 * the plugin. */
static void first_login(void) {
    struct state before, after;
    struct tokenstore *store;

    take(&before);
    find_openssl();
    before.descriptors = entries("/proc/self/fd");
    expect_login("the first", good.text, PAM_SUCCESS);
    store = fixture_open(daemon_uri());
    EXPECT("the plugin", plugin_answers(store));
    tokenstore_close(&store);
    take(&after);
    compare(&before, &after);
    check_openssl();
    free(before.environment);
    free(after.environment);
}

/* Logs in many times, as a daemon does, and watches descriptors and memory. */
static void load_and_unload(void) {
    struct mallinfo2 heap = {0};
    int descriptors = 0;

    for (int i = 0; i < CYCLES; i++) {
        void *module = dlopen(TEST_REMOTE_MODULE, RTLD_NOW | RTLD_LOCAL);

        if (module == NULL)
            fail_hard("%s", dlerror());
        expect_login("good", good.text, PAM_SUCCESS);
        expect_login("disabled", disabled.text, PAM_AUTH_ERR);
        expect_login("a password", "hunter2", PAM_CRED_INSUFFICIENT);
        dlclose(module);
        if (i == WARM) {
            heap = mallinfo2();
            descriptors = entries("/proc/self/fd");
        }
    }
    EXPECT("descriptors grow", entries("/proc/self/fd") == descriptors);
    /* Growth of less than one byte per login: no login leaves memory behind.
     */
    EXPECT("the heap grows",
           mallinfo2().uordblks <= heap.uordblks + CYCLES - WARM);
}

static void *log_in(void *argument) {
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        expect_login("good", good.text, PAM_SUCCESS);
        expect_login("disabled", disabled.text, PAM_AUTH_ERR);
    }
    return NULL;
}

static void side_by_side(void) {
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, log_in, NULL) != 0)
            fail_hard("pthread_create");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* -------------------------------------------------------------------- fork
 *
 * These call the library itself: neither libpam nor the dynamic linker
 * supports a fork while other threads load a module.
 */
static bool says_yes(struct tokenstore *store) {
    struct tokenstore_request request = {
        .bearer = good.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = fixture_me(),
    };
    enum tokenstore_reason reason;
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;

    /* Ask again if the daemon is late, as it may be on a busy machine. */
    for (int tries = 0;
         tries < 10 && error == TOKENSTORE_ERROR_UNAVAILABLE &&
         (tries == 0 || strstr(tokenstore_message(store), "no answer"));
         tries++)
        error = tokenstore_verify(store, &request, NULL, &reason);
    if (error != TOKENSTORE_OK)
        fprintf(stderr, "%s\n", tokenstore_message(store));
    return error == TOKENSTORE_OK;
}

static void *ask_on(void *argument) {
    struct tokenstore *store = fixture_open(daemon_uri());

    (void)argument;
    while (!atomic_load(&over))
        EXPECT("a thread", says_yes(store) && plugin_answers(store));
    tokenstore_close(&store);
    return NULL;
}

/* The child uses a handle that its parent has used, and one of its own. */
static void fork_one(struct tokenstore *store) {
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        alarm(120);
        _exit(says_yes(store) && says_yes(fixture_open(daemon_uri())) &&
                      plugin_answers(store)
                  ? 0
                  : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail_hard("fork: %s", strerror(errno));
    EXPECT("a forked child", status == 0);
}

static void fork_beside_threads(void) {
    struct tokenstore *store = fixture_open(daemon_uri());
    pthread_t threads[THREADS];

    EXPECT("the parent", says_yes(store) && plugin_answers(store));
    fork_one(store);
    if (SANITIZED)
        puts("a sanitizer's own locks do not survive a fork beside threads");
    for (size_t i = 0; i < THREADS && !SANITIZED; i++)
        if (pthread_create(&threads[i], NULL, ask_on, NULL) != 0)
            fail_hard("pthread_create");
    for (int i = 0; i < CHILDREN; i++)
        fork_one(store);
    atomic_store(&over, true);
    for (size_t i = 0; i < THREADS && !SANITIZED; i++)
        pthread_join(threads[i], NULL);
    tokenstore_close(&store);
}

/* --------------------------------------------------------------- odd servers
 */

/* Accepts every connection and closes it at once, without reading. */
static void *slam(void *argument) {
    int listener = *(const int *)argument;
    int fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0)
        close(fd);
    return NULL;
}

/* Writing to a closed connection raises SIGPIPE, whose action in this process
 * is to terminate it. */
static void closed_doors(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char lines[2 * PATH_MAX];
    pthread_t thread;
    sigset_t pending;

    if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/slam",
                 fixture_directory()) >= (int)sizeof(address.sun_path) ||
        bind(listener, (const struct sockaddr *)&address, sizeof(address)) !=
            0 ||
        listen(listener, 64) != 0 ||
        pthread_create(&thread, NULL, slam, &listener) != 0)
        fail_hard("a socket: %s", strerror(errno));
    snprintf(lines, sizeof(lines),
             "auth required %s store=unix:%s nodelay quiet\n",
             TEST_REMOTE_MODULE, address.sun_path);
    fixture_service("imap", lines);
    for (int i = 0; i < ROUNDS; i++)
        expect_login("a closed door", good.text, PAM_AUTHINFO_UNAVAIL);
    sigpending(&pending);
    EXPECT("SIGPIPE is left", sigismember(&pending, SIGPIPE) == 0);
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
}

/* libcurl would open the file that this variable names, as root in a set-uid
 * program.  A login needs no libcurl. */
static void key_log(void) {
    struct tokenstore_token *token;
    pid_t child = fork();
    char path[PATH_MAX];
    int status = 0;

    snprintf(path, sizeof(path), "%s/keys", fixture_directory());
    if (child == 0) {
        setenv("SSLKEYLOGFILE", path, 1);
        if (tokenstore_get(fixture_open(daemon_uri()), 1, &token) !=
            TOKENSTORE_ERROR_UNAVAILABLE)
            _exit(99);
        _exit(client_login("imap", fixture_me(), good.text));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail_hard("fork: %s", strerror(errno));
    EXPECT("a key log stops the plugin, and no login",
           WIFEXITED(status) && WEXITSTATUS(status) == PAM_SUCCESS);
    EXPECT("a key log was opened", access(path, F_OK) != 0);
}

int main(int argc, char **argv) {
    struct fixture_token token = {0};
    char lines[4 * PATH_MAX];

    (void)argc;
    fixture_without_caches(argv);
    fixture_begin(600);
    daemon_use_plugin(argv);
    setlocale(LC_ALL, "");
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &disabled);
    snprintf(lines, sizeof(lines),
             "auth required %s store=%s nodelay quiet\n"
             "account required %s store=%s quiet\n",
             TEST_REMOTE_MODULE, daemon_uri(), TEST_REMOTE_MODULE,
             daemon_uri());
    fixture_service("imap", lines);
    expect_login("no daemon yet", good.text, PAM_AUTHINFO_UNAVAIL);
    daemon_start();
    key_log();
    first_login();
    load_and_unload();
    side_by_side();
    fork_beside_threads();
    closed_doors();
    fixture_service("imap", lines);
    expect_login("the last", good.text, PAM_SUCCESS);
    daemon_stop();
    expect_login("the daemon is gone", good.text, PAM_AUTHINFO_UNAVAIL);
    return failures == 0 ? 0 : 1;
}
