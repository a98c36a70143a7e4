/*
 * sqlite.h - the work of the library, done by SQLite with the same durability:
 * WAL, synchronous=FULL, an index on the user. Every function stops the
 * benchmark on an error.
 */
#ifndef TESTS_BENCH_SQLITE_H
#define TESTS_BENCH_SQLITE_H

#include <stddef.h>
#include <stdint.h>

struct sqlite;

/* Makes a database with this many tokens. Close it with sqlite_close(). */
struct sqlite *sqlite_make(const char *path, size_t count);

/* Opens an existing database, for one thread. Other threads may have it
 * open. */
struct sqlite *sqlite_open(const char *path);
void sqlite_close(struct sqlite **sqlite);

/* One transaction for each call. As in the library, each new token gets a
 * random secret, which is hashed. */
void sqlite_create(struct sqlite *sqlite, size_t count);
void sqlite_revoke(struct sqlite *sqlite, uint64_t id);
void sqlite_rotate(struct sqlite *sqlite, uint64_t id);

#endif
