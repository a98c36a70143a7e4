/*
 * golden.c - read the golden files: the tokens, the stores and bearers.txt.
 * A line that is not understood fails the test, so that no line is ignored.
 */
#include <config.h>

#include "tests/golden/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE (2 * RECORD_MAX + 64)
#define OD_WIDTH 32

static FILE *open_golden(const char *name) {
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), SOURCE_DIRECTORY "/tests/golden/%s", name);
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    return file;
}

static size_t read_hex(const char *text, uint8_t *bytes, size_t max) {
    size_t length = strlen(text) / 2;

    assert_int_equal(strlen(text) % 2, 0);
    assert_true(length <= max);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(sscanf(text + 2 * i, "%2hhx", &bytes[i]), 1);
    return length;
}

static uint64_t read_number(const char *text) {
    char *end;
    uint64_t number = strtoull(text, &end, 10);

    assert_true(end != text && *end == '\0');
    return number;
}

static void read_text(const char *text, char *into, size_t size) {
    assert_true(strlen(text) < size);
    strcpy(into, text);
}

/* ------------------------------------------------------------- tokens.txt */

static void take_identity(struct tokenstore_identity *identity,
                          const char *field, const char *value) {
    if (strcmp(field, "domain") == 0) {
        identity->domain = (enum identity_domain)read_number(value);
    } else if (strcmp(field, "uid") == 0) {
        identity->uid = (uint32_t)read_number(value);
        identity->has_uid = true;
    } else if (strcmp(field, "gid") == 0) {
        identity->gid = (uint32_t)read_number(value);
        identity->has_gid = true;
    } else if (strcmp(field, "sid") == 0) {
        read_text(value, identity->sid, sizeof(identity->sid));
    } else if (strcmp(field, "name") == 0) {
        read_text(value, identity->name, sizeof(identity->name));
    } else {
        fail_msg("tokens.txt: field %s", field);
    }
}

static void take_line(struct golden_token *golden, const char *word,
                      const char *value) {
    struct tokenstore_token *token = &golden->token;

    if (strcmp(word, "secret") == 0)
        assert_int_equal(
            read_hex(value, golden->parts.secret, BEARER_SECRET_SIZE),
            BEARER_SECRET_SIZE);
    else if (strcmp(word, "bearer") == 0)
        read_text(value, golden->bearer, sizeof(golden->bearer));
    else if (strcmp(word, "verify") == 0)
        read_text(value, golden->verify, sizeof(golden->verify));
    else if (strcmp(word, "created") == 0)
        token->creation_time = (int64_t)read_number(value);
    else if (strcmp(word, "expires") == 0)
        token->expiration_time = (int64_t)read_number(value);
    else if (strcmp(word, "disabled") == 0)
        token->enabled = false;
    else if (strncmp(word, "user.", 5) == 0)
        take_identity(&token->user, word + 5, value);
    else if (strncmp(word, "creator.", 8) == 0)
        take_identity(&token->creator, word + 8, value);
    else if (strcmp(word, "name") == 0)
        assert_int_equal(tokenstore_token_set_name(token, value), 0);
    else if (strcmp(word, "scope") == 0)
        assert_int_equal(tokenstore_token_add_scope(token, value), 0);
    else if (strcmp(word, "network") == 0)
        assert_int_equal(tokenstore_token_add_network(token, value), 0);
    else if (strcmp(word, "issuer") == 0)
        token->issuer = read_number(value);
    else if (strcmp(word, "first_issuer") == 0)
        token->first_issuer = read_number(value);
    else if (strcmp(word, "record") == 0)
        golden->record_length =
            read_hex(value, golden->record, sizeof(golden->record));
    else
        fail_msg("tokens.txt: %s", word);
}

static struct golden_token *new_golden(struct golden_store *store,
                                       uint64_t id) {
    struct golden_token *golden = &store->tokens[store->count++];

    assert_true(store->count <= GOLDEN_TOKENS_MAX);
    golden->token.id = golden->parts.id = id;
    golden->token.enabled = true;
    golden->token.expiration_time = TOKENSTORE_NEVER;
    return golden;
}

struct golden_store *golden_read_tokens(const char *name) {
    struct golden_store *store = calloc(1, sizeof(*store));
    struct golden_token *golden = NULL;
    FILE *file = open_golden(name);
    char line[LINE_SIZE];

    assert_non_null(store);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *value = strchr(line, ' ');

        if (*line == '#' || *line == '\n')
            continue;
        assert_non_null(value);
        *value++ = '\0';
        value[strcspn(value, "\n")] = '\0';
        if (strcmp(line, "token") == 0) {
            golden = new_golden(store, read_number(value));
        } else if (strcmp(line, "next") == 0) {
            store->next = read_number(value);
        } else {
            assert_non_null(golden);
            take_line(golden, line, value);
        }
    }
    fclose(file);
    for (size_t i = 0; i < store->count; i++) {
        golden = &store->tokens[i];
        bearer_hash(&golden->parts, golden->token.hash);
        identity_derive(&golden->token.user);
        identity_derive(&golden->token.creator);
    }
    assert_true(store->count > 0 && store->next > 0);
    return store;
}

/* ------------------------------------------------------------ bearers.txt */

size_t golden_read_bearers(struct golden_bearer *bearers, size_t max) {
    FILE *file = open_golden("bearers.txt");
    char line[LINE_SIZE];
    size_t count = 0;

    while (fgets(line, sizeof(line), file) != NULL) {
        struct golden_bearer *bearer = &bearers[count];
        char id[32], secret[64], text[64], hash[80];

        if (*line == '#')
            continue;
        assert_true(count < max);
        assert_int_equal(
            sscanf(line, "%31s %63s %63s %79s", id, secret, text, hash), 4);
        bearer->parts.id = read_number(id);
        assert_int_equal(
            read_hex(secret, bearer->parts.secret, BEARER_SECRET_SIZE),
            BEARER_SECRET_SIZE);
        read_text(text, bearer->text, sizeof(bearer->text));
        assert_int_equal(read_hex(hash, bearer->hash, TOKEN_HASH_SIZE),
                         TOKEN_HASH_SIZE);
        count++;
    }
    fclose(file);
    return count;
}

/* -------------------------------------------------------------- the stores */

/* Makes room for the bytes up to "end". The new bytes repeat the line before
 * them. */
static uint8_t *extend(uint8_t *bytes, size_t *size, size_t end) {
    assert_true(end < (16u << 20));
    bytes = realloc(bytes, end + OD_WIDTH);
    assert_non_null(bytes);
    while (*size < end) {
        assert_true(*size >= OD_WIDTH);
        bytes[*size] = bytes[*size - OD_WIDTH];
        (*size)++;
    }
    return bytes;
}

uint8_t *golden_read_store(const char *name, size_t *size) {
    FILE *file = open_golden(name);
    char line[LINE_SIZE];
    uint8_t *bytes = NULL;
    bool repeats = false;

    *size = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        char *cursor = line;
        size_t offset;

        if (*line == '*') {
            repeats = true;
            continue;
        }
        offset = strtoul(line, &cursor, 16);
        assert_true(repeats || offset == *size);
        bytes = extend(bytes, size, offset);
        repeats = false;
        while (*cursor == ' ')
            bytes[(*size)++] = (uint8_t)strtoul(cursor, &cursor, 16);
    }
    fclose(file);
    return bytes;
}
