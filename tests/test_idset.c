/*
 * test_idset.c - ordered sets of ids: whatever is added and removed, a page
 * lists exactly the members after an id, in order; compared with a plain
 * array.
 */
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "idset.h"
#include "store_fixture.h"

#define SET UINT64_C(0x1122334455667788)
#define MODEL_MAX 4096

/* The set under test and what it must contain, inside one transaction. */
struct model {
    uint32_t ids[MODEL_MAX];
    size_t count;
};

static int compare_ids(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static bool model_add(struct model *model, uint32_t id) {
    for (size_t i = 0; i < model->count; i++)
        if (model->ids[i] == id)
            return false;
    model->ids[model->count++] = id;
    qsort(model->ids, model->count, sizeof id, compare_ids);
    return true;
}

static void model_remove(struct model *model, size_t at) {
    model->count--;
    memmove(model->ids + at, model->ids + at + 1,
            (model->count - at) * sizeof model->ids[0]);
}

/* What a page after an id must be. */
static void assert_page(struct database_view *view, const struct model *model,
                        uint32_t after, size_t max) {
    uint32_t page[MODEL_MAX];
    size_t count = max;
    size_t from = 0;
    size_t expected;

    while (from < model->count && model->ids[from] <= after)
        from++;
    expected = model->count - from < max ? model->count - from : max;
    assert_ok(idset_list(view, SET, after, page, &count));
    assert_int_equal(count, expected);
    assert_memory_equal(page, model->ids + from, count * sizeof page[0]);
}

static void assert_same(struct database_view *view,
                        const struct model *model) {
    assert_page(view, model, 0, MODEL_MAX);
    assert_page(view, model, UINT32_MAX, 10);
    for (size_t i = 0; i < model->count; i += 1 + model->count / 16) {
        assert_page(view, model, model->ids[i], 7);
        assert_page(view, model, model->ids[i] - 1, 1);
    }
}

static enum tokenstore_error nothing(struct database_view *view,
                                     void *unused) {
    (void)view;
    (void)unused;
    return TOKENSTORE_OK;
}

/* Run a function in a transaction on an empty database. */
static void in_transaction(void **state, database_function *function) {
    struct fixture *fixture = *state;
    struct database database = {.path = ""};
    struct model model = {.count = 0};

    strcpy(database.path, fixture->path);
    assert_ok(database_write(&database, nothing, function, &model));
}

static uint32_t random_id(unsigned int *seed, int spread) {
    uint32_t low = (uint32_t)rand_r(seed) << 16 ^ (uint32_t)rand_r(seed);

    /* Dense, in few branches, and all over the range. */
    switch (spread) {
    case 0:
        return 1 + low % 600;
    case 1:
        return 1 + (low % 5) * 0x1000000u + (low >> 8) % 5 * 0x100u;
    default:
        return low == 0 ? UINT32_MAX : low;
    }
}

static enum tokenstore_error churn(struct database_view *view,
                                   struct model *model, int spread) {
    unsigned int seed = 42u + (unsigned int)spread;

    for (int step = 0; step < 1500; step++) {
        uint32_t id = random_id(&seed, spread);

        if (rand_r(&seed) % 3 != 0) {
            if (model_add(model, id))
                assert_ok(idset_add(view, SET, id));
        } else if (model->count > 0) {
            size_t at = (size_t)rand_r(&seed) % model->count;

            assert_ok(idset_remove(view, SET, model->ids[at]));
            model_remove(model, at);
        }
        if (step % 50 == 0)
            assert_same(view, model);
    }
    while (model->count > 0) {
        assert_ok(idset_remove(view, SET, model->ids[model->count / 2]));
        model_remove(model, model->count / 2);
        if (model->count % 64 == 0)
            assert_same(view, model);
    }
    return TOKENSTORE_OK;
}

static enum tokenstore_error churn_dense(struct database_view *view,
                                         void *model) {
    return churn(view, model, 0);
}

static enum tokenstore_error churn_branches(struct database_view *view,
                                            void *model) {
    return churn(view, model, 1);
}

static enum tokenstore_error churn_sparse(struct database_view *view,
                                          void *model) {
    return churn(view, model, 2);
}

static void test_idset_lists_members_dense(void **state) {
    in_transaction(state, churn_dense);
}

static void test_idset_lists_members_in_few_branches(void **state) {
    in_transaction(state, churn_branches);
}

static void test_idset_lists_members_sparse(void **state) {
    in_transaction(state, churn_sparse);
}

static enum tokenstore_error edges(struct database_view *view, void *data) {
    struct model *model = data;
    static const uint32_t ids[] = {
        1,         255,        256,        0xffff,     0x10000,    0xffffff,
        0x1000000, 0x7fffffff, 0x80000000, UINT32_MAX, 0xffffff00, 0xff000000};

    /* As a list, then, with neighbours added, as a tree. */
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        model_add(model, ids[i]);
        assert_ok(idset_add(view, SET, ids[i]));
        assert_same(view, model);
    }
    for (uint32_t id = 2; id < 20; id++) {
        model_add(model, id);
        assert_ok(idset_add(view, SET, id));
        assert_same(view, model);
    }
    return TOKENSTORE_OK;
}

static void test_idset_holds_ids_at_every_edge(void **state) {
    in_transaction(state, edges);
}

static enum tokenstore_error strangers(struct database_view *view,
                                       void *data) {
    struct model *model = data;
    bool contains = true;

    for (uint32_t id = 10; id < 10 + 17; id++) {
        /* The second time it is there: list (16 or fewer) and tree (17). */
        model_add(model, id);
        assert_ok(idset_add(view, SET, id));
        assert_error(idset_add(view, SET, id), TOKENSTORE_ERROR_DAMAGED);
        assert_error(idset_remove(view, SET, 9), TOKENSTORE_ERROR_DAMAGED);
        assert_same(view, model);
    }
    assert_ok(idset_contains(view, SET, 9, &contains));
    assert_false(contains);
    assert_ok(idset_contains(view, SET, 26, &contains));
    assert_true(contains);
    assert_ok(idset_contains(view, SET + 1, 26, &contains));
    assert_false(contains);
    return TOKENSTORE_OK;
}

static void test_idset_refuses_to_add_twice_or_remove_strangers(void **state) {
    in_transaction(state, strangers);
}

struct count {
    size_t records;
};

static bool count_record(const uint8_t *key, size_t key_size,
                         const uint8_t *value, size_t value_size,
                         void *argument) {
    struct count *count = argument;

    assert_int_equal(key_size, DATABASE_KEY_SIZE);
    assert_int_equal(value_size, DATABASE_VALUE_SIZE);
    (void)key;
    (void)value;
    count->records++;
    return true;
}

static enum tokenstore_error count_records(struct database_view *view,
                                           void *count) {
    return database_traverse(view, count_record, count);
}

static void test_idset_leaves_no_record_behind(void **state) {
    struct fixture *fixture = *state;
    struct database database = {.path = ""};
    struct model model = {.count = 0};
    struct count count = {0};

    strcpy(database.path, fixture->path);
    assert_ok(database_write(&database, nothing, churn_sparse, &model));
    assert_ok(database_snapshot(&database, PLACE_STORE, count_records, &count,
                                NULL));
    assert_int_equal(count.records, 0);
}

static void test_idset_names_spread(void **state) {
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
        TEST(test_idset_lists_members_dense),
        TEST(test_idset_lists_members_in_few_branches),
        TEST(test_idset_lists_members_sparse),
        TEST(test_idset_holds_ids_at_every_edge),
        TEST(test_idset_refuses_to_add_twice_or_remove_strangers),
        TEST(test_idset_leaves_no_record_behind),
        TEST(test_idset_names_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
