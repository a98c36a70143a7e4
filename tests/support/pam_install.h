/*
 * pam_install.h - install the module again, as an upgrade does, for the tests
 * of processes that have several copies of it.
 */
#ifndef TESTS_SUPPORT_PAM_INSTALL_H
#define TESTS_SUPPORT_PAM_INSTALL_H

#include <stddef.h>

/* Returns a name of the module's file in the fixture's directory, with so many
 * "./" in it.  The dynamic linker compares names: another name loads another
 * copy if the file has been replaced since. */
const char *install_path(unsigned int spelling);

/* Writes so many bytes of the module to a new file there; SIZE_MAX: all. */
void install_module(size_t bytes);

/* Writes a PAM service that uses this name of the module. */
void install_service(const char *name, unsigned int spelling);

/* Returns how many copies of the module this process has loaded. */
unsigned int install_copies(void);

#endif
