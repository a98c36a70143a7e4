/*
 * pam_edit.h - change the file of a PAM service, by whole lines.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_EDIT_H
#define TOOLS_ACCESSTOKEN_PAM_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "tools/accesstoken/errors.h"

/* Where old files are kept: outside of /etc/pam.d, where every file is a
 * service. */
#define PAM_EDIT_KEPT "/var/backups/accesstoken"

#define PAM_EDIT_LABEL_MAX 256

/* A line, with its newline if the file has one. */
struct pam_edit_line {
    const char *text;
    size_t length;
    char sign; /* ' ': as it was; '+': new; '-': to be removed */
};

struct pam_edit {
    int directory; /* /etc/pam.d */
    const char *service;
    char *text; /* of the file as it was */
    size_t length;
    struct stat status;
    char label[PAM_EDIT_LABEL_MAX]; /* of SELinux */
    ssize_t label_length;           /* -1: it has none */
    struct pam_edit_line *lines;
    size_t count;
};

/*
 * Reads the file of a service in the open directory /etc/pam.d.  Refuses, with
 * an error, a file that another program would write again, and one that is no
 * regular file.  Call pam_edit_free() in any case.
 */
enum exit_code pam_edit_read(int directory, const char *service,
                             struct pam_edit *edit);

/* Puts a new line, a string that outlasts the edit, before a line of the old
 * file, from 1.  Two can be put in; call it for the later place first. */
void pam_edit_insert(struct pam_edit *edit, unsigned int before,
                     const char *text);

/* Takes a line of the old file out. */
void pam_edit_remove(struct pam_edit *edit, unsigned int line);

/* Keeps the old file in PAM_EDIT_KEPT and puts the new one in its place,
 * atomically, with the owner, mode and label of the old one. */
enum exit_code pam_edit_write(const struct pam_edit *edit);

void pam_edit_free(struct pam_edit *edit);

#endif
