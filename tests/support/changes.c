/*
 * changes.c - each kind of change of a store, and what a store holds
 * before and after it.  Uses nothing but the public interface, and the
 * directory of its fixture.
 */
#include "tests/support/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/create_many.h"
#include "tests/support/interpose.h"

/* A store to start from: jane's tokens, a backup, and then joe's. */
#define JANES 20
#define JOES 3
static const uint64_t watched[] = {1, 5, 7, JANES + 1};

/* ---------------------------------------------------------- starting points
 */

/* What changes are given; made beforehand, once, so that in what is counted
 * there is nothing but the call itself. */
static struct tokenstore_token *jane, *large;
static struct tokenstore_identity *joe;

static void make_arguments(void) {
    char scope[TOKENSTORE_SCOPE_MAX + 1];

    if (jane != NULL)
        return;
    jane = new_token("virtual-jane");
    /* Grows the record over several parts. */
    large = new_token("virtual-jane");
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof(scope), "%064d", i);
        assert_ok(tokenstore_token_add_scope(large, scope));
    }
    assert_ok(tokenstore_identity_parse("virtual-joe", &joe));
}

static void remove_store(struct scene *scene) {
    make_arguments();
    memset(scene->watched, 0, sizeof(scene->watched));
    memset(&scene->fresh, 0, sizeof(scene->fresh));
    unlink(scene->fixture->path);
    unlink(scene->fixture->lock_path);
    unlink(fixture_file(scene->fixture, "backup.tdb"));
}

static void issue_watched(struct scene *scene, const char *user) {
    struct tokenstore_bearer bearer;
    uint64_t id = issue(scene->fixture->store, user, &bearer);

    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        if (watched[i] == id)
            scene->watched[i] = bearer;
}

static void prepare(struct scene *scene) {
    remove_store(scene);
    for (int i = 0; i < JANES; i++)
        issue_watched(scene, "virtual-jane");
    assert_ok(tokenstore_backup(scene->fixture->store,
                                fixture_file(scene->fixture, "backup.tdb")));
    for (int i = 0; i < JOES; i++) /* restore drops these */
        issue_watched(scene, "virtual-joe");
}

static off_t store_size(const struct scene *scene) {
    struct stat status;

    assert_int_equal(stat(scene->fixture->path, &status), 0);
    return status.st_size;
}

/* Many in one transaction; the last one's secret is returned. */
static enum tokenstore_error issue_batch(const struct scene *scene,
                                         const char *user, size_t count,
                                         struct tokenstore_bearer *last) {
    const struct tokenstore_token **tokens = calloc(count, sizeof(*tokens));
    struct tokenstore_bearer *bearers = calloc(count, sizeof(*bearers));
    uint64_t *ids = calloc(count, sizeof(*ids));
    struct tokenstore_token *token = new_token(user);
    enum tokenstore_error error;
    size_t created;

    assert_true(tokens != NULL && bearers != NULL && ids != NULL);
    for (size_t i = 0; i < count; i++)
        tokens[i] = token;
    error = create_many(scene->fixture->store, tokens, count, NOW, bearers,
                        ids, &created);
    if (error == TOKENSTORE_OK)
        *last = bearers[count - 1];
    tokenstore_token_free(&token);
    free(ids);
    free(bearers);
    free(tokens);
    return error;
}

/* So full that the file grows with the next token. */
static void prepare_full(struct scene *scene) {
    char *store = NULL;
    char *lock = NULL;
    size_t length, lock_length;
    off_t size;

    prepare(scene);
    do {
        free(lock);
        free(store);
        store = read_file(scene->fixture->path, &length);
        lock = read_file(scene->fixture->lock_path, &lock_length);
        size = store_size(scene);
        issue(scene->fixture->store, "virtual-jim", NULL);
    } while (store_size(scene) == size);
    write_file(scene->fixture->path, store, length, 0600);
    write_file(scene->fixture->lock_path, lock, lock_length, 0600);
    free(lock);
    free(store);
}

/* So many tokens that libtdb's recovery area, which is no longer at the end of
 * the file, is too small for a thousand here and there. */
static void prepare_large(struct scene *scene) {
    struct tokenstore_bearer unwanted;

    prepare(scene);
    for (int i = 0; i < 60; i++)
        assert_ok(issue_batch(scene, "virtual-jim", 50, &unwanted));
}

/* ------------------------------------------------------------- the changes */

static enum tokenstore_error run_create(struct scene *scene) {
    return tokenstore_create(scene->fixture->store, jane, NOW, &scene->fresh,
                             NULL);
}

static enum tokenstore_error run_modify(struct scene *scene) {
    return tokenstore_modify(scene->fixture->store, 7, TOKENSTORE_FIELD_SCOPES,
                             large, NOW, NULL);
}

static enum tokenstore_error run_revoke(struct scene *scene) {
    static const uint64_t ids[] = {3, 5, 8, 13};

    return tokenstore_revoke(scene->fixture->store, ids, 4, NULL);
}

static enum tokenstore_error run_revoke_user(struct scene *scene) {
    struct tokenstore_list *revoked = NULL;
    enum tokenstore_error error =
        tokenstore_revoke_user(scene->fixture->store, joe, &revoked);

    tokenstore_list_free(&revoked);
    return error;
}

static enum tokenstore_error rotate(struct scene *scene, int64_t grace) {
    return tokenstore_rotate(scene->fixture->store, 7, grace, NULL, NOW,
                             &scene->fresh, NULL);
}

static enum tokenstore_error run_rotate(struct scene *scene) {
    return rotate(scene, 0);
}

static enum tokenstore_error run_rotate_grace(struct scene *scene) {
    return rotate(scene, 60);
}

/* One of each kind, together, and one that is refused. */
static enum tokenstore_error run_apply(struct scene *scene) {
    struct tokenstore_change together[] = {
        {.kind = TOKENSTORE_CHANGE_CREATE, .values = jane},
        {.kind = TOKENSTORE_CHANGE_MODIFY,
         .id = 7,
         .fields = TOKENSTORE_FIELD_SCOPES,
         .values = large},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 5},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 5},
        {.kind = TOKENSTORE_CHANGE_ROTATE, .id = 1},
    };
    const size_t count = sizeof(together) / sizeof(together[0]);
    enum tokenstore_error error =
        tokenstore_apply(scene->fixture->store, together, count, NOW);

    for (size_t i = 0; i < count; i++) {
        if (error == TOKENSTORE_OK)
            assert_error(together[i].error,
                         i == 3 ? TOKENSTORE_ERROR_NOT_FOUND : TOKENSTORE_OK);
        tokenstore_token_free(&together[i].token);
    }
    if (error == TOKENSTORE_OK)
        scene->fresh = together[0].bearer;
    return error;
}

static enum tokenstore_error run_restore(struct scene *scene) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_restore(
        scene->fixture->store, fixture_file(scene->fixture, "backup.tdb"),
        false, &report);

    tokenstore_report_free(&report);
    return error;
}

/* Grows the file; says so if it does not. */
static enum tokenstore_error run_growth(struct scene *scene) {
    off_t size = store_size(scene);
    enum tokenstore_error error = run_create(scene);

    assert_true(error != TOKENSTORE_OK || store_size(scene) > size);
    return error;
}

/* Grows the file for the sake of libtdb's recovery area alone. */
static enum tokenstore_error run_bulk(struct scene *scene) {
    off_t size = store_size(scene);
    enum tokenstore_error error;
    uint64_t ids[1000];

    for (size_t i = 0; i < 1000; i++)
        ids[i] = JANES + JOES + 1 + 3 * i;
    error = tokenstore_revoke(scene->fixture->store, ids, 1000, NULL);
    assert_true(error != TOKENSTORE_OK || store_size(scene) > size);
    return error;
}

static const struct change changes[] = {
    {"create", prepare, run_create},
    {"modify", prepare, run_modify},
    {"revoke", prepare, run_revoke},
    {"revoke-user", prepare, run_revoke_user},
    {"rotate", prepare, run_rotate},
    {"rotate-grace", prepare, run_rotate_grace},
    {"apply", prepare, run_apply},
    {"restore", prepare, run_restore},
    {"first-create", remove_store, run_create},
    {"growth", prepare_full, run_growth},
    {"bulk", prepare_large, run_bulk},
    {NULL, NULL, NULL},
};

const struct change *change_named(const char *name) {
    for (const struct change *change = changes; change->name != NULL; change++)
        if (strcmp(change->name, name) == 0)
            return change;
    fail_msg("no change is named %s", name);
    return NULL;
}

/* --------------------------------------------------- what a store contains */

static void describe_token(FILE *stream,
                           const struct tokenstore_token *token) {
    fprintf(stream, "%llu %s %zu %lld\n",
            (unsigned long long)tokenstore_token_id(token),
            tokenstore_identity_name(tokenstore_token_user(token)),
            tokenstore_token_scope_count(token),
            (long long)tokenstore_token_expiration_time(token));
}

static void describe_bearer(FILE *stream, const struct scene *scene,
                            const struct tokenstore_bearer *bearer) {
    enum tokenstore_error error;

    if (bearer->text[0] == '\0')
        return;
    error = verify(scene->fixture->store, bearer);
    if (error == TOKENSTORE_ERROR_MISSING)
        error = TOKENSTORE_ERROR_REFUSED;
    fprintf(stream, "%.14s... %s\n", bearer->text, tokenstore_strerror(error));
}

/* A page; returns what to ask for next, 0 at the end. */
static uint64_t describe_page(FILE *stream, const struct scene *scene,
                              uint64_t after) {
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error = tokenstore_list(
        scene->fixture->store, NULL, after, TOKENSTORE_LIMIT_MAX, &list);

    if (error == TOKENSTORE_ERROR_MISSING)
        return 0;
    if (error != TOKENSTORE_OK)
        fail_msg("list: %s", tokenstore_message(scene->fixture->store));
    for (size_t i = 0; i < tokenstore_list_count(list); i++)
        describe_token(stream, tokenstore_list_token(list, i));
    after = tokenstore_list_next(list);
    tokenstore_list_free(&list);
    return after;
}

char *scene_describe(const struct scene *scene) {
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    uint64_t after = 0;

    assert_non_null(stream);
    do
        after = describe_page(stream, scene, after);
    while (after != 0);
    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        describe_bearer(stream, scene, &scene->watched[i]);
    describe_bearer(stream, scene, &scene->fresh);
    fclose(stream);
    return text;
}

void scene_assert_sound(const struct scene *scene) {
    char *text;

    if (access(scene->fixture->path, F_OK) == 0) {
        assert_sound(scene->fixture->store);
        return;
    }
    text = scene_describe(scene);
    assert_string_equal(text, "");
    free(text);
}

void scene_assert_growable(const struct scene *scene) {
    struct tokenstore_bearer unwanted;
    off_t size = store_size(scene);

    do {
        /* One, and then many: the one may leave a shorter free record. */
        issue(scene->fixture->store, "virtual-jim", NULL);
        assert_ok(issue_batch(scene, "virtual-jim", 50, &unwanted));
    } while (store_size(scene) <= size);
    assert_sound(scene->fixture->store);
}

/* ------------------------------------------------------------------- trials
 */

void trial_put_back(const struct trial *trial) {
    const struct fixture *fixture = trial->scene.fixture;

    unlink(fixture->path);
    unlink(fixture->lock_path);
    unlink(fixture_file(fixture, "tokens.tdb.new"));
    if (trial->store == NULL)
        return;
    write_file(fixture->path, trial->store, trial->store_length, 0600);
    write_file(fixture->lock_path, trial->lock, trial->lock_length, 0600);
}

/* The secret of a new token is another each time. */
static char *describe(struct trial *trial) {
    memset(&trial->scene.fresh, 0, sizeof(trial->scene.fresh));
    return scene_describe(&trial->scene);
}

void trial_begin(struct trial *trial, struct fixture *fixture,
                 const char *name) {
    *trial = (struct trial){.scene = {.fixture = fixture},
                            .change = change_named(name)};
    trial->change->prepare(&trial->scene);
    if (access(fixture->path, F_OK) == 0) {
        trial->store = read_file(fixture->path, &trial->store_length);
        trial->lock = read_file(fixture->lock_path, &trial->lock_length);
    }
    trial->before = describe(trial);
    interpose_reset();
    assert_ok(trial->change->run(&trial->scene));
    trial->changes = interpose.changes;
    interpose_reset();
    trial->after = describe(trial);
    assert_string_not_equal(trial->before, trial->after);
    assert_true(trial->changes >= 8);
}

void trial_end(struct trial *trial) {
    free(trial->store);
    free(trial->lock);
    free(trial->before);
    free(trial->after);
}

/* Sound, and all or nothing; returns whether it is all. */
bool trial_is_after(struct trial *trial) {
    char *now = describe(trial);
    bool after = strcmp(now, trial->after) == 0;

    if (!after)
        assert_string_equal(now, trial->before);
    free(now);
    scene_assert_sound(&trial->scene);
    return after;
}
