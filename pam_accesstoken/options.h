/*
 * options.h - the words after pam_accesstoken.so in a PAM service file.
 */
#ifndef PAM_ACCESSTOKEN_OPTIONS_H
#define PAM_ACCESSTOKEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise, or set what an option's absence means.  Strings belong to
 * the caller of options_parse. */
struct options {
    const char *store;  /* NULL: the library's default */
    const char *scope;  /* NULL only before options_default_scope */
    const char *prompt; /* NULL: libpam's own */
    const char *warn;   /* NULL: not said */
    bool debug;
    bool nodelay;
    bool quiet;
    bool try_first_pass; /* what happens anyway; a word people know */
    bool use_first_pass;
    char bad[32];           /* name of the first option that is wrong, cut */
    const char *bad_reason; /* what is wrong with it; NULL where none is */
};

/* Read the words.  Never fails: what is wrong is kept for the caller to
 * report, and the words around it still count. */
void options_parse(struct options *options, int argc, const char **argv);

/* Without a scope, ask for the PAM service's name (which is kept, not
 * copied; NULL is wrong as a scope).  A name that cannot be a scope is
 * wrong in the way of a bad scope=. */
void options_default_scope(struct options *options, const char *service);

/* The seconds of warn=, or what counts where it is not there. */
int64_t options_warn(const struct options *options, int64_t otherwise);

#endif
