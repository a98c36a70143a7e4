/*
 * ids.h - a set of ids, in order.
 */
#ifndef TOOLS_ACCESSTOKEN_IDS_H
#define TOOLS_ACCESSTOKEN_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise it; free it with ids_free(). */
struct ids {
    uint64_t *list; /* ascending */
    size_t count, room;
};

/* Adds an id, unless the set has it.  Returns false without memory. */
bool ids_add(struct ids *ids, uint64_t id);

bool ids_have(const struct ids *ids, uint64_t id);

/* Leaves an empty set. */
void ids_free(struct ids *ids);

#endif
