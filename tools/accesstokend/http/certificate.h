/*
 * certificate.h - the certificate chain and the key for HTTPS.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_CERTIFICATE_H
#define TOOLS_ACCESSTOKEND_HTTP_CERTIFICATE_H

#include <stdbool.h>

/* PEM text; both NULL: plain HTTP. */
struct certificate {
    char *chain;
    char *key;
};

/* Reads both files.  Returns false, after logging why, if one cannot be
 * read.  Free the result with certificate_free(). */
bool certificate_read(const char *chain, const char *key,
                      struct certificate *certificate);

/* Are both the same, and not NULL? */
bool certificate_equal(const struct certificate *a,
                       const struct certificate *b);

/* Wipes and frees both texts. */
void certificate_free(struct certificate *certificate);

#endif
