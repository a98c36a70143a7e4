/*
 * kill.c - the tool, killed at random times during each command that changes
 * the store, while other processes read it. No acknowledged change may be
 * lost, no change may be half done, and no reader may get an answer that could
 * not be true at that time (subject.c).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/procs.h"
#include "tests/soak/soak.h"
#include "tests/soak/subject.h"
#include "tests/support/pam_fixture.h"

#define TOOL BUILD_DIRECTORY "/.libs/accesstoken"
#define READERS 3
#define READER_PAUSE 400 /* microseconds, at most */
#define BATCH 50
/* Complete runs, which measure how long one takes. */
#define COMPLETE 5

struct shared {
    struct subject subject;
    atomic_bool stop;
    _Atomic uint64_t verifies;
    _Atomic uint64_t lists;
};

static struct shared *shared;

static struct tally {
    uint64_t killed, before, half, half_stands, after, said;
    int64_t life; /* of complete runs, added up over the kills */
} tallies[VERBS];

static char **environment;

/* --------------------------------------------------------------- processes */

_Noreturn static void read_often(void) {
    struct tokenstore *store = fixture_open(fixture_store());

    while (!atomic_load(&shared->stop)) {
        alarm(30);
        /* The readers pause, so that the command gets the processor and is
         * killed while it works. */
        soak_sleep_until(soak_clock() + (int64_t)soak_random(READER_PAUSE));
        atomic_fetch_add(subject_look(&shared->subject, store)
                             ? &shared->lists
                             : &shared->verifies,
                         1);
    }
    tokenstore_close(&store);
    _exit(0);
}

/* The environment of the tool: the library from the build directory, and a
 * preload that catches syslog. */
static char **tool_environment(void) {
    static char log[PATH_MAX];

    snprintf(log, sizeof(log), "%.4000s/log", fixture_directory());
    if (setenv("ACCESSTOKEN_TEST_LOG", log, 1) != 0 ||
        setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1) != 0 ||
        setenv("LD_PRELOAD", BUILD_DIRECTORY "/tests/tool/.libs/preload.so",
               1) != 0 ||
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1) != 0)
        fail_hard("no memory");
    return environ;
}

/* Starts the tool; its output can be read from *output. */
static pid_t start_tool(char *const *arguments, int *output) {
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t tool;

    if (pipe2(ends, O_CLOEXEC) != 0 ||
        posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2) != 0 ||
        posix_spawn(&tool, TOOL, &actions, NULL, arguments, environment) != 0)
        fail_hard("%s: cannot be run", TOOL);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *output = ends[0];
    return tool;
}

/* What a command leaves if it dies in the middle of a change. */
struct traces {
    uint64_t count; /* the counter in the lock file */
    int64_t built;  /* when a restore began to build a store; 0: it did not */
};

static struct traces look_for_traces(void) {
    struct traces traces = {.count = procs_counter(fixture_store())};
    struct stat status;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%.4000s.new", fixture_store());
    if (stat(path, &status) == 0)
        traces.built = status.st_ctim.tv_sec * INT64_C(1000000000) +
                       status.st_ctim.tv_nsec;
    return traces;
}

/* A complete change of the file adds four to the counter (first rounded down
 * to an even number). An interrupted one adds less, or two more if another
 * process has recovered. */
static bool half_done(struct traces before, struct traces after) {
    uint64_t moved = after.count - (before.count & ~UINT64_C(1));

    return (after.count != before.count && moved % 4 != 0) ||
           (after.built != before.built && after.built != 0);
}

/* ------------------------------------------------------------ one command */

struct run {
    int64_t life; /* microseconds */
    bool said;    /* it acknowledged the change */
    bool half;    /* it died while the file was changing */
};

/* Runs the next change and kills it after so many microseconds; if negative,
 * lets it finish. */
static struct run run(int64_t life) {
    struct subject *subject = &shared->subject;
    char *arguments[SUBJECT_ARGUMENTS];
    char said[1024] = "";
    struct run run;
    struct traces before = look_for_traces();
    int64_t begun;
    int output, status;
    pid_t tool;

    subject_arguments(subject, arguments);
    history_begin(&subject->history);
    begun = soak_clock();
    tool = start_tool(arguments, &output);
    if (life >= 0) {
        soak_sleep_until(begun + life);
        kill(tool, SIGKILL);
    }
    if (waitpid(tool, &status, 0) != tool)
        fail_hard("waitpid: %s", strerror(errno));
    run.life = soak_clock() - begun;
    run.half = half_done(before, look_for_traces());
    if (read(output, said, sizeof(said) - 1) < 0)
        fail_hard("read: %s", strerror(errno));
    close(output);
    run.said = subject_said(subject, said);
    /* It was killed or it succeeded: nothing else is right. */
    if (WIFSIGNALED(status) ? WTERMSIG(status) != SIGKILL ||
                                  strstr(said, "accesstoken:") != NULL
                            : status != 0 || !run.said)
        soak_wrong("%s: status %x: %s", verb_name(subject->verb),
                   (unsigned int)status, said);
    return run;
}

/* The next command finds the store as the last one left it, or after an
 * ordinary change, which must succeed. */
static void change_beside(struct tokenstore *store) {
    struct tokenstore_token *values;

    must("new", tokenstore_token_new(&values), NULL);
    if (tokenstore_modify(store, shared->subject.other,
                          TOKENSTORE_FIELD_ENABLED, values, 0,
                          NULL) != TOKENSTORE_OK)
        soak_wrong("a change after a kill: %s", tokenstore_message(store));
    tokenstore_token_free(&values);
}

/* Runs the next change and finds out its result. Returns whether the change is
 * in effect. */
static bool run_and_settle(struct tokenstore *store, int64_t life,
                           struct run *result) {
    struct history *history = &shared->subject.history;
    uint64_t before;
    bool stands;

    subject_ready(&shared->subject);
    before = atomic_load(&history->done);
    *result = run(life);
    if (soak_random(2) == 0)
        change_beside(store);
    subject_settle(&shared->subject, store);
    stands = atomic_load(&history->done) > before;
    if (result->said && !stands)
        soak_wrong("%s: acknowledged, but lost",
                   verb_name(shared->subject.verb));
    return stands;
}

/* ----------------------------------------------------------------- batches */

static int compare(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

    return (a > b) - (a < b);
}

static int64_t measure(struct tokenstore *store) {
    int64_t lives[COMPLETE];
    struct run result;

    for (int i = 0; i < COMPLETE; i++) {
        if (!run_and_settle(store, -1, &result))
            soak_wrong("%s: succeeded without effect",
                       verb_name(shared->subject.verb));
        lives[i] = result.life;
    }
    qsort(lives, COMPLETE, sizeof(*lives), compare);
    return lives[COMPLETE / 2];
}

static void kill_batch(struct tokenstore *store, unsigned int kills,
                       struct tally *tally) {
    int64_t life = measure(store);

    tally->life += life * kills;
    for (unsigned int i = 0; i < kills; i++) {
        /* A run may take longer than those that were measured. */
        int64_t instant = (int64_t)soak_random((uint64_t)life * 5 / 4);
        struct run result;
        bool stands = run_and_settle(store, instant, &result);

        tally->killed++;
        tally->said += result.said;
        tally->half += result.half;
        tally->half_stands += result.half && stands;
        tally->before += !result.half && !stands;
        tally->after += !result.half && stands;
    }
}

/* Makes a store, starts readers, kills the tool so many times, and checks
 * everything. */
static void batch(enum verb verb, unsigned int kills) {
    struct tokenstore *store = fixture_open(fixture_store());
    pid_t readers[READERS];
    char lock[PATH_MAX];

    subject_prepare(&shared->subject, verb);
    atomic_store(&shared->stop, false);
    for (int i = 0; i < READERS; i++) {
        readers[i] = soak_fork();
        if (readers[i] == 0)
            read_often();
    }
    kill_batch(store, kills, &tallies[verb]);
    atomic_store(&shared->stop, true);
    for (int i = 0; i < READERS; i++)
        soak_expect_end(readers[i], "a reader");
    soak_check(store, verb_name(verb));
    subject_verify_fixed(&shared->subject, store);
    subject_verify_all(&shared->subject, store);
    tokenstore_close(&store);
    snprintf(lock, sizeof(lock), "%.4000s.lock", fixture_store());
    if (unlink(fixture_store()) != 0 || unlink(lock) != 0)
        fail_hard("%s: cannot be removed", fixture_store());
}

static void print_tally(enum verb verb) {
    const struct tally *tally = &tallies[verb];

    printf("%s: %llu kills over %.1f ms: %llu before, %llu half done (%llu of "
           "them stand), %llu after; %llu acknowledged, none lost\n",
           verb_name(verb), (unsigned long long)tally->killed,
           (double)tally->life * 1.25 / (double)tally->killed / 1000,
           (unsigned long long)tally->before, (unsigned long long)tally->half,
           (unsigned long long)tally->half_stands,
           (unsigned long long)tally->after, (unsigned long long)tally->said);
    /* What did not happen has not been tested; a short run of fifty kills may
     * miss a case. */
    if (soak_full && (tally->before == 0 || tally->half == 0 ||
                      tally->after == 0 || tally->said == 0))
        soak_wrong("%s: the kills did not hit every part of the command",
                   verb_name(verb));
}

int main(int argc, char **argv) {
    unsigned int batches, kills;

    soak_begin(argc, argv, 540);
    batches = soak_full ? 1000 / BATCH : 1;
    kills = BATCH;
    shared = soak_share(sizeof(*shared));
    environment = tool_environment();
    for (enum verb verb = VERB_CREATE; verb <= VERB_PRUNE; verb++) {
        for (unsigned int i = 0; i < batches; i++)
            batch(verb, kills);
        print_tally(verb);
    }
    printf("%d readers: %llu looks at a token, %llu lists, none wrong\n",
           READERS, (unsigned long long)shared->verifies,
           (unsigned long long)shared->lists);
    return 0;
}
