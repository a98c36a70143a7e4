/*
 * pam_files.c - read the files of PAM's services.  A line that libpam cannot
 * understand is left out.
 */
#include <config.h>

#include "tools/accesstoken/pam_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[PAM_PLACES] = {"/etc/pam.d", "/usr/lib/pam.d"};

/* ------------------------------------------------------------------- files */

bool pam_files_open(struct pam_files *files) {
    bool good = true;

    for (size_t i = 0; i < PAM_PLACES; i++) {
        files->directories[i] = opendir(places[i]);
        if (files->directories[i] == NULL && errno != ENOENT)
            good = false;
    }
    return good;
}

FILE *pam_files_find(const struct pam_files *files, const char *name) {
    struct stat status;
    FILE *file = NULL;
    int fd = -1;

    errno = ENOENT;
    for (size_t i = 0; i < PAM_PLACES && fd < 0 && errno == ENOENT; i++)
        if (files->directories[i] != NULL)
            fd = openat(dirfd(files->directories[i]), name,
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
        errno = ENOENT;
    else
        file = fdopen(fd, "r");
    if (file == NULL)
        close(fd);
    return file;
}

void pam_files_close(struct pam_files *files) {
    for (size_t i = 0; i < PAM_PLACES; i++)
        if (files->directories[i] != NULL)
            closedir(files->directories[i]);
}

int pam_files_is_service(const struct dirent *entry) {
    const char *name = entry->d_name;
    const size_t length = strlen(name);

    return name[0] != '.' && name[length - 1] != '~' &&
           strncmp(name, "common-", 7) != 0 &&
           strstr(name, ".dpkg-") == NULL && strstr(name, ".rpm") == NULL;
}

/* ------------------------------------------------------------------- lines */

/* Takes the next word, or the text of the next brackets.  Returns false if
 * there is none. */
static bool next_word(const char **line, char word[static PAM_WORD_MAX]) {
    const char *text = *line + strspn(*line, " \t\n");
    const bool brackets = *text == '[';
    size_t length;

    text += brackets ? 1 : 0;
    length = strcspn(text, brackets ? "]" : " \t\n");
    if (length == 0 || length >= PAM_WORD_MAX)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    *line = text + length + (brackets && text[length] == ']' ? 1 : 0);
    return true;
}

/* Takes a line without its comment apart.  Returns false if it says nothing.
 */
static bool parse(const char *text, struct pam_line *line) {
    if (!next_word(&text, line->type) || !next_word(&text, line->control))
        return false;
    line->kind = PAM_LINE_MODULE;
    if (strcmp(line->type, "@include") == 0) {
        line->kind = PAM_LINE_ALL;
        memcpy(line->target, line->control, sizeof(line->target));
        return true;
    }
    if (line->type[0] == '-') /* a missing module is not logged */
        memmove(line->type, line->type + 1, strlen(line->type));
    if (strcasecmp(line->control, "include") == 0)
        line->kind = PAM_LINE_INCLUDE;
    else if (strcasecmp(line->control, "substack") == 0)
        line->kind = PAM_LINE_SUBSTACK;
    return next_word(&text, line->target);
}

/* Joins lines that end with a backslash, and removes the comment.  Returns
 * false at the end. */
static bool read_whole(struct pam_reader *reader, struct pam_line *line) {
    size_t used = 0;

    line->first = reader->number + 1;
    while (getline(&reader->line, &reader->size, reader->file) >= 0) {
        const size_t length = strcspn(reader->line, "#\n");
        const bool goes_on = reader->line[length] != '#' && length > 0 &&
                             reader->line[length - 1] == '\\';
        char *longer = realloc(reader->whole, used + length + 1);

        reader->failed = longer == NULL;
        if (reader->failed)
            return false;
        reader->whole = longer;
        memcpy(longer + used, reader->line, length);
        used += length;
        if (goes_on)
            longer[used - 1] = ' ';
        longer[used] = '\0';
        line->last = ++reader->number;
        if (!goes_on)
            return true;
    }
    return false;
}

bool pam_line_next(struct pam_reader *reader, struct pam_line *line) {
    while (read_whole(reader, line))
        if (parse(reader->whole, line))
            return true;
    return false;
}

void pam_reader_free(struct pam_reader *reader) {
    free(reader->line);
    free(reader->whole);
}

bool pam_line_names(const struct pam_line *line, const char *module) {
    const char *slash = strrchr(line->target, '/');

    return strcmp(slash != NULL ? slash + 1 : line->target, module) == 0;
}
