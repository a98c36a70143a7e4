/*
 * tokens.c - tokens in the file of a store: their records, the sets that list
 * them, and the head with the next id and the store's own id.  Must keep them
 * consistent: a token is in exactly the sets that its user gives, and its id
 * is below the next id; and must never lose the store's id.
 *
 * The length (2 bytes) and bytes (record.c) of a token are cut into parts of
 * one payload each.
 */
#include "tokenstore/local/tokens.h"

#include <stdio.h>
#include <string.h>

#include "tokenstore/format/record.h"
#include "tokenstore/local/idset.h"
#include "tokenstore/values/crypto.h"
#include "tokenstore/values/number.h"

#define LENGTH_SIZE 2
#define HEAD_MAGIC "tokenstore\n"
#define HEAD_MAGIC_SIZE 11
#define HEAD_STORE_ID 19 /* where the store's own id is */

uint64_t tokens_id_max = UINT32_MAX;

size_t tokens_sets(const struct tokenstore_identity *user, bool with_all,
                   uint64_t sets[TOKENS_SETS_MAX]) {
    char number[16];
    size_t count = 0;

    if (with_all)
        sets[count++] = IDSET_ALL;
    if (user->name[0] != '\0')
        sets[count++] = idset_named("name", user->name);
    if (user->has_uid) {
        snprintf(number, sizeof(number), "%u", (unsigned int)user->uid);
        sets[count++] = idset_named("uid", number);
    }
    if (user->sid[0] != '\0' && !identity_sid_is_derived(user))
        sets[count++] = idset_named("sid", user->sid);
    return count;
}

/* ---------------------------------------------------------------- the head */

enum tokenstore_error tokens_head(struct view *view,
                                  struct tokens_head *head) {
    struct value_key key = value_key(TOKENS_HEAD_KIND, 0, 0, 0);
    struct value_payload payload;
    enum tokenstore_error error = view_fetch(view, &key, &payload);

    *head = (struct tokens_head){0};
    if (error == TOKENSTORE_OK) {
        head->next = number_get(payload.bytes + HEAD_MAGIC_SIZE, 8);
        memcpy(head->store.bytes, payload.bytes + HEAD_STORE_ID,
               sizeof(head->store.bytes));
        if (memcmp(payload.bytes, HEAD_MAGIC, HEAD_MAGIC_SIZE) != 0 ||
            head->next < 1 || head->next > (uint64_t)UINT32_MAX + 1)
            error = TOKENSTORE_ERROR_NOT_FOUND;
    }
    if (error != TOKENSTORE_OK)
        *head = (struct tokens_head){0};
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        error =
            message_set(view_message(view), TOKENSTORE_ERROR_DAMAGED,
                        "%s: damaged, or not a token store: the record that "
                        "every store has is missing; restore a backup",
                        view_path(view));
    return error;
}

bool tokens_has_store_id(const struct tokens_head *head) {
    static const struct tokens_store_id none;

    return memcmp(&head->store, &none, sizeof(none)) != 0;
}

_Static_assert(TOKENSTORE_STORE_ID_SIZE ==
                   2 * sizeof(struct tokens_store_id) + 1,
               "two digits for each byte");

void tokens_store_id_text(const struct tokens_head *head,
                          char text[TOKENSTORE_STORE_ID_SIZE]) {
    *text = '\0';
    for (size_t i = 0;
         tokens_has_store_id(head) && i < sizeof(head->store.bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", head->store.bytes[i]);
}

enum tokenstore_error tokens_put_head(struct view *view,
                                      struct tokens_head *head) {
    struct value_key key = value_key(TOKENS_HEAD_KIND, 0, 0, 0);
    struct value_payload payload = {{0}};

    if (!tokens_has_store_id(head) &&
        !crypto_random(head->store.bytes, sizeof(head->store.bytes)))
        return TOKENSTORE_ERROR_UNAVAILABLE;
    memcpy(payload.bytes, HEAD_MAGIC, HEAD_MAGIC_SIZE);
    number_put(payload.bytes + HEAD_MAGIC_SIZE, head->next, 8);
    memcpy(payload.bytes + HEAD_STORE_ID, head->store.bytes,
           sizeof(head->store.bytes));
    return view_put(view, &key, &payload);
}

enum tokenstore_error tokens_next_id(struct view *view, uint64_t *next) {
    struct tokens_head head;
    enum tokenstore_error error = tokens_head(view, &head);

    *next = head.next;
    return error;
}

enum tokenstore_error tokens_put_next_id(struct view *view, uint64_t next) {
    struct tokens_head head;
    enum tokenstore_error error = tokens_head(view, &head);

    if (error != TOKENSTORE_OK)
        return error;
    head.next = next;
    return tokens_put_head(view, &head);
}

enum tokenstore_error tokens_give_store_id(struct view *view) {
    struct tokens_head head;
    enum tokenstore_error error = tokens_head(view, &head);

    /* A damaged head must not keep a token from being revoked. */
    if (error == TOKENSTORE_ERROR_DAMAGED ||
        error == TOKENSTORE_ERROR_NEWER_FORMAT)
        return TOKENSTORE_OK;
    return error != TOKENSTORE_OK || tokens_has_store_id(&head)
               ? error
               : tokens_put_head(view, &head);
}

enum tokenstore_error tokens_initialise(struct view *view, void *unused) {
    struct tokens_head head = {.next = 1};

    (void)unused;
    return tokens_put_head(view, &head);
}

/* -------------------------------------------------------------- the tokens */

static size_t parts_of(size_t length) {
    return (LENGTH_SIZE + length + VALUE_PAYLOAD_SIZE - 1) /
           VALUE_PAYLOAD_SIZE;
}

size_t tokens_parts(const struct tokenstore_token *token) {
    uint8_t bytes[RECORD_MAX];
    size_t length;

    record_encode(token, bytes, &length);
    return parts_of(length);
}

static enum tokenstore_error damaged(struct view *view, uint64_t id) {
    return message_set(
        view_message(view), TOKENSTORE_ERROR_DAMAGED,
        "%s: token %llu is damaged; run: accesstoken check, then "
        "restore a backup",
        view_path(view), (unsigned long long)id);
}

/* Room for the length and the largest token, in whole payloads. */
#define CHAIN_MAX                                                             \
    ((LENGTH_SIZE + RECORD_MAX + VALUE_PAYLOAD_SIZE - 1) /                    \
     VALUE_PAYLOAD_SIZE * VALUE_PAYLOAD_SIZE)

enum tokenstore_error tokens_get(struct view *view, uint64_t id,
                                 struct tokenstore_token *token) {
    uint8_t chain[CHAIN_MAX];
    size_t length = 0;
    size_t parts = 1;
    enum tokenstore_error error;

    if (id == 0 || id > UINT32_MAX)
        return TOKENSTORE_ERROR_NOT_FOUND;
    for (size_t part = 0; part < parts; part++) {
        struct value_key key =
            value_key(TOKENS_TOKEN_KIND, (uint8_t)part, (uint32_t)id, 0);

        error = view_fetch(
            view, &key,
            (struct value_payload *)(chain + part * VALUE_PAYLOAD_SIZE));
        if (error == TOKENSTORE_ERROR_NOT_FOUND && part > 0)
            error = damaged(view, id);
        if (error != TOKENSTORE_OK)
            return error;
        if (part > 0)
            continue;
        length = (size_t)number_get(chain, LENGTH_SIZE);
        if (length > RECORD_MAX)
            return damaged(view, id);
        parts = parts_of(length);
    }
    error = record_decode(chain + LENGTH_SIZE, length, token);
    if (error == TOKENSTORE_ERROR_DAMAGED ||
        (error == TOKENSTORE_OK && token->id != id))
        return damaged(view, id);
    return error;
}

enum tokenstore_error tokens_get_listed(struct view *view, uint64_t id,
                                        struct tokenstore_token *token) {
    enum tokenstore_error error = tokens_get(view, id, token);

    if (error != TOKENSTORE_ERROR_NOT_FOUND)
        return error;
    return message_set(view_message(view), TOKENSTORE_ERROR_DAMAGED,
                       "%s: token %llu is listed but not there; run: "
                       "accesstoken check, then restore a backup",
                       view_path(view), (unsigned long long)id);
}

static enum tokenstore_error put_parts(struct view *view,
                                       const struct tokenstore_token *token,
                                       view_store *store) {
    uint8_t chain[CHAIN_MAX] = {0};
    enum tokenstore_error error = TOKENSTORE_OK;
    size_t length;

    record_encode(token, chain + LENGTH_SIZE, &length);
    number_put(chain, length, LENGTH_SIZE);
    for (size_t part = 0; part < parts_of(length) && error == TOKENSTORE_OK;
         part++) {
        struct value_key key = value_key(TOKENS_TOKEN_KIND, (uint8_t)part,
                                         (uint32_t)token->id, 0);

        error = store(
            view, &key,
            (const struct value_payload *)(chain + part * VALUE_PAYLOAD_SIZE));
    }
    return error;
}

static enum tokenstore_error delete_parts(struct view *view, uint64_t id,
                                          size_t from, size_t to) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t part = from; part < to && error == TOKENSTORE_OK; part++) {
        struct value_key key =
            value_key(TOKENS_TOKEN_KIND, (uint8_t)part, (uint32_t)id, 0);

        error = view_delete(view, &key);
        if (error == TOKENSTORE_ERROR_NOT_FOUND)
            error = damaged(view, id);
    }
    return error;
}

enum tokenstore_error tokens_add(struct view *view,
                                 const struct tokenstore_token *token) {
    uint64_t sets[TOKENS_SETS_MAX];
    size_t count = tokens_sets(&token->user, true, sets);
    enum tokenstore_error error = put_parts(view, token, view_add);

    for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++)
        error = idset_add(view, sets[i], (uint32_t)token->id);
    return error;
}

enum tokenstore_error tokens_replace(struct view *view,
                                     const struct tokenstore_token *token) {
    struct tokenstore_token old;
    enum tokenstore_error error = tokens_get(view, token->id, &old);

    if (error == TOKENSTORE_OK)
        error = put_parts(view, token, view_put);
    if (error == TOKENSTORE_OK)
        error = delete_parts(view, token->id, tokens_parts(token),
                             tokens_parts(&old));
    return error;
}

enum tokenstore_error tokens_delete(struct view *view,
                                    const struct tokenstore_token *token) {
    uint64_t sets[TOKENS_SETS_MAX];
    size_t count = tokens_sets(&token->user, true, sets);
    enum tokenstore_error error =
        delete_parts(view, token->id, 0, tokens_parts(token));

    for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++)
        error = idset_remove(view, sets[i], (uint32_t)token->id);
    return error;
}
