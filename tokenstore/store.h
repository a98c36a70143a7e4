/*
 * store.h - what the parts of libtokenstore that work on a whole store share
 * (store.c, check.c, restore.c).
 */
#ifndef TOKENSTORE_STORE_H
#define TOKENSTORE_STORE_H

#include "tokenstore.h"

#endif
