/*
 * certificate.c - read a certificate and its key.  Must never log what is in
 * them.  Whether the two belong together is checked by libmicrohttpd.
 */
#include <config.h>

#include "tools/accesstokend/http/certificate.h"

#include "tokenstore/tokenstore.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>

#include "tools/accesstokend/shared/log.h"

#define PEM_MAX 262144

static void forget(char **text) {
    if (*text != NULL)
        tokenstore_wipe(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

/* Returns the content of a file, or NULL after logging why not. */
static char *read_pem(const char *path) {
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(PEM_MAX) : NULL;
    size_t length = text != NULL ? fread(text, 1, PEM_MAX, file) : 0;

    if (text != NULL && length > 0 && length < PEM_MAX && !ferror(file)) {
        text[length] = '\0';
        fclose(file);
        return text;
    }
    log_line(LOG_ERR, "%s: %s", path,
             file == NULL ? strerror(errno) : "cannot be read as PEM");
    if (file != NULL)
        fclose(file);
    free(text);
    return NULL;
}

bool certificate_read(const char *chain, const char *key,
                      struct certificate *certificate) {
    certificate->chain = read_pem(chain);
    certificate->key = read_pem(key);
    if (certificate->chain != NULL && certificate->key != NULL)
        return true;
    certificate_free(certificate);
    return false;
}

static bool equal(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool certificate_equal(const struct certificate *a,
                       const struct certificate *b) {
    return equal(a->chain, b->chain) && equal(a->key, b->key);
}

void certificate_free(struct certificate *certificate) {
    forget(&certificate->chain);
    forget(&certificate->key);
}
