/*
 * pam_diff.h - show a change of a PAM service's file.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_DIFF_H
#define TOOLS_ACCESSTOKEN_PAM_DIFF_H

#include "tools/accesstoken/pam_edit.h"

/* Prints the change as "diff -u" does. */
void pam_diff_print(const struct pam_edit *edit);

#endif
