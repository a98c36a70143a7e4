/*
 * upgrade.c - the file of the module is replaced again and again, as a package
 * manager does it, and by files that are no module, under a process whose
 * threads log in all the time, while another process changes the store. Every
 * login has exactly one right answer; "cannot say" is a wrong one.
 *
 * That process keeps each copy that it has loaded; a new name of the file
 * loads a new copy (pam_install.h). Processes that start while the file is
 * missing, empty or cut off refuse every login, and answer again after the
 * file is restored.
 */
#include <config.h>

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"
#include "tests/support/pam_install.h"

#define THREADS 8
#define COPIES_FULL 50
#define COPIES_SHORT 10
#define LOGINS_FULL 1000 /* at least, with each copy */
#define LOGINS_SHORT 200
#define HANGS 60 /* seconds */

static struct tokenstore_bearer good;
static struct tokenstore_bearer revoked;

struct shared {
    atomic_uint services; /* names of the module */
    atomic_uint copies;   /* copies of it that are loaded */
    atomic_bool stop;
    _Atomic uint64_t logins;
    _Atomic uint64_t changes;
};

static struct shared *shared;

static const char *service_name(unsigned int number) {
    static _Thread_local char name[32];

    snprintf(name, sizeof(name), "copy-%u", number);
    return name;
}

/* ---------------------------------------------------- the looping process */

static void expect(unsigned int service, const char *presented, int wanted) {
    int code = client_login(service_name(service), fixture_me(), presented);

    if (code != wanted)
        soak_wrong("copy %u of %u: the login returns %d, not %d", service,
                   atomic_load(&shared->copies), code, wanted);
    atomic_fetch_add(&shared->logins, 1);
}

static void *log_in(void *argument) {
    /* Every fourth login uses the newest copy; the others use all copies in
     * turn. */
    for (unsigned int turn = (unsigned int)(uintptr_t)argument;
         !atomic_load(&shared->stop); turn++) {
        unsigned int services = atomic_load(&shared->services);
        unsigned int service = turn % 4 == 0 ? services - 1 : turn % services;

        expect(service, good.text, PAM_SUCCESS);
        expect(service, revoked.text, PAM_AUTH_ERR);
    }
    return NULL;
}

_Noreturn static void loop(void) {
    pthread_t threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, log_in, (void *)i) != 0)
            fail_hard("pthread_create");
    while (!atomic_load(&shared->stop)) {
        soak_sleep_until(soak_clock() + 2000);
        atomic_store(&shared->copies, install_copies());
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

_Noreturn static void change(void) {
    struct fixture_token token = {0};
    struct tokenstore *store = fixture_open(fixture_store());

    while (!atomic_load(&shared->stop)) {
        struct tokenstore_bearer bearer;
        uint64_t id = fixture_issue(&token, &bearer);

        must("revoke", tokenstore_revoke(store, &id, 1, NULL), store);
        atomic_fetch_add(&shared->changes, 1);
    }
    tokenstore_close(&store);
    _exit(0);
}

/* -------------------------------------------------------- fresh processes */

/* The answer that a new process gets: a code of PAM, or -signal if a signal
 * ended the process while it loaded a file that is no module. */
static int fresh_login(const char *presented, bool whole) {
    pid_t child = soak_fork();
    int status;

    if (child == 0) {
        alarm(HANGS);
        if (!whole)
            close(STDERR_FILENO); /* sanitizers print much about it */
        _exit(client_login(service_name(0), fixture_me(), presented));
    }
    if (waitpid(child, &status, 0) != child)
        fail_hard("waitpid: %s", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static struct {
    unsigned int unknown; /* PAM_MODULE_UNKNOWN */
    unsigned int other;
    unsigned int ended; /* by a signal in the dynamic linker */
} refused;

/* The file is not a module: every login must be refused. */
static void expect_refusals(const char *what) {
    const struct tokenstore_bearer *presented[] = {&good, &revoked};

    for (int i = 0; i < 2; i++) {
        int code = fresh_login(presented[i]->text, false);

        if (code == PAM_SUCCESS || code == -SIGALRM || code == 99)
            soak_wrong("the module is %s: %d", what, code);
        refused.unknown += code == PAM_MODULE_UNKNOWN;
        refused.other += code > 0 && code != PAM_MODULE_UNKNOWN;
        refused.ended += code < 0;
    }
}

static void expect_answers(void) {
    int yes = fresh_login(good.text, true);
    int no = fresh_login(revoked.text, true);

    if (yes != PAM_SUCCESS || no != PAM_AUTH_ERR)
        soak_wrong("a new process gets %d and %d", yes, no);
}

/* ---------------------------------------------------------------- upgrades */

/* Returns the offset at which the loaded part of the file of the module ends;
 * the symbols follow it. */
static size_t loaded_size(void) {
    FILE *file = fopen(TEST_MODULE, "rb");
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    size_t end = 0;

    if (file == NULL || fread(&header, sizeof(header), 1, file) != 1 ||
        fseek(file, (long)header.e_phoff, SEEK_SET) != 0)
        fail_hard("%s: cannot read it", TEST_MODULE);
    for (unsigned int i = 0; i < header.e_phnum; i++) {
        if (fread(&segment, sizeof(segment), 1, file) != 1)
            fail_hard("%s: cannot read it", TEST_MODULE);
        if (segment.p_type == PT_LOAD)
            end = segment.p_offset + segment.p_filesz;
    }
    fclose(file);
    return end;
}

static void break_file(void) {
    install_module(0);
    expect_refusals("empty");
    /* At least the last page is missing. */
    install_module((size_t)soak_random(loaded_size() - 4096));
    expect_refusals("cut off");
    if (unlink(install_path(0)) != 0)
        fail_hard("%s: %s", install_path(0), strerror(errno));
    expect_refusals("missing");
}

/* Waits until the looping process has loaded so many copies and made so many
 * logins. */
static void wait_for(pid_t looping, unsigned int copies, uint64_t logins) {
    int64_t begun = soak_clock();

    while (atomic_load(&shared->copies) < copies ||
           atomic_load(&shared->logins) < logins) {
        if (waitpid(looping, NULL, WNOHANG) != 0)
            soak_wrong("the looping process has ended");
        if (soak_clock() - begun > HANGS * INT64_C(1000000))
            soak_wrong("%u copies and %llu logins were not reached in time",
                       copies, (unsigned long long)logins);
        soak_sleep_until(soak_clock() + 1000);
    }
}

/* Replaces the file, and gives it one more name. */
static void upgrade(unsigned int number) {
    install_module(SIZE_MAX);
    install_service(service_name(number), number);
    atomic_store(&shared->services, number + 1);
}

static void issue_tokens(void) {
    struct tokenstore *store = fixture_open(fixture_store());
    struct fixture_token token = {0};
    uint64_t id;

    fixture_issue(&token, &good);
    id = fixture_issue(&token, &revoked);
    must("revoke", tokenstore_revoke(store, &id, 1, NULL), store);
    tokenstore_close(&store);
}

int main(int argc, char **argv) {
    unsigned int copies;
    pid_t looping, changing;
    uint64_t logins;

    soak_begin(argc, argv, 300);
    copies = soak_full ? COPIES_FULL : COPIES_SHORT;
    shared = soak_share(sizeof(*shared));
    issue_tokens();
    upgrade(0);
    looping = soak_fork();
    if (looping == 0)
        loop();
    changing = soak_fork();
    if (changing == 0)
        change();
    logins = soak_full ? LOGINS_FULL : LOGINS_SHORT;
    for (unsigned int i = 1; i < copies; i++) {
        wait_for(looping, i, i * logins);
        break_file();
        upgrade(i);
        expect_answers();
        /* No name may be loaded twice. */
        if (atomic_load(&shared->copies) > i + 1)
            soak_wrong("%u copies for %u names", shared->copies, i + 1);
    }
    wait_for(looping, copies, copies * logins);
    atomic_store(&shared->stop, true);
    soak_expect_end(looping, "the looping process");
    soak_expect_end(changing, "the process that changes the store");
    printf("%u replacements, %u copies loaded, %d threads: %llu logins during "
           "%llu changes, none wrong\n",
           copies, shared->copies, THREADS, (unsigned long long)shared->logins,
           (unsigned long long)shared->changes);
    printf("module empty, cut off or missing: %u times PAM_MODULE_UNKNOWN, %u "
           "times another error, %u processes ended while loading, no login "
           "accepted\n",
           refused.unknown, refused.other, refused.ended);
    return 0;
}
