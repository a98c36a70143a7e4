/*
 * test_batch.c - tests of many changes in one transaction: each has an outcome
 * of its own, acknowledged changes are made, and the failure of one is not the
 * failure of another.  (tests/unit/file/test_interrupted.c interrupts such a
 * transaction; tests/unit/file/test_memory.c lets its allocations fail.)
 */
#include <errno.h>
#include <string.h>

#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/token.h"

#define DAY INT64_C(86400)

static struct tokenstore_token *jane, *joe;

static int set_up(void **state) {
    interpose_reset();
    jane = new_token("virtual-jane");
    joe = new_token("virtual-joe");
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    interpose_reset();
    tokenstore_token_free(&jane);
    tokenstore_token_free(&joe);
    return fixture_tear_down(state);
}

/* ----------------------------------------------------------------- changes */

static struct tokenstore_change create(const struct tokenstore_token *token) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_CREATE,
                                      .values = token};
}

static struct tokenstore_change modify(uint64_t id, unsigned int fields,
                                       const struct tokenstore_token *values) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_MODIFY,
                                      .id = id,
                                      .fields = fields,
                                      .values = values};
}

static struct tokenstore_change revoke(uint64_t id) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_REVOKE,
                                      .id = id};
}

static struct tokenstore_change rotate(uint64_t id) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_ROTATE,
                                      .id = id};
}

static const struct tokenstore_bearer no_bearer;

/* Asserts the outcome of a change.  A failed change returns no token and no
 * bearer token; one that succeeded has no message. */
static void assert_outcome(const struct tokenstore_change *change,
                           enum tokenstore_error error) {
    assert_error(change->error, error);
    if (error == TOKENSTORE_OK) {
        assert_non_null(change->token);
        assert_string_equal(change->message, "");
        return;
    }
    assert_null(change->token);
    assert_string_not_equal(change->message, "");
    assert_memory_equal(&change->bearer, &no_bearer, sizeof(no_bearer));
}

static void assert_outcomes(struct tokenstore_change *changes, size_t count,
                            enum tokenstore_error error) {
    for (size_t i = 0; i < count; i++)
        assert_outcome(&changes[i], error);
}

static void free_tokens(struct tokenstore_change *changes, size_t count) {
    for (size_t i = 0; i < count; i++)
        tokenstore_token_free(&changes[i].token);
}

static void issue_three(struct fixture *fixture,
                        struct tokenstore_bearer bearers[3]) {
    for (size_t i = 0; i < 3; i++)
        issue(fixture->store, "virtual-jane", &bearers[i]);
    interpose_reset();
}

/* ---------------------------------------------------------------- outcomes */

static void test_each_change_has_its_own_outcome(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *nobody = NULL;
    struct tokenstore_token *past = NULL;
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    assert_ok(tokenstore_token_new(&nobody));
    assert_ok(tokenstore_token_new(&past));
    assert_ok(tokenstore_token_set_expiration_time(past, NOW));
    assert_ok(tokenstore_token_set_expiration_time(joe, NOW + DAY));
    tokenstore_token_set_enabled(joe, false);
    struct tokenstore_change changes[] = {
        create(nobody),
        create(joe),
        modify(1, TOKENSTORE_FIELD_ENABLED, joe),
        revoke(77),
        modify(2, 1u << 20, joe),
        revoke(2),
        rotate(3),
        rotate(99),
        modify(1, TOKENSTORE_FIELD_EXPIRATION_TIME, past),
    };
    assert_ok(tokenstore_apply(fixture->store, changes, 9, NOW));
    assert_string_equal(tokenstore_message(fixture->store), "");
    assert_outcome(&changes[0], TOKENSTORE_ERROR_INVALID_IDENTITY);
    assert_outcome(&changes[1], TOKENSTORE_OK);
    assert_outcome(&changes[2], TOKENSTORE_OK);
    assert_outcome(&changes[3], TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(changes[3].message, "no token 77");
    assert_outcome(&changes[4], TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_outcome(&changes[5], TOKENSTORE_OK);
    assert_outcome(&changes[6], TOKENSTORE_OK);
    assert_outcome(&changes[7], TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(changes[7].message, "no token 99");
    assert_outcome(&changes[8], TOKENSTORE_ERROR_TIME_RANGE);
    assert_string_equal(changes[8].message,
                        tokenstore_strerror(TOKENSTORE_ERROR_TIME_RANGE));

    assert_int_equal(tokenstore_token_id(changes[1].token), 4);
    assert_int_equal(tokenstore_token_expiration_time(changes[1].token),
                     NOW + DAY);
    assert_int_equal(tokenstore_token_id(changes[5].token), 2);
    assert_int_equal(tokenstore_token_id(changes[6].token), 5);
    assert_ok(verify(fixture->store, &changes[6].bearer));
    for (size_t i = 0; i < 3; i++)
        assert_error(verify(fixture->store, &old[i]),
                     TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(count_tokens(fixture->store), 3);
    assert_sound(fixture->store);
    free_tokens(changes, 9);
    tokenstore_token_free(&nobody);
    tokenstore_token_free(&past);
}

static void test_change_sees_earlier_changes(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    struct tokenstore_change changes[] = {
        revoke(1),
        revoke(1),
        rotate(2),
        rotate(2),
        rotate(4), /* the token that the first rotate issued */
        modify(4, TOKENSTORE_FIELD_NAME, jane),
    };
    assert_ok(tokenstore_apply(fixture->store, changes, 6, NOW));
    assert_outcome(&changes[0], TOKENSTORE_OK);
    assert_outcome(&changes[1], TOKENSTORE_ERROR_NOT_FOUND);
    assert_outcome(&changes[2], TOKENSTORE_OK);
    assert_outcome(&changes[3], TOKENSTORE_ERROR_NOT_FOUND);
    assert_outcome(&changes[4], TOKENSTORE_OK);
    assert_outcome(&changes[5], TOKENSTORE_ERROR_NOT_FOUND);
    assert_error(verify(fixture->store, &changes[2].bearer),
                 TOKENSTORE_ERROR_REFUSED);
    assert_ok(verify(fixture->store, &changes[4].bearer));
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_sound(fixture->store);
    free_tokens(changes, 6);
}

static void test_many_changes_need_the_syncs_of_one(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change changes[64];
    struct tokenstore_bearer old[3];
    unsigned int syncs;

    issue_three(fixture, old);
    issue(fixture->store, "virtual-jane", NULL);
    syncs = interpose.syncs;
    interpose_reset();
    for (size_t i = 0; i < 64; i++)
        changes[i] = create(i % 2 == 0 ? jane : joe);
    changes[7] = revoke(77);
    assert_ok(tokenstore_apply(fixture->store, changes, 64, NOW));
    assert_int_equal(interpose.syncs, syncs);
    for (size_t i = 0; i < 64; i++)
        if (i != 7)
            assert_ok(verify(fixture->store, &changes[i].bearer));
    assert_int_equal(count_tokens(fixture->store), 4 + 63);
    assert_sound(fixture->store);
    free_tokens(changes, 64);
}

static void test_nothing_to_change_needs_no_sync(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change changes[] = {revoke(77), rotate(78)};
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    assert_ok(tokenstore_apply(fixture->store, changes, 2, NOW));
    assert_outcomes(changes, 2, TOKENSTORE_ERROR_NOT_FOUND);
    assert_ok(tokenstore_apply(fixture->store, NULL, 0, NOW));
    assert_int_equal(interpose.syncs, 0);
    assert_int_equal(count_tokens(fixture->store), 3);
}

static void test_more_than_a_thousand_changes_are_refused(void **state) {
    static struct tokenstore_change changes[TOKENSTORE_CHANGES_MAX + 1];
    struct fixture *fixture = *state;

    for (size_t i = 0; i <= TOKENSTORE_CHANGES_MAX; i++)
        changes[i] = create(jane);
    assert_error(tokenstore_apply(fixture->store, changes,
                                  TOKENSTORE_CHANGES_MAX + 1, NOW),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_outcomes(changes, TOKENSTORE_CHANGES_MAX + 1,
                    TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_ok(tokenstore_apply(fixture->store, changes, TOKENSTORE_CHANGES_MAX,
                               NOW));
    assert_outcomes(changes, TOKENSTORE_CHANGES_MAX, TOKENSTORE_OK);
    assert_int_equal(count_tokens(fixture->store), TOKENSTORE_CHANGES_MAX);
    free_tokens(changes, TOKENSTORE_CHANGES_MAX);
}

static void test_only_create_makes_a_store(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change changes[] = {revoke(1), create(jane)};

    assert_error(tokenstore_apply(fixture->store, changes, 1, NOW),
                 TOKENSTORE_ERROR_MISSING);
    assert_outcome(&changes[0], TOKENSTORE_ERROR_MISSING);
    assert_string_equal(changes[0].message,
                        tokenstore_message(fixture->store));
    assert_ok(tokenstore_apply(fixture->store, changes, 2, NOW));
    assert_outcome(&changes[0], TOKENSTORE_ERROR_NOT_FOUND);
    assert_outcome(&changes[1], TOKENSTORE_OK);
    free_tokens(changes, 2);
}

static void test_full_store_can_be_emptied(void **state) {
    struct fixture *fixture = *state;
    const uint64_t limit = view_size_limit;
    struct tokenstore_change changes[] = {create(jane), revoke(1), rotate(2),
                                          revoke(3)};
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    view_size_limit = 0;
    assert_ok(tokenstore_apply(fixture->store, changes, 4, NOW));
    view_size_limit = limit;
    assert_outcome(&changes[0], TOKENSTORE_ERROR_FULL);
    assert_outcome(&changes[1], TOKENSTORE_OK);
    assert_outcome(&changes[2], TOKENSTORE_ERROR_FULL);
    assert_outcome(&changes[3], TOKENSTORE_OK);
    assert_ok(verify(fixture->store, &old[1]));
    assert_int_equal(count_tokens(fixture->store), 1);
    free_tokens(changes, 4);
}

static void test_last_id_is_issued_once(void **state) {
    struct fixture *fixture = *state;
    const uint64_t last = tokens_id_max;
    struct tokenstore_change changes[] = {create(jane), create(jane),
                                          create(joe)};
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    tokens_id_max = 5;
    assert_ok(tokenstore_apply(fixture->store, changes, 3, NOW));
    tokens_id_max = last;
    assert_outcomes(changes, 2, TOKENSTORE_OK);
    assert_outcome(&changes[2], TOKENSTORE_ERROR_FULL);
    assert_sound(fixture->store);
    free_tokens(changes, 3);
}

static void test_rotate_can_keep_the_expiration_time(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change changes[] = {rotate(1), rotate(2)};
    struct tokenstore_token *token = new_token("virtual-jane");

    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 100));
    issue_token(fixture->store, token, NULL);
    issue(fixture->store, "virtual-jane", NULL);
    changes[0].keep_expiration = changes[1].keep_expiration = true;
    assert_ok(tokenstore_apply(fixture->store, changes, 2, NOW + 40));
    assert_outcomes(changes, 2, TOKENSTORE_OK);
    assert_int_equal(tokenstore_token_expiration_time(changes[0].token),
                     NOW + 100);
    assert_int_equal(tokenstore_token_creation_time(changes[0].token),
                     NOW + 40);
    assert_int_equal(tokenstore_token_expiration_time(changes[1].token),
                     TOKENSTORE_NEVER);
    free_tokens(changes, 2);
    /* The new token would have expired when it is issued. */
    changes[0].id = 3;
    assert_ok(tokenstore_apply(fixture->store, changes, 1, NOW + 100));
    assert_outcome(&changes[0], TOKENSTORE_ERROR_TIME_RANGE);
}

/* ---------------------------------------------------------------- failures */

/* The index of joe's tokens before it is damaged, to repair it afterwards. */
struct damage {
    struct file file;
    struct value_payload good;
    bool repair;
};

static enum tokenstore_error damage_index(struct view *view, void *argument) {
    struct damage *damage = argument;
    const struct value_key key =
        value_key(IDSET_KEY_KIND, 0, 0, idset_named("name", "virtual-joe"));
    struct value_payload bad = {{0}};

    if (damage->repair)
        return view_put(view, &key, &damage->good);
    assert_ok(view_fetch(view, &key, &damage->good));
    memset(bad.bytes, 0xff, sizeof(bad.bytes));
    return view_put(view, &key, &bad);
}

static void break_joe(struct fixture *fixture, struct damage *damage) {
    issue(fixture->store, "virtual-joe", NULL);
    memset(damage, 0, sizeof(*damage));
    memcpy(damage->file.path, fixture->path, sizeof(fixture->path));
    assert_ok(file_write(&damage->file, NULL, damage_index, damage));
}

static void repair_joe(struct damage *damage) {
    damage->repair = true;
    assert_ok(file_write(&damage->file, NULL, damage_index, damage));
}

static enum tokenstore_error
count_asking(const struct tokenstore_token *before,
             const struct tokenstore_token *after, void *argument) {
    unsigned int *asked = argument;

    (void)before;
    (void)after;
    ++*asked;
    return TOKENSTORE_OK;
}

/* A create finds the damage after it has written its record, so the whole
 * transaction is cancelled.  The other changes are then made again without
 * it. */
static void test_change_that_breaks_the_transaction_is_left_out(void **state) {
    struct fixture *fixture = *state;
    unsigned int asked = 0;
    struct damage damage;
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    break_joe(fixture, &damage); /* id 4 */
    struct tokenstore_change changes[] = {
        create(jane), create(joe), revoke(1),   rotate(4),
        revoke(77),   rotate(2),   create(joe),
    };
    changes[0].approve = count_asking;
    changes[0].argument = &asked;
    assert_ok(tokenstore_apply(fixture->store, changes, 7, NOW));
    repair_joe(&damage);
    assert_int_equal(asked, 4);
    assert_outcome(&changes[0], TOKENSTORE_OK);
    assert_outcome(&changes[1], TOKENSTORE_ERROR_DAMAGED);
    assert_outcome(&changes[2], TOKENSTORE_OK);
    assert_outcome(&changes[3], TOKENSTORE_ERROR_DAMAGED);
    assert_outcome(&changes[4], TOKENSTORE_ERROR_NOT_FOUND);
    assert_outcome(&changes[5], TOKENSTORE_OK);
    assert_outcome(&changes[6], TOKENSTORE_ERROR_DAMAGED);
    assert_non_null(strstr(changes[1].message, fixture->path));
    assert_int_equal(tokenstore_token_id(changes[0].token), 5);
    assert_int_equal(tokenstore_token_id(changes[5].token), 6);
    assert_ok(verify(fixture->store, &changes[0].bearer));
    assert_ok(verify(fixture->store, &changes[5].bearer));
    assert_error(verify(fixture->store, &old[0]), TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(count_tokens(fixture->store), 4);
    assert_sound(fixture->store);
    free_tokens(changes, 7);
}

static void test_nothing_is_written_if_all_changes_break(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change changes[] = {create(joe), create(joe)};
    struct damage damage;
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    break_joe(fixture, &damage);
    interpose_reset();
    assert_ok(tokenstore_apply(fixture->store, changes, 2, NOW));
    assert_outcomes(changes, 2, TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(interpose.syncs, 0);
    repair_joe(&damage);
    assert_int_equal(count_tokens(fixture->store), 4);
    assert_sound(fixture->store);
}

static void test_failed_commit_fails_every_change(void **state) {
    static const enum tokenstore_error expected[] = {
        TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO, TOKENSTORE_ERROR_IO,
        TOKENSTORE_ERROR_OUTCOME_UNKNOWN};
    struct fixture *fixture = *state;
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    for (unsigned int sync = 1; sync <= 4; sync++) {
        struct tokenstore_change changes[] = {
            create(jane),
            revoke(1),
            revoke(1),
            rotate(2),
            modify(3, 1u << 20, joe),
        };

        interpose_reset();
        interpose.at_sync = sync;
        interpose.fate = FATE_FAIL;
        assert_error(tokenstore_apply(fixture->store, changes, 5, NOW),
                     expected[sync - 1]);
        interpose_reset();
        /* The second revoke must not fail with "no token 1": token 1 is still
         * there. */
        assert_outcomes(changes, 4, expected[sync - 1]);
        for (size_t i = 0; i < 4; i++)
            assert_string_equal(changes[i].message,
                                tokenstore_message(fixture->store));
        assert_outcome(&changes[4], TOKENSTORE_ERROR_INVALID_ARGUMENT);
        if (sync < 4) {
            assert_ok(verify(fixture->store, &old[0]));
            assert_ok(verify(fixture->store, &old[1]));
        }
        assert_sound(fixture->store);
    }
}

/* ----------------------------------------------------------------- approve */

/* What approve() was called with, and what it returns. */
struct question {
    uint64_t before, after; /* the ids of the tokens; 0 for NULL */
    char before_name[TOKENSTORE_NAME_MAX + 1];
    char after_name[TOKENSTORE_NAME_MAX + 1];
    enum tokenstore_error answer;
};

static uint64_t note(const struct tokenstore_token *token,
                     char name[TOKENSTORE_NAME_MAX + 1]) {
    if (token == NULL)
        return 0;
    strcpy(name, tokenstore_token_name(token));
    return tokenstore_token_id(token);
}

static enum tokenstore_error approve(const struct tokenstore_token *before,
                                     const struct tokenstore_token *after,
                                     void *argument) {
    struct question *question = argument;

    question->before = note(before, question->before_name);
    question->after = note(after, question->after_name);
    return question->answer;
}

static void ask_all(struct tokenstore_change *changes, size_t count,
                    struct question *questions) {
    for (size_t i = 0; i < count; i++) {
        changes[i].approve = approve;
        changes[i].argument = &questions[i];
    }
}

static void test_approve_sees_before_and_after(void **state) {
    struct fixture *fixture = *state;
    struct question questions[5] = {{.answer = TOKENSTORE_OK}};
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    assert_ok(tokenstore_token_set_name(joe, "laptop"));
    struct tokenstore_change changes[] = {
        create(joe),
        modify(1, TOKENSTORE_FIELD_NAME, joe),
        modify(1, TOKENSTORE_FIELD_NAME, jane),
        rotate(4),
        revoke(5),
    };
    ask_all(changes, 5, questions);
    assert_ok(tokenstore_apply(fixture->store, changes, 5, NOW));
    assert_outcomes(changes, 5, TOKENSTORE_OK);
    assert_int_equal(questions[0].before, 0);
    assert_int_equal(questions[0].after, 4);
    assert_string_equal(questions[0].after_name, "laptop");
    assert_int_equal(questions[1].before, 1);
    assert_int_equal(questions[1].after, 1);
    assert_string_equal(questions[1].before_name, "");
    assert_string_equal(questions[1].after_name, "laptop");
    assert_string_equal(questions[2].before_name, "laptop");
    assert_string_equal(questions[2].after_name, "");
    assert_int_equal(questions[3].before, 4);
    assert_int_equal(questions[3].after, 5);
    assert_int_equal(questions[4].before, 5);
    assert_int_equal(questions[4].after, 0);
    free_tokens(changes, 5);
}

static void test_change_that_approve_refuses_is_not_made(void **state) {
    struct fixture *fixture = *state;
    struct question questions[5] = {
        {.answer = TOKENSTORE_ERROR_FORBIDDEN},
        {.answer = TOKENSTORE_ERROR_FORBIDDEN},
        {.answer = TOKENSTORE_ERROR_NOT_FOUND},
        {.answer = TOKENSTORE_ERROR_FORBIDDEN},
        {.answer = TOKENSTORE_OK},
    };
    struct tokenstore_change changes[] = {
        create(jane), modify(1, TOKENSTORE_FIELD_NAME, jane),
        revoke(2),    rotate(3),
        create(joe),
    };
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    ask_all(changes, 5, questions);
    assert_ok(tokenstore_apply(fixture->store, changes, 5, NOW));
    assert_outcomes(changes, 2, TOKENSTORE_ERROR_FORBIDDEN);
    assert_outcome(&changes[2], TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(changes[2].message, "no token 2");
    assert_outcome(&changes[3], TOKENSTORE_ERROR_FORBIDDEN);
    assert_outcome(&changes[4], TOKENSTORE_OK);
    for (size_t i = 0; i < 3; i++)
        assert_ok(verify(fixture->store, &old[i]));
    assert_int_equal(tokenstore_token_id(changes[4].token), 4);
    assert_int_equal(count_tokens(fixture->store), 4);
    free_tokens(changes, 5);
}

/* A caller that approve() refuses does not learn what else is wrong. */
static void test_approve_comes_before_other_errors(void **state) {
    const struct tokenstore_limits limits = {
        .tokens_per_user = 1, .lifetime_max = 1, .name_required = true};
    struct fixture *fixture = *state;
    struct question questions[3] = {
        {.answer = TOKENSTORE_ERROR_NOT_FOUND},
        {.answer = TOKENSTORE_ERROR_NOT_FOUND},
        {.answer = TOKENSTORE_ERROR_FORBIDDEN},
    };
    const uint64_t limit = view_size_limit;
    struct tokenstore_change changes[] = {
        modify(1, TOKENSTORE_FIELD_EXPIRATION_TIME, joe),
        rotate(2),
        create(jane),
    };
    struct tokenstore_bearer old[3];

    issue_three(fixture, old);
    assert_ok(tokenstore_token_set_expiration_time(joe, 1));
    ask_all(changes, 3, questions);
    tokenstore_set_limits(fixture->store, &limits);
    view_size_limit = 0;
    assert_ok(tokenstore_apply(fixture->store, changes, 3, NOW));
    view_size_limit = limit;
    assert_outcomes(changes, 2, TOKENSTORE_ERROR_NOT_FOUND);
    assert_outcome(&changes[2], TOKENSTORE_ERROR_FORBIDDEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_each_change_has_its_own_outcome),
        TEST(test_change_sees_earlier_changes),
        TEST(test_many_changes_need_the_syncs_of_one),
        TEST(test_nothing_to_change_needs_no_sync),
        TEST(test_more_than_a_thousand_changes_are_refused),
        TEST(test_only_create_makes_a_store),
        TEST(test_full_store_can_be_emptied),
        TEST(test_last_id_is_issued_once),
        TEST(test_rotate_can_keep_the_expiration_time),
        TEST(test_change_that_breaks_the_transaction_is_left_out),
        TEST(test_nothing_is_written_if_all_changes_break),
        TEST(test_failed_commit_fails_every_change),
        TEST(test_approve_sees_before_and_after),
        TEST(test_change_that_approve_refuses_is_not_made),
        TEST(test_approve_comes_before_other_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
