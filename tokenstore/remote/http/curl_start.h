/*
 * curl_start.h - a handle of libcurl's, which starts when the first is wanted.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_CURL_START_H
#define TOKENSTORE_REMOTE_HTTP_CURL_START_H

#include <curl/curl.h>

/* NULL: *obstacle says why, or is NULL where it is memory. */
CURL *start_handle(const char **obstacle);

#endif
