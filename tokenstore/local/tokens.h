/*
 * tokens.h - tokens in the file of a store: their records, the sets that list
 * them, and the next id.
 */
#ifndef TOKENSTORE_LOCAL_TOKENS_H
#define TOKENSTORE_LOCAL_TOKENS_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

#define TOKENS_HEAD_KIND 'S'
#define TOKENS_TOKEN_KIND 'T'

/* The greatest id; a variable only for the tests. */
extern uint64_t tokens_id_max;

/* The most sets that list one token: all, by name, by uid, by sid. */
#define TOKENS_SETS_MAX 4

/* The sets that list a token of this user, with IDSET_ALL if with_all. Without
 * it: the sets that together list the tokens of a user asked for.  Returns
 * their number. */
size_t tokens_sets(const struct tokenstore_identity *user, bool with_all,
                   uint64_t sets[TOKENS_SETS_MAX]);

/* Read and write the next id, in the one record that every store has.  DAMAGED
 * if it is missing. */
enum tokenstore_error tokens_next_id(struct view *view, uint64_t *next);
enum tokenstore_error tokens_put_next_id(struct view *view, uint64_t next);

/* A view_function: make an empty file a store. */
enum tokenstore_error tokens_initialise(struct view *view, void *unused);

/* Read a token by its id.  NOT_FOUND, DAMAGED, NEWER_FORMAT. */
enum tokenstore_error tokens_get(struct view *view, uint64_t id,
                                 struct tokenstore_token *token);

/* The same for an id that a set lists: DAMAGED instead of NOT_FOUND. */
enum tokenstore_error tokens_get_listed(struct view *view, uint64_t id,
                                        struct tokenstore_token *token);

/* Inside a change.  Add a token with a new id, greater than all others;
 * replace one whose user stays the same; delete one, given as it was read.
 * DAMAGED if that contradicts what the file holds. */
enum tokenstore_error tokens_add(struct view *view,
                                 const struct tokenstore_token *token);
enum tokenstore_error tokens_replace(struct view *view,
                                     const struct tokenstore_token *token);
enum tokenstore_error tokens_delete(struct view *view,
                                    const struct tokenstore_token *token);

/* How many records of the file the bytes of a token take. */
size_t tokens_parts(const struct tokenstore_token *token);

#endif
