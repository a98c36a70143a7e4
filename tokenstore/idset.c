/*
 * idset.c - ordered sets of token ids inside the database.
 * Must keep a page's cost independent of the store's size, and never list an
 * id twice or out of order.
 *
 * A set of up to 16 ids is one record with the sorted list.  A larger one is
 * a radix tree over the id's four bytes, most significant first: each node is
 * a record with a bitmap of the 256 next bytes, whose bits say which children
 * are there, or, in the last level, which ids.  A bit is set if and only if
 * the child has a bit set, so that walking never runs into empty branches.
 * Nothing ever turns a tree back into a list.
 */
#include "idset.h"

#include <stdio.h>
#include <string.h>

#include "bearer.h"

#define LEVELS 4
#define LIST_MAX 16
#define BITMAP_SIZE 32

enum form { FORM_LIST = 1, FORM_TREE = 2 };

/* A payload, read.  Nodes below the root are always trees. */
struct node {
    enum form form;
    size_t count; /* of the list */
    uint32_t ids[LIST_MAX];
    uint8_t bits[BITMAP_SIZE];
};

uint64_t idset_named(const char *what, const char *text) {
    uint8_t digest[BEARER_DIGEST_SIZE];
    char name[512];
    uint64_t set = 0;
    int length = snprintf(name, sizeof name, "%s:%s", what, text);

    bearer_digest("accesstoken-user", name, (size_t)length, digest);
    for (int i = 0; i < 8; i++)
        set = set << 8 | digest[i];
    /* Two names may meet in one set: who lists it looks at each token. */
    return set == IDSET_ALL ? 1 : set;
}

static bool bit_is_set(const uint8_t bits[BITMAP_SIZE], unsigned int bit) {
    return (bits[bit / 8] >> (bit % 8) & 1) != 0;
}

/* The first bit set at or after "from"; 256 where there is none. */
static unsigned int next_bit(const uint8_t bits[BITMAP_SIZE],
                             unsigned int from) {
    while (from < 256) {
        unsigned int byte = (unsigned int)bits[from / 8] >> (from % 8);

        if (byte != 0)
            return from + (unsigned int)__builtin_ctz(byte);
        from = (from / 8 + 1) * 8;
    }
    return 256;
}

/* The node on the way to an id at a level: the id's first "level" bytes. */
static struct database_key node_key(uint64_t set, unsigned int level,
                                    uint32_t id) {
    uint32_t prefix = level == 0 ? 0 : id >> (8 * (LEVELS - level));

    return database_key(IDSET_KEY_KIND, (uint8_t)level, prefix, set);
}

/* The byte of the id that a level branches on. */
static unsigned int byte_at(uint32_t id, unsigned int level) {
    return id >> (8 * (LEVELS - 1 - level)) & 0xff;
}

static bool read_list(const struct database_payload *payload,
                      struct node *node) {
    const uint8_t *bytes = payload->bytes + 2;

    node->count = payload->bytes[1];
    if (node->count < 1 || node->count > LIST_MAX)
        return false;
    for (size_t i = 0; i < node->count; i++, bytes += 4) {
        node->ids[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                       (uint32_t)bytes[2] << 8 | bytes[3];
        if (node->ids[i] <= (i == 0 ? 0 : node->ids[i - 1]))
            return false;
    }
    return true;
}

static bool read_node(const struct database_payload *payload,
                      unsigned int level, struct node *node) {
    if (level == 0 && payload->bytes[0] == FORM_LIST) {
        node->form = FORM_LIST;
        return read_list(payload, node);
    }
    node->form = FORM_TREE;
    memcpy(node->bits, payload->bytes + 1, BITMAP_SIZE);
    return payload->bytes[0] == FORM_TREE && next_bit(node->bits, 0) < 256;
}

static enum tokenstore_error damaged(struct database_view *view) {
    return complain(database_complaint(view), TOKENSTORE_ERROR_DAMAGED,
                    "%s: the index is damaged; run: accesstoken check, then "
                    "restore a backup",
                    database_path(view));
}

/* NOT_FOUND where the node is not there. */
static enum tokenstore_error load(struct database_view *view, uint64_t set,
                                  unsigned int level, uint32_t id,
                                  struct node *node) {
    struct database_key key = node_key(set, level, id);
    struct database_payload payload;
    enum tokenstore_error error = database_fetch(view, &key, &payload);

    if (error == TOKENSTORE_OK && !read_node(&payload, level, node))
        error = damaged(view);
    return error;
}

static enum tokenstore_error save(struct database_view *view, uint64_t set,
                                  unsigned int level, uint32_t id,
                                  const struct node *node) {
    struct database_key key = node_key(set, level, id);
    struct database_payload payload = {{(uint8_t)node->form}};
    uint8_t *bytes = payload.bytes + 2;

    if (node->form == FORM_TREE) {
        memcpy(payload.bytes + 1, node->bits, BITMAP_SIZE);
        return database_put(view, &key, &payload);
    }
    payload.bytes[1] = (uint8_t)node->count;
    for (size_t i = 0; i < node->count; i++, bytes += 4) {
        bytes[0] = (uint8_t)(node->ids[i] >> 24);
        bytes[1] = (uint8_t)(node->ids[i] >> 16);
        bytes[2] = (uint8_t)(node->ids[i] >> 8);
        bytes[3] = (uint8_t)node->ids[i];
    }
    return database_put(view, &key, &payload);
}

/* Set the id's bit in the last level, and above it as far as nodes are new. */
static enum tokenstore_error tree_add(struct database_view *view, uint64_t set,
                                      uint32_t id) {
    for (unsigned int level = LEVELS; level-- > 0;) {
        struct node node;
        enum tokenstore_error error = load(view, set, level, id, &node);
        unsigned int byte = byte_at(id, level);
        bool is_new =
            error == TOKENSTORE_ERROR_NOT_FOUND ||
            (error == TOKENSTORE_OK && level == 0 && node.form == FORM_LIST);

        if (is_new) {
            memset(&node, 0, sizeof node);
            node.form = FORM_TREE;
        } else if (error != TOKENSTORE_OK) {
            return error;
        }
        if (bit_is_set(node.bits, byte))
            return damaged(view);
        node.bits[byte / 8] |= (uint8_t)(1u << byte % 8);
        error = save(view, set, level, id, &node);
        if (error != TOKENSTORE_OK || !is_new)
            return error;
    }
    return TOKENSTORE_OK;
}

/* The list in the root becomes a tree; its first id replaces the root. */
static enum tokenstore_error list_to_tree(struct database_view *view,
                                          uint64_t set,
                                          const struct node *list) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < list->count && error == TOKENSTORE_OK; i++)
        error = tree_add(view, set, list->ids[i]);
    return error;
}

enum tokenstore_error idset_add(struct database_view *view, uint64_t set,
                                uint32_t id) {
    struct node root = {.form = FORM_LIST};
    enum tokenstore_error error = load(view, set, 0, id, &root);
    size_t at;

    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_NOT_FOUND)
        return error;
    if (error == TOKENSTORE_OK && root.form == FORM_LIST &&
        root.count == LIST_MAX) {
        error = list_to_tree(view, set, &root);
        return error == TOKENSTORE_OK ? tree_add(view, set, id) : error;
    }
    if (root.form == FORM_TREE)
        return tree_add(view, set, id);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        root.count = 0;
    for (at = root.count; at > 0 && root.ids[at - 1] >= id; at--)
        if (root.ids[at - 1] == id)
            return damaged(view);
    memmove(root.ids + at + 1, root.ids + at,
            (root.count - at) * sizeof root.ids[0]);
    root.ids[at] = id;
    root.count++;
    return save(view, set, 0, id, &root);
}

static enum tokenstore_error list_remove(struct database_view *view,
                                         uint64_t set, struct node *root,
                                         uint32_t id) {
    struct database_key key = node_key(set, 0, id);

    for (size_t i = 0; i < root->count; i++) {
        if (root->ids[i] != id)
            continue;
        root->count--;
        memmove(root->ids + i, root->ids + i + 1,
                (root->count - i) * sizeof root->ids[0]);
        return root->count == 0 ? database_delete(view, &key)
                                : save(view, set, 0, id, root);
    }
    return damaged(view);
}

enum tokenstore_error idset_remove(struct database_view *view, uint64_t set,
                                   uint32_t id) {
    struct node node;
    enum tokenstore_error error = load(view, set, 0, id, &node);

    if (error == TOKENSTORE_OK && node.form == FORM_LIST)
        return list_remove(view, set, &node, id);
    for (unsigned int level = LEVELS; level-- > 0;) {
        struct database_key key = node_key(set, level, id);
        unsigned int byte = byte_at(id, level);

        error = load(view, set, level, id, &node);
        if (error == TOKENSTORE_ERROR_NOT_FOUND ||
            (error == TOKENSTORE_OK && !bit_is_set(node.bits, byte)))
            return damaged(view);
        if (error != TOKENSTORE_OK)
            return error;
        node.bits[byte / 8] &= (uint8_t) ~(1u << byte % 8);
        if (next_bit(node.bits, 0) < 256)
            return save(view, set, level, id, &node);
        error = database_delete(view, &key);
        if (error != TOKENSTORE_OK)
            return error;
    }
    return TOKENSTORE_OK;
}

struct listing {
    struct database_view *view;
    uint64_t set;
    uint32_t *ids;
    size_t max;
    size_t count;
};

/* List the branch below a node, from the smallest id wanted on.  "first" has
 * the node's own prefix. */
static enum tokenstore_error list_branch(struct listing *listing,
                                         unsigned int level,
                                         const struct node *node,
                                         uint32_t first) {
    uint32_t below = level == LEVELS - 1 ? 0 : UINT32_MAX >> (8 * (level + 1));
    uint32_t mask = level == 0 ? 0 : ~(UINT32_MAX >> (8 * level));
    unsigned int byte = next_bit(node->bits, byte_at(first, level));

    while (byte < 256 && listing->count < listing->max) {
        uint32_t id = (first & mask) | (uint32_t)byte
                                           << (8 * (LEVELS - 1 - level));
        enum tokenstore_error error;
        struct node child;

        /* Below a byte greater than the one wanted, from the beginning. */
        if (byte == byte_at(first, level))
            id |= first & below;
        if (level == LEVELS - 1) {
            listing->ids[listing->count++] = id;
        } else {
            error = load(listing->view, listing->set, level + 1, id, &child);
            if (error == TOKENSTORE_OK)
                error = list_branch(listing, level + 1, &child, id);
            else if (error == TOKENSTORE_ERROR_NOT_FOUND)
                error = damaged(listing->view);
            if (error != TOKENSTORE_OK)
                return error;
        }
        byte = next_bit(node->bits, byte + 1);
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error idset_list(struct database_view *view, uint64_t set,
                                 uint32_t after, uint32_t *ids,
                                 size_t *count) {
    struct listing listing = {view, set, ids, *count, 0};
    struct node root;
    enum tokenstore_error error;

    *count = 0;
    if (after == UINT32_MAX)
        return TOKENSTORE_OK;
    error = load(view, set, 0, 0, &root);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return TOKENSTORE_OK;
    if (error != TOKENSTORE_OK)
        return error;
    if (root.form == FORM_TREE)
        error = list_branch(&listing, 0, &root, after + 1);
    else
        for (size_t i = 0; i < root.count; i++)
            if (root.ids[i] > after && listing.count < listing.max)
                ids[listing.count++] = root.ids[i];
    *count = listing.count;
    return error;
}

enum tokenstore_error idset_contains(struct database_view *view, uint64_t set,
                                     uint32_t id, bool *contains) {
    uint32_t found = 0;
    size_t count = 1;
    enum tokenstore_error error =
        idset_list(view, set, id - 1, &found, &count);

    *contains = error == TOKENSTORE_OK && count == 1 && found == id;
    return error;
}

/* ------------------------------------------------------------------- check */

static enum tokenstore_error wrong(const char *text, const char **what) {
    *what = text;
    return TOKENSTORE_ERROR_DAMAGED;
}

/* Is the bit for this node set in its parent? */
static bool parent_has(struct database_view *view, uint64_t set,
                       unsigned int level, uint32_t first) {
    struct node parent;

    return load(view, set, level - 1, first, &parent) == TOKENSTORE_OK &&
           parent.form == FORM_TREE &&
           bit_is_set(parent.bits, byte_at(first, level - 1));
}

enum tokenstore_error idset_check(struct database_view *view,
                                  const struct database_key *key,
                                  const struct database_payload *payload,
                                  uint64_t *count, const char **what) {
    unsigned int level = key->bytes[1];
    uint32_t prefix = 0;
    uint32_t first;
    uint64_t set = 0;
    struct node node, child;

    for (int i = 4; i < 8; i++)
        prefix = prefix << 8 | key->bytes[i];
    for (int i = 8; i < DATABASE_KEY_SIZE; i++)
        set = set << 8 | key->bytes[i];
    if (level >= LEVELS || key->bytes[2] != 0 || key->bytes[3] != 0 ||
        (uint64_t)prefix >> (8 * level) != 0)
        return wrong("an index record has an impossible key", what);
    if (!read_node(payload, level, &node))
        return wrong("an index record is malformed", what);
    if (node.form == FORM_LIST) {
        *count = node.count;
        return TOKENSTORE_OK;
    }
    first = level == 0 ? 0 : prefix << (8 * (LEVELS - level));
    if (level > 0 && !parent_has(view, set, level, first))
        return wrong("an index record hangs in the air", what);
    *count = 0;
    for (unsigned int byte = next_bit(node.bits, 0); byte < 256;
         byte = next_bit(node.bits, byte + 1)) {
        uint32_t id = first | (uint32_t)byte << (8 * (LEVELS - 1 - level));

        if (level == LEVELS - 1)
            (*count)++;
        else if (load(view, set, level + 1, id, &child) != TOKENSTORE_OK)
            return wrong("an index record lacks a branch", what);
    }
    return TOKENSTORE_OK;
}
