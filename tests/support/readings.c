/*
 * readings.c - each call that changes nothing.
 */
#include "tests/support/readings.h"

#include <unistd.h>

static struct tokenstore_bearer good, revoked;
static struct tokenstore_identity *jane;
static uint64_t good_id;

static enum tokenstore_error read_verify(struct fixture *fixture) {
    return verify(fixture->store, &good);
}

static enum tokenstore_error read_revoked(struct fixture *fixture) {
    enum tokenstore_error error = verify(fixture->store, &revoked);

    assert_int_not_equal(error, TOKENSTORE_OK);
    return error == TOKENSTORE_ERROR_REFUSED ? TOKENSTORE_OK : error;
}

static enum tokenstore_error read_get(struct fixture *fixture) {
    struct tokenstore_token *token = NULL;
    enum tokenstore_error error =
        tokenstore_get(fixture->store, good_id, &token);

    tokenstore_token_free(&token);
    return error;
}

static enum tokenstore_error read_list(struct fixture *fixture) {
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error =
        tokenstore_list(fixture->store, jane, 0, 100, &list);

    tokenstore_list_free(&list);
    return error;
}

static enum tokenstore_error read_check(struct fixture *fixture) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_check(fixture->store, &report);

    tokenstore_report_free(&report);
    return error;
}

static enum tokenstore_error read_backup(struct fixture *fixture) {
    const char *file = fixture_file(fixture, "other.tdb");
    enum tokenstore_error error = tokenstore_backup(fixture->store, file);

    if (error != TOKENSTORE_OK)
        assert_int_equal(access(file, F_OK), -1);
    else
        assert_int_equal(unlink(file), 0);
    return error;
}

reading_function *const readings[] = {read_verify, read_revoked, read_get,
                                      read_list,   read_check,   read_backup,
                                      NULL};

void readings_prepare(struct fixture *fixture) {
    uint64_t id = issue(fixture->store, "virtual-jane", &revoked);

    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    good_id = issue(fixture->store, "virtual-jane", &good);
    if (jane == NULL)
        assert_ok(tokenstore_identity_parse("virtual-jane", &jane));
}
