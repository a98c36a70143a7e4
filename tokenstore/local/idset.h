/*
 * idset.h - ordered sets of token ids inside the database.  See idset.c.
 */
#ifndef TOKENSTORE_LOCAL_IDSET_H
#define TOKENSTORE_LOCAL_IDSET_H

#include "tokenstore/file/tdb.h"

#define IDSET_ALL 0 /* the set of every token of the store */

/* The set of the tokens that have this text as "name", "uid" or "sid". */
uint64_t idset_named(const char *what, const char *text);

/* Inside a change.  Adding an id that is there, or removing one that is not,
 * is damage: the index and the tokens disagree. */
enum tokenstore_error idset_add(struct view *view, uint64_t set, uint32_t id);
enum tokenstore_error idset_remove(struct view *view, uint64_t set,
                                   uint32_t id);

/* The first ids after "after", in order: at most *count of them; *count
 * becomes how many there were. */
enum tokenstore_error idset_list(struct view *view, uint64_t set,
                                 uint32_t after, uint32_t *ids, size_t *count);

/*
 * For check: judge one index record by itself and against its neighbours
 * (its parent has it, its children are there), and count the ids in it.
 * DAMAGED with *what set to a description otherwise.
 */
enum tokenstore_error idset_check(struct view *view,
                                  const struct value_key *key,
                                  const struct value_payload *payload,
                                  uint64_t *count, const char **what);

enum tokenstore_error idset_contains(struct view *view, uint64_t set,
                                     uint32_t id, bool *contains);

#define IDSET_KEY_KIND 'I'

#endif
