/*
 * store.c - the handle, and reading one token.  Must keep no file open
 * between calls, nor touch one when a handle is made.
 */
#include "tokenstore/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tokenstore/file/read.h"
#include "tokenstore/local/change.h"
#include "tokenstore/local/last_use.h"
#include "tokenstore/local/tokens.h"

/* ------------------------------------------------------------------ handle */

bool store_absolute_path(const char *path, char absolute[PATH_MAX]) {
    char directory[PATH_MAX];

    if (*path == '/')
        return snprintf(absolute, PATH_MAX, "%s", path) < PATH_MAX;
    if (getcwd(directory, sizeof directory) == NULL || *directory != '/')
        return false;
    return snprintf(absolute, PATH_MAX, "%s/%s",
                    strcmp(directory, "/") == 0 ? "" : directory,
                    path) < PATH_MAX;
}

/* The path in a URI; NULL for a scheme that is not ours. */
static const char *path_of(const char *uri) {
    size_t word = strcspn(uri, ":/.");

    if (strncmp(uri, "tdb:", 4) == 0)
        return uri + 4;
    return uri[word] == ':' ? NULL : uri;
}

enum tokenstore_error tokenstore_open(const char *uri,
                                      struct tokenstore **store) {
    bool is_remote = uri != NULL && remote_is_uri(uri);
    const char *path = path_of(uri != NULL ? uri : tokenstore_default_path());
    enum tokenstore_error error = TOKENSTORE_OK;

    *store = NULL;
    if (!is_remote &&
        (path == NULL || *path == '\0' || path[strlen(path) - 1] == '/'))
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    *store = calloc(1, sizeof **store);
    if (*store == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    if (is_remote)
        error = remote_open(uri, &(*store)->remote);
    else if (!store_absolute_path(path, (*store)->file.path))
        error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
    if (error != TOKENSTORE_OK)
        tokenstore_close(store);
    return error;
}

void tokenstore_close(struct tokenstore **store) {
    if (store == NULL || *store == NULL)
        return;
    verified_free((*store)->verified);
    remote_close(&(*store)->remote);
    free(*store);
    *store = NULL;
}

const char *tokenstore_path(const struct tokenstore *store) {
    return store->remote != NULL ? remote_uri(store->remote)
                                 : store->file.path;
}

enum tokenstore_error
tokenstore_set_remote(struct tokenstore *store,
                      const struct tokenstore_remote *options) {
    store_begin(store);
    if (store->remote == NULL)
        return store_end(store, TOKENSTORE_ERROR_INVALID_ARGUMENT);
    return store_end(store,
                     remote_set(store->remote, options, &store->file.message));
}

const char *tokenstore_message(const struct tokenstore *store) {
    return store->file.message.text;
}

enum tokenstore_error tokenstore_set_memory(struct tokenstore *store,
                                            size_t tokens) {
    struct verified *verified = NULL;

    store_begin(store);
    if (tokens > 0) {
        verified = verified_new(store->file.path, tokens);
        if (verified == NULL)
            return store_end(store, TOKENSTORE_ERROR_NO_MEMORY);
    }
    verified_free(store->verified);
    store->verified = verified;
    return TOKENSTORE_OK;
}

void tokenstore_set_limits(struct tokenstore *store,
                           const struct tokenstore_limits *limits) {
    store->limits = limits != NULL ? *limits : (struct tokenstore_limits){0};
}

enum tokenstore_error
tokenstore_open_trusted(const char *path, int *fd,
                        char message[TOKENSTORE_MESSAGE_SIZE]) {
    struct message sentence = {""};
    enum tokenstore_error error;
    char absolute[PATH_MAX];

    *fd = -1;
    error = store_absolute_path(path, absolute)
                ? safepath_open_trusted(absolute, fd, &sentence)
                : message_set(&sentence, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                              "%s: not a path", path);
    memcpy(message, sentence.text, sizeof sentence.text);
    return error;
}

void store_begin(struct tokenstore *store) {
    store->file.message.text[0] = '\0';
}

enum tokenstore_error store_end(struct tokenstore *store,
                                enum tokenstore_error error) {
    struct message *message = &store->file.message;

    if (error == TOKENSTORE_OK)
        message->text[0] = '\0';
    else if (message->text[0] == '\0')
        message_set(message, error, "%s", tokenstore_strerror(error));
    return error;
}

/* --------------------------------------------------------------------- get */

enum tokenstore_error store_read_token(struct view *view, void *argument) {
    struct getting *getting = argument;
    enum tokenstore_error error =
        tokens_get(view, getting->id, getting->token);
    uint64_t next;

    getting->found = error == TOKENSTORE_OK;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? tokens_next_id(view, &next)
                                               : error;
}

enum tokenstore_error tokenstore_get(struct tokenstore *store, uint64_t id,
                                     struct tokenstore_token **token) {
    struct getting getting = {.id = id};
    enum tokenstore_error error = tokenstore_token_new(&getting.token);

    *token = NULL;
    store_begin(store);
    if (error == TOKENSTORE_OK && store->remote != NULL) {
        error =
            remote_get(store->remote, id, getting.token, &store->file.message);
        getting.found = true;
    } else if (error == TOKENSTORE_OK) {
        error = file_read(&store->file, store_read_token, &getting);
        if (error == TOKENSTORE_OK && getting.found)
            last_use_read(store->file.path, getting.token, 1);
    }
    if (error == TOKENSTORE_OK && !getting.found)
        error = change_not_found(&store->file.message, id);
    if (error == TOKENSTORE_OK)
        *token = getting.token;
    else
        tokenstore_token_free(&getting.token);
    return store_end(store, error);
}
