/*
 * options.h - the options of the module: the words after pam_accesstoken.so
 * in a PAM service file.
 */
#ifndef PAM_ACCESSTOKEN_OPTIONS_H
#define PAM_ACCESSTOKEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Initialise with zeros, or with the values that absent options have.  The
 * strings are not copied: they belong to the caller. */
struct options {
    const char *store;  /* NULL: the library's default store */
    const char *scope;  /* NULL only before options_default_scope */
    const char *base;   /* a scope that is good as well; NULL: none */
    const char *prompt; /* NULL: libpam's own */
    const char *warn;   /* NULL: not given */
    bool debug;
    bool nodelay;
    bool quiet;
    bool try_first_pass; /* the default; accepted because people know it */
    bool use_first_pass;
    char bad[32];           /* name of the first wrong option, cut */
    const char *bad_reason; /* what is wrong with it; NULL if none is wrong */
};

/* Reads the words of a service file into options.  Never fails: keeps the
 * first wrong option in bad and bad_reason, and goes on with the next word. */
void options_parse(struct options *options, int argc, const char **argv);

/* Sets the scope to the name of the PAM service if there is none, and base if
 * this service is another service's variant: su for su-l, sudo for sudo-i.  A
 * name that is not a valid scope, or NULL, is kept as a wrong option. */
void options_default_scope(struct options *options, const char *service);

/* Returns warn= in seconds, or otherwise if it was not given. */
int64_t options_warn(const struct options *options, int64_t otherwise);

#endif
