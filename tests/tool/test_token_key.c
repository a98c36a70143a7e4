/*
 * test_token_key.c - a key is read as the place that it was written for, in
 * its order alone, and not if any character of it is another one.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "tools/common/token_key.h"

#define NEVER TOKENSTORE_NEVER

static const char *const orders[] = {
    "id",  "user",  "name",  "expires",  "created",  "used",
    "-id", "-user", "-name", "-expires", "-created", "-used"};

#define ORDER_COUNT (sizeof(orders) / sizeof(*orders))

static struct token_order order_of(const char *text) {
    struct token_order order = {0};

    assert_true(token_order_parse(text, &order));
    return order;
}

/* Returns places that such an order has. */
static size_t places_of(const struct token_order *order,
                        struct token_place places[static 3]) {
    for (size_t i = 0; i < 3; i++) {
        places[i] = (struct token_place){.time = NEVER, .id = 1};
        if (i == 0)
            continue;
        if (token_order_has_time(order))
            places[i].time = i == 1 ? 0 : TOKENSTORE_TIME_MAX;
        if (token_order_has_text(order) && i == 1)
            strcpy(places[i].text, " a 7");
        else if (token_order_has_text(order))
            memset(places[i].text, '\377', TOKEN_PLACE_TEXT_SIZE - 1);
        places[i].id = i == 1 ? 42 : UINT32_MAX;
    }
    return token_order_has_time(order) || token_order_has_text(order) ? 3 : 1;
}

static void test_a_key_is_read_in_its_order_alone(void **state) {
    struct token_place places[3], read;
    char key[TOKEN_KEY_SIZE];

    (void)state;
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        const struct token_order order = order_of(orders[i]);
        const size_t count = places_of(&order, places);

        for (size_t j = 0; j < count; j++) {
            token_key_write(&order, &places[j], key);
            for (size_t k = 0; k < ORDER_COUNT; k++) {
                const struct token_order other = order_of(orders[k]);

                assert_int_equal(token_key_read(&other, key, &read), i == k);
            }
            assert_true(token_key_read(&order, key, &read));
            assert_int_equal(read.id, places[j].id);
            assert_int_equal(read.time, places[j].time);
            assert_string_equal(read.text, places[j].text);
        }
    }
}

static void test_a_damaged_key_is_refused(void **state) {
    static const char others[] = "A_=+/ \n\200\377%";
    const struct token_order order = order_of("-name");
    const struct token_place place = {NEVER, "laptop", 42};
    char key[TOKEN_KEY_SIZE], damaged[TOKEN_KEY_SIZE + 8];
    struct token_place read;
    size_t length;

    (void)state;
    token_key_write(&order, &place, key);
    length = strlen(key);
    for (size_t i = 0; i < length; i++) {
        strcpy(damaged, key);
        for (int byte = 1; byte < 256; byte++) {
            damaged[i] = (char)byte;
            assert_int_equal(token_key_read(&order, damaged, &read),
                             damaged[i] == key[i]);
        }
        strcpy(damaged, key);
        damaged[i] = '\0';
        assert_false(token_key_read(&order, damaged, &read));
        assert_false(token_key_read(&order, key + i + 1, &read));
    }
    for (const char *c = others; *c != '\0'; c++) {
        snprintf(damaged, sizeof(damaged), "%s%c", key, *c);
        assert_false(token_key_read(&order, damaged, &read));
    }
    assert_false(token_key_read(&order, "42", &read));
    memset(damaged, 'A', sizeof(damaged) - 1);
    damaged[sizeof(damaged) - 1] = '\0';
    assert_false(token_key_read(&order, damaged, &read));
}

/* Makes a key of bytes that nothing here would write. */
static void forge(const char *plain, size_t length, char *key, size_t size) {
    unsigned char bytes[512], hash[crypto_generichash_BYTES_MIN];

    memcpy(bytes, plain, length);
    crypto_generichash(hash, sizeof(hash), bytes, length, NULL, 0);
    memcpy(bytes + length, hash, 4);
    sodium_bin2base64(key, size, bytes, length + 4,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool reads(const char *order_text, const char *plain, size_t length) {
    const struct token_order order = order_of(order_text);
    struct token_place read;
    char key[1024];

    forge(plain, length, key, sizeof(key));
    return token_key_read(&order, key, &read);
}

static void test_a_forged_key_has_the_form_of_one(void **state) {
    char longest[512] = "name 1 ";

    (void)state;
    assert_true(reads("name", "name 1 x", 8));
    assert_true(reads("used", "used 1 0", 8));
    assert_false(reads("name", "", 0));
    assert_false(reads("name", "name", 4));
    assert_false(reads("name", "name ", 5));
    assert_false(reads("name", "name x", 6));
    assert_false(reads("name", "name -1", 7));
    assert_false(reads("name", "name 1x", 7));
    assert_false(reads("name", "name 1 ", 7));
    assert_false(reads("name", "name 1 x\0y", 10));
    assert_false(reads("name", "names 1 x", 9));
    assert_false(reads("-id", "-id 1 x", 7));
    assert_false(reads("-id", "-id 1 1", 7));
    assert_false(reads("used", "used 1 x", 8));
    assert_false(reads("used", "used 1 -1", 9));
    assert_false(reads("used", "used 1 253402300800", 19));
    memset(longest + 7, 'x', TOKEN_PLACE_TEXT_SIZE);
    assert_true(reads("name", longest, 7 + TOKEN_PLACE_TEXT_SIZE - 1));
    assert_false(reads("name", longest, 7 + TOKEN_PLACE_TEXT_SIZE));
    assert_false(reads("name", longest, 400));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_is_read_in_its_order_alone),
        cmocka_unit_test(test_a_damaged_key_is_refused),
        cmocka_unit_test(test_a_forged_key_has_the_form_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
