/*
 * curl_start.h - handles of libcurl, which is started with the first of them.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_CURL_START_H
#define TOKENSTORE_REMOTE_HTTP_CURL_START_H

#include <curl/curl.h>

/*
 * A new handle, to be freed with curl_easy_cleanup().  Thread-safe.  NULL on
 * an error: *obstacle is then what prevents the start, a static text, or NULL
 * if there is no memory.
 */
CURL *curl_start_handle(const char **obstacle);

#endif
