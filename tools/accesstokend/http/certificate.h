/*
 * certificate.h - a chain of certificates and its key, as HTTPS wants them.
 * See certificate.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_CERTIFICATE_H
#define TOOLS_ACCESSTOKEND_HTTP_CERTIFICATE_H

#include <stdbool.h>

/* PEM text both; NULL both: none. */
struct certificate {
    char *chain;
    char *key;
};

/* Read both files whole; false, and it is logged, where one cannot be. */
bool certificate_read(const char *chain, const char *key,
                      struct certificate *certificate);

bool certificate_equal(const struct certificate *a,
                       const struct certificate *b);

/* Wipes. */
void certificate_free(struct certificate *certificate);

#endif
