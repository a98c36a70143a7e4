/*
 * get.c - read one token of a local store, or the store's own id.
 */
#include "tokenstore/local/get.h"

#include "tokenstore/file/read.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/local.h"
#include "tokenstore/local/tokens.h"

enum tokenstore_error get_read(struct view *view, void *argument) {
    struct get *get = argument;
    enum tokenstore_error error = tokens_get(view, get->id, get->token);
    uint64_t next;

    get->found = error == TOKENSTORE_OK;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? tokens_next_id(view, &next)
                                               : error;
}

enum tokenstore_error local_get(void *store, uint64_t id,
                                struct tokenstore_token *token) {
    struct local *local = store;
    struct get get = {.id = id, .token = token};
    enum tokenstore_error error = file_read(&local->file, get_read, &get);

    if (error != TOKENSTORE_OK)
        return error;
    if (!get.found)
        return message_no_token(&local->file.message, id, 0);
    last_use_read(local->file.path, token, 1);
    return TOKENSTORE_OK;
}

/* A view_function: the text of the store's id. */
static enum tokenstore_error read_store_id(struct view *view, void *text) {
    struct tokens_head head;
    enum tokenstore_error error = tokens_head(view, &head);

    tokens_store_id_text(&head, text);
    return error;
}

enum tokenstore_error local_store_id(void *store,
                                     char id[TOKENSTORE_STORE_ID_SIZE]) {
    struct local *local = store;

    return file_read(&local->file, read_store_id, id);
}
