/*
 * answer.h - all bytes that a server sent until it closed the connection, as
 * one response.
 */
#ifndef TOKENSTORE_REMOTE_ANSWER_H
#define TOKENSTORE_REMOTE_ANSWER_H

#include "tokenstore/remote/head.h"

/*
 * Take the bytes apart.  They must be one complete response of HTTP/1.0 or
 * HTTP/1.1 and nothing else; interim responses before it are skipped.
 *   head  is set from zero; what it holds after an error means nothing
 * Returns NULL, or what is wrong, as words for a message.
 */
const char *answer_parse(const char *bytes, size_t length, struct head *head);

#endif
