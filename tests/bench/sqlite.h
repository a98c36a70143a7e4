/*
 * sqlite.h - the same work done by SQLite, durable as the library is: WAL,
 * synchronous=FULL, an index on the user.
 */
#ifndef TESTS_BENCH_SQLITE_H
#define TESTS_BENCH_SQLITE_H

#include <stddef.h>
#include <stdint.h>

struct sqlite;

/* A new database with this many tokens. */
struct sqlite *sqlite_make(const char *path, size_t count);

/* One that is there; for one thread, beside others. */
struct sqlite *sqlite_open(const char *path);
void sqlite_close(struct sqlite **sqlite);

/* One transaction each; the secret is made and hashed as the library does. */
void sqlite_create(struct sqlite *sqlite, size_t count);
void sqlite_revoke(struct sqlite *sqlite, uint64_t id);
void sqlite_rotate(struct sqlite *sqlite, uint64_t id);

#endif
