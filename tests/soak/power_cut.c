/*
 * power_cut.c - the power is cut while a store changes. In every state that
 * this can leave, the store opens, check finds it sound, it holds all of the
 * change or nothing of it and everything that was acknowledged before, and it
 * can be changed again. The power is also cut while an interrupted change is
 * rolled back and while the next one is made.
 *
 *   power_cut full|short     SOAK_SEED repeats a run, SOAK_CHANGE=NAME makes
 *                            one kind of change only
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/soak/disk.h"
#include "tests/soak/soak.h"
#include "tests/support/changes.h"
#include "tests/support/interpose.h"

/* From pam_fixture.c: the directory below which everything is made. */
const char *fixture_directory(void);

/* States for each kind of change, and for a recovery or the change after
 * it. */
#define STATES (soak_full ? 2000u : 60u)
#define STATES_BULK (soak_full ? 250u : 16u) /* of a large store */
#define STATES_WITHIN 6

/* One state in so many is cut a second time, is checked after the next change,
 * or has to grow. */
#define SECOND_IN (soak_full ? 100u : 20u)
#define CHECK_IN 16
#define GROW_IN (soak_full ? 128u : 60u)

/* What must be true of every state of one recording. */
struct expectation {
    const char *before, *after; /* equal if only one state is right */
    uint64_t quota;
    bool within; /* this is the second cut */
};

struct figures {
    uint64_t states, before, after, unused, second, grown;
};

static char doing[256];

/* Runs at exit: cmocka prints an error and ends the program; this adds the
 * state. */
static void say_where(void) {
    if (doing[0] != '\0')
        fprintf(stderr, "WRONG: %s\n", doing);
}

/* --------------------------------------------------------- distinct states */

#define TABLE_SIZE 16384

struct seen {
    uint64_t numbers[TABLE_SIZE];
};

/* Returns whether this number is new, and remembers it. */
static bool see(struct seen *seen, uint64_t number) {
    uint64_t at = number % TABLE_SIZE;

    while (seen->numbers[at] != 0) {
        if (seen->numbers[at] == number)
            return false;
        at = (at + 1) % TABLE_SIZE;
    }
    seen->numbers[at] = number;
    return true;
}

/* ---------------------------------------------------------------- judgement
 */

/* Checks that the state is sound, and counts those with space that an
 * interrupted growth has left. */
static void check(const struct scene *scene, struct figures *figures) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error =
        tokenstore_check(scene->fixture->store, &report);
    bool unused = false;

    if (error == TOKENSTORE_ERROR_MISSING)
        return;
    for (size_t i = 0; i < tokenstore_report_count(report); i++) {
        const char *line = tokenstore_report_line(report, i);

        unused |= strstr(line, " unused since ") != NULL;
        if (error != TOKENSTORE_OK)
            fprintf(stderr, "check: %s\n", line);
    }
    figures->unused += unused;
    tokenstore_report_free(&report);
    if (error != TOKENSTORE_OK)
        soak_wrong("%s: check: %s", doing,
                   tokenstore_message(scene->fixture->store));
}

/* Returns the directory of the store, until the next call. */
static const char *directory(const struct scene *scene) {
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", scene->fixture->path);
    *strrchr(path, '/') = '\0';
    return path;
}

static void explore(struct scene *scene, struct disk *disk,
                    const struct expectation *expected,
                    struct figures *figures);

/* Cuts the power while a reader recovers from this state. */
static void cut_recovery(const struct scene *scene, const struct disk *state,
                         const char *text, struct figures *figures) {
    const struct expectation expected = {text, text, STATES_WITHIN, true};
    struct scene same = *scene;
    struct disk *disk;

    disk_cut_again(state);
    disk = disk_record(directory(scene));
    free(scene_describe(scene));
    disk_stop(disk);
    explore(&same, disk, &expected, figures);
    disk_free(disk);
}

/* Cuts the power while a writer recovers from this state and makes a
 * change. */
static void cut_next_change(const struct scene *scene,
                            const struct disk *state,
                            struct figures *figures) {
    struct expectation expected = {NULL, NULL, STATES_WITHIN, true};
    struct scene next = *scene;
    struct disk *disk;
    char *before, *after;

    disk_cut_again(state);
    disk = disk_record(directory(scene));
    assert_ok(change_named("create")->run(&next));
    disk_stop(disk);
    after = scene_describe(&next);
    disk_cut_again(state);
    before = scene_describe(&next);
    expected.before = before;
    expected.after = after;
    explore(&next, disk, &expected, figures);
    disk_free(disk);
    free(before);
    free(after);
}

static void cut_again(const struct scene *scene, const struct disk *state,
                      const char *text, struct figures *figures) {
    struct figures recovery = {0}, change = {0};
    char was[sizeof(doing)];

    memcpy(was, doing, sizeof(was));
    snprintf(doing, sizeof(doing), "%.120s; recovery:", was);
    cut_recovery(scene, state, text, &recovery);
    snprintf(doing, sizeof(doing), "%.120s; next change:", was);
    cut_next_change(scene, state, &change);
    memcpy(doing, was, sizeof(doing));
    figures->second += recovery.states + change.states;
}

/* Checks that the current state has all of the change or nothing of it. */
static void judge(struct scene *scene, const struct disk *disk,
                  const struct expectation *expected, bool acknowledged,
                  struct figures *figures) {
    char *text;
    bool after;

    check(scene, figures);
    text = scene_describe(scene);
    after = strcmp(text, expected->after) == 0;
    if (!after && strcmp(text, expected->before) != 0)
        soak_wrong("%s it holds\n%s\ninstead of\n%s\nor\n%s", doing, text,
                   expected->before, expected->after);
    if (acknowledged && !after)
        soak_wrong("%s: acknowledged, but lost", doing);
    figures->states++;
    figures->before += !after;
    figures->after += after;
    issue(scene->fixture->store, "virtual-jim", NULL);
    if (figures->states % CHECK_IN == 0)
        check(scene, figures);
    if (figures->states % GROW_IN == 0) {
        scene_assert_growable(scene);
        figures->grown++;
    }
    if (!expected->within && figures->states % SECOND_IN == 0)
        cut_again(scene, disk, text, figures);
    free(text);
}

/* --------------------------------------------------------------- exploring
 */

static void try_state(struct scene *scene, struct disk *disk,
                      const struct expectation *expected, struct seen *seen,
                      size_t position, enum disk_luck luck,
                      struct figures *figures) {
    const bool acknowledged = position == disk_deeds(disk);

    if (!see(seen, disk_cut(disk, luck)))
        return;
    snprintf(strrchr(doing, ':'), 64, ": state %llu, after deed %zu",
             (unsigned long long)figures->states, position);
    judge(scene, disk, expected, acknowledged, figures);
}

/* After each deed, or after some of them, tries the states with nothing and
 * with all of what is pending. The last deeds are always tried: after one of
 * them the change is permanent. */
static void try_extremes(struct scene *scene, struct disk *disk,
                         const struct expectation *expected, struct seen *seen,
                         struct figures *figures) {
    const size_t places = disk_deeds(disk) + 1;
    const size_t stride = 1 + 2 * places / expected->quota;
    size_t position = 0;

    disk_rewind(disk);
    do {
        if (position % stride == 0 || position + 4 > places) {
            try_state(scene, disk, expected, seen, position, DISK_NOTHING,
                      figures);
            try_state(scene, disk, expected, seen, position, DISK_EVERYTHING,
                      figures);
        }
        position++;
    } while (disk_advance(disk));
}

/* Goes through all deeds once, and makes as many cuts as are still needed. */
static void try_some(struct scene *scene, struct disk *disk,
                     const struct expectation *expected, struct seen *seen,
                     struct figures *figures) {
    const size_t places = disk_deeds(disk) + 1;
    uint64_t *cuts = calloc(places, sizeof(*cuts));
    size_t position = 0;

    if (cuts == NULL)
        soak_wrong("no memory");
    for (uint64_t i = figures->states; i < expected->quota; i++)
        cuts[soak_random(places)]++;
    disk_rewind(disk);
    do {
        while (cuts[position]-- > 0)
            try_state(scene, disk, expected, seen, position, DISK_RANDOM,
                      figures);
        position++;
    } while (disk_advance(disk));
    free(cuts);
}

/* Makes cuts until there are enough states, or no new ones are found. */
static void explore(struct scene *scene, struct disk *disk,
                    const struct expectation *expected,
                    struct figures *figures) {
    struct seen *seen = calloc(1, sizeof(*seen));
    const int rounds = expected->within ? 4 : 1000;

    if (seen == NULL)
        soak_wrong("no memory");
    if (!expected->within)
        try_extremes(scene, disk, expected, seen, figures);
    for (int i = 0; i < rounds && figures->states < expected->quota; i++)
        try_some(scene, disk, expected, seen, figures);
    free(seen);
}

static void cut_change(const struct change *change, struct fixture *fixture) {
    struct scene scene = {.fixture = fixture};
    struct figures figures = {0};
    const bool bulk = strcmp(change->name, "bulk") == 0;
    struct expectation expected = {.quota = bulk ? STATES_BULK : STATES};
    struct disk *disk;
    char *before, *after;

    snprintf(doing, sizeof(doing), "%s:", change->name);
    change->prepare(&scene);
    disk = disk_record(directory(&scene));
    assert_ok(change->run(&scene));
    disk_stop(disk);
    after = scene_describe(&scene);
    disk_cut(disk, DISK_NOTHING);
    before = scene_describe(&scene);
    if (strcmp(before, after) == 0 || (strcmp(change->name, "growth") == 0 &&
                                       disk_growths(disk, "tokens.tdb") == 0))
        soak_wrong("%s changes nothing", doing);
    expected.before = before;
    expected.after = after;
    explore(&scene, disk, &expected, &figures);
    printf(
        "%s: %llu states of %zu deeds, %zu of them syncs: %llu before, "
        "%llu after; %llu with unused space; %llu grown further; %llu "
        "after a second cut; none wrong\n",
        change->name, (unsigned long long)figures.states, disk_deeds(disk),
        disk_syncs(disk), (unsigned long long)figures.before,
        (unsigned long long)figures.after, (unsigned long long)figures.unused,
        (unsigned long long)figures.grown, (unsigned long long)figures.second);
    if (figures.before == 0 || figures.after == 0)
        soak_wrong("%s: one outcome was never seen", change->name);
    disk_free(disk);
    free(before);
    free(after);
}

int main(int argc, char **argv) {
    static const char *const names[] = {
        "first-create", "create",  "modify", "revoke",
        "rotate-grace", "restore", "growth", "bulk"};
    const char *only = getenv("SOAK_CHANGE");
    struct fixture *fixture;
    void *state = NULL;

    soak_begin(argc, argv, 550);
    atexit(say_where);
    setenv("TMPDIR", fixture_directory(), 1);
    if (fixture_set_up(&state) != 0)
        soak_wrong("no store");
    fixture = state;
    snprintf(fixture->path, sizeof(fixture->path), "%s/store/tokens.tdb",
             fixture->directory);
    snprintf(fixture->lock_path, sizeof(fixture->lock_path),
             "%s/store/tokens.tdb.lock", fixture->directory);
    tokenstore_close(&fixture->store);
    assert_ok(tokenstore_open(fixture->path, &fixture->store));
    interpose.no_sync = true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (only == NULL || strcmp(only, names[i]) == 0)
            cut_change(change_named(names[i]), fixture);
    doing[0] = '\0';
    return fixture_tear_down(&state) == 0 ? 0 : 1;
}
