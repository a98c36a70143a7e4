/*
 * victim.c - a store to be damaged: its tokens, and the answers of its calls.
 * Uses only the public interface; touches nothing outside the fixture's
 * directory.
 */
#include <config.h>

#include "tests/soak/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/steps.h"
#include "tests/support/pam_fixture.h"

#define PAGE 4096

struct probe probes[VICTIM_PROBES_MAX];
size_t probe_count;

static int64_t now;

/* ------------------------------------------------------------------- tokens
 */

static struct probe *add_probe(const char *what, bool good,
                               const struct fixture_token *token) {
    struct probe *probe = &probes[probe_count++];

    if (probe_count > VICTIM_PROBES_MAX)
        fail_hard("too many probes");
    probe->what = what;
    probe->good = good;
    probe->id = fixture_issue(token, &probe->bearer);
    return probe;
}

/* Makes a token that fills several parts of a record and has been modified. */
static void modify_large(struct tokenstore *store, uint64_t id) {
    struct tokenstore_token *values;
    char scope[TOKENSTORE_SCOPE_MAX + 1];

    must("new", tokenstore_token_new(&values), NULL);
    for (int i = 0; i < 10; i++) {
        snprintf(scope, sizeof(scope), "%064d", i);
        must("scope", tokenstore_token_add_scope(values, scope), NULL);
    }
    must("modify",
         tokenstore_modify(store, id, TOKENSTORE_FIELD_SCOPES, values, now,
                           NULL),
         store);
    must("modify",
         tokenstore_modify(store, id, TOKENSTORE_FIELD_SCOPES, values, now,
                           NULL),
         store);
    tokenstore_token_free(&values);
}

static void disable(struct tokenstore *store, uint64_t id) {
    struct tokenstore_token *values;

    must("new", tokenstore_token_new(&values), NULL);
    tokenstore_token_set_enabled(values, false);
    must("modify",
         tokenstore_modify(store, id, TOKENSTORE_FIELD_ENABLED, values, now,
                           NULL),
         store);
    tokenstore_token_free(&values);
}

/* Adds tokens that this store never issued. They are from another store:
 * two with ids that exist here (so the secret is wrong), and one with a
 * higher id. */
static void add_foreign(void) {
    struct fixture_token token = {0};
    char other[PATH_MAX];
    struct tokenstore_bearer unused;

    snprintf(other, sizeof(other), "%s/foreign/tokens.tdb",
             fixture_directory());
    token.store = other;
    fixture_issue(&token, &unused);
    add_probe("another secret", false, &token);
    add_probe("another secret", false, &token);
    for (int i = 0; i < 40; i++)
        fixture_issue(&token, &unused);
    add_probe("never issued", false, &token);
}

/* Both users are accounts in /etc/passwd, because unknown names take long to
 * look up. */
const char *victim_other(void) {
    return strcmp(fixture_me(), "root") == 0 ? "nobody" : "root";
}

void victim_make(void) {
    struct fixture_token jane = {0}; /* the account that runs this program */
    struct fixture_token joe = {
        .user = victim_other(),
        .expires = 86400,
        .networks = {"192.0.2.0/24", "2001:db8::/32"},
    };
    struct fixture_token expired = jane;
    struct fixture_token disabled = jane;
    struct tokenstore *store = fixture_open(fixture_store());
    struct tokenstore_bearer bearer;
    uint64_t revoked[4];

    now = time(NULL);
    expired.expires = -86400;
    disabled.disabled = true;
    add_probe("good", true, &jane);
    add_probe("good", true, &jane);
    revoked[0] = add_probe("revoked", false, &jane)->id;
    add_probe("good, for a network", true, &joe);
    modify_large(store, add_probe("good, large", true, &jane)->id);
    add_probe("disabled", false, &disabled);
    add_probe("expired", false, &expired);
    revoked[1] = add_probe("revoked", false, &joe)->id;
    revoked[2] = add_probe("revoked", false, &joe)->id;
    disable(store, add_probe("disabled later", false, &jane)->id);
    must("rotate",
         tokenstore_rotate(store, add_probe("rotated", false, &jane)->id, 0,
                           NULL, now, &bearer, NULL),
         store);
    revoked[3] = add_probe("revoked last", false, &jane)->id;
    must("revoke", tokenstore_revoke(store, revoked, 3, NULL), store);
    must("revoke", tokenstore_revoke(store, revoked + 3, 1, NULL), store);
    add_foreign();
    tokenstore_close(&store);
}

/* -------------------------------------------------------------------- files
 */

struct image image_read(const char *path) {
    struct image image = {NULL, 0, false};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0)
        fail_hard("%s: %s", path, strerror(errno));
    image.size = (size_t)status.st_size;
    image.bytes = malloc(image.size + 1);
    if (image.bytes == NULL ||
        pread(fd, image.bytes, image.size, 0) != (ssize_t)image.size)
        fail_hard("%s: %s", path, strerror(errno));
    close(fd);
    return image;
}

struct image image_copy(const struct image *image) {
    struct image copy = *image;

    copy.bytes = malloc(copy.size + 1);
    if (copy.bytes == NULL)
        fail_hard("out of memory");
    memcpy(copy.bytes, image->bytes, copy.size);
    return copy;
}

/* Leaves holes for pages of zeros: much of a store is empty. */
static bool write_pages(int fd, const struct image *image) {
    static const char zeros[PAGE];

    if (ftruncate(fd, 0) != 0 || ftruncate(fd, (off_t)image->size) != 0)
        return false;
    for (size_t at = 0; at < image->size; at += PAGE) {
        size_t length = image->size - at < PAGE ? image->size - at : PAGE;

        if (memcmp(image->bytes + at, zeros, length) != 0 &&
            pwrite(fd, image->bytes + at, length, (off_t)at) !=
                (ssize_t)length)
            return false;
    }
    return true;
}

void image_write(const struct image *image, const char *path) {
    int fd;

    if (image->missing) {
        unlink(path);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        fail_hard("%s: %s", path, strerror(errno));
    if (!write_pages(fd, image))
        fail_hard("%s: %s", path, strerror(errno));
    close(fd);
}

void image_free(struct image *image) {
    free(image->bytes);
    image->bytes = NULL;
}

/* ---------------------------------------------------------------- questions
 */

static void print_token(FILE *out, const struct tokenstore_token *token) {
    const char *name = tokenstore_identity_name(tokenstore_token_user(token));

    fprintf(out, "%llu %s %lld %lld %d",
            (unsigned long long)tokenstore_token_id(token),
            name != NULL ? name : "?",
            (long long)tokenstore_token_creation_time(token),
            (long long)tokenstore_token_expiration_time(token),
            tokenstore_token_enabled(token));
    for (size_t i = 0; i < tokenstore_token_scope_count(token); i++)
        fprintf(out, " %s", tokenstore_token_scope(token, i));
    for (size_t i = 0; i < tokenstore_token_network_count(token); i++)
        fprintf(out, " %s", tokenstore_token_network(token, i));
    fputc('\n', out);
}

enum tokenstore_error ask(struct tokenstore *store, const struct probe *probe,
                          enum tokenstore_reason *reason, char *text,
                          size_t size) {
    static char zeros[TOKENSTORE_SCOPE_MAX + 1];
    const char *const scope = memset(zeros, '0', TOKENSTORE_SCOPE_MAX);
    struct tokenstore_request request = {
        .bearer = probe->bearer.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .scopes = &scope,
        .scope_count = 1,
        .address = "192.0.2.1",
        .now = now,
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_error error;
    FILE *out;

    guard();
    error = tokenstore_verify(store, &request, &token, reason);
    if (text != NULL) {
        *text = '\0';
        out = fmemopen(text, size, "w");
        if (out != NULL && token != NULL)
            print_token(out, token);
        if (out != NULL)
            fclose(out);
    }
    tokenstore_token_free(&token);
    return error;
}

static void ask_list(struct tokenstore *store, FILE *out, const char *user) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error;

    if (user != NULL)
        must(user, tokenstore_identity_parse(user, &identity), NULL);
    guard();
    error = tokenstore_list(store, identity, 0, 1000, &list);
    fprintf(out, "list %s: %s\n", user != NULL ? user : "",
            tokenstore_strerror(error));
    if (error == TOKENSTORE_OK)
        for (size_t i = 0; i < tokenstore_list_count(list); i++)
            print_token(out, tokenstore_list_token(list, i));
    tokenstore_list_free(&list);
    tokenstore_identity_free(&identity);
}

static void ask_check(struct tokenstore *store, struct answers *answers) {
    struct tokenstore_report *report = NULL;

    guard();
    answers->check = tokenstore_check(store, &report);
    if (report != NULL && tokenstore_report_count(report) > 0)
        snprintf(answers->finding, sizeof(answers->finding), "%s",
                 tokenstore_report_line(report, 0));
    tokenstore_report_free(&report);
}

void ask_all(struct tokenstore *store, struct answers *answers) {
    struct tokenstore_token *token = NULL;
    char line[2048];
    FILE *out;

    memset(answers, 0, sizeof(*answers));
    ask_check(store, answers);
    out = fmemopen(answers->text, sizeof(answers->text), "w");
    if (out == NULL)
        fail_hard("fmemopen: %s", strerror(errno));
    for (size_t i = 0; i < probe_count; i++) {
        answers->verify[i] =
            ask(store, &probes[i], &answers->reason[i], line, sizeof(line));
        fprintf(out, "%s %s", tokenstore_reason_name(answers->reason[i]),
                line);
    }
    for (size_t i = 0; i < probe_count; i++) {
        enum tokenstore_error error;

        guard();
        error = tokenstore_get(store, probes[i].id, &token);
        fprintf(out, "get %s ", tokenstore_strerror(error));
        if (error == TOKENSTORE_OK)
            print_token(out, token);
        tokenstore_token_free(&token);
    }
    ask_list(store, out, NULL);
    ask_list(store, out, fixture_me());
    ask_list(store, out, victim_other());
    if (fclose(out) != 0)
        fail_hard("VICTIM_TEXT is too small");
    alarm(0);
}

bool same_answers(const struct answers *a, const struct answers *b) {
    return memcmp(a->verify, b->verify, sizeof(a->verify)) == 0 &&
           memcmp(a->reason, b->reason, sizeof(a->reason)) == 0 &&
           strcmp(a->text, b->text) == 0;
}
