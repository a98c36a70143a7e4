/*
 * nearest.h - which name somebody may have meant who typed another word.
 */
#ifndef TOOLS_COMMON_NEAREST_H
#define TOOLS_COMMON_NEAREST_H

#include <stddef.h>

/* Set the word, then offer names to it. */
struct nearest {
    const char *word;
    const char *name; /* the nearest name so far; NULL: none is near */
    size_t distance;
};

/*
 * Offers a name, which must outlive the struct.  Near is a name that begins
 * with the word, or that at most two typing mistakes turn into it: a character
 * too many, too few, or another one, or two that changed places.  Of equally
 * near names, the first wins.
 */
void nearest_offer(struct nearest *nearest, const char *name);

#endif
