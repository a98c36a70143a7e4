/*
 * pam_services.c - find the PAM services that use the module.  Reads the files
 * as libpam does, as far as that is needed to find the module's lines; it does
 * not tell whether a stack is safe.
 */
#include <config.h>

#include "tools/accesstoken/pam_services.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "pam_accesstoken.so"
#define DEPTH_MAX 16
#define FILES_MAX 256 /* that one service includes, at any depth */
#define WORD_MAX 1024

/* The directories that libpam reads, in this order. */
static const char *const places[] = {"/etc/pam.d", "/usr/lib/pam.d"};

#define PLACES (sizeof(places) / sizeof(*places))

struct reading {
    DIR *directories[PLACES]; /* NULL: it does not exist */
    struct pam_services *services;
    struct pam_service service; /* the one that is being read */
    size_t files;               /* read for this service */
};

static void read_file(struct reading *reading, const char *name,
                      const char *type, int depth);

/* ------------------------------------------------------------------- lines */

/* Takes the next word, or the text of the next brackets.  Returns false if
 * there is none. */
static bool next_word(const char **line, char word[static WORD_MAX]) {
    const char *text = *line + strspn(*line, " \t\n");
    const bool brackets = *text == '[';
    size_t length;

    text += brackets ? 1 : 0;
    length = strcspn(text, brackets ? "]" : " \t\n");
    if (length == 0 || length >= WORD_MAX)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    *line = text + length + (brackets && text[length] == ']' ? 1 : 0);
    return true;
}

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

static bool is_module(const char *path) {
    const char *slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, MODULE) == 0;
}

/* Reads a line without its comment.  "only" is the type that counts in an
 * included file; NULL: all do. */
static void read_line(struct reading *reading, const char *line,
                      const char *only, int depth) {
    struct pam_service *service = &reading->service;
    char type[WORD_MAX], control[WORD_MAX], path[WORD_MAX];
    const char *kind = type;

    if (!next_word(&line, type) || !next_word(&line, control))
        return;
    if (strcmp(type, "@include") == 0) {
        read_file(reading, control, only, depth + 1);
        return;
    }
    if (*kind == '-') /* a missing file is not logged */
        kind++;
    if ((only != NULL && strcasecmp(kind, only) != 0) ||
        !next_word(&line, path))
        return;
    if (strcasecmp(control, "include") == 0 ||
        strcasecmp(control, "substack") == 0) {
        read_file(reading, path, kind, depth + 1);
        return;
    }
    if (!is_module(path))
        return;
    if (strcasecmp(kind, "auth") == 0)
        service->auth = true;
    else if (strcasecmp(kind, "account") == 0)
        service->account = true;
    service->needs_file |= fails_without_file(control);
}

static void read_lines(struct reading *reading, FILE *file, const char *only,
                       int depth) {
    char *line = NULL, *whole = NULL;
    size_t size = 0, used = 0;

    while (getline(&line, &size, file) >= 0) {
        const size_t length = strcspn(line, "#\n");
        const bool goes_on =
            line[length] != '#' && length > 0 && line[length - 1] == '\\';
        char *longer = realloc(whole, used + length + 1);

        if (longer == NULL) {
            reading->services->incomplete = true;
            break;
        }
        whole = longer;
        memcpy(whole + used, line, length);
        used += length;
        if (goes_on)
            whole[used - 1] = ' ';
        whole[used] = '\0';
        if (goes_on)
            continue;
        read_line(reading, whole, only, depth);
        used = 0;
    }
    free(line);
    free(whole);
}

/* ------------------------------------------------------------------- files */

static FILE *open_file(const struct reading *reading, const char *name) {
    FILE *file = NULL;
    int fd = -1;

    errno = ENOENT;
    for (size_t i = 0; i < PLACES && fd < 0 && errno == ENOENT; i++)
        if (reading->directories[i] != NULL)
            fd = openat(dirfd(reading->directories[i]), name,
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0)
        file = fdopen(fd, "r");
    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

static void read_file(struct reading *reading, const char *name,
                      const char *only, int depth) {
    struct stat status;
    FILE *file;

    /* Files that include each other twice would take for ever. */
    if (depth > DEPTH_MAX || ++reading->files > FILES_MAX) {
        reading->services->incomplete = true;
        return;
    }
    file = open_file(reading, name);
    if (file == NULL) {
        if (errno != ENOENT)
            reading->services->incomplete = true;
        return;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode))
        read_lines(reading, file, only, depth);
    fclose(file);
}

/* Files that editors and package managers leave are no services, nor are the
 * files that Debian's services include. */
static int is_service(const struct dirent *entry) {
    const char *name = entry->d_name;
    const size_t length = strlen(name);

    return name[0] != '.' && name[length - 1] != '~' &&
           strncmp(name, "common-", 7) != 0 &&
           strstr(name, ".dpkg-") == NULL && strstr(name, ".rpm") == NULL;
}

static bool is_known(const struct pam_services *services, const char *name) {
    for (size_t i = 0; i < services->count; i++)
        if (strcmp(services->list[i].name, name) == 0)
            return true;
    return false;
}

/* Reads a service, and keeps it if it uses the module.  Returns false without
 * memory. */
static bool read_service(struct reading *reading, const char *name) {
    struct pam_services *services = reading->services;
    struct pam_service *service = &reading->service;
    struct pam_service *longer;

    if (is_known(services, name))
        return true;
    memset(service, 0, sizeof(*service));
    reading->files = 0;
    read_file(reading, name, NULL, 0);
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

    count = scandirat(dirfd(directory), ".", &entries, is_service, NULL);
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

bool pam_services_read(struct pam_services *services) {
    struct reading reading = {.services = services};
    bool good = true;

    for (size_t i = 0; i < PLACES; i++) {
        reading.directories[i] = opendir(places[i]);
        if (reading.directories[i] == NULL && errno != ENOENT)
            services->incomplete = true;
    }
    for (size_t i = 0; i < PLACES; i++)
        if (good && reading.directories[i] != NULL)
            good = read_directory(&reading, reading.directories[i]);
    for (size_t i = 0; i < PLACES; i++)
        if (reading.directories[i] != NULL)
            closedir(reading.directories[i]);
    if (services->count > 0)
        qsort(services->list, services->count, sizeof(struct pam_service),
              compare_services);
    return good;
}

void pam_services_free(struct pam_services *services) {
    for (size_t i = 0; i < services->count; i++)
        free(services->list[i].name);
    free(services->list);
}
