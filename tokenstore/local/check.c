/*
 * check.c - is a local store sound?
 * Checks the file, every record and every index entry: each token must be in
 * exactly the sets that its user gives, and the sets must have as many entries
 * as that makes.  Works on a private copy.  Must change nothing, and must
 * never call sound what it could not examine.
 */
#include "tokenstore/local/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/number.h"
#include "tokenstore/values/report.h"

struct check {
    struct view *view;
    struct tokenstore_report *report;
    uint64_t problems;
    uint64_t newer; /* of the problems: records of a later version */
    uint64_t records;
    uint64_t tokens;
    struct tokens_head head;
    uint64_t parts, parts_expected;
    uint64_t entries, entries_expected;
    uint64_t unused; /* bytes of the file that nothing refers to */
    bool no_memory;  /* something could not be examined */
};

#define PROBLEM(check, ...)                                                   \
    do {                                                                      \
        (check)->problems++;                                                  \
        report_add((check)->report, __VA_ARGS__);                             \
    } while (0)

static uint32_t key_number(const uint8_t *key) {
    return (uint32_t)number_get(key + 4, 4);
}

/* Name a record by its key. */
static void describe(const uint8_t *key, size_t size, char text[64]) {
    if (size == VALUE_KEY_SIZE && key[0] == TOKENS_TOKEN_KIND)
        snprintf(text, 64, "token %" PRIu32, key_number(key));
    else if (size == VALUE_KEY_SIZE && key[0] == IDSET_KEY_KIND)
        snprintf(text, 64, "an index record");
    else if (size == VALUE_KEY_SIZE && key[0] == TOKENS_HEAD_KIND)
        snprintf(text, 64, "the head record");
    else
        snprintf(text, 64, "a record of unknown kind");
}

/* A view_visitor, first pass: judge each value by itself. */
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

/* Note that memory is lacking: that is no finding, but ends the check. */
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
        PROBLEM(check, "token %" PRIu32 " was written by a later version", id);
        check->newer++;
        return;
    }
    if (error != TOKENSTORE_OK) {
        PROBLEM(check, "token %" PRIu32 " cannot be read", id);
        return;
    }
    if (id >= check->head.next)
        PROBLEM(check, "token %" PRIu32 " has an id that was never issued",
                id);
    check->parts_expected += tokens_parts(&token);
    count = tokens_sets(&token.user, true, sets);
    check->entries_expected += count;
    for (size_t i = 0; i < count; i++) {
        bool contains;

        error = idset_contains(check->view, sets[i], id, &contains);
        if (out_of_memory(check, error))
            return;
        if (error != TOKENSTORE_OK || !contains)
            PROBLEM(check, "token %" PRIu32 " is missing from an index", id);
    }
}

static void check_index(struct check *check, const uint8_t *bytes) {
    const char *what = "an index record cannot be read";
    struct value_payload payload;
    struct value_key key;
    uint64_t count = 0;
    enum tokenstore_error error;

    memcpy(key.bytes, bytes, sizeof(key.bytes));
    error = view_fetch(check->view, &key, &payload);
    if (error == TOKENSTORE_OK)
        error = idset_check(check->view, &key, &payload, &count, &what);
    if (!out_of_memory(check, error) && error != TOKENSTORE_OK)
        PROBLEM(check, "%s", what);
    check->entries += count;
}

/* Is this the key under which a record of this kind, part and number is read?
 */
static bool is_key(const uint8_t *key, char kind, uint8_t part,
                   uint32_t number) {
    struct value_key expected = value_key(kind, part, number, 0);

    return memcmp(key, expected.bytes, sizeof(expected.bytes)) == 0;
}

/* A view_visitor, second pass, over sound values: compare them. */
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

/* Check the file's structure, and each value by itself. */
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

/* Plural: "1 token", "2 tokens". */
static const char *s(uint64_t count) { return count == 1 ? "" : "s"; }

/* Compare the tokens with the index, and count.  What a later version wrote
 * cannot be counted. */
static void check_relations(struct check *check) {
    enum tokenstore_error error = copy_traverse(check->view, relate, check);
    const uint64_t strays = check->parts - check->parts_expected;

    if (!out_of_memory(check, error) && error != TOKENSTORE_OK)
        PROBLEM(check, "the file's structure is damaged");
    if (check->newer > 0)
        return;
    if (strays != 0)
        PROBLEM(check, "%" PRIu64 " record%s belong%s to no token", strays,
                s(strays), strays == 1 ? "s" : "");
    if (check->entries != check->entries_expected)
        PROBLEM(check,
                "the indexes have %" PRIu64
                " entr%s, but should have %" PRIu64,
                check->entries, check->entries == 1 ? "y" : "ies",
                check->entries_expected);
}

/* What was checked, if nothing is wrong. */
static void describe_sound(const struct check *check) {
    char id[TOKENSTORE_STORE_ID_SIZE];

    tokens_store_id_text(&check->head, id);
    report_add(check->report,
               "%" PRIu64 " token%s, %" PRIu64 " index entr%s: sound",
               check->tokens, s(check->tokens), check->entries,
               check->entries == 1 ? "y" : "ies");
    if (*id != '\0')
        report_add(check->report, "store id %s", id);
    if (check->unused > 0)
        report_add(check->report,
                   "%" PRIu64 " byte%s of the file %s unused since a change "
                   "was interrupted: harmless, and gone after a restore",
                   check->unused, s(check->unused),
                   check->unused == 1 ? "is" : "are");
}

/* The error that the findings amount to. */
static enum tokenstore_error conclude(const struct check *check) {
    struct message *message = view_message(check->view);

    if (check->no_memory)
        return TOKENSTORE_ERROR_NO_MEMORY;
    if (check->problems > check->newer)
        return message_set(
            message, TOKENSTORE_ERROR_DAMAGED,
            "%s: damaged: %" PRIu64 " problem%s found; restore a backup",
            view_path(check->view), check->problems, s(check->problems));
    if (check->newer > 0)
        return message_set(
            message, TOKENSTORE_ERROR_NEWER_FORMAT,
            "written by a later version of accesstoken; upgrade "
            "this one");
    return TOKENSTORE_OK;
}

enum tokenstore_error check_view(struct view *view,
                                 struct tokenstore_report *report,
                                 uint64_t *records) {
    struct check check = {.view = view, .report = report};
    enum tokenstore_error error;

    check_structure(&check);
    *records = check.records;
    error = tokens_head(view, &check.head);
    if (!out_of_memory(&check, error) && error != TOKENSTORE_OK &&
        error != TOKENSTORE_ERROR_NEWER_FORMAT)
        PROBLEM(&check, "the record that every store has is missing");
    if (check.problems == 0)
        check_relations(&check);
    error = conclude(&check);
    if (error == TOKENSTORE_OK)
        describe_sound(&check);
    return error;
}

/* A view_function with a report, which may be NULL. */
static enum tokenstore_error examine(struct view *view, void *argument) {
    uint64_t records;

    return check_view(view, argument, &records);
}

enum tokenstore_error local_check(void *store,
                                  struct tokenstore_report **report) {
    struct local *local = store;
    bool recovered = false;
    enum tokenstore_error error;

    *report = report_new(10000); /* a damaged file could fill the memory */
    if (*report == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error = file_snapshot(&local->file, LOCATION_STORE, examine, *report,
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
    return error;
}
