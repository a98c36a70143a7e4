/*
 * idset.c - ordered sets of token ids in the file of a store.
 * The cost of a page must not depend on the size of the store.  Must never
 * list an id twice or out of order.
 *
 * A set is a B+ tree (Comer, The Ubiquitous B-Tree, ACM Computing Surveys
 * 11(2), 1979).  A node is one record: its height and up to 59 entries in
 * ascending order, which are ids at height 0, and the names of its children
 * above.  The name of a node is the id that it was made for, and the lower
 * bound of all its entries; the name of the root is 0.
 *
 * Ids are added in ascending order, because they are issued in that order.  So
 * a full node is never split: a new node is begun to the right of it, and all
 * but the last node of each height have been full once.  That limits the
 * height (58^6 > 2^32).  A node that is three quarters empty is joined with a
 * neighbour that has room for it; a node that loses its last entry is deleted.
 */
#include "tokenstore/local/idset.h"

#include <stdio.h>
#include <string.h>

#include "tokenstore/values/crypto.h"
#include "tokenstore/values/number.h"

#define HEIGHT_MAX 5
#define ENTRIES_MAX ((VALUE_PAYLOAD_SIZE - 2) / 4)
#define ENTRIES_FEW (ENTRIES_MAX / 4)

struct node {
    uint8_t height;
    size_t count; /* 1 to ENTRIES_MAX */
    uint32_t entries[ENTRIES_MAX];
};

uint64_t idset_named(const char *what, const char *text) {
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char name[512];
    uint64_t set;
    int length = snprintf(name, sizeof(name), "%s:%s", what, text);

    crypto_blake2b("accesstoken-user", name, (size_t)length, digest,
                   sizeof(digest));
    set = number_get(digest, 8);
    /* IDSET_ALL is no such set. */
    return set == IDSET_ALL ? 1 : set;
}

/* -------------------------------------------------------------- one record */

#define ROOT 0

/* The key of the root does not contain its height, which is not known before
 * the root is read. */
static struct value_key node_key(uint64_t set, unsigned int height,
                                 uint32_t name) {
    return value_key(IDSET_KEY_KIND, name == ROOT ? 0 : (uint8_t)height, name,
                     set);
}

static bool read_node(const struct value_payload *payload, uint32_t name,
                      struct node *node) {
    const uint8_t *bytes = payload->bytes + 2;
    uint32_t least = name == ROOT ? 1 : name;

    node->height = payload->bytes[0];
    node->count = payload->bytes[1];
    if (node->height > HEIGHT_MAX || node->count < 1 ||
        node->count > ENTRIES_MAX)
        return false;
    for (size_t i = 0; i < node->count; i++, bytes += 4) {
        uint32_t entry = (uint32_t)number_get(bytes, 4);

        if (entry < least)
            return false;
        node->entries[i] = entry;
        least = entry + 1;
        if (least == 0 && i + 1 < node->count)
            return false;
    }
    return true;
}

static enum tokenstore_error damaged(struct view *view) {
    return message_set(
        view_message(view), TOKENSTORE_ERROR_DAMAGED,
        "%s: the index is damaged; run: accesstoken check, then "
        "restore a backup",
        view_path(view));
}

/* NOT_FOUND if there is no such set. */
static enum tokenstore_error load_root(struct view *view, uint64_t set,
                                       struct node *node) {
    struct value_key key = node_key(set, 0, ROOT);
    struct value_payload payload;
    enum tokenstore_error error = view_fetch(view, &key, &payload);

    if (error == TOKENSTORE_OK && !read_node(&payload, ROOT, node))
        error = damaged(view);
    return error;
}

static enum tokenstore_error load_child(struct view *view, uint64_t set,
                                        const struct node *parent, size_t at,
                                        struct node *child) {
    unsigned int height = parent->height - 1u;
    uint32_t name = parent->entries[at];
    struct value_key key = node_key(set, height, name);
    struct value_payload payload;
    enum tokenstore_error error = view_fetch(view, &key, &payload);

    if (error == TOKENSTORE_ERROR_NOT_FOUND ||
        (error == TOKENSTORE_OK &&
         (!read_node(&payload, name, child) || child->height != height)))
        error = damaged(view);
    return error;
}

static enum tokenstore_error put(struct view *view, uint64_t set,
                                 uint32_t name, const struct node *node,
                                 view_store *store) {
    struct value_key key = node_key(set, node->height, name);
    struct value_payload payload = {{node->height, (uint8_t)node->count}};
    uint8_t *bytes = payload.bytes + 2;

    for (size_t i = 0; i < node->count; i++, bytes += 4)
        number_put(bytes, node->entries[i], 4);
    return store(view, &key, &payload);
}

static enum tokenstore_error save(struct view *view, uint64_t set,
                                  uint32_t name, const struct node *node) {
    return put(view, set, name, node, view_put);
}

static enum tokenstore_error save_new(struct view *view, uint64_t set,
                                      uint32_t name, const struct node *node) {
    return put(view, set, name, node, view_add);
}

/* ------------------------------------------------------------------- paths */

/* The nodes from the root to the place where an id is, or would be. */
struct path {
    unsigned int levels;
    struct {
        uint32_t name;
        struct node node;
        size_t at; /* the last entry that is not above the id */
    } steps[HEIGHT_MAX + 1];
};

/* The last entry that is not above the id; the first one if all are above. */
static size_t search(const struct node *node, uint32_t id) {
    size_t low = 0;
    size_t high = node->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (node->entries[middle] <= id)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Find the path of an id, down to a height.  NOT_FOUND if there is no such
 * set.
 */
static enum tokenstore_error find(struct view *view, uint64_t set, uint32_t id,
                                  unsigned int height, struct path *path) {
    enum tokenstore_error error = load_root(view, set, &path->steps[0].node);

    path->steps[0].name = ROOT;
    for (path->levels = 0; error == TOKENSTORE_OK; path->levels++) {
        struct node *node = &path->steps[path->levels].node;
        size_t at = search(node, id);

        path->steps[path->levels].at = at;
        if (node->height <= height) {
            path->levels++;
            break;
        }
        path->steps[path->levels + 1].name = node->entries[at];
        error = load_child(view, set, node, at,
                           &path->steps[path->levels + 1].node);
    }
    return error;
}

/* ---------------------------------------------------------- add and remove */

static enum tokenstore_error append(struct view *view, uint64_t set,
                                    uint32_t name, struct node *node,
                                    uint32_t entry) {
    node->entries[node->count++] = entry;
    return save(view, set, name, node);
}

/* The root is full: move it down one level, next to a new node, and put a new
 * root above both. */
static enum tokenstore_error raise_root(struct view *view, uint64_t set,
                                        struct node *root, uint32_t id) {
    uint32_t name = root->entries[0];
    struct node raised = {.height = (uint8_t)(root->height + 1),
                          .count = 2,
                          .entries = {name, id}};
    enum tokenstore_error error;

    if (root->height == HEIGHT_MAX)
        return damaged(view);
    error = save_new(view, set, name, root);
    return error == TOKENSTORE_OK ? save(view, set, ROOT, &raised) : error;
}

enum tokenstore_error idset_add(struct view *view, uint64_t set, uint32_t id) {
    struct node single = {.height = 0, .count = 1, .entries = {id}};
    struct path path;
    enum tokenstore_error error = find(view, set, id, 0, &path);

    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return save_new(view, set, ROOT, &single);
    /* An id is added only at the very end. */
    for (unsigned int i = 0; i < path.levels && error == TOKENSTORE_OK; i++) {
        const struct node *node = &path.steps[i].node;

        if (node->entries[node->count - 1] >= id)
            error = damaged(view);
    }
    for (unsigned int i = path.levels; i-- > 0 && error == TOKENSTORE_OK;) {
        struct node *node = &path.steps[i].node;

        if (node->count < ENTRIES_MAX)
            return append(view, set, path.steps[i].name, node, id);
        single.height = node->height;
        error = save_new(view, set, id, &single);
        if (i == 0 && error == TOKENSTORE_OK)
            error = raise_root(view, set, node, id);
    }
    return error;
}

static void take_out(struct node *node, size_t at) {
    node->count--;
    memmove(node->entries + at, node->entries + at + 1,
            (node->count - at) * sizeof(node->entries[0]));
}

static enum tokenstore_error drop(struct view *view, uint64_t set,
                                  unsigned int height, uint32_t name) {
    struct value_key key = node_key(set, height, name);

    return view_delete(view, &key);
}

/*
 * Move the entries of a parent's child to the child on its left, if there is
 * room for both.  The left one stays, because its name is below all entries.
 * *joined: the right one is deleted, but its entry in the parent is not.
 */
static enum tokenstore_error join(struct view *view, uint64_t set,
                                  const struct node *parent, size_t right_at,
                                  bool *joined) {
    struct node left, right;
    enum tokenstore_error error =
        load_child(view, set, parent, right_at - 1, &left);

    *joined = false;
    if (error != TOKENSTORE_OK)
        return error;
    error = load_child(view, set, parent, right_at, &right);
    if (error != TOKENSTORE_OK || left.count + right.count > ENTRIES_MAX)
        return error;
    memcpy(left.entries + left.count, right.entries,
           right.count * sizeof(right.entries[0]));
    left.count += right.count;
    *joined = true;
    error = save(view, set, parent->entries[right_at - 1], &left);
    return error == TOKENSTORE_OK
               ? drop(view, set, right.height, parent->entries[right_at])
               : error;
}

/*
 * Save a child that has lost an entry, join it, or delete it.  *gone: the
 * entry *at of the parent has no child any more, and must be removed.
 */
static enum tokenstore_error settle(struct view *view, uint64_t set,
                                    const struct node *parent,
                                    const struct node *child, size_t *at,
                                    bool *gone) {
    enum tokenstore_error error;

    *gone = child->count == 0;
    if (*gone)
        return drop(view, set, child->height, parent->entries[*at]);
    error = save(view, set, parent->entries[*at], child);
    if (error != TOKENSTORE_OK || child->count > ENTRIES_FEW)
        return error;
    if (*at > 0)
        error = join(view, set, parent, *at, gone);
    if (error == TOKENSTORE_OK && !*gone && *at + 1 < parent->count)
        error = join(view, set, parent, ++*at, gone);
    return error;
}

enum tokenstore_error idset_remove(struct view *view, uint64_t set,
                                   uint32_t id) {
    struct path path;
    enum tokenstore_error error = find(view, set, id, 0, &path);
    struct node *root = &path.steps[0].node;
    bool gone = true;
    size_t at;

    if (error != TOKENSTORE_OK)
        return error == TOKENSTORE_ERROR_NOT_FOUND ? damaged(view) : error;
    at = path.steps[path.levels - 1].at;
    if (path.steps[path.levels - 1].node.entries[at] != id)
        return damaged(view);
    for (unsigned int i = path.levels - 1; i > 0 && gone; i--) {
        take_out(&path.steps[i].node, at);
        at = path.steps[i - 1].at;
        error = settle(view, set, &path.steps[i - 1].node, &path.steps[i].node,
                       &at, &gone);
        if (error != TOKENSTORE_OK)
            return error;
    }
    if (!gone)
        return TOKENSTORE_OK;
    take_out(root, at);
    return root->count > 0 ? save(view, set, ROOT, root)
                           : drop(view, set, root->height, ROOT);
}

/* -------------------------------------------------------------------- read */

struct listing {
    struct view *view;
    uint64_t set;
    uint32_t after; /* the last one listed */
    uint32_t *ids;
    size_t max;
    size_t count;
};

static enum tokenstore_error list_node(struct listing *listing,
                                       const struct node *node) {
    enum tokenstore_error error = TOKENSTORE_OK;
    struct node child;

    for (size_t i = search(node, listing->after);
         i < node->count && listing->count < listing->max &&
         error == TOKENSTORE_OK;
         i++) {
        if (node->height > 0) {
            error = load_child(listing->view, listing->set, node, i, &child);
            if (error == TOKENSTORE_OK)
                error = list_node(listing, &child);
        } else if (node->entries[i] > listing->after) {
            listing->after = node->entries[i];
            listing->ids[listing->count++] = listing->after;
        }
    }
    return error;
}

enum tokenstore_error idset_list(struct view *view, uint64_t set,
                                 uint32_t after, uint32_t *ids,
                                 size_t *count) {
    struct listing listing = {view, set, after, ids, *count, 0};
    struct node root;
    enum tokenstore_error error = load_root(view, set, &root);

    if (error == TOKENSTORE_OK)
        error = list_node(&listing, &root);
    *count = listing.count;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? TOKENSTORE_OK : error;
}

enum tokenstore_error idset_contains(struct view *view, uint64_t set,
                                     uint32_t id, bool *contains) {
    struct path path;
    enum tokenstore_error error = find(view, set, id, 0, &path);

    *contains = false;
    if (error == TOKENSTORE_OK) {
        size_t at = path.steps[path.levels - 1].at;

        *contains = path.steps[path.levels - 1].node.entries[at] == id;
    }
    return error == TOKENSTORE_ERROR_NOT_FOUND ? TOKENSTORE_OK : error;
}

/* ------------------------------------------------------------------- check */

static enum tokenstore_error wrong(const char *text, const char **what) {
    *what = text;
    return TOKENSTORE_ERROR_DAMAGED;
}

enum tokenstore_error idset_check(struct view *view,
                                  const struct value_key *key,
                                  const struct value_payload *payload,
                                  uint64_t *count, const char **what) {
    const uint32_t name = (uint32_t)number_get(key->bytes + 4, 4);
    const uint64_t set = number_get(key->bytes + 8, 8);
    struct node node, child;
    struct path path;

    if (!read_node(payload, name, &node))
        return wrong("an index record is malformed", what);
    if (key->bytes[2] != 0 || key->bytes[3] != 0 ||
        key->bytes[1] != (name == ROOT ? 0 : node.height))
        return wrong("an index record has an impossible key", what);
    /* Does the path of an id lead to this record? */
    if (find(view, set, name, node.height, &path) != TOKENSTORE_OK ||
        path.steps[path.levels - 1].name != name)
        return wrong("an index record is not connected", what);
    for (size_t i = 0; node.height > 0 && i < node.count; i++)
        if (load_child(view, set, &node, i, &child) != TOKENSTORE_OK)
            return wrong("an index record lacks a child", what);
    *count = node.height == 0 ? node.count : 0;
    return TOKENSTORE_OK;
}
