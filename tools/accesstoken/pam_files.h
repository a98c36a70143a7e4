/*
 * pam_files.h - the files of PAM's services, line by line, as libpam reads
 * them.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_FILES_H
#define TOOLS_ACCESSTOKEN_PAM_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PAM_MODULE "pam_accesstoken.so"
#define PAM_PLACES 2
#define PAM_WORD_MAX 1024

/* The directories that libpam reads, in this order: /etc/pam.d and
 * /usr/lib/pam.d. */
struct pam_files {
    DIR *directories[PAM_PLACES]; /* NULL: it does not exist */
};

/* Opens the directories; call pam_files_close() in any case.  Returns false if
 * one of them exists and cannot be read. */
bool pam_files_open(struct pam_files *files);

/* Opens the file of this name that libpam would read.  Returns NULL with errno
 * if there is none (ENOENT) or if it cannot be read. */
FILE *pam_files_find(const struct pam_files *files, const char *name);

void pam_files_close(struct pam_files *files);

/* Returns whether the entry of such a directory may be a service, for scandir.
 * Files that editors and package managers leave are none, nor are the files
 * that Debian's services include. */
int pam_files_is_service(const struct dirent *entry);

enum pam_line_kind {
    PAM_LINE_MODULE,
    PAM_LINE_INCLUDE,  /* of the lines of this type */
    PAM_LINE_SUBSTACK, /* the same, in a stack of their own */
    PAM_LINE_ALL,      /* Debian's @include: the lines of every type */
};

struct pam_line {
    enum pam_line_kind kind;
    unsigned int first, last; /* lines of the file, from 1 */
    char type[PAM_WORD_MAX];  /* without the '-' that may stand before it */
    char control[PAM_WORD_MAX];
    char target[PAM_WORD_MAX]; /* the module, or the file to include */
};

/* Zero-initialise it with an open file; call pam_reader_free() afterwards,
 * which leaves the file open. */
struct pam_reader {
    FILE *file;
    bool failed; /* no memory: what follows was not read */
    unsigned int number;
    char *line, *whole;
    size_t size;
};

/* Reads the next line that says something.  Returns false at the end. */
bool pam_line_next(struct pam_reader *reader, struct pam_line *line);

void pam_reader_free(struct pam_reader *reader);

/* Returns whether the line's module is this one, such as "pam_unix.so", with
 * or without a directory. */
bool pam_line_names(const struct pam_line *line, const char *module);

#endif
