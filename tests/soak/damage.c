/*
 * damage.c - damaged stores: random corruptions, every truncation, every bit
 * of the words that are not zero. No call may crash, hang or accept a token
 * that is not valid; check must find all damage that changes an answer.
 *
 *     SOAK_SEED=N  repeats the random choices
 *     SOAK_STEP=N  makes this corruption only
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/corrupt.h"
#include "tests/soak/soak.h"
#include "tests/soak/steps.h"
#include "tests/soak/victim.h"
#include "tests/support/pam_fixture.h"

#define HEADER 48     /* of tdb, up to the offset of its recovery area */
#define TOOL_EVERY 10 /* how often the tool is run too */

static struct tokenstore *store;
static char lock_path[PATH_MAX + 8];

/* A sound store, and the same store with a change that was killed. */
static struct base sound, interrupted;

static struct answers observed;
static uint64_t failures;

enum {
    COUNT_REFUSED, /* errors, and good tokens refused */
    COUNT_RIGHT,   /* every answer as before */
    COUNT_FOUND,   /* check reported it */
    COUNT_TOOL,
    COUNT_CHANGES,         /* create, modify, revoke, rotate: tried */
    COUNT_CHANGES_REFUSED, /* refused among these */
    COUNT_GOOD_YES,
    COUNT_GOOD_NO,
    COUNT_CHECKS,
    COUNT_STEPS,
    COUNT_MENDED,
};

static void count(int what) { steps->counts[what]++; }

/* ----------------------------------------------------------------- judgement
 */

/* Only tokens that were valid before the damage may be accepted. */
static void judge_verify(const struct answers *before,
                         const struct answers *now) {
    for (size_t i = 0; i < probe_count; i++)
        if (now->verify[i] == TOKENSTORE_OK &&
            (!probes[i].good || before->verify[i] != TOKENSTORE_OK))
            soak_wrong("%s: accepted", probes[i].what);
}

/* Returns the first line that differs, without its newline, and what it was
 * before. */
static const char *first_difference(const char *before, const char *now) {
    static char line[200];
    size_t start = 0;

    for (size_t i = 0; now[i] != '\0' && before[i] == now[i]; i++)
        if (now[i] == '\n')
            start = i + 1;
    snprintf(line, sizeof(line), "%.*s, not %.*s",
             (int)strcspn(now + start, "\n"), now + start,
             (int)strcspn(before + start, "\n"), before + start);
    return line;
}

static void judge(const struct base *base, const struct answers *now) {
    bool same =
        same_answers(&base->answers, now) || same_answers(&base->other, now);

    judge_verify(&base->answers, now);
    count(same ? COUNT_RIGHT : COUNT_REFUSED);
    if (now->check != TOKENSTORE_OK)
        count(COUNT_FOUND);
    else if (!same)
        soak_wrong("check finds nothing, but an answer differs: %s",
                   first_difference(base->answers.text, now->text));
    if (now->check == TOKENSTORE_ERROR_DAMAGED && now->finding[0] == '\0')
        soak_wrong("check does not report what is damaged");
}

/* The tool must agree with the library, and print one line about damage. */
static void judge_tool(const struct answers *now) {
    char *arguments[] = {"accesstoken", "--store", (char *)fixture_store(),
                         "check", NULL};
    char errors[4096];
    int status = run_tool(arguments, NULL, errors, sizeof(errors));
    size_t lines = 0;

    for (const char *at = errors; *at != '\0'; at++)
        lines += *at == '\n';
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) == 0) != (now->check == TOKENSTORE_OK) ||
        lines != (now->check != TOKENSTORE_OK) ||
        (lines == 1 && strncmp(errors, "accesstoken: ", 13) != 0))
        soak_wrong("accesstoken check: %s, and the tool: status %x, %s",
                   tokenstore_strerror(now->check), (unsigned int)status,
                   errors);
    count(COUNT_TOOL);
}

/* Counts the answer to a change of a damaged store. Returns whether the change
 * succeeded. */
static bool changed(enum tokenstore_error error) {
    count(COUNT_CHANGES);
    if (error != TOKENSTORE_OK)
        count(COUNT_CHANGES_REFUSED);
    return error == TOKENSTORE_OK;
}

static enum tokenstore_error create(struct tokenstore_bearer *bearer) {
    struct tokenstore_identity *user;
    struct tokenstore_token *token;
    enum tokenstore_error error;

    must("new", tokenstore_token_new(&token), NULL);
    must("new", tokenstore_identity_new(&user), NULL);
    must("set", tokenstore_identity_set(user, "domain", "LOCAL"), NULL);
    must("set", tokenstore_identity_set(user, "name", fixture_me()), NULL);
    must("user", tokenstore_token_set_user(token, user), NULL);
    guard();
    error = tokenstore_create(store, token, time(NULL), bearer, NULL);
    tokenstore_identity_free(&user);
    tokenstore_token_free(&token);
    return error;
}

static enum tokenstore_error disable(uint64_t id) {
    struct tokenstore_token *values;
    enum tokenstore_error error;

    must("new", tokenstore_token_new(&values), NULL);
    tokenstore_token_set_enabled(values, false);
    guard();
    error = tokenstore_modify(store, id, TOKENSTORE_FIELD_ENABLED, values,
                              time(NULL), NULL);
    tokenstore_token_free(&values);
    return error;
}

static void must_be_dead(const char *what, const struct probe *probe) {
    enum tokenstore_reason reason;

    if (ask(store, probe, &reason, NULL, 0) == TOKENSTORE_OK)
        soak_wrong("%s, but accepted", what);
}

/* Changes the damaged store: a change that is acknowledged must take
 * effect. */
static void change_and_judge(void) {
    struct tokenstore_bearer bearer;
    const struct probe *good[3] = {probes, probes, probes};
    size_t found = 0;

    for (size_t i = 0; i < probe_count && found < 3; i++)
        if (probes[i].good)
            good[found++] = &probes[i];
    changed(create(&bearer));
    if (changed(disable(good[0]->id)))
        must_be_dead("disabled", good[0]);
    guard();
    if (changed(tokenstore_revoke(store, &good[1]->id, 1, NULL)))
        must_be_dead("revoked", good[1]);
    guard();
    if (changed(tokenstore_rotate(store, good[2]->id, 0, NULL, time(NULL),
                                  &bearer, NULL)))
        must_be_dead("rotated", good[2]);
    for (size_t i = 0; i < probe_count; i++)
        if (!probes[i].good)
            must_be_dead(probes[i].what, &probes[i]);
}

/* -------------------------------------------------------------- corruptions
 */

static void put(const struct image *file, const struct image *lock) {
    image_write(file, fixture_store());
    image_write(lock, lock_path);
}

static void corruption(uint64_t step) {
    struct image file, lock;
    const struct base *base;

    soak_random_restart(step);
    base = soak_random(4) == 0 ? &interrupted : &sound;
    snprintf(steps->doing, sizeof(steps->doing), "%s, %s",
             base == &sound ? "sound" : "recovery due",
             corrupt(base, &file, &lock));
    put(&file, &lock);
    ask_all(store, &observed);
    judge(base, &observed);
    if (step % TOOL_EVERY == 0) {
        put(&file, &lock);
        judge_tool(&observed);
    }
    put(&file, &lock);
    change_and_judge();
    image_free(&file);
    image_free(&lock);
}

/* A number for the report. */
static unsigned long long counted(int what) {
    return (unsigned long long)steps->counts[what];
}

static void corruptions(uint64_t end) {
    const char *only = getenv("SOAK_STEP");
    uint64_t first = 0;

    if (only != NULL) {
        first = strtoull(only, NULL, 10);
        end = first + 1;
    }
    failures += run_steps(first, end, 1, 1, corruption);
    printf("corruptions: %llu: %llu gave errors or other answers, %llu none; "
           "check found %llu, and the tool agreed %llu times of %llu; of %llu "
           "changes %llu were refused; the slowest took %llu ms\n",
           (unsigned long long)(end - first), counted(COUNT_REFUSED),
           counted(COUNT_RIGHT), counted(COUNT_FOUND), counted(COUNT_TOOL),
           (unsigned long long)(end - first) / TOOL_EVERY,
           counted(COUNT_CHANGES), counted(COUNT_CHANGES_REFUSED),
           (unsigned long long)steps->slowest / 1000);
}

/* --------------------------------------------------------- lengths and bits
 */

static int file_fd;

/* A process that tried to recover has changed the counter: restore both
 * files. */
static void repair(void) {
    struct image lock = image_read(lock_path);

    if (lock.size != sound.lock.size ||
        memcmp(lock.bytes, sound.lock.bytes, lock.size) != 0)
        put(&sound.file, &sound.lock);
    image_free(&lock);
}

/*
 * If only the recovery area of libtdb is missing, a reader treats the file as
 * one that was about to grow: the header no longer names that area, and the
 * rest of it may be cut off. Nothing else may be written to a truncated file.
 */
static void expect_prefix(size_t length) {
    struct image file = image_read(fixture_store());

    if (file.size > length ||
        memcmp(file.bytes, sound.file.bytes,
               file.size < HEADER - 4 ? file.size : HEADER - 4) != 0 ||
        (file.size > HEADER &&
         memcmp(file.bytes + HEADER, sound.file.bytes + HEADER,
                file.size - HEADER) != 0))
        soak_wrong("a file of %zu bytes was changed", length);
    image_free(&file);
}

/* Restores the file for the next step. */
static void undo_mending(size_t length) {
    struct stat status;
    char header[HEADER];

    if (fstat(file_fd, &status) != 0)
        fail_hard("fstat: %s", strerror(errno));
    if (status.st_size < HEADER ||
        pread(file_fd, header, HEADER, 0) != HEADER ||
        (status.st_size == (off_t)length &&
         memcmp(header, sound.file.bytes, HEADER) == 0))
        return;
    count(COUNT_MENDED);
    if (status.st_size != (off_t)length)
        put(&sound.file, &sound.lock);
    else if (pwrite(file_fd, sound.file.bytes, HEADER, 0) != HEADER)
        fail_hard("pwrite: %s", strerror(errno));
}

static void judge_good(enum tokenstore_error error) {
    count(error == TOKENSTORE_OK ? COUNT_GOOD_YES : COUNT_GOOD_NO);
}

/* Truncates from the whole file down to nothing. In the empty end of the file
 * only every fifth length is tried, unless SOAK_LENGTHS is set. */
static void truncation(uint64_t step) {
    size_t length = sound.file.size - (size_t)step;
    bool in_records = length > sound.records[0] && length <= sound.end;
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    if (length > sound.end && step % 5 != 0 && getenv("SOAK_LENGTHS") == NULL)
        return;
    count(COUNT_STEPS);
    snprintf(steps->doing, sizeof(steps->doing), "truncated to %zu", length);
    if (ftruncate(file_fd, (off_t)length) != 0)
        fail_hard("ftruncate: %s", strerror(errno));
    error = ask(store, &probes[0], &reason, NULL, 0);
    judge_good(error);
    if (error == TOKENSTORE_ERROR_REFUSED)
        soak_wrong("a token that cannot be read is reported as absent");
    if (step % (in_records ? 13 : 997) == 0) {
        ask_all(store, &observed);
        judge(&sound, &observed);
        count(COUNT_CHECKS);
        expect_prefix(length);
    }
    undo_mending(length);
}

static void bit(uint64_t step) {
    size_t offset = sound.used[step / 32] + step / 8 % 4;
    char byte = sound.file.bytes[offset] ^ (char)(1 << step % 8);

    count(COUNT_STEPS);
    snprintf(steps->doing, sizeof(steps->doing), "bit %d of byte %zu",
             (int)(step % 8), offset);
    if (pwrite(file_fd, &byte, 1, (off_t)offset) != 1)
        fail_hard("pwrite: %s", strerror(errno));
    for (size_t i = 0; i < probe_count; i++) {
        enum tokenstore_reason reason;
        enum tokenstore_error error = ask(store, &probes[i], &reason, NULL, 0);

        if (probes[i].good)
            judge_good(error);
        else if (error == TOKENSTORE_OK)
            soak_wrong("%s: accepted", probes[i].what);
    }
    if (step % 97 == 0) {
        ask_all(store, &observed);
        judge(&sound, &observed);
        count(COUNT_CHECKS);
    }
    if (pwrite(file_fd, sound.file.bytes + offset, 1, (off_t)offset) != 1)
        fail_hard("pwrite: %s", strerror(errno));
    repair();
}

static void sweep(const char *what, uint64_t number, uint64_t stride,
                  void (*step)(uint64_t n)) {
    put(&sound.file, &sound.lock);
    file_fd = open(fixture_store(), O_RDWR | O_CLOEXEC);
    if (file_fd < 0)
        fail_hard("%s: %s", fixture_store(), strerror(errno));
    failures += run_steps(0, number, stride, 4096, step);
    close(file_fd);
    printf("%s: %llu: %llu good tokens answered yes, %llu not; checked %llu "
           "times, %llu found; mended %llu; the slowest took %llu ms\n",
           what, counted(COUNT_STEPS), counted(COUNT_GOOD_YES),
           counted(COUNT_GOOD_NO), counted(COUNT_CHECKS), counted(COUNT_FOUND),
           counted(COUNT_MENDED), (unsigned long long)steps->slowest / 1000);
}

/* ------------------------------------------------------------- preparations
 */

static void take_base(struct base *base) {
    base->file = image_read(fixture_store());
    base->lock = image_read(lock_path);
    base_map(base);
    ask_all(store, &base->answers);
    put(&base->file, &base->lock);
    for (size_t i = 0; i < probe_count; i++)
        if (probes[i].good != (base->answers.verify[i] == TOKENSTORE_OK))
            fail_hard("%s: %s", probes[i].what,
                      tokenstore_strerror(base->answers.verify[i]));
    if (base->answers.check != TOKENSTORE_OK)
        fail_hard("not sound: %s", base->answers.finding);
    base->other = base->answers;
}

/* If the damage hits the recovery area, the change that it would have rolled
 * back is in effect, because all of it was written. This is the same file with
 * a header that names no recovery area. */
static void take_finished(struct base *base) {
    struct image file = image_copy(&base->file);

    memset(file.bytes + HEADER - 4, 0, 4);
    put(&file, &base->lock);
    ask_all(store, &base->other);
    put(&base->file, &base->lock);
    if (base->other.check != TOKENSTORE_OK ||
        same_answers(&base->answers, &base->other))
        fail_hard("the change was not finished: %s", base->other.finding);
    image_free(&file);
}

/* Kills a change after it has written everything and before it marks the file
 * as valid. */
static void interrupt_a_change(void) {
    char *arguments[] = {"accesstoken",           "--store",
                         (char *)fixture_store(), "create",
                         (char *)fixture_me(),    NULL};
    char errors[256];
    int status;

    setenv("KILL_AT_SYNC", "3", 1);
    status = run_tool(arguments,
                      BUILD_DIRECTORY "/tests/login/.libs/kill_at_sync.so",
                      errors, sizeof(errors));
    unsetenv("KILL_AT_SYNC");
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail_hard("create was not killed: %x %s", (unsigned int)status,
                  errors);
}

int main(int argc, char **argv) {
    soak_begin(argc, argv, 550);
    snprintf(lock_path, sizeof(lock_path), "%s.lock", fixture_store());
    victim_make();
    store = fixture_open(fixture_store());
    take_base(&sound);
    interrupt_a_change();
    take_base(&interrupted);
    take_finished(&interrupted);
    printf("a store of %zu bytes, %zu of them in words that are not zero, "
           "with %zu records\n",
           sound.file.size, sound.used_count * 4, sound.record_count);
    corruptions(soak_full ? 5000 : 200);
    if (getenv("SOAK_STEP") == NULL) {
        sweep("truncations", sound.file.size + 1, soak_full ? 1 : 211,
              truncation);
        sweep("single bits", sound.used_count * 32, soak_full ? 5 : 211, bit);
    }
    tokenstore_close(&store);
    printf("%llu wrong\n", (unsigned long long)failures);
    return failures == 0 ? 0 : 1;
}
