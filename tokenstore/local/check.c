/*
 * check.c - is a store sound?  The file, every record, every index entry,
 * both ways.  Works on a private copy; must change nothing, and must not call
 * sound what it could not examine.
 *
 * Both ways: every token is in exactly the sets that its user gives, and the
 * sets hold no more ids than that, counted.
 */
#include <stdio.h>
#include <string.h>

#include "tokenstore/file/backup.h"
#include "tokenstore/file/copy.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/store.h"
#include "tokenstore/values/report.h"

struct check {
    struct view *view;
    struct tokenstore_report *report;
    uint64_t problems;
    uint64_t newer; /* of the problems: what a later version wrote */
    uint64_t records;
    uint64_t tokens;
    uint64_t next_id;
    uint64_t parts, parts_expected;
    uint64_t entries, entries_expected;
    uint64_t unused; /* bytes of the file that nothing refers to */
    bool no_memory;  /* to look at something */
};

#define PROBLEM(check, ...)                                                   \
    do {                                                                      \
        (check)->problems++;                                                  \
        report_add((check)->report, __VA_ARGS__);                             \
    } while (0)

static uint32_t key_number(const uint8_t *key) {
    return (uint32_t)key[4] << 24 | (uint32_t)key[5] << 16 |
           (uint32_t)key[6] << 8 | key[7];
}

/* What a record is for, in words. */
static void describe(const uint8_t *key, size_t size, char text[64]) {
    if (size == VALUE_KEY_SIZE && key[0] == TOKENS_TOKEN_KIND)
        snprintf(text, 64, "token %u", (unsigned int)key_number(key));
    else if (size == VALUE_KEY_SIZE && key[0] == IDSET_KEY_KIND)
        snprintf(text, 64, "an index record");
    else if (size == VALUE_KEY_SIZE && key[0] == TOKENS_HEAD_KIND)
        snprintf(text, 64, "the head record");
    else
        snprintf(text, 64, "a record of unknown kind");
}

/* First pass: each value by itself. */
static bool judge(const uint8_t *key, size_t key_size, const uint8_t *value,
                  size_t value_size, void *argument) {
    struct check *check = argument;
    char what[64];

    check->records++;
    describe(key, key_size, what);
    switch ((int)value_judge(key, key_size, value, value_size)) {
    case TOKENSTORE_OK:
        break;
    case TOKENSTORE_ERROR_NEWER_FORMAT:
        PROBLEM(check, "%s was written by a later version", what);
        check->newer++;
        break;
    default:
        PROBLEM(check, "%s is damaged", what);
        break;
    }
    return true;
}

/* What could not be looked at is no finding. */
static bool out_of_memory(struct check *check, enum tokenstore_error error) {
    check->no_memory |= error == TOKENSTORE_ERROR_NO_MEMORY;
    return check->no_memory;
}

static void check_token(struct check *check, uint32_t id) {
    struct tokenstore_token token;
    uint64_t sets[TOKENS_SETS_MAX];
    size_t count;
    enum tokenstore_error error = tokens_get(check->view, id, &token);

    check->tokens++;
    if (out_of_memory(check, error))
        return;
    if (error == TOKENSTORE_ERROR_NEWER_FORMAT) {
        PROBLEM(check, "token %u was written by a later version",
                (unsigned int)id);
        check->newer++;
        return;
    }
    if (error != TOKENSTORE_OK) {
        PROBLEM(check, "token %u cannot be read", (unsigned int)id);
        return;
    }
    if (id >= check->next_id)
        PROBLEM(check, "token %u has an id that was never handed out",
                (unsigned int)id);
    check->parts_expected += tokens_parts(&token);
    count = tokens_sets(&token.user, true, sets);
    check->entries_expected += count;
    for (size_t i = 0; i < count; i++) {
        bool contains;

        error = idset_contains(check->view, sets[i], id, &contains);
        if (out_of_memory(check, error))
            return;
        if (error != TOKENSTORE_OK || !contains)
            PROBLEM(check, "token %u is missing from an index",
                    (unsigned int)id);
    }
}

static void check_index(struct check *check, const uint8_t *bytes) {
    const char *what = "an index record cannot be read";
    struct value_payload payload;
    struct value_key key;
    uint64_t count = 0;
    enum tokenstore_error error;

    memcpy(key.bytes, bytes, sizeof key.bytes);
    error = view_fetch(check->view, &key, &payload);
    if (error == TOKENSTORE_OK)
        error = idset_check(check->view, &key, &payload, &count, &what);
    if (!out_of_memory(check, error) && error != TOKENSTORE_OK)
        PROBLEM(check, "%s", what);
    check->entries += count;
}

/* The one key that is read for a record of this kind, part and number. */
static bool is_key(const uint8_t *key, char kind, uint8_t part,
                   uint32_t number) {
    struct value_key expected = value_key(kind, part, number, 0);

    return memcmp(key, expected.bytes, sizeof expected.bytes) == 0;
}

/* Second pass, over sound values: what they say of each other. */
static bool relate(const uint8_t *key, size_t key_size, const uint8_t *value,
                   size_t value_size, void *argument) {
    struct check *check = argument;

    (void)value;
    (void)value_size;
    if (key_size != VALUE_KEY_SIZE) {
        PROBLEM(check, "a record of unknown kind");
    } else if (is_key(key, TOKENS_TOKEN_KIND, key[1], key_number(key))) {
        check->parts++;
        if (key[1] == 0)
            check_token(check, key_number(key));
    } else if (key[0] == IDSET_KEY_KIND) {
        check_index(check, key);
    } else if (!is_key(key, TOKENS_HEAD_KIND, 0, 0)) {
        PROBLEM(check, "a record of unknown kind");
    }
    return !check->no_memory;
}

/* The file, and each value by itself. */
static void check_structure(struct check *check) {
    enum tokenstore_error error = copy_check(check->view, judge, check);

    if (error == TOKENSTORE_ERROR_DAMAGED && check->problems == 0) {
        error = copy_fill_gaps(check->view, &check->unused);
        check->records = 0;
        if (error == TOKENSTORE_OK)
            error = copy_check(check->view, judge, check);
    }
    if (!out_of_memory(check, error) && error != TOKENSTORE_OK)
        PROBLEM(check, "the file's structure is damaged");
}

enum tokenstore_error check_view(struct view *view,
                                 struct tokenstore_report *report,
                                 uint64_t *records) {
    struct check check = {.view = view, .report = report};
    enum tokenstore_error error;

    check_structure(&check);
    *records = check.records;
    error = tokens_next_id(view, &check.next_id);
    if (!out_of_memory(&check, error) && error != TOKENSTORE_OK &&
        error != TOKENSTORE_ERROR_NEWER_FORMAT)
        PROBLEM(&check, "the record that every store has is missing");
    if (check.problems == 0) {
        error = copy_traverse(view, relate, &check);
        if (!out_of_memory(&check, error) && error != TOKENSTORE_OK)
            PROBLEM(&check, "the file's structure is damaged");
        /* What cannot be read cannot be counted. */
        if (check.newer == 0 && check.parts != check.parts_expected)
            PROBLEM(&check, "%llu records belong to no token",
                    (unsigned long long)(check.parts - check.parts_expected));
        if (check.newer == 0 && check.entries != check.entries_expected)
            PROBLEM(&check,
                    "the indexes hold %llu entries, the tokens ask for %llu",
                    (unsigned long long)check.entries,
                    (unsigned long long)check.entries_expected);
    }
    if (check.no_memory)
        return TOKENSTORE_ERROR_NO_MEMORY;
    if (check.problems > check.newer)
        return message_set(
            view_message(view), TOKENSTORE_ERROR_DAMAGED,
            "%s: damaged: %llu problem%s found; restore a backup",
            view_path(view), (unsigned long long)check.problems,
            check.problems == 1 ? "" : "s");
    if (check.newer > 0)
        return message_set(
            view_message(view), TOKENSTORE_ERROR_NEWER_FORMAT,
            "written by a later version of accesstoken; upgrade "
            "this one");
    report_add(report, "%llu tokens, %llu index entries: sound",
               (unsigned long long)check.tokens,
               (unsigned long long)check.entries);
    if (check.unused > 0)
        report_add(report,
                   "%llu bytes of the file are in no use, left by a change "
                   "that was interrupted: harmless, and gone after a restore",
                   (unsigned long long)check.unused);
    return TOKENSTORE_OK;
}

static enum tokenstore_error examine(struct view *view, void *argument) {
    uint64_t records;

    return check_view(view, argument, &records);
}

enum tokenstore_error tokenstore_check(struct tokenstore *store,
                                       struct tokenstore_report **report) {
    bool recovered = false;
    enum tokenstore_error error;

    store_begin(store);
    *report = NULL;
    if (store->remote != NULL)
        return store_end(store, remote_cannot(store->remote, "check",
                                              &store->file.message));
    *report = report_new();
    if (*report == NULL)
        return store_end(store, TOKENSTORE_ERROR_NO_MEMORY);
    error = file_snapshot(&store->file, LOCATION_STORE, examine, *report,
                          &recovered);
    if (error == TOKENSTORE_OK && recovered)
        report_add(*report, "a change was interrupted; the next login or "
                            "command undoes it");
    if (error == TOKENSTORE_ERROR_DAMAGED &&
        tokenstore_report_count(*report) == 0)
        report_add(*report, "the file is not a tdb database, or its header "
                            "is damaged");
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_DAMAGED)
        tokenstore_report_free(report);
    return store_end(store, error);
}

enum tokenstore_error tokenstore_backup(struct tokenstore *store,
                                        const char *file) {
    char path[PATH_MAX];

    store_begin(store);
    if (store->remote != NULL)
        return store_end(store, remote_cannot(store->remote, "backup",
                                              &store->file.message));
    if (*file == '\0' || !store_absolute_path(file, path))
        return store_end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
    /* A backup of a damaged store would be found out when it is needed. */
    return store_end(store, file_backup(&store->file, path, examine, NULL));
}
