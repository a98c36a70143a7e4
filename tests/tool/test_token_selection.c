/*
 * test_token_selection.c - a selection has the first tokens after a place, in
 * the order, however they are offered, and never more than were asked for.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tokenstore/values/token.h"
#include "tools/common/token_selection.h"

#define TOKENS 500

static size_t held, most_held;

static void *hold(void) {
    most_held = ++held > most_held ? held : most_held;
    return malloc(1);
}

static void forget(void *shown) {
    held--;
    free(shown);
}

/* Each name belongs to several tokens; every tenth one has none. */
static struct tokenstore_token make(uint64_t id) {
    struct tokenstore_token token = {.id = id};

    if (id % 10 != 0)
        snprintf(token.name, sizeof(token.name), "%u",
                 (unsigned int)(id * 7919 % 97));
    return token;
}

/* Offers all tokens in an order that depends on "step", and sorts. */
static void select_all(struct token_selection *selection, unsigned int step) {
    selection->forget = forget;
    for (unsigned int i = 0; i < TOKENS; i++) {
        const struct tokenstore_token token = make(1 + i * step % TOKENS);
        struct selected *entry = token_selection_offer(selection, &token);

        if (entry == NULL)
            continue;
        assert_int_equal(entry->place.id, token.id);
        assert_null(entry->shown);
        entry->shown = hold();
    }
    token_selection_sort(selection);
    assert_int_equal(held, selection->count);
    assert_false(selection->failed);
    for (size_t i = 1; i < selection->count; i++)
        assert_true(token_place_compare(&selection->order,
                                        &selection->entries[i - 1].place,
                                        &selection->entries[i].place) < 0);
}

static void test_pages_have_each_token_once(void **state) {
    static const char *const orders[] = {"name", "-name", "-id", "created"};
    static const size_t limits[] = {1, 2, 7, 64, 65, TOKENS, SIZE_MAX};
    static const unsigned int steps[] = {1, 499, 7, 333};

    (void)state;
    for (size_t i = 0; i < 4 * 7 * 4; i++) {
        struct token_order order = {0};
        const size_t limit = limits[i / 4 % 7];
        struct token_place after = {0};
        bool seen[TOKENS + 1] = {false}, more = true;
        size_t total = 0;

        assert_true(token_order_parse(orders[i / 28], &order));
        for (unsigned int page = 0; more; page++) {
            struct token_selection selection = {
                .order = order,
                .after = page > 0 ? &after : NULL,
                .limit = limit,
            };
            struct token_place last;

            most_held = 0;
            select_all(&selection, steps[i % 4]);
            assert_true(selection.count > 0);
            assert_true(most_held <= limit);
            for (size_t j = 0; j < selection.count; j++) {
                assert_false(seen[selection.entries[j].place.id]);
                seen[selection.entries[j].place.id] = true;
            }
            more = selection.more;
            assert_true(!more || selection.count == limit);
            total += selection.count;
            last = selection.entries[selection.count - 1].place;
            if (page > 0)
                assert_true(token_place_compare(&order, &after,
                                                &selection.entries[0].place) <
                            0);
            after = last;
            token_selection_free(&selection);
            assert_int_equal(held, 0);
        }
        assert_int_equal(total, TOKENS);
    }
}

/* What has no number for an id stays in the order in which it was offered. */
static void test_words_for_ids_keep_their_order(void **state) {
    struct token_selection selection = {.limit = 10, .forget = forget};
    struct tokenstore_token token = {.id = 0};

    (void)state;
    assert_true(token_order_parse("name", &selection.order));
    for (size_t i = 0; i < 20; i++) {
        struct selected *entry = token_selection_offer(&selection, &token);

        assert_int_equal(entry != NULL, i < 10);
        if (entry != NULL)
            entry->shown = hold();
    }
    token_selection_sort(&selection);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(selection.entries[i].place.id, i + 1);
    assert_true(selection.more);
    token_selection_free(&selection);
    assert_int_equal(held, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_have_each_token_once),
        cmocka_unit_test(test_words_for_ids_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
