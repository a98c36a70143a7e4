/*
 * sqlite.c - the work of the library, done by SQLite. As in a careful program,
 * statements are prepared once and the file stays open.
 */
#include <config.h>

#include "tests/bench/sqlite.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

struct sqlite {
    sqlite3 *database;
    sqlite3_stmt *insert, *copy, *delete;
    size_t next_user;
};

#define DURABLE "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
/* The fields that doc/FORMAT.md has for a virtual user's token. */
#define SCHEMA                                                                \
    "CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT,"              \
    " user_domain INTEGER, user_auth_id TEXT, user_uid INTEGER,"              \
    " user_gid INTEGER, user_sid TEXT, user_name TEXT,"                       \
    " creator_domain INTEGER, creator_auth_id TEXT, creator_uid INTEGER,"     \
    " creator_gid INTEGER, creator_sid TEXT, creator_name TEXT,"              \
    " creation_time INTEGER, expiration_time INTEGER, enabled INTEGER,"       \
    " name TEXT, scopes TEXT, networks TEXT, hash BLOB);"                     \
    "CREATE INDEX by_user ON tokens (user_name);"
#define INSERT                                                                \
    "INSERT INTO tokens (user_domain, user_name, creation_time,"              \
    " expiration_time, enabled, name, scopes, hash)"                          \
    " VALUES (2, ?, ?, ?, 1, 'a machine''s name', '" SCOPE "', ?)"
#define COPY                                                                  \
    "INSERT INTO tokens SELECT NULL, user_domain, user_auth_id, user_uid,"    \
    " user_gid, user_sid, user_name, creator_domain, creator_auth_id,"        \
    " creator_uid, creator_gid, creator_sid, creator_name, ?,"                \
    " expiration_time, enabled, name, scopes, networks, ?"                    \
    " FROM tokens WHERE id = ?"
#define DELETE "DELETE FROM tokens WHERE id = ?"

static void run(struct sqlite *sqlite, const char *sql) {
    if (sqlite3_exec(sqlite->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_hard("sqlite: %s", sqlite3_errmsg(sqlite->database));
}

static sqlite3_stmt *prepare(struct sqlite *sqlite, const char *sql) {
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(sqlite->database, sql, -1, &statement, NULL) !=
        SQLITE_OK)
        fail_hard("sqlite: %s", sqlite3_errmsg(sqlite->database));
    return statement;
}

/* Runs the statement, which must change exactly one row. */
static void step(struct sqlite *sqlite, sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE ||
        sqlite3_changes(sqlite->database) != 1)
        fail_hard("sqlite: %s", sqlite3_errmsg(sqlite->database));
    sqlite3_reset(statement);
}

static void new_secret(uint8_t hash[32]) {
    uint8_t secret[32];

    randombytes_buf(secret, sizeof(secret));
    crypto_generichash(hash, 32, secret, sizeof(secret), NULL, 0);
}

static void insert(struct sqlite *sqlite) {
    sqlite3_stmt *statement = sqlite->insert;
    time_t now = time(NULL);
    uint8_t hash[32];

    new_secret(hash);
    sqlite3_bind_text(statement, 1, user_name(sqlite->next_user++), -1,
                      SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, now);
    sqlite3_bind_int64(statement, 3, now + 365 * 24 * 60 * 60);
    sqlite3_bind_blob(statement, 4, hash, sizeof(hash), SQLITE_TRANSIENT);
    step(sqlite, statement);
}

/* Other threads may have the same file open. */
static struct sqlite *open_file(const char *path) {
    struct sqlite *sqlite = calloc(1, sizeof(*sqlite));

    if (sqlite == NULL || sqlite3_open(path, &sqlite->database) != SQLITE_OK)
        fail_hard("%s: sqlite3_open failed", path);
    sqlite3_busy_timeout(sqlite->database, 60000);
    run(sqlite, DURABLE);
    return sqlite;
}

static void prepare_all(struct sqlite *sqlite) {
    sqlite->insert = prepare(sqlite, INSERT);
    sqlite->copy = prepare(sqlite, COPY);
    sqlite->delete = prepare(sqlite, DELETE);
}

struct sqlite *sqlite_open(const char *path) {
    struct sqlite *sqlite = open_file(path);

    prepare_all(sqlite);
    return sqlite;
}

struct sqlite *sqlite_make(const char *path, size_t count) {
    struct sqlite *sqlite = open_file(path);

    run(sqlite, SCHEMA);
    prepare_all(sqlite);
    sqlite_create(sqlite, count);
    run(sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
    return sqlite;
}

void sqlite_close(struct sqlite **sqlite) {
    sqlite3_finalize((*sqlite)->insert);
    sqlite3_finalize((*sqlite)->copy);
    sqlite3_finalize((*sqlite)->delete);
    if (sqlite3_close((*sqlite)->database) != SQLITE_OK)
        fail_hard("sqlite3_close failed");
    free(*sqlite);
    *sqlite = NULL;
}

void sqlite_create(struct sqlite *sqlite, size_t count) {
    if (count > 1)
        run(sqlite, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < count; i++)
        insert(sqlite);
    if (count > 1)
        run(sqlite, "COMMIT");
}

void sqlite_revoke(struct sqlite *sqlite, uint64_t id) {
    sqlite3_bind_int64(sqlite->delete, 1, (sqlite3_int64)id);
    step(sqlite, sqlite->delete);
}

void sqlite_rotate(struct sqlite *sqlite, uint64_t id) {
    uint8_t hash[32];

    new_secret(hash);
    run(sqlite, "BEGIN IMMEDIATE");
    sqlite3_bind_int64(sqlite->copy, 1, time(NULL));
    sqlite3_bind_blob(sqlite->copy, 2, hash, sizeof(hash), SQLITE_TRANSIENT);
    sqlite3_bind_int64(sqlite->copy, 3, (sqlite3_int64)id);
    step(sqlite, sqlite->copy);
    sqlite_revoke(sqlite, id);
    run(sqlite, "COMMIT");
}
