/*
 * use_slot.h - the last use of a token, and the slot that holds it, inside
 * libtokenstore.  See use.c.
 */
#ifndef TOKENSTORE_FORMAT_USE_SLOT_H
#define TOKENSTORE_FORMAT_USE_SLOT_H

#include "tokenstore/tokenstore.h"

#define USE_SLOT_SIZE 128

/* A use, and the token that it was of: an id alone may be that of an older
 * token, where somebody has removed a store and made another. */
struct use_record {
    uint64_t id;
    int64_t creation_time;
    struct tokenstore_use use;
};

/* Can this time be stored? */
bool use_slot_time_valid(int64_t time);

/* What may be put into a slot of it: a text from outside is cut, an address
 * canonical, and nothing that contains a bearer token is kept.  NULL is "". */
void use_slot_make(const char *service, const char *address, int64_t time,
                   struct tokenstore_use *use);

void use_slot_encode(const struct use_record *record,
                     uint8_t slot[USE_SLOT_SIZE]);

enum use_state {
    USE_NONE,   /* all zero: nothing was ever written here */
    USE_FOUND,  /* and it is in the record */
    USE_DOUBTS, /* damaged, half written, or of a later version */
};

enum use_state use_slot_decode(const uint8_t slot[USE_SLOT_SIZE],
                               struct use_record *record);

/* Is a use at this time too close to the last one to be written down?  One
 * that is a minute or more in the future was of another clock.  Both times are
 * valid. */
bool use_slot_is_recent(int64_t last, int64_t now);

#endif
