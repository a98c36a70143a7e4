/*
 * pam_services.c - find the PAM services that use the module, and those by
 * which people log in.  Reads the files as libpam does, as far as that is
 * needed for this; it does not tell whether a stack is safe.
 */
#include <config.h>

#include "tools/accesstoken/pam_services.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tools/accesstoken/pam_files.h"

#define DEPTH_MAX 16
#define FILES_MAX 256 /* that one service includes, at any depth */

struct reading {
    const struct pam_files *files;
    struct pam_services *services;
    struct pam_service service; /* the one that is being read */
    size_t read;                /* files read for this service */
};

static void read_file(struct reading *reading, const char *name,
                      const char *type, int depth);

/* ------------------------------------------------------------------- lines */

/* Returns whether a control such as "success=2 default=die" fails if the
 * module cannot be loaded. */
static bool fails_without_file(const char *control) {
    const char *found = strstr(control, "module_unknown=");

    if (strchr(control, '=') == NULL)
        return strcasecmp(control, "required") == 0 ||
               strcasecmp(control, "requisite") == 0;
    if (found == NULL)
        found = strstr(control, "default=");
    if (found == NULL)
        return true;
    found = strchr(found, '=') + 1;
    return strncmp(found, "bad", 3) == 0 || strncmp(found, "die", 3) == 0;
}

/* Returns whether the file of the module does not exist.  libpam looks for a
 * bare name in a directory of its own. */
static bool is_missing(const char *module) {
    char path[PAM_WORD_MAX + sizeof(PAMDIR)];

    snprintf(path, sizeof(path), "%s%s", *module == '/' ? "" : PAMDIR "/",
             module);
    return eaccess(path, F_OK) != 0 && errno == ENOENT;
}

/* Returns whether a module of an auth line asks people who they are.  Those of
 * greeters and automatic logins do not. */
static bool asks_people(const struct pam_line *line) {
    static const char *const silent[] = {
        "pam_access.so",    "pam_cap.so",           "pam_deny.so",
        "pam_env.so",       "pam_faildelay.so",     "pam_faillock.so",
        "pam_group.so",     "pam_gnome_keyring.so", "pam_keyinit.so",
        "pam_kwallet5.so",  "pam_listfile.so",      "pam_localuser.so",
        "pam_nologin.so",   "pam_permit.so",        "pam_rootok.so",
        "pam_securetty.so", "pam_shells.so",        "pam_succeed_if.so",
        "pam_time.so",      "pam_usertype.so",      "pam_warn.so",
        "pam_wheel.so",
    };

    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        if (pam_line_names(line, silent[i]))
            return false;
    return strcasecmp(line->type, "auth") == 0;
}

/* Returns whether nobody logs in by a service of this name: it is included by
 * others, or runs the jobs of people who are not there. */
static bool is_no_login(const char *name) {
    static const char *const names[] = {
        "other",
        "cron",
        "crond",
        "atd",
        "postlogin",
        "system-login",
        "system-services",
        "password-auth",
        "system-local-login",
        "system-auth",
        "config-util",
        "system-remote-login",
        "smartcard-auth",
        "postlogin-ac",
        "fingerprint-auth",
        "system-auth-ac",
        "password-auth-ac",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Takes what a line says of the service.  "only" is the type that counts in an
 * included file; NULL: all do. */
static void read_line(struct reading *reading, const struct pam_line *line,
                      const char *only, int depth) {
    struct pam_service *service = &reading->service;

    if (line->kind == PAM_LINE_ALL) {
        read_file(reading, line->target, only, depth + 1);
        return;
    }
    if (only != NULL && strcasecmp(line->type, only) != 0)
        return;
    if (line->kind != PAM_LINE_MODULE) {
        read_file(reading, line->target, line->type, depth + 1);
        return;
    }
    service->asks |= asks_people(line);
    if (!pam_line_names(line, PAM_MODULE))
        return;
    if (strcasecmp(line->type, "auth") == 0)
        service->auth = true;
    else if (strcasecmp(line->type, "account") == 0)
        service->account = true;
    service->needs_file |= fails_without_file(line->control);
    service->lacks_file |= is_missing(line->target);
}

static void read_lines(struct reading *reading, FILE *file, const char *only,
                       int depth) {
    struct pam_reader reader = {.file = file};
    struct pam_line line;

    while (pam_line_next(&reader, &line))
        read_line(reading, &line, only, depth);
    if (reader.failed)
        reading->services->incomplete = true;
    pam_reader_free(&reader);
}

/* ------------------------------------------------------------------- files */

static void read_file(struct reading *reading, const char *name,
                      const char *only, int depth) {
    FILE *file;

    /* Files that include each other twice would take for ever. */
    if (depth > DEPTH_MAX || ++reading->read > FILES_MAX) {
        reading->services->incomplete = true;
        return;
    }
    file = pam_files_find(reading->files, name);
    if (file == NULL) {
        if (errno != ENOENT)
            reading->services->incomplete = true;
        return;
    }
    read_lines(reading, file, only, depth);
    fclose(file);
}

/* Keeps the name of a service by which people log in.  Returns false without
 * memory. */
static bool keep_login(struct pam_services *services, const char *name) {
    char **longer = realloc(services->logins, (services->login_count + 1) *
                                                  sizeof(*services->logins));

    if (longer == NULL)
        return false;
    services->logins = longer;
    longer[services->login_count] = strdup(name);
    if (longer[services->login_count] == NULL)
        return false;
    services->login_count++;
    return true;
}

static bool is_known(const struct pam_services *services, const char *name) {
    for (size_t i = 0; i < services->count; i++)
        if (strcmp(services->list[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < services->login_count; i++)
        if (strcmp(services->logins[i], name) == 0)
            return true;
    return false;
}

/* Reads a service, and keeps it if it uses the module or if people log in by
 * it.  Returns false without memory. */
static bool read_service(struct reading *reading, const char *name) {
    struct pam_services *services = reading->services;
    struct pam_service *service = &reading->service;
    struct pam_service *longer;

    if (is_known(services, name))
        return true;
    memset(service, 0, sizeof(*service));
    reading->read = 0;
    read_file(reading, name, NULL, 0);
    if (service->asks && !is_no_login(name) && !keep_login(services, name))
        return false;
    if (!service->auth && !service->account)
        return true;
    longer = realloc(services->list, (services->count + 1) * sizeof(*service));
    if (longer == NULL)
        return false;
    services->list = longer;
    service->name = strdup(name);
    services->list[services->count] = *service;
    services->count += service->name != NULL;
    return service->name != NULL;
}

/* Returns false without memory. */
static bool read_directory(struct reading *reading, DIR *directory) {
    struct dirent **entries = NULL;
    bool good = true;
    int count;

    count =
        scandirat(dirfd(directory), ".", &entries, pam_files_is_service, NULL);
    if (count < 0) {
        reading->services->incomplete = true;
        return true;
    }
    for (int i = 0; i < count; i++) {
        good = good && read_service(reading, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static int compare_services(const void *left, const void *right) {
    const struct pam_service *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static int compare_names(const void *left, const void *right) {
    const char *const *a = left, *const *b = right;

    return strcmp(*a, *b);
}

bool pam_service_read(const struct pam_files *files, const char *name,
                      struct pam_service *service) {
    struct pam_services services = {0};
    struct reading reading = {.files = files, .services = &services};

    read_file(&reading, name, NULL, 0);
    *service = reading.service;
    return !services.incomplete;
}

bool pam_services_read(struct pam_services *services) {
    struct pam_files files = {0};
    struct reading reading = {.files = &files, .services = services};
    bool good = true;

    services->incomplete = !pam_files_open(&files);
    for (size_t i = 0; i < PAM_PLACES; i++)
        if (good && files.directories[i] != NULL)
            good = read_directory(&reading, files.directories[i]);
    pam_files_close(&files);
    if (services->count > 0)
        qsort(services->list, services->count, sizeof(struct pam_service),
              compare_services);
    if (services->login_count > 0)
        qsort(services->logins, services->login_count, sizeof(char *),
              compare_names);
    return good;
}

void pam_services_free(struct pam_services *services) {
    for (size_t i = 0; i < services->count; i++)
        free(services->list[i].name);
    free(services->list);
    for (size_t i = 0; i < services->login_count; i++)
        free(services->logins[i]);
    free(services->logins);
}
