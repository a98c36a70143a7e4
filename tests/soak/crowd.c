/*
 * crowd.c - processes that use one store at the same time.
 * No call may outlast the alarm that is set before it.
 */
#include <config.h>

#include "tests/soak/crowd.h"

#include <string.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

/* Seconds; a call that takes longer hangs. */
#define HANGS 30
#define PAGE 100

/* ----------------------------------------------------------- timing a call */

struct timing {
    struct crowd *crowd;
    unsigned int member;
    int64_t begun;
    uint64_t stops_over;
    uint64_t held;
};

static struct timing begin(struct crowd *crowd, unsigned int member) {
    struct timing timing = {crowd, member, soak_clock(),
                            atomic_load(&crowd->stops_over),
                            atomic_load(&crowd->held[member])};

    alarm(HANGS);
    return timing;
}

static void end(const struct timing *timing, enum call call,
                enum tokenstore_error error) {
    struct crowd *crowd = timing->crowd;
    struct meter *meter = &crowd->meters[call];
    int64_t took = soak_clock() - timing->begun;
    bool beside_stop = atomic_load(&crowd->stops) > timing->stops_over;
    bool held = atomic_load(&crowd->held[timing->member]) != timing->held;

    if (error == TOKENSTORE_OK) {
        atomic_fetch_add(&meter->count, 1);
        atomic_fetch_add(&crowd->answered[timing->member], 1);
    } else {
        atomic_fetch_add(&meter->busy, 1);
        if (!beside_stop && !held)
            soak_wrong("busy after %.1f s, although no holder of the lock was "
                       "stopped",
                       (double)took / 1e6);
    }
    if (!held)
        soak_raise(beside_stop ? &meter->slowest_beside_stop : &meter->slowest,
                   took);
}

/* --------------------------------------------------------------- verifiers */

/* A page begins with tokens that are never removed, whose ids have no gap. */
static enum tokenstore_error get_page(struct tokenstore *store) {
    uint64_t after = soak_random(CROWD_FIXED);
    uint64_t last = after;
    struct tokenstore_list *list;
    enum tokenstore_error error =
        tokenstore_list(store, NULL, after, PAGE, &list);

    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_BUSY)
        soak_wrong("list: %s", tokenstore_message(store));
    for (size_t i = 0; list != NULL && i < tokenstore_list_count(list); i++) {
        uint64_t id = tokenstore_token_id(tokenstore_list_token(list, i));

        if (id <= last || (last < CROWD_FIXED && id != last + 1))
            soak_wrong("a page has token %llu after %llu",
                       (unsigned long long)id, (unsigned long long)last);
        last = id;
    }
    if (error == TOKENSTORE_OK && last < CROWD_FIXED && last < after + PAGE)
        soak_wrong("a page after %llu ends with %llu",
                   (unsigned long long)after, (unsigned long long)last);
    tokenstore_list_free(&list);
    return error;
}

/* Every other verifier uses a handle like that of the daemon. */
static bool remembers(unsigned int member) {
    return crowd_verifies(member) && member % 2 == 0;
}

static void look(struct crowd *crowd, unsigned int member,
                 struct tokenstore *store) {
    unsigned int number =
        (unsigned int)soak_random(CROWD_WRITERS * CROWD_SLOTS);
    struct slot *slot = &crowd->slots[number];
    uint64_t before = history_before(&slot->history);
    struct timing timing = begin(crowd, member);
    enum tokenstore_error error;
    bool asked;

    switch (soak_random(16)) {
    case 0:
        error = slot_list(slot, number, store, before);
        end(&timing, CALL_USER, error);
        break;
    case 1:
        error = get_page(store);
        end(&timing, CALL_PAGE, error);
        break;
    default:
        error = slot_verify(slot, store, &asked);
        if (asked)
            end(&timing, CALL_VERIFY, error);
        /* Verifiers that remember answers verify again at once. */
        for (int i = 0; remembers(member) && asked && i < 8; i++) {
            timing = begin(crowd, member);
            error = slot_verify(slot, store, &asked);
            if (asked)
                end(&timing, CALL_VERIFY, error);
        }
        break;
    }
}

/* ----------------------------------------------------------------- writers */

/* The previous writer of these slots may have died during a change. */
static void take_over(struct crowd *crowd, unsigned int first,
                      struct tokenstore *store) {
    for (unsigned int i = first; i < first + CROWD_SLOTS; i++)
        do
            alarm(HANGS);
        while (slot_settle(&crowd->slots[i], i, store) != TOKENSTORE_OK);
}

static void change(struct crowd *crowd, unsigned int member,
                   struct tokenstore *store) {
    unsigned int number = (member - CROWD_VERIFIERS) * CROWD_SLOTS +
                          (unsigned int)soak_random(CROWD_SLOTS);
    struct timing timing = begin(crowd, member);
    enum slot_verb verb;
    enum tokenstore_error error =
        slot_change(&crowd->slots[number], number, store, &verb);

    end(&timing, CALL_CREATE + (enum call)verb, error);
}

/* ----------------------------------------------------------------- backups */

static const char *path_of(const char *name) {
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%.4000s/%s", fixture_directory(), name);
    return path;
}

static uint64_t count_tokens(struct tokenstore *store) {
    struct tokenstore_list *list;
    uint64_t count;

    must("list", tokenstore_list(store, NULL, 0, TOKENSTORE_LIMIT_MAX, &list),
         store);
    count = tokenstore_list_count(list);
    tokenstore_list_free(&list);
    return count;
}

/* A backup that is restored where no store exists has all its tokens. */
static void restore_elsewhere(const char *backup, uint64_t count) {
    struct tokenstore *store = fixture_open(path_of("restored/tokens.tdb"));
    struct tokenstore_report *report;

    must("restore", tokenstore_restore(store, backup, true, &report), store);
    tokenstore_report_free(&report);
    if (count_tokens(store) != count)
        soak_wrong("a restored backup does not have %llu tokens",
                   (unsigned long long)count);
    if (unlink(tokenstore_path(store)) != 0)
        fail_hard("%s: cannot be removed", tokenstore_path(store));
    tokenstore_close(&store);
}

/* Each slot must be in a state that it had during the backup. */
static void judge_backup(struct crowd *crowd, struct tokenstore *backup,
                         const uint64_t *before) {
    uint64_t count = count_tokens(backup);

    alarm(HANGS);
    soak_check(backup, "a backup");
    for (unsigned int i = 0; i < CROWD_WRITERS * CROWD_SLOTS; i++) {
        alarm(HANGS);
        if (slot_list(&crowd->slots[i], i, backup, before[i]) != TOKENSTORE_OK)
            soak_wrong("a backup is busy");
        atomic_fetch_add(&crowd->answered[CROWD_BACKUP], 1);
    }
    alarm(HANGS);
    restore_elsewhere(tokenstore_path(backup), count);
}

static void back_up(struct crowd *crowd, struct tokenstore *store) {
    uint64_t before[CROWD_WRITERS * CROWD_SLOTS];
    struct tokenstore *backup = fixture_open(path_of("backup.tdb"));
    struct timing timing = begin(crowd, CROWD_BACKUP);
    enum tokenstore_error error;

    for (unsigned int i = 0; i < CROWD_WRITERS * CROWD_SLOTS; i++)
        before[i] = history_before(&crowd->slots[i].history);
    error = tokenstore_backup(store, tokenstore_path(backup));
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_BUSY)
        soak_wrong("backup: %s", tokenstore_message(store));
    end(&timing, CALL_BACKUP, error);
    if (error == TOKENSTORE_OK) {
        judge_backup(crowd, backup, before);
        if (unlink(tokenstore_path(backup)) != 0)
            fail_hard("%s: cannot be removed", tokenstore_path(backup));
    }
    tokenstore_close(&backup);
}

/* -------------------------------------------------------------- everybody */

struct crowd *crowd_begin(void) {
    struct fixture_token token = {.user = "soak-fixed", .virtual_user = true};
    struct tokenstore_bearer unwanted;

    for (int i = 0; i < CROWD_FIXED; i++)
        fixture_issue(&token, &unwanted);
    return soak_share(sizeof(struct crowd));
}

pid_t crowd_start(struct crowd *crowd, unsigned int member) {
    pid_t child = soak_fork();
    struct tokenstore *store;

    if (child != 0)
        return child;
    store = fixture_open(fixture_store());
    if (remembers(member) && tokenstore_set_memory(store, 16) != TOKENSTORE_OK)
        soak_wrong("no memory");
    if (crowd_writes(member))
        take_over(crowd, (member - CROWD_VERIFIERS) * CROWD_SLOTS, store);
    while (!atomic_load(&crowd->stop)) {
        if (crowd_verifies(member))
            look(crowd, member, store);
        else if (crowd_writes(member))
            change(crowd, member, store);
        else
            back_up(crowd, store);
    }
    tokenstore_close(&store);
    _exit(0);
}

uint64_t crowd_settle(struct crowd *crowd) {
    struct tokenstore *store = fixture_open(fixture_store());
    uint64_t expected = CROWD_FIXED;
    uint64_t count;

    soak_check(store, "the store at the end");
    for (unsigned int i = 0; i < CROWD_WRITERS * CROWD_SLOTS; i++) {
        struct slot *slot = &crowd->slots[i];
        uint64_t done = atomic_load(&slot->history.done);

        if (slot_settle(slot, i, store) != TOKENSTORE_OK ||
            slot_list(slot, i, store, done) != TOKENSTORE_OK)
            soak_wrong("list: %s", tokenstore_message(store));
        slot_verify_all(slot, store);
        expected += slot->states[done % SLOT_STATES].present;
    }
    count = count_tokens(store);
    if (count != expected)
        soak_wrong("%llu tokens, not %llu", (unsigned long long)count,
                   (unsigned long long)expected);
    tokenstore_close(&store);
    return count;
}
