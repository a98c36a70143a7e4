/*
 * pam_install.c - install the module again, as an upgrade does.
 * Must never write into a file that may be mapped: like a package manager, it
 * renames a new one.
 */
#include <config.h>

#include "tests/support/pam_install.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

#define NAME "pam_accesstoken.so"

const char *install_path(unsigned int spelling) {
    static _Thread_local char path[PATH_MAX];
    size_t length =
        (size_t)snprintf(path, sizeof(path), "%.3500s/", fixture_directory());

    for (unsigned int i = 0; i < spelling && length < 3900; i++)
        length += (size_t)snprintf(path + length, 3, "./");
    strcpy(path + length, NAME);
    return path;
}

static bool copy(int from, int to, size_t bytes) {
    ssize_t written = 1;

    while (bytes > 0 && written > 0) {
        written = sendfile(to, from, NULL, bytes < 65536 ? bytes : 65536);
        bytes -= written > 0 ? (size_t)written : 0;
    }
    return written >= 0;
}

void install_module(size_t bytes) {
    char new[PATH_MAX];
    int from = open(TEST_MODULE, O_RDONLY | O_CLOEXEC);
    bool done = false;
    int to;

    snprintf(new, sizeof(new), "%.4000s/new", fixture_directory());
    to = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (from >= 0 && to >= 0)
        done = copy(from, to, bytes) && rename(new, install_path(0)) == 0;
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (!done)
        fail_hard("%s: %s", new, strerror(errno));
}

void install_service(const char *name, unsigned int spelling) {
    char lines[4 * PATH_MAX];

    snprintf(lines, sizeof(lines),
             "auth required %s nodelay store=%s\n"
             "account required %s\n",
             install_path(spelling), fixture_store(), install_path(spelling));
    fixture_service(name, lines);
}

static int count_copy(struct dl_phdr_info *info, size_t size, void *data) {
    const char *name = strrchr(info->dlpi_name, '/');
    unsigned int *count = data;

    (void)size;
    *count += name != NULL && strcmp(name + 1, NAME) == 0;
    return 0;
}

unsigned int install_copies(void) {
    unsigned int count = 0;

    dl_iterate_phdr(count_copy, &count);
    return count;
}
