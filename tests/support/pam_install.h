/*
 * pam_install.h - install the module again, as an upgrade does, for the tests
 * of processes that have several copies of it.
 */
#ifndef TESTS_SUPPORT_PAM_INSTALL_H
#define TESTS_SUPPORT_PAM_INSTALL_H

#include <stddef.h>

/* The name of the module's file in the fixture's directory, with this many
 * "./" in it: the dynamic linker knows a file that it has loaded by its name,
 * so each other name loads another copy, if the file is another by then. */
const char *install_path(unsigned int spelling);

/* Put so many bytes of the module there (SIZE_MAX: all), as a new file. */
void install_module(size_t bytes);

/* A service that names the module so. */
void install_service(const char *name, unsigned int spelling);

/* How many copies this process has. */
unsigned int install_copies(void);

#endif
