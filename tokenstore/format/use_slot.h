/*
 * use_slot.h - the last use of a token as bytes; layout in doc/FORMAT.md.
 */
#ifndef TOKENSTORE_FORMAT_USE_SLOT_H
#define TOKENSTORE_FORMAT_USE_SLOT_H

#include "tokenstore/tokenstore.h"

#define USE_SLOT_SIZE 128

/* A use, and the token that was used.  The id alone is not enough: if somebody
 * removes a store and makes another, an older token had the same id. */
struct use_record {
    uint64_t id;
    int64_t creation_time;
    struct tokenstore_use use;
};

/* Can a slot hold this time? */
bool use_slot_time_valid(int64_t time);

/*
 * Make a use that a slot can hold.  A text is cut off if it is too long, an
 * address is made canonical, and a text that contains something that is
 * shaped like a bearer token is left out.  NULL is "".
 */
void use_slot_make(const char *service, const char *address, int64_t time,
                   struct tokenstore_use *use);

/* Encode a use; its fields are valid. */
void use_slot_encode(const struct use_record *record,
                     uint8_t slot[USE_SLOT_SIZE]);

enum use_state {
    USE_NONE,   /* all zero: nothing was ever written here */
    USE_FOUND,  /* the record has it */
    USE_DOUBTS, /* damaged, half written, or of a later version */
};

/* Decode a slot; *record means something only if USE_FOUND is returned. */
enum use_state use_slot_decode(const uint8_t slot[USE_SLOT_SIZE],
                               struct use_record *record);

/* Is a use at this time too close to the last one to be written again?  A last
 * use that is a minute or more in the future was written by a wrong clock.
 * Both times are valid. */
bool use_slot_is_recent(int64_t last, int64_t now);

#endif
