/*
 * discard.c - give back the disk space that the last uses of revoked tokens
 * take.  Must never discard the last use of a token that exists or may still
 * be made: an id that is not in the store is gone for good only if it is below
 * the next id of the same state of the store.
 */
#include "tokenstore/local/discard.h"

#include "tokenstore/file/read.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"

#define PIECE 1024

/* A range of ids and those of it that exist. */
struct piece {
    uint32_t after; /* the range begins behind this id */
    uint64_t end;   /* and ends before this one */
    uint32_t ids[PIECE];
    size_t count;
};

/* A view_function. */
static enum tokenstore_error read_piece(struct view *view, void *argument) {
    struct piece *piece = argument;
    enum tokenstore_error error = tokens_next_id(view, &piece->end);

    piece->count = PIECE;
    if (error == TOKENSTORE_OK)
        error = idset_list(view, IDSET_ALL, piece->after, piece->ids,
                           &piece->count);
    if (error == TOKENSTORE_OK && piece->count == PIECE)
        piece->end = piece->ids[PIECE - 1];
    return error;
}

enum tokenstore_error local_discard_uses(void *store) {
    struct local *local = store;
    struct piece piece = {.after = 0};
    enum tokenstore_error error;

    do {
        error = file_read(&local->file, read_piece, &piece);
        if (error != TOKENSTORE_OK)
            return error;
        last_use_discard(local->file.path, piece.after, piece.ids, piece.count,
                         piece.end);
        if (piece.count > 0)
            piece.after = piece.ids[piece.count - 1];
    } while (piece.count == PIECE);
    return TOKENSTORE_OK;
}
