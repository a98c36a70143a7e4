/*
 * test_idset.c - tests of ordered sets of ids: after any additions and
 * removals, a page lists exactly the members after an id, in order.  The
 * expected members are kept in a plain array.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/store_fixture.h"
#include "tokenstore/file/copy.h"
#include "tokenstore/file/read.h"
#include "tokenstore/file/write.h"
#include "tokenstore/local/idset.h"

#define SET UINT64_C(0x1122334455667788)
#define FAN_OUT 59 /* entries in a node */
#define MODEL_MAX 250000

/* The set under test and what it must contain, inside one transaction. */
struct model {
    uint32_t ids[MODEL_MAX];
    size_t count;
    uint32_t last; /* the id that was added last */
};

static void add(struct view *view, struct model *model, uint32_t id) {
    model->ids[model->count++] = id;
    model->last = id;
    assert_ok(idset_add(view, SET, id));
}

static void take(struct view *view, struct model *model, size_t at) {
    assert_ok(idset_remove(view, SET, model->ids[at]));
    model->count--;
    memmove(model->ids + at, model->ids + at + 1,
            (model->count - at) * sizeof(model->ids[0]));
}

/* Asserts that the page after an id is as the model says. */
static void assert_page(struct view *view, const struct model *model,
                        uint32_t after, size_t max) {
    static uint32_t page[MODEL_MAX];
    size_t count = max;
    size_t from = 0;
    size_t expected;

    while (from < model->count && model->ids[from] <= after)
        from++;
    expected = model->count - from < max ? model->count - from : max;
    assert_ok(idset_list(view, SET, after, page, &count));
    assert_int_equal(count, expected);
    assert_memory_equal(page, model->ids + from, count * sizeof(page[0]));
}

static void assert_same(struct view *view, const struct model *model) {
    assert_page(view, model, 0, MODEL_MAX);
    assert_page(view, model, UINT32_MAX, 10);
    for (size_t i = 0; i < model->count; i += 1 + model->count / 16) {
        assert_page(view, model, model->ids[i], 7);
        assert_page(view, model, model->ids[i] - 1, 1);
    }
}

static enum tokenstore_error nothing(struct view *view, void *unused) {
    (void)view;
    (void)unused;
    return TOKENSTORE_OK;
}

/* Runs a function in a transaction on an empty database. */
static void in_transaction(void **state, view_function *function) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, nothing, function, model));
    free(model);
}

/* Adds ids in ascending order and removes them in random order. */
static enum tokenstore_error churn(struct view *view, struct model *model,
                                   uint32_t gap) {
    unsigned int seed = 42u + gap;

    for (int step = 0; step < 6000; step++) {
        if (model->count == 0 || rand_r(&seed) % 3 != 0)
            add(view, model, model->last + 1 + (uint32_t)rand_r(&seed) % gap);
        else
            take(view, model, (size_t)rand_r(&seed) % model->count);
        if (step % 100 == 0)
            assert_same(view, model);
    }
    while (model->count > 0) {
        take(view, model, (size_t)rand_r(&seed) % model->count);
        if (model->count % 64 == 0)
            assert_same(view, model);
    }
    return TOKENSTORE_OK;
}

static enum tokenstore_error churn_dense(struct view *view, void *model) {
    return churn(view, model, 1);
}

static enum tokenstore_error churn_sparse(struct view *view, void *model) {
    return churn(view, model, 700000);
}

static void test_idset_lists_dense_members(void **state) {
    in_transaction(state, churn_dense);
}

static void test_idset_lists_sparse_members(void **state) {
    in_transaction(state, churn_sparse);
}

/* A set that keeps only its newest ids, such as the set of a program that
 * renews its token each hour. */
static enum tokenstore_error renew(struct view *view, void *data) {
    struct model *model = data;

    for (uint32_t id = 1; id < 10 * FAN_OUT * FAN_OUT; id++) {
        add(view, model, id);
        if (model->count > 2)
            take(view, model, 0);
        if (id % 1000 == 0)
            assert_same(view, model);
    }
    return TOKENSTORE_OK;
}

static void test_idset_holds_a_moving_window(void **state) {
    in_transaction(state, renew);
}

/* Grows the set past each number of entries at which the tree gets another
 * level. */
static enum tokenstore_error grow(struct view *view, void *data) {
    static const size_t full[] = {FAN_OUT, FAN_OUT * FAN_OUT,
                                  FAN_OUT * FAN_OUT * FAN_OUT};
    struct model *model = data;
    unsigned int seed = 7;

    for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
        while (model->count < full[i])
            add(view, model, model->last + 3);
        assert_same(view, model);
        add(view, model, model->last + 3);
        assert_same(view, model);
    }
    /* Remove runs of ids, each twice as long as the last, at random from both
     * ends. */
    for (size_t hole = 1; model->count > hole; hole *= 2)
        for (size_t i = 0; i < hole; i++)
            take(view, model,
                 rand_r(&seed) % 2 == 0 ? 0 : model->count - 1 - i % 2);
    assert_same(view, model);
    add(view, model, model->last + 1);
    assert_same(view, model);
    return TOKENSTORE_OK;
}

static void test_idset_grows_level_by_level(void **state) {
    in_transaction(state, grow);
}

static enum tokenstore_error edges(struct view *view, void *data) {
    struct model *model = data;
    static const uint32_t ids[] = {
        1,         255,        256,        0xffff,     0x10000,    0xffffff,
        0x1000000, 0x7fffffff, 0x80000000, 0xff000000, 0xffffff00, UINT32_MAX};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        add(view, model, ids[i]);
        assert_same(view, model);
    }
    return TOKENSTORE_OK;
}

static void test_idset_holds_ids_at_every_edge(void **state) {
    in_transaction(state, edges);
}

/* The set begins with a root alone and ends with nodes below it. */
static enum tokenstore_error strangers(struct view *view, void *data) {
    struct model *model = data;
    bool contains = true;

    assert_error(idset_remove(view, SET, 9), TOKENSTORE_ERROR_DAMAGED);
    for (uint32_t id = 10; id < 10 + 2 * (FAN_OUT + 1); id += 2) {
        add(view, model, id);
        assert_error(idset_add(view, SET, id), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_add(view, SET, id - 1), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_add(view, SET, 9), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_remove(view, SET, 9), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_remove(view, SET, 11), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_remove(view, SET, id + 1),
                     TOKENSTORE_ERROR_DAMAGED);
        assert_same(view, model);
    }
    assert_ok(idset_contains(view, SET, 9, &contains));
    assert_false(contains);
    assert_ok(idset_contains(view, SET, 26, &contains));
    assert_true(contains);
    assert_ok(idset_contains(view, SET, 27, &contains));
    assert_false(contains);
    assert_ok(idset_contains(view, SET + 1, 26, &contains));
    assert_false(contains);
    return TOKENSTORE_OK;
}

static void
test_idset_refuses_to_add_out_of_order_or_remove_strangers(void **state) {
    in_transaction(state, strangers);
}

struct census {
    size_t records;
    uint8_t keys[200][VALUE_KEY_SIZE];
};

static bool count_record(const uint8_t *key, size_t key_size,
                         const uint8_t *value, size_t value_size,
                         void *argument) {
    struct census *census = argument;

    assert_int_equal(key_size, VALUE_KEY_SIZE);
    assert_int_equal(value_size, VALUE_SIZE);
    (void)value;
    if (census->records < 200)
        memcpy(census->keys[census->records], key, key_size);
    census->records++;
    return true;
}

static enum tokenstore_error take_census(struct view *view, void *census) {
    return copy_traverse(view, count_record, census);
}

static size_t count_records(struct fixture *fixture, view_function *function,
                            struct model *model) {
    struct file file = {.path = ""};
    struct census census = {.records = 0};

    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, nothing, function, model));
    assert_ok(
        file_snapshot(&file, LOCATION_STORE, take_census, &census, NULL));
    return census.records;
}

static enum tokenstore_error sparse_set(struct view *view, void *data) {
    struct model *model = data;

    for (int i = 0; i < 20 * FAN_OUT; i++)
        add(view, model, model->last + 1000);
    return TOKENSTORE_OK;
}

static void test_idset_stores_59_ids_in_a_record(void **state) {
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    assert_int_equal(count_records(*state, churn_sparse, model), 0);
    model->last = 0;
    assert_int_equal(count_records(*state, sparse_set, model), 20 + 1);
    free(model);
}

/* Keeps one of sixty ids, and removes the others from the front, from the back
 * and at random. */
static enum tokenstore_error thin_out(struct view *view, void *data) {
    struct model *model = data;
    unsigned int seed = 3;

    for (int i = 0; i < 6000; i++)
        add(view, model, model->last + 1);
    while (model->count > 4000)
        take(view, model, model->ids[0] == 1);
    while (model->count > 2000)
        take(view, model, model->count - 2);
    while (model->count > 100)
        take(view, model, (size_t)rand_r(&seed) % model->count);
    assert_same(view, model);
    return TOKENSTORE_OK;
}

static void test_idset_frees_records_as_it_shrinks(void **state) {
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    /* Nodes are at least a quarter full, unless a neighbour has no room for
     * their entries. */
    assert_in_range(count_records(*state, thin_out, model), 2, 15);
    free(model);
}

/* ------------------------------------------------------------------ damage */

static enum tokenstore_error three_levels(struct view *view, void *data) {
    struct model *model = data;

    for (int i = 0; i < FAN_OUT * FAN_OUT + 2; i++)
        add(view, model, model->last + 1);
    return TOKENSTORE_OK;
}

static bool sound(struct view *view, const uint8_t *bytes, uint64_t *count) {
    struct value_key key;
    struct value_payload payload;
    const char *what = NULL;
    enum tokenstore_error error;

    memcpy(key.bytes, bytes, sizeof(key.bytes));
    assert_ok(view_fetch(view, &key, &payload));
    *count = 0;
    error = idset_check(view, &key, &payload, count, &what);
    if (error != TOKENSTORE_OK)
        assert_non_null(what);
    return error == TOKENSTORE_OK;
}

enum breakage {
    MISSING,
    HEIGHT,
    COUNT,
    FIRST_ENTRY,
    SWAPPED,
    PHANTOM, /* an additional entry, for a child or an id that is not there */
    ORPHAN,  /* a copy of the node that no other node lists */
    BREAKAGES,
};

static void change_payload(struct value_payload *payload,
                           enum breakage breakage) {
    uint8_t *entries = payload->bytes + 2;
    uint8_t kept[4];

    switch (breakage) {
    case HEIGHT:
        payload->bytes[0]++;
        break;
    case COUNT:
        payload->bytes[1]--;
        break;
    case FIRST_ENTRY:
        entries[3] ^= 1;
        break;
    case SWAPPED:
        memcpy(kept, entries, 4);
        memcpy(entries, entries + 4, 4);
        memcpy(entries + 4, kept, 4);
        break;
    case PHANTOM:
        if (payload->bytes[1] == FAN_OUT)
            payload->bytes[1]--;
        memset(entries + (size_t)4 * payload->bytes[1], 0xfe, 4);
        payload->bytes[1]++;
        break;
    case MISSING:
    case ORPHAN:
    case BREAKAGES:
        break;
    }
}

/* Does what check does for a whole set, and returns whether all is sound.  The
 * key that is missing is not examined. */
static bool all_sound(struct view *view, const struct census *census,
                      const struct value_key *missing,
                      const struct value_key *orphan) {
    uint64_t entries = 0;
    uint64_t count = 0;
    bool contains = true;
    bool result = orphan == NULL || sound(view, orphan->bytes, &entries);

    for (size_t i = 0; i < census->records; i++)
        if (missing == NULL || memcmp(missing->bytes, census->keys[i],
                                      sizeof(missing->bytes)) != 0) {
            result = sound(view, census->keys[i], &count) && result;
            entries += count;
        }
    for (uint32_t id = 1; contains && id <= FAN_OUT * FAN_OUT + 2; id++)
        if (idset_contains(view, SET, id, &contains) != TOKENSTORE_OK)
            contains = false;
    return result && contains && entries == FAN_OUT * FAN_OUT + 2;
}

/* Breaks every node in every way, one at a time. */
static enum tokenstore_error break_each(struct view *view, void *data) {
    const struct census *census = data;

    assert_true(all_sound(view, census, NULL, NULL));
    for (size_t i = 0; i < census->records; i++) {
        struct value_payload good, bad;
        struct value_key key, other;

        memcpy(key.bytes, census->keys[i], sizeof(key.bytes));
        assert_ok(view_fetch(view, &key, &good));
        other = key;
        other.bytes[7] ^= 0x80;
        for (enum breakage how = MISSING; how < BREAKAGES; how++) {
            bad = good;
            change_payload(&bad, how);
            if (how == MISSING)
                assert_ok(view_delete(view, &key));
            else
                assert_ok(view_put(view, how == ORPHAN ? &other : &key, &bad));
            assert_false(all_sound(view, census, how == MISSING ? &key : NULL,
                                   how == ORPHAN ? &other : NULL));
            if (how == ORPHAN)
                assert_ok(view_delete(view, &other));
            assert_ok(view_put(view, &key, &good));
        }
    }
    return TOKENSTORE_OK;
}

static void test_idset_check_finds_each_broken_node(void **state) {
    struct fixture *fixture = *state;
    struct model *model = calloc(1, sizeof(*model));
    struct file file = {.path = ""};
    struct census census = {.records = 0};

    assert_non_null(model);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, nothing, three_levels, model));
    assert_ok(
        file_snapshot(&file, LOCATION_STORE, take_census, &census, NULL));
    /* 60 leaves, the last with two ids, two nodes above them, and the root. */
    assert_int_equal(census.records, FAN_OUT + 1 + 2 + 1);
    assert_ok(file_write(&file, NULL, break_each, &census));
    free(model);
}

static void test_idset_names_differ_by_form_and_name(void **state) {
    (void)state;
    assert_true(idset_named("name", "jane") != idset_named("uid", "jane"));
    assert_true(idset_named("name", "jane") != idset_named("name", "janet"));
    assert_true(idset_named("name", "jane") == idset_named("name", "jane"));
    assert_true(idset_named("name", "jane") != IDSET_ALL);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_idset_lists_dense_members),
        TEST(test_idset_lists_sparse_members),
        TEST(test_idset_holds_a_moving_window),
        TEST(test_idset_grows_level_by_level),
        TEST(test_idset_holds_ids_at_every_edge),
        TEST(test_idset_refuses_to_add_out_of_order_or_remove_strangers),
        TEST(test_idset_stores_59_ids_in_a_record),
        TEST(test_idset_frees_records_as_it_shrinks),
        TEST(test_idset_check_finds_each_broken_node),
        TEST(test_idset_names_differ_by_form_and_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
