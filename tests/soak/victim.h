/*
 * victim.h - a store to be damaged: which tokens are in it, and what its calls
 * answer.
 */
#ifndef TESTS_SOAK_VICTIM_H
#define TESTS_SOAK_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

#define VICTIM_PROBES_MAX 24
#define VICTIM_TEXT 12288

/* A bearer token to present, and whether it is good. */
struct probe {
    const char *what;
    bool good;
    uint64_t id;
    struct tokenstore_bearer bearer;
};

/* What a store says, all in all. */
struct answers {
    enum tokenstore_error verify[VICTIM_PROBES_MAX];
    enum tokenstore_reason reason[VICTIM_PROBES_MAX];
    char text[VICTIM_TEXT]; /* verified, got and listed records, and errors */
    enum tokenstore_error check;
    char finding[200]; /* check's first line */
};

extern struct probe probes[VICTIM_PROBES_MAX];
extern size_t probe_count;

/* Issue tokens of every kind, with everything that a store has seen after a
 * while.  After fixture_begin(). */
void victim_make(void);

/* The second user's name; the first is fixture_me(). */
const char *victim_other(void);

/* A file's bytes, in memory. */
struct image {
    char *bytes;
    size_t size;
    bool missing;
};

struct image image_read(const char *path);
void image_write(const struct image *image, const char *path);
struct image image_copy(const struct image *image);
void image_free(struct image *image);

/* Ask one probe; with text, what the record is goes there. */
enum tokenstore_error ask(struct tokenstore *store, const struct probe *probe,
                          enum tokenstore_reason *reason, char *text,
                          size_t size);

/* Ask everything that changes nothing, check first. */
void ask_all(struct tokenstore *store, struct answers *answers);

/* The same as it should be?  Says no also where only the text differs. */
bool same_answers(const struct answers *a, const struct answers *b);

#endif
