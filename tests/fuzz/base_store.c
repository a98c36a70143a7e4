/*
 * base_store.c - the undamaged store that fuzz_store starts with. It is made
 * through the library when the program starts, so that no format is repeated
 * here, and it is the same every time. Touches only its temporary directory,
 * which it removes at exit.
 */
#include "tests/fuzz/base_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tokenstore/file/copy.h"
#include "tokenstore/local/tokens.h"
#include "tokenstore/values/crypto.h"

#define ISSUED_MAX 80
#define DIGEST_PURPOSE "accesstoken-data"

struct issued base_issued[ISSUED_MAX];
size_t base_issued_count;
struct base_record base_records[BASE_RECORDS_MAX];
size_t base_record_count;
struct base bases[BASE_COUNT] = {
    [BASE_SMALL] = {.chains = 7},
    [BASE_ROLLBACK] = {.chains = 7, .drop_in_transaction = true},
    [BASE_LARGE] = {.chains = 100003,
                    .fill_in_transaction = true,
                    .drop_in_transaction = true},
};

static char directory[1024];
char base_path[sizeof(directory) + 16];
char base_lock_path[sizeof(directory) + 24];

/* ------------------------------------------------------------------- files */

static void remove_directory(void) {
    unlink(base_path);
    unlink(base_lock_path);
    rmdir(directory);
}

static void make_directory(void) {
    const char *parent = getenv("TMPDIR");

    if (parent == NULL)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    REQUIRE(snprintf(directory, sizeof(directory), "%s/fuzz.XXXXXX", parent) <
            (int)sizeof(directory));
    REQUIRE(mkdtemp(directory) != NULL);
    snprintf(base_path, sizeof(base_path), "%s/tokens.tdb", directory);
    snprintf(base_lock_path, sizeof(base_lock_path), "%s.lock", base_path);
    REQUIRE(atexit(remove_directory) == 0);
}

void base_write(const char *path, const void *bytes, size_t length) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, bytes, length, 0) == (ssize_t)length);
    REQUIRE(ftruncate(fd, (off_t)length) == 0);
    close(fd);
}

uint8_t *base_read(size_t *length) {
    int fd = open(base_path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    uint8_t *bytes;

    REQUIRE(fd >= 0 && fstat(fd, &status) == 0);
    *length = (size_t)status.st_size;
    bytes = malloc(*length + 1);
    REQUIRE(bytes != NULL);
    REQUIRE(pread(fd, bytes, *length, 0) == (ssize_t)*length);
    close(fd);
    return bytes;
}

/* ------------------------------------------------------------------ tokens */

/* Returns the next token to issue; its user has no account. */
static struct tokenstore_token *issue(uint64_t id, const char *user) {
    struct issued *next = &base_issued[base_issued_count++];
    struct tokenstore_token *token = &next->token;

    REQUIRE(base_issued_count <= ISSUED_MAX);
    next->secret.id = token->id = id;
    memset(next->secret.secret, (int)base_issued_count, BEARER_SECRET_SIZE);
    bearer_hash(&next->secret, token->hash);
    token->creation_time = FUZZ_NOW - 1000;
    token->expiration_time = TOKENSTORE_NEVER;
    token->enabled = true;
    token->user.domain = IDENTITY_DOMAIN_NULL;
    snprintf(token->user.name, sizeof(token->user.name), "%s", user);
    return token;
}

/* Fills the token so that its record has many parts. */
static void widen(struct tokenstore_token *token) {
    char text[64];

    for (int i = 0; i < TOKENSTORE_SCOPES_MAX; i++) {
        snprintf(text, sizeof(text), "scope-%d", i);
        REQUIRE(tokenstore_token_add_scope(token, text) == TOKENSTORE_OK);
        snprintf(text, sizeof(text), "10.%d.0.0/16", i);
        REQUIRE(tokenstore_token_add_network(token, text) == TOKENSTORE_OK);
    }
}

/* Issues tokens of each kind, and enough of one user for every form of an
 * index. After a change here the inputs of the corpus mean something else, but
 * are no less useful. */
static void issue_all(void) {
    struct tokenstore_token *token;

    issue(1, "fuzz-jane");
    issue(2, "fuzz-jane")->enabled = false;
    issue(3, "fuzz-jane")->expiration_time = FUZZ_NOW;
    issue(4, "fuzz-jane")->expiration_time = FUZZ_NOW + 1;
    widen(issue(5, "fuzz-wide"));
    token = issue(6, "fuzz-account");
    token->user.has_uid = true;
    token->user.uid = 4294967000;
    token = issue(7, "FUZZ\\sid");
    token->user.domain = IDENTITY_DOMAIN_ACTIVE_DIRECTORY;
    strcpy(token->user.sid, "S-1-5-21-1-2-3-1104");
    strcpy(token->name, "of a directory");
    for (uint64_t id = 8; id < 70; id++)
        issue(id, "fuzz-many");
    issue(0x101, "fuzz-many");
    issue(0x10001, "fuzz-jane");
    issue(0x1000001, "fuzz-jane");
    issue(UINT32_MAX - 1, "fuzz-last");
    for (size_t i = 0; i < base_issued_count; i++) {
        token = &base_issued[i].token;
        identity_derive(&token->user);
        record_encode(token, base_issued[i].bytes, &base_issued[i].length);
    }
}

/* ------------------------------------------------------------------- bases */

static bool note_record(const uint8_t *key, size_t key_size,
                        const uint8_t *value, size_t value_size,
                        void *unused) {
    struct base_record *record = &base_records[base_record_count++];

    (void)unused;
    REQUIRE(base_record_count <= BASE_RECORDS_MAX);
    REQUIRE(key_size == sizeof(record->key));
    REQUIRE(value_size == sizeof(record->value));
    memcpy(record->key, key, key_size);
    memcpy(record->value, value, value_size);
    return true;
}

/* libtdb orders records by chain; the corpus needs an order that does not
 * change. */
static int compare_records(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct base_record));
}

static void fill(struct view *view) {
    struct tokens_head head = {.next = UINT32_MAX, .store = {.bytes = {1}}};

    REQUIRE(tokens_put_head(view, &head) == TOKENSTORE_OK);
    for (size_t i = 0; i < base_issued_count; i++)
        REQUIRE(tokens_add(view, &base_issued[i].token) == TOKENSTORE_OK);
}

static void drop_two(struct view *view) {
    REQUIRE(tokens_delete(view, &base_issued[9].token) == TOKENSTORE_OK);
    REQUIRE(tokens_delete(view, &base_issued[11].token) == TOKENSTORE_OK);
}

/* Makes the change, in a transaction if one is requested. */
static void apply(struct view *view, bool transaction,
                  void (*changes)(struct view *)) {
    REQUIRE(!transaction || view_begin(view) == TOKENSTORE_OK);
    changes(view);
    REQUIRE(!transaction || view_commit(view) == COMMIT_DONE);
}

static void build(struct base *base) {
    struct message message;
    struct view view = {.message = &message};

    unlink(base_path);
    REQUIRE(view_open(&view, base_path, base->chains, TDB_INCOMPATIBLE_HASH,
                      O_RDWR | O_CREAT | O_EXCL));
    apply(&view, base->fill_in_transaction, fill);
    apply(&view, base->drop_in_transaction, drop_two);
    if (base_record_count == 0) {
        REQUIRE(copy_traverse(&view, note_record, NULL) == TOKENSTORE_OK);
        qsort(base_records, base_record_count, sizeof(base_records[0]),
              compare_records);
    }
    view_close(&view);
    base->bytes = base_read(&base->length);
    for (size_t i = 0; i < base_record_count; i++) {
        const uint8_t *found =
            memmem(base->bytes, base->length, &base_records[i],
                   sizeof(base_records[i]));

        REQUIRE(found != NULL);
        base->keys[i] = (size_t)(found - base->bytes);
    }
}

void base_set_up(void) {
    if (base_issued_count > 0)
        return;
    make_directory();
    issue_all();
    for (size_t i = 0; i < BASE_COUNT; i++)
        build(&bases[i]);
}

/* ----------------------------------------------------------------- records */

void base_digest(const uint8_t *key, uint8_t *value) {
    uint8_t data[VALUE_KEY_SIZE + VALUE_SIZE - CRYPTO_DIGEST_SIZE];

    memcpy(data, key, VALUE_KEY_SIZE);
    memcpy(data + VALUE_KEY_SIZE, value + CRYPTO_DIGEST_SIZE,
           VALUE_SIZE - CRYPTO_DIGEST_SIZE);
    crypto_blake2b(DIGEST_PURPOSE, data, sizeof(data), value,
                   CRYPTO_DIGEST_SIZE);
}

bool base_has(uint64_t id, const uint8_t *bytes, size_t length) {
    uint8_t chain[2 + RECORD_MAX + VALUE_PAYLOAD_SIZE] = {0};
    bool found = true;
    size_t size;
    uint8_t *file = base_read(&size);

    chain[0] = (uint8_t)(length >> 8);
    chain[1] = (uint8_t)length;
    memcpy(chain + 2, bytes, length);
    for (size_t part = 0; part * VALUE_PAYLOAD_SIZE < 2 + length; part++) {
        struct value_key key =
            value_key(TOKENS_TOKEN_KIND, (uint8_t)part, (uint32_t)id, 0);
        struct base_record record;

        memcpy(record.key, key.bytes, sizeof(record.key));
        record.value[CRYPTO_DIGEST_SIZE] = VALUE_VERSION;
        memcpy(record.value + CRYPTO_DIGEST_SIZE + 1,
               chain + part * VALUE_PAYLOAD_SIZE, VALUE_PAYLOAD_SIZE);
        base_digest(record.key, record.value);
        found = found && memmem(file, size, &record, sizeof(record)) != NULL;
    }
    free(file);
    return found;
}
