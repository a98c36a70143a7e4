/*
 * discard.h - give back the disk space of tokens that are gone.
 */
#ifndef TOKENSTORE_LOCAL_DISCARD_H
#define TOKENSTORE_LOCAL_DISCARD_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_discard_uses(void *store);

#endif
