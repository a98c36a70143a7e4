/*
 * idset.h - ordered sets of token ids in the file of a store.
 */
#ifndef TOKENSTORE_LOCAL_IDSET_H
#define TOKENSTORE_LOCAL_IDSET_H

#include "tokenstore/file/tdb.h"

#define IDSET_ALL 0 /* the set of every token of the store */

/* The set of the tokens whose "name", "uid" or "sid" (what) is this text.  Two
 * texts can have the same set, so compare each token that it lists. */
uint64_t idset_named(const char *what, const char *text);

/* Inside a change: add an id greater than all others in the set; remove one.
 * DAMAGED if it is there already, or missing: index and tokens disagree. */
enum tokenstore_error idset_add(struct view *view, uint64_t set, uint32_t id);
enum tokenstore_error idset_remove(struct view *view, uint64_t set,
                                   uint32_t id);

/* Read the first ids above "after", in order.
 *   count  in: the room in ids; out: the number of ids read */
enum tokenstore_error idset_list(struct view *view, uint64_t set,
                                 uint32_t after, uint32_t *ids, size_t *count);

/*
 * For check: judge one index record, by itself and with its neighbours (its
 * parent names it, its children exist), and count the ids in it.  DAMAGED with
 * *what set to a description, a static text.
 */
enum tokenstore_error idset_check(struct view *view,
                                  const struct value_key *key,
                                  const struct value_payload *payload,
                                  uint64_t *count, const char **what);

/* Does the set contain the id? */
enum tokenstore_error idset_contains(struct view *view, uint64_t set,
                                     uint32_t id, bool *contains);

#define IDSET_KEY_KIND 'I'

#endif
