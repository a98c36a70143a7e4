/*
 * compare.h - are two records those of one token, and how do they differ?
 */
#ifndef TOKENSTORE_LOCAL_COMPARE_H
#define TOKENSTORE_LOCAL_COMPARE_H

#include "tokenstore/values/token.h"

/* Room for the names of all differences. */
#define COMPARE_TEXT_SIZE 128

/* Do two records with one id stand for one token: issued at the same time,
 * with the same secret? */
bool compare_is_same_token(const struct tokenstore_token *a,
                           const struct tokenstore_token *b);

/* Write what differs between two records of one token, as "enabled, scopes".
 * Returns false if nothing does. */
bool compare_differences(const struct tokenstore_token *a,
                         const struct tokenstore_token *b,
                         char text[COMPARE_TEXT_SIZE]);

#endif
