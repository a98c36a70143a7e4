/*
 * ids.c - a set of ids, in order.  Ids come in ascending order as a rule, so
 * that one is added at the end.
 */
#include <config.h>

#include "tools/accesstoken/ids.h"

#include <stdlib.h>
#include <string.h>

/* Returns the place of the first id that is not less than this one. */
static size_t place_of(const struct ids *ids, uint64_t id) {
    size_t low = 0, high = ids->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (ids->list[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ids_have(const struct ids *ids, uint64_t id) {
    const size_t place = place_of(ids, id);

    return place < ids->count && ids->list[place] == id;
}

bool ids_add(struct ids *ids, uint64_t id) {
    const size_t place = place_of(ids, id);
    const size_t room = ids->room > 0 ? 2 * ids->room : 64;

    if (place < ids->count && ids->list[place] == id)
        return true;
    if (ids->count == ids->room) {
        uint64_t *list = reallocarray(ids->list, room, sizeof(*list));

        if (list == NULL)
            return false;
        ids->list = list;
        ids->room = room;
    }
    memmove(&ids->list[place + 1], &ids->list[place],
            (ids->count - place) * sizeof(*ids->list));
    ids->list[place] = id;
    ids->count++;
    return true;
}

void ids_free(struct ids *ids) {
    free(ids->list);
    *ids = (struct ids){0};
}
