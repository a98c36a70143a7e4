/*
 * contention.c - one store is used by 32 processes that verify, 4 that write
 * and one that makes backups, while this process kills, stops and replaces
 * them.
 *
 * No answer may be wrong, no call may hang and no process may starve: a member
 * of the crowd that gets no answer for seconds has starved, unless a process
 * that holds the writer lock is stopped at that time. A stopped writer leads
 * to "busy"; a stopped reader does not affect any other process. Times are
 * printed, not judged.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/soak/crowd.h"
#include "tests/soak/procs.h"
#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

#define SECOND INT64_C(1000000)
#define MILLISECOND INT64_C(1000)

/* A member that gets no answer for so long has starved. */
#define STARVED (10 * SECOND)
/* At most this much of the time between two looks at the crowd counts: if more
 * has passed, this process did not get the processor. */
#define LOOK_MAX (200 * MILLISECOND)

/* How many writers to stop while they hold the lock; a full run stops two of
 * every CATCHES_PER_LONG for long. */
#define CATCHES_FULL 24
#define CATCHES_SHORT 6
#define CATCHES_PER_LONG 12

struct member {
    pid_t process;
    int64_t stopped_until; /* 0: it is not stopped */
    struct doing doing;    /* what it was doing when it was stopped */
    uint64_t answered;
    int64_t without; /* time without an answer */
    int64_t longest;
};

static struct member members[CROWD_SIZE];
static struct crowd *crowd;

/* What has been done to the crowd. */
static struct torment {
    unsigned int killed_verifiers, killed_writers;
    unsigned int stopped_verifiers, reading, recovering;
    unsigned int stopped_writers, locked, changing;
    unsigned int long_locked, long_changing;
} torment;

/* ---------------------------------------------------------------- starving */

static bool is_stopped(const struct member *member) {
    return member->stopped_until != 0;
}

/* kill_member() waits for every process that it kills: any other that has
 * exited is an error. */
static void look_for_dead(void) {
    int status;
    pid_t child = waitpid(-1, &status, WNOHANG);

    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        if (members[i].process == child)
            soak_wrong("member %u ended by itself: status %x", i,
                       (unsigned int)status);
}

/* Whether a process is stopped for which this member has to wait. */
static bool has_excuse(unsigned int waiting) {
    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        if (is_stopped(&members[i]) &&
            (i == waiting || members[i].doing.changing ||
             (members[i].doing.locked && !crowd_verifies(waiting))))
            return true;
    return false;
}

static void look_for_starved(int64_t passed) {
    for (unsigned int i = 0; i < CROWD_SIZE; i++) {
        struct member *member = &members[i];
        uint64_t answered = atomic_load(&crowd->answered[i]);

        if (answered != member->answered)
            member->without = 0;
        else if (!has_excuse(i))
            member->without += passed;
        member->answered = answered;
        if (member->without > member->longest)
            member->longest = member->without;
        if (member->without > STARVED)
            soak_wrong("member %u has starved", i);
    }
}

/* -------------------------------------------------------------- tormenting */

static void end_stop(struct member *member) {
    member->stopped_until = 0;
    if (member->doing.locked)
        atomic_fetch_add(&crowd->stops_over, 1);
}

static void kill_member(unsigned int number) {
    struct member *member = &members[number];
    int status;

    if (crowd_verifies(number))
        torment.killed_verifiers++;
    else
        torment.killed_writers++;
    kill(member->process, SIGKILL);
    if (waitpid(member->process, &status, 0) != member->process)
        fail_hard("waitpid: %s", strerror(errno));
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        soak_wrong("member %u: status %x", number, (unsigned int)status);
    if (is_stopped(member))
        end_stop(member);
    member->process = crowd_start(crowd, number);
}

static void stop_member(unsigned int number) {
    struct member *member = &members[number];

    atomic_fetch_add(&crowd->held[number], 1);
    if (!procs_stop(member->process, fixture_store(), &member->doing))
        soak_wrong("member %u has ended", number);
    member->stopped_until = soak_clock();
    if (member->doing.locked)
        atomic_fetch_add(&crowd->stops, 1);
}

static void go_on(unsigned int number) {
    end_stop(&members[number]);
    kill(members[number].process, SIGCONT);
}

static unsigned int random_verifier(void) {
    return (unsigned int)soak_random(CROWD_VERIFIERS);
}

static unsigned int random_writer(void) {
    return CROWD_VERIFIERS + (unsigned int)soak_random(CROWD_WRITERS);
}

/* A stopped reader blocks no other process, unless it was recovering what a
 * killed writer left: then it holds the writer lock. */
static void stop_verifier(void) {
    unsigned int number = random_verifier();
    struct member *member = &members[number];

    if (is_stopped(member))
        return;
    stop_member(number);
    torment.stopped_verifiers++;
    torment.reading += member->doing.opened && !member->doing.locked;
    torment.recovering += member->doing.locked;
    member->stopped_until += (int64_t)soak_random(
        (uint64_t)(member->doing.locked ? SECOND / 20 : 2 * SECOND));
}

static void stop_writer(void) {
    unsigned int number = random_writer();
    struct member *member = &members[number];

    if (is_stopped(member))
        return;
    stop_member(number);
    torment.stopped_writers++;
    torment.locked += member->doing.locked;
    torment.changing += member->doing.changing;
    member->stopped_until += (int64_t)soak_random((uint64_t)SECOND / 10);
}

static bool somebody_locks(void) {
    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        if (is_stopped(&members[i]) && members[i].doing.locked)
            return true;
    return false;
}

/* Stops a writer that holds the lock, in the middle of a change of the file or
 * before one; sometimes for longer than any call waits. Returns whether one
 * was caught. */
static bool catch_writer(unsigned int number_of_catch) {
    bool changing = number_of_catch % 2 == 0;
    bool for_long = soak_full && number_of_catch % CATCHES_PER_LONG < 2;
    unsigned int number = random_writer();
    struct member *member = &members[number];

    if (somebody_locks() || is_stopped(member))
        return false;
    stop_member(number);
    if (!member->doing.locked || member->doing.changing != changing) {
        go_on(number);
        return false;
    }
    torment.locked++;
    torment.changing += changing;
    torment.long_locked += for_long && !changing;
    torment.long_changing += for_long && changing;
    member->stopped_until += (int64_t)soak_random((uint64_t)SECOND / 10);
    if (for_long)
        member->stopped_until += SECOND * 11 / 2;
    return true;
}

static void release(int64_t now) {
    for (unsigned int i = 0; i < CROWD_SIZE; i++) {
        if (!is_stopped(&members[i]) || members[i].stopped_until > now)
            continue;
        if (soak_random(2) == 0)
            kill_member(i);
        else
            go_on(i);
    }
}

/* Decides at random whether something that happens once in a period happens in
 * this time. */
static bool happens(int64_t passed, int64_t period) {
    return (int64_t)soak_random((uint64_t)period) < passed;
}

/* During a long stop, fewer processes are killed, so that more of those that
 * wait live until they get "busy". */
static void act(int64_t passed) {
    bool waiting = somebody_locks();
    int64_t rarely = waiting ? 5 : 1;

    if (happens(passed, rarely * SECOND / 5))
        kill_member(random_verifier());
    if (happens(passed, rarely * SECOND / 7))
        stop_verifier();
    if (happens(passed, SECOND / 3) && !waiting)
        kill_member(random_writer());
    if (happens(passed, SECOND / 10) && !waiting)
        stop_writer();
}

/* About one writer in twenty is at the wanted point. */
static bool try_to_catch(unsigned int number_of_catch) {
    for (int tries = 0; tries < 20; tries++) {
        if (catch_writer(number_of_catch))
            return true;
        soak_sleep_until(soak_clock() + MILLISECOND);
    }
    return false;
}

static void run_for(int64_t duration, unsigned int catches) {
    int64_t begun = soak_clock();
    int64_t now = begun;
    unsigned int caught = 0;

    while (now - begun < duration || caught < catches) {
        int64_t next, passed;

        soak_sleep_until(now + 5 * MILLISECOND);
        next = soak_clock();
        passed = next - now < LOOK_MAX ? next - now : LOOK_MAX;
        look_for_dead();
        look_for_starved(passed);
        release(next);
        if (caught < catches &&
            next - begun > duration * (caught + 1) / (catches + 2))
            caught += try_to_catch(caught);
        if (next - begun < duration)
            act(passed);
        now = next;
    }
}

/* ----------------------------------------------------------------- figures */

static void print_meter(enum call call, double seconds) {
    static const char *const names[CALLS] = {
        "verify", "a user's list", "page of 100", "create",
        "modify", "revoke",        "rotate",      "backup"};
    const struct meter *meter = &crowd->meters[call];

    printf("%s: %llu, %.0f a second, the slowest %.1f ms (during a stop of "
           "a writer %.1f ms, %llu busy)\n",
           names[call], (unsigned long long)meter->count,
           (double)meter->count / seconds, (double)meter->slowest / 1000,
           (double)meter->slowest_beside_stop / 1000,
           (unsigned long long)meter->busy);
    if (soak_full && meter->count == 0)
        soak_wrong("%s: no call was answered", names[call]);
}

static double longest(unsigned int first, unsigned int last) {
    int64_t longest = 0;

    for (unsigned int i = first; i <= last; i++)
        if (members[i].longest > longest)
            longest = members[i].longest;
    return (double)longest / SECOND;
}

static uint64_t busy(enum call first, enum call last) {
    uint64_t count = 0;

    for (enum call call = first; call <= last; call++)
        count += atomic_load(&crowd->meters[call].busy);
    return count;
}

static void print_torment(void) {
    printf("killed: %u verifiers, %u writers\n", torment.killed_verifiers,
           torment.killed_writers);
    printf("stopped: %u verifiers (%u in a read, %u in a recovery), %u "
           "writers (%u with the lock, %u in the middle of a change)\n",
           torment.stopped_verifiers, torment.reading, torment.recovering,
           torment.stopped_writers, torment.locked, torment.changing);
    printf("stopped for more than 5 s: %u writers in the middle of a change, "
           "%u before one\n",
           torment.long_changing, torment.long_locked);
    printf("longest without an answer: a verifier %.2f s, a writer %.2f s, "
           "the backups %.2f s\n",
           longest(0, CROWD_VERIFIERS - 1),
           longest(CROWD_VERIFIERS, CROWD_BACKUP - 1),
           longest(CROWD_BACKUP, CROWD_BACKUP));
    /* What did not happen has not been tested. */
    if (torment.killed_verifiers == 0 || torment.killed_writers == 0 ||
        torment.stopped_verifiers == 0 || torment.changing == 0)
        soak_wrong("a kind of kill or stop never happened");
    if (torment.recovering > 1 + torment.reading / 4)
        soak_wrong("too many verifiers held the writer lock");
    if (soak_full && (torment.reading == 0 || torment.locked == 0 ||
                      torment.long_changing < 2 || torment.long_locked < 2 ||
                      busy(CALL_VERIFY, CALL_PAGE) == 0 ||
                      busy(CALL_CREATE, CALL_ROTATE) == 0))
        soak_wrong("a kind of stop, or busy, never happened");
}

int main(int argc, char **argv) {
    int64_t duration;

    soak_begin(argc, argv, 300);
    duration = soak_full ? 60 * SECOND : 6 * SECOND;
    crowd = crowd_begin();
    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        members[i].process = crowd_start(crowd, i);
    run_for(duration, soak_full ? CATCHES_FULL : CATCHES_SHORT);
    atomic_store(&crowd->stop, true);
    /* All of them go on before any is waited for: they may wait for each
     * other. */
    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        if (is_stopped(&members[i]))
            go_on(i);
    for (unsigned int i = 0; i < CROWD_SIZE; i++)
        soak_expect_end(members[i].process, "a member of the crowd");
    for (enum call call = CALL_VERIFY; call <= CALL_BACKUP; call++)
        print_meter(call, (double)duration / SECOND);
    print_torment();
    printf("%llu tokens at the end, no answer wrong\n",
           (unsigned long long)crowd_settle(crowd));
    return 0;
}
