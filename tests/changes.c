/*
 * changes.c - each kind of change, to a store that is always the same.
 */
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interpose.h"

#define TOKENS 20

/* ------------------------------------------------------------- the changes */

/* What create and modify are given; made beforehand, once. */
static struct tokenstore_token *jane, *large;

static void make_tokens(void) {
    char scope[TOKENSTORE_SCOPE_MAX + 1];

    if (jane != NULL)
        return;
    jane = new_token("virtual-jane");
    /* Grows the record over several parts, and the file. */
    large = new_token("virtual-jane");
    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(scope, sizeof scope, "%064d", i);
        assert_ok(tokenstore_token_add_scope(large, scope));
    }
}

enum tokenstore_error change_create(struct fixture *fixture) {
    struct tokenstore_bearer bearer;

    return tokenstore_create(fixture->store, jane, NOW, &bearer, NULL);
}

enum tokenstore_error change_modify(struct fixture *fixture) {
    return tokenstore_modify(fixture->store, 7, TOKENSTORE_FIELD_SCOPES, large,
                             NOW, NULL);
}

enum tokenstore_error change_revoke(struct fixture *fixture) {
    static const uint64_t ids[] = {3, 5, 8, 13};

    return tokenstore_revoke(fixture->store, ids, 4, NULL);
}

enum tokenstore_error change_rotate(struct fixture *fixture) {
    struct tokenstore_bearer bearer;

    return tokenstore_rotate(fixture->store, 7, 0, NULL, NOW, &bearer, NULL);
}

enum tokenstore_error change_restore(struct fixture *fixture) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_restore(
        fixture->store, fixture_file(fixture, "backup.tdb"), false, &report);

    tokenstore_report_free(&report);
    return error;
}

/* --------------------------------------------------- what a store contains */

/* Everything that matters, as text to compare. */
static char *describe(struct fixture *fixture) {
    struct tokenstore_list *list = NULL;
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    assert_non_null(stream);
    assert_ok(
        tokenstore_list(fixture->store, NULL, 0, TOKENSTORE_LIMIT_MAX, &list));
    for (size_t i = 0; i < tokenstore_list_count(list); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);

        fprintf(stream, "%llu %s %zu\n",
                (unsigned long long)tokenstore_token_id(token),
                tokenstore_identity_name(tokenstore_token_user(token)),
                tokenstore_token_scope_count(token));
    }
    fclose(stream);
    tokenstore_list_free(&list);
    return text;
}

void start_anew(struct fixture *fixture) {
    make_tokens();
    unlink(fixture->path);
    unlink(fixture->lock_path);
    unlink(fixture_file(fixture, "backup.tdb"));
    for (int i = 0; i < TOKENS; i++)
        issue(fixture->store, "virtual-jane", NULL);
    assert_ok(tokenstore_backup(fixture->store,
                                fixture_file(fixture, "backup.tdb")));
    issue(fixture->store, "virtual-joe", NULL); /* restore drops this one */
}

void put_back(struct fixture *fixture, const struct starting_point *start) {
    write_file(fixture->path, start->store, start->store_length, 0600);
    write_file(fixture->lock_path, start->lock, start->lock_length, 0600);
    unlink(fixture_file(fixture, "tokens.tdb.new"));
}

void start_here(struct fixture *fixture, change_function *change,
                struct starting_point *start) {
    start_anew(fixture);
    start->store = read_file(fixture->path, &start->store_length);
    start->lock = read_file(fixture->lock_path, &start->lock_length);
    start->before = describe(fixture);
    interpose_reset();
    assert_ok(change(fixture));
    start->changes = interpose.changes;
    interpose_reset();
    start->after = describe(fixture);
    assert_string_not_equal(start->before, start->after);
    assert_true(start->changes >= 8);
}

void forget(struct starting_point *start) {
    free(start->store);
    free(start->lock);
    free(start->before);
    free(start->after);
}

bool is_after(struct fixture *fixture, const struct starting_point *start) {
    char *now = describe(fixture);
    bool after = strcmp(now, start->after) == 0;

    if (!after)
        assert_string_equal(now, start->before);
    free(now);
    assert_sound(fixture->store);
    return after;
}
