/*
 * damage.c - change the store of fuzz_store as an input says. An input is a
 * list of operations, which is much shorter than the file and more useful.
 * Some operations change bytes; others change records and compute matching
 * digests, to reach the code that reads them. Touches only the file of the
 * store and its lock file.
 */
#include "tests/fuzz/damage.h"

#include <fcntl.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/fuzz/base_store.h"
#include "tests/fuzz/fuzz.h"
#include "tokenstore/file/tdb.h"
#include "tokenstore/values/crypto.h"

/* A record of libtdb: 24 bytes (next, length, key length, value length, hash,
 * magic), the key and the value. The list of free records and the hash chains
 * are offsets of records; they start at TDB_FREELIST in the file. */
#define TDB_RECORD 24
#define TDB_FREELIST 168

/* The field of the header with the offset of the recovery record, if there is
 * one, and the magic of that record while a change is under way. */
#define TDB_RECOVERY_START 44
#define TDB_RECOVERY_MAGIC 0xf53bc0e7u

#define FILE_MAX 0x400000

unsigned int input_byte(struct input *input) {
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

/* Reads a number less than the limit. */
static size_t input_number(struct input *input, int size, size_t limit) {
    size_t number = 0;

    for (int i = 0; i < size; i++)
        number = number << 8 | input_byte(input);
    return limit > 0 ? number % limit : 0;
}

/* Reads a length and so many bytes, at most "size". */
static void input_bytes(struct input *input, uint8_t *bytes, size_t size) {
    size_t length = input_byte(input);

    for (size_t i = 0; i < length && i < size && input->size > 0; i++)
        bytes[i] = (uint8_t)input_byte(input);
}

/* The file that is being made. */
struct draft {
    const struct base *base;
    bool torn; /* its bytes were changed */
    bool forged;
    struct view view; /* while records are added or deleted */
    uint8_t *bytes;   /* of the file, after it is torn */
    size_t length;
};

static size_t input_record(struct input *input) {
    return input_number(input, 1, base_record_count);
}

/* From now on, changes bytes instead of records. */
static void tear(struct draft *draft) {
    if (draft->view.tdb != NULL) {
        uint8_t *bytes;

        view_close(&draft->view);
        bytes = base_read(&draft->length);
        REQUIRE(draft->length <= FILE_MAX);
        memcpy(draft->bytes, bytes, draft->length);
        free(bytes);
    }
    draft->torn = true;
}

/* Overwrites some bytes at any offset. */
static void edit(struct draft *draft, struct input *input) {
    size_t at = input_number(input, 3, draft->length);

    tear(draft);
    input_bytes(input, draft->bytes + at, draft->length - at);
}

/* Overwrites some bytes of a record, for example its header or the digest of
 * its value. */
static void edit_record(struct draft *draft, struct input *input) {
    size_t at = draft->base->keys[input_record(input)] - TDB_RECORD +
                input_byte(input);

    tear(draft);
    if (at < draft->length)
        input_bytes(input, draft->bytes + at, draft->length - at);
}

/* Changes a value and its digest. */
static void forge(struct draft *draft, struct input *input) {
    size_t at = draft->base->keys[input_record(input)];
    size_t offset = CRYPTO_DIGEST_SIZE + input_byte(input);
    uint8_t *value = draft->bytes + at + VALUE_KEY_SIZE;

    tear(draft);
    if (at + sizeof(struct base_record) > draft->length ||
        offset >= VALUE_SIZE)
        return;
    input_bytes(input, value + offset, VALUE_SIZE - offset);
    base_digest(value - VALUE_KEY_SIZE, value);
    draft->forged = true;
}

/* Makes a chain or the list of free records point to another record. */
static void link_record(struct draft *draft, struct input *input) {
    size_t places = (size_t)draft->base->chains + 1 + base_record_count;
    size_t place = input_number(input, 3, places);
    size_t at = TDB_FREELIST + 4 * place;
    uint32_t to =
        (uint32_t)(draft->base->keys[input_record(input)] - TDB_RECORD);

    tear(draft);
    if (place > (size_t)draft->base->chains)
        at = draft->base->keys[place - (size_t)draft->base->chains - 1] -
             TDB_RECORD;
    if (at + sizeof(to) <= draft->length)
        memcpy(draft->bytes + at, &to, sizeof(to));
}

static void truncate_file(struct draft *draft, struct input *input) {
    tear(draft);
    draft->length = input_number(input, 3, draft->length + 1);
}

static void extend_file(struct draft *draft, struct input *input) {
    size_t more;

    tear(draft);
    more = input_number(input, 2, FILE_MAX - draft->length);
    memset(draft->bytes + draft->length, (int)input_byte(input), more);
    draft->length += more;
}

/* Copies a page or less to another place, or swaps two. */
static void move_bytes(struct draft *draft, struct input *input) {
    uint8_t page[4096];
    size_t size = 1 + input_number(input, 2, sizeof(page));
    size_t from = input_number(input, 3, draft->length);
    size_t to = input_number(input, 3, draft->length);
    bool swap = input_byte(input) % 2 == 1;

    tear(draft);
    if (draft->length < size || from > draft->length - size ||
        to > draft->length - size)
        return;
    memcpy(page, draft->bytes + to, size);
    memmove(draft->bytes + to, draft->bytes + from, size);
    if (swap)
        memcpy(draft->bytes + from, page, size);
}

static void zero(struct draft *draft, struct input *input) {
    size_t at = input_number(input, 3, draft->length);
    size_t size = input_number(input, 2, draft->length - at + 1);

    tear(draft);
    memset(draft->bytes + at, 0, size);
}

/* Marks the last change as interrupted; the next process that opens the file
 * rolls it back. */
static void interrupt(struct draft *draft, struct input *input) {
    uint32_t magic = TDB_RECOVERY_MAGIC;
    uint32_t at = 0;

    (void)input;
    tear(draft);
    if (draft->length < TDB_FREELIST)
        return;
    memcpy(&at, draft->bytes + TDB_RECOVERY_START, sizeof(at));
    if (at == 0 || at > draft->length || draft->length - at < TDB_RECORD)
        return;
    memcpy(draft->bytes + at + TDB_RECORD - sizeof(magic), &magic,
           sizeof(magic));
}

/* Opens the file to change its records. Returns false if its bytes were
 * changed. */
static bool can_put(struct draft *draft) {
    static struct message message;

    if (draft->torn || draft->view.tdb != NULL)
        return !draft->torn;
    base_write(base_path, draft->bytes, draft->length);
    draft->view.message = &message;
    REQUIRE(view_open(&draft->view, base_path, 0, TDB_NOLOCK, O_RDWR));
    return true;
}

/* Reads a key: that of a record, with one byte changed if the offset is inside
 * the key. */
static struct value_key input_key(struct input *input) {
    struct value_key key = {{0}};
    unsigned int place;

    memcpy(key.bytes, base_records[input_record(input)].key,
           sizeof(key.bytes));
    place = input_byte(input);
    if (place < sizeof(key.bytes))
        key.bytes[place] = (uint8_t)input_byte(input);
    return key;
}

/* Stores a sound record under a key: the payload of another record, perhaps
 * with changes. */
static void put(struct draft *draft, struct input *input) {
    struct value_key key = input_key(input);
    struct value_payload payload;
    size_t offset;

    memcpy(payload.bytes,
           base_records[input_record(input)].value + CRYPTO_DIGEST_SIZE + 1,
           sizeof(payload.bytes));
    offset = input_number(input, 1, sizeof(payload.bytes));
    input_bytes(input, payload.bytes + offset, sizeof(payload.bytes) - offset);
    if (!can_put(draft))
        return;
    draft->forged = true;
    REQUIRE(view_put(&draft->view, &key, &payload) == TOKENSTORE_OK);
}

static void drop(struct draft *draft, struct input *input) {
    struct value_key key = input_key(input);
    enum tokenstore_error error;

    if (!can_put(draft))
        return;
    draft->forged = true;
    error = view_delete(&draft->view, &key);
    REQUIRE(error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_NOT_FOUND);
}

/* Writes the lock file: as a writer leaves it, as a dead writer leaves it,
 * missing, or cut off. */
static void write_lock(unsigned int kind) {
    uint64_t count = kind == 1 ? 7 : 8;

    if (kind == 2)
        unlink(base_lock_path);
    else
        base_write(base_lock_path, &count, kind == 3 ? 3 : sizeof(count));
}

bool damage_store(struct input *input) {
    static void (*const operations[])(struct draft *, struct input *) = {
        edit,          edit_record, forge,      put,  drop,      link_record,
        truncate_file, extend_file, move_bytes, zero, interrupt,
    };
    static uint8_t buffer[FILE_MAX];
    unsigned int kind = input_byte(input);
    struct draft draft = {
        .base = &bases[kind % 16 == 15   ? BASE_LARGE
                       : kind % 16 >= 13 ? BASE_ROLLBACK
                                         : BASE_SMALL],
        .bytes = buffer,
    };

    base_set_up();
    draft.length = draft.base->length;
    REQUIRE(draft.length <= FILE_MAX);
    memcpy(draft.bytes, draft.base->bytes, draft.length);
    while (input->size > 0)
        operations[input_byte(input) % (sizeof(operations) /
                                        sizeof(operations[0]))](&draft, input);
    if (draft.view.tdb != NULL)
        view_close(&draft.view);
    else
        base_write(base_path, draft.bytes, draft.length);
    write_lock(kind >> 4 < 4 ? kind >> 4 : 0);
    return draft.forged;
}
