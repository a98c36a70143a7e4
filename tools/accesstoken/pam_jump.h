/*
 * pam_jump.h - lines that skip others, and would skip one more or one less if
 * the file of a service changed.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_JUMP_H
#define TOOLS_ACCESSTOKEN_PAM_JUMP_H

#include <stdbool.h>

#include "tools/accesstoken/errors.h"
#include "tools/accesstoken/pam_files.h"

/* Returns whether a control such as "success=2 default=ignore" skips lines. */
bool pam_control_jumps(const char *control);

/* EXIT_CONFLICT, with an error, if another service includes the file of this
 * one behind an auth line that skips others: it would no longer end where it
 * does. */
enum exit_code pam_jump_check(const struct pam_files *files,
                              const char *service);

#endif
