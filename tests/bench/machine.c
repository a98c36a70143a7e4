/*
 * machine.c - facts about the machine that the figures come from.
 */
#include <config.h>

#include "tests/bench/bench.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

static void processor(char text[256]) {
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];

    strcpy(text, "?");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "model name : %255[^\n]", text) == 1)
            break;
    }
    if (file != NULL)
        fclose(file);
}

/* Finds the type of the file system of a directory by its device number. */
static void file_system(const char *directory, char text[256]) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    unsigned int major_number, minor_number;
    struct stat status;
    char line[4096];

    strcpy(text, "?");
    while (file != NULL && stat(directory, &status) == 0 &&
           fgets(line, sizeof(line), file) != NULL) {
        const char *type = strstr(line, " - ");

        if (type != NULL &&
            sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) == 2 &&
            makedev(major_number, minor_number) == status.st_dev)
            sscanf(type, " - %255s", text);
    }
    if (file != NULL)
        fclose(file);
}

/* Calls take() with the name and the value of each fact. */
static void each_fact(void (*take)(const char *name, const char *value,
                                   void *argument),
                      void *argument) {
    struct utsname name;
    char text[256];

    processor(text);
    take("processor", text, argument);
    snprintf(text, sizeof(text), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    take("processors", text, argument);
    snprintf(text, sizeof(text), "%.1f GiB",
             (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE) /
                 (1 << 30));
    take("memory", text, argument);
    if (uname(&name) == 0)
        take("kernel", name.release, argument);
    file_system(fixture_directory(), text);
    take("file system", text, argument);
    take("tokenstore", tokenstore_version(), argument);
    take("libsodium", sodium_version_string(), argument);
    take("SQLite", sqlite3_libversion(), argument);
}

static void print_fact(const char *name, const char *value, void *argument) {
    (void)argument;
    printf("%-12s %s\n", name, value);
}

static void put_fact(const char *name, const char *value, void *argument) {
    json_put_key(argument, name);
    json_put_string(argument, value);
}

void print_machine(void) {
    each_fact(print_fact, NULL);
    fflush(stdout);
}

void put_machine(struct json_writer *json) {
    json_put_key(json, "machine");
    json_begin_object(json);
    each_fact(put_fact, json);
    json_end_object(json);
}
