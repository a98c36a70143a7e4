/*
 * tokens.h - tokens inside the database: their records, the sets that list
 * them, the next id.  See entry.c.
 */
#ifndef TOKENSTORE_LOCAL_TOKENS_H
#define TOKENSTORE_LOCAL_TOKENS_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

#define TOKENS_HEAD_KIND 'S'
#define TOKENS_TOKEN_KIND 'T'

/* The greatest id; a variable for the tests. */
extern uint64_t tokens_id_max;

/* How many sets can list one token: all, its name, its uid, its sid. */
#define TOKENS_SETS_MAX 4

/* The sets that a token of this user is in, or (without IDSET_ALL) those
 * that together hold the tokens of the user asked for. */
size_t tokens_sets(const struct tokenstore_identity *user, bool with_all,
                   uint64_t sets[TOKENS_SETS_MAX]);

/* The one record that every store has.  DAMAGED where it is missing. */
enum tokenstore_error tokens_next_id(struct view *view, uint64_t *next);
enum tokenstore_error tokens_put_next_id(struct view *view, uint64_t next);

/* What makes an empty database a store; a view_function. */
enum tokenstore_error tokens_initialise(struct view *view, void *unused);

/* A token by its id.  NOT_FOUND. */
enum tokenstore_error tokens_get(struct view *view, uint64_t id,
                                 struct tokenstore_token *token);

/* The same for an id that a set lists: DAMAGED where it is not there. */
enum tokenstore_error tokens_get_listed(struct view *view, uint64_t id,
                                        struct tokenstore_token *token);

/* Add a token under token->id, which must be free; replace one whose user
 * stays the same; delete one as it was read. */
enum tokenstore_error tokens_add(struct view *view,
                                 const struct tokenstore_token *token);
enum tokenstore_error tokens_replace(struct view *view,
                                     const struct tokenstore_token *token);
enum tokenstore_error tokens_delete(struct view *view,
                                    const struct tokenstore_token *token);

/* The database records that a token's own bytes take. */
size_t tokens_parts(const struct tokenstore_token *token);

#endif
