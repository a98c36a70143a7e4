/*
 * scope_names.c - is a scope the mistyped name of a PAM service?  Must refuse
 * nothing: a scope may be any word.
 */
#include <config.h>

#include "tools/accesstoken/scope_names.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/pam_files.h"
#include "tools/common/nearest.h"

/* Finds the service whose name is one mistake away from the scope.  Returns
 * whether there is one of this very name: then nothing is wrong. */
static bool find_service(const struct pam_files *files, const char *scope,
                         char nearby[static NAME_MAX + 1]) {
    struct nearest nearest = {.word = scope};

    nearby[0] = '\0';
    for (size_t i = 0; i < PAM_PLACES; i++) {
        const struct dirent *entry;

        if (files->directories[i] == NULL)
            continue;
        rewinddir(files->directories[i]);
        while ((entry = readdir(files->directories[i])) != NULL) {
            if (strcasecmp(entry->d_name, scope) == 0)
                return true;
            if (!pam_files_is_service(entry))
                continue;
            nearest_offer(&nearest, entry->d_name);
            if (nearest.name == entry->d_name) {
                snprintf(nearby, NAME_MAX + 1, "%s", entry->d_name);
                nearest.name = nearby;
            }
        }
    }
    if (nearest.distance > 1)
        nearby[0] = '\0'; /* imap is not smtp */
    return false;
}

void scope_names_warn(const struct tokenstore_token *token) {
    const size_t count = tokenstore_token_scope_count(token);
    char nearby[NAME_MAX + 1];
    struct pam_files files;

    (void)pam_files_open(&files);
    for (size_t i = 0; i < count; i++) {
        const char *scope = tokenstore_token_scope(token, i);

        if (!find_service(&files, scope, nearby) && *nearby != '\0')
            remark("no PAM service here is called %s; did you mean %s?", scope,
                   nearby);
    }
    pam_files_close(&files);
}
