/*
 * victim.h - a store to be damaged: its tokens, and the answers of its calls.
 */
#ifndef TESTS_SOAK_VICTIM_H
#define TESTS_SOAK_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

#define VICTIM_PROBES_MAX 24
#define VICTIM_TEXT 12288

/* A bearer token to verify, and whether it is valid. */
struct probe {
    const char *what;
    bool good;
    uint64_t id;
    struct tokenstore_bearer bearer;
};

/* All answers of a store. */
struct answers {
    enum tokenstore_error verify[VICTIM_PROBES_MAX];
    enum tokenstore_reason reason[VICTIM_PROBES_MAX];
    char text[VICTIM_TEXT]; /* records from verify, get and list, and errors */
    enum tokenstore_error check;
    char finding[200]; /* the first line of check */
};

extern struct probe probes[VICTIM_PROBES_MAX];
extern size_t probe_count;

/* Issues tokens of every kind and makes changes, so that the store looks like
 * one that has been used for a while. Sets probes. Call it after
 * fixture_begin(). */
void victim_make(void);

/* Returns the name of the second user; the first is fixture_me(). */
const char *victim_other(void);

/* The bytes of a file, in memory. */
struct image {
    char *bytes;
    size_t size;
    bool missing;
};

/* Read a file, write one (or remove it, if the image is missing), copy and
 * free the bytes of an image. They end the program on an error. */
struct image image_read(const char *path);
void image_write(const struct image *image, const char *path);
struct image image_copy(const struct image *image);
void image_free(struct image *image);

/* Verifies one probe. If text is not NULL, the record is written there. */
enum tokenstore_error ask(struct tokenstore *store, const struct probe *probe,
                          enum tokenstore_reason *reason, char *text,
                          size_t size);

/* Makes every call that changes nothing, check first. */
void ask_all(struct tokenstore *store, struct answers *answers);

/* Whether both are the same answers, including the text. */
bool same_answers(const struct answers *a, const struct answers *b);

#endif
