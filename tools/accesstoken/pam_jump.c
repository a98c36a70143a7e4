/*
 * pam_jump.c - find the lines that skip others into or over a file.  In an
 * included file, each auth line counts as a line of the file that includes it.
 */
#include <config.h>

#include "tools/accesstoken/pam_jump.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/accesstoken/message.h"

#define DEPTH_MAX 16

bool pam_control_jumps(const char *control) {
    while ((control = strchr(control, '=')) != NULL) {
        control++;
        control += strspn(control, " \t");
        if (isdigit((unsigned char)*control))
            return true;
    }
    return false;
}

static bool is_auth(const struct pam_line *line) {
    return line->kind == PAM_LINE_ALL || strcasecmp(line->type, "auth") == 0;
}

/* Returns whether a file includes the service's, itself or through others,
 * behind a line that skips others; "jumps": there is one already. */
static bool jumps_into(const struct pam_files *files, const char *name,
                       const char *service, bool jumps, int depth) {
    FILE *file = depth < DEPTH_MAX ? pam_files_find(files, name) : NULL;
    struct pam_reader reader = {.file = file};
    struct pam_line line;
    bool found = false;

    while (file != NULL && !found && pam_line_next(&reader, &line)) {
        if (!is_auth(&line) || line.kind == PAM_LINE_SUBSTACK)
            continue;
        if (line.kind == PAM_LINE_MODULE)
            jumps |= pam_control_jumps(line.control);
        else if (strcmp(line.target, service) == 0)
            found = jumps;
        else
            found = jumps_into(files, line.target, service, jumps, depth + 1);
    }
    pam_reader_free(&reader);
    if (file != NULL)
        fclose(file);
    return found;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static enum exit_code check_directory(const struct pam_files *files,
                                      DIR *directory, const char *service) {
    struct dirent **entries = NULL;
    enum exit_code code = EXIT_OK;
    const int count =
        scandirat(dirfd(directory), ".", &entries, is_visible, alphasort);

    if (count < 0) {
        complain("the files of PAM's services cannot be listed: %m");
        return EXIT_UNAVAILABLE;
    }
    for (int i = 0; i < count; i++) {
        if (code == EXIT_OK &&
            jumps_into(files, entries[i]->d_name, service, false, 0)) {
            complain("%s includes %s behind an auth line that skips others, "
                     "and would skip to another line after the change; change "
                     "the files by hand",
                     entries[i]->d_name, service);
            code = EXIT_CONFLICT;
        }
        free(entries[i]);
    }
    free(entries);
    return code;
}

enum exit_code pam_jump_check(const struct pam_files *files,
                              const char *service) {
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; code == EXIT_OK && i < PAM_PLACES; i++)
        if (files->directories[i] != NULL)
            code = check_directory(files, files->directories[i], service);
    return code;
}
