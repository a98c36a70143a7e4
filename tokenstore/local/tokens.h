/*
 * tokens.h - tokens in the file of a store: their records, the sets that list
 * them, and the head.
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

/* The id of a store, which its backups share.  All zero: it has none, because
 * a version that knew no such ids made it, or wrote its head last. */
struct tokens_store_id {
    uint8_t bytes[16];
};

/* The one record that every store has. */
struct tokens_head {
    uint64_t next; /* the id of the next token */
    struct tokens_store_id store;
};

/* Does the head have an id of the store? */
bool tokens_has_store_id(const struct tokens_head *head);

/* Write that id as text; "" if there is none. */
void tokens_store_id_text(const struct tokens_head *head,
                          char text[TOKENSTORE_STORE_ID_SIZE]);

/* Read and write the head.  A store without an id gets a random one when its
 * head is written, also in *head.  DAMAGED if the record is missing;
 * UNAVAILABLE without random bytes. */
enum tokenstore_error tokens_head(struct view *view, struct tokens_head *head);
enum tokenstore_error tokens_put_head(struct view *view,
                                      struct tokens_head *head);

/* Read the next id; write it into the head that is there. */
enum tokenstore_error tokens_next_id(struct view *view, uint64_t *next);
enum tokenstore_error tokens_put_next_id(struct view *view, uint64_t next);

/* Give the store an id, unless it has one or its head cannot be read.  For the
 * end of every change. */
enum tokenstore_error tokens_give_store_id(struct view *view);

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
