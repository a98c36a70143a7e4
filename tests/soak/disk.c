/*
 * disk.c - a directory on a disk that can lose power.
 * Knows nothing about the contents of the files. Touches only the directory,
 * which must have no subdirectories.
 */
#include <config.h>

#include "tests/soak/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/interpose.h"

#define SECTOR 512
#define FILES_MAX 32
#define NAME_SIZE 64

/* For deeds that concern no file of the directory. */
enum { THE_DIRECTORY = -1, ITS_PARENT = -2, NO_FILE = -3 };

struct content {
    char *bytes;
    size_t size, room;
};

struct file {
    dev_t device;
    ino_t inode;
    struct content now; /* during the recording; afterwards, what is durable */
    struct content before;
    struct content cut;
};

struct names {
    bool directory; /* the directory exists */
    size_t count;
    struct {
        char text[NAME_SIZE];
        int file;
    } list[FILES_MAX];
};

struct step {
    int what; /* the value of "what" in struct deed */
    int file;
    size_t offset, length;
    char *bytes;
    char name[NAME_SIZE], target[NAME_SIZE];
    bool durable;
};

struct disk {
    char directory[PATH_MAX];
    char parent[PATH_MAX];
    struct file files[FILES_MAX];
    int file_count;
    struct names now, before, cut;
    struct step *steps;
    size_t count, room;
    size_t position; /* all steps before it have been done */
};

static void stuck(const char *what) {
    soak_wrong("%s: %s", what, strerror(errno));
}

/* ---------------------------------------------------------------- contents */

static void resize(struct content *content, size_t size) {
    if (size > content->room) {
        content->room = size + size / 2;
        content->bytes = realloc(content->bytes, content->room);
        if (content->bytes == NULL)
            stuck("memory");
    }
    if (size > content->size)
        memset(content->bytes + content->size, 0, size - content->size);
    content->size = size;
}

static void overwrite(struct content *content, const char *bytes,
                      size_t offset, size_t length) {
    if (offset + length > content->size)
        resize(content, offset + length);
    memcpy(content->bytes + offset, bytes, length);
}

static void copy(struct content *to, const struct content *from) {
    to->size = 0;
    resize(to, from->size);
    if (from->size > 0)
        memcpy(to->bytes, from->bytes, from->size);
}

/* Opens the file again, because the descriptor may be write-only. */
static void load(struct content *content, int fd) {
    struct stat status;
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        stuck(path);
    content->size = 0;
    resize(content, (size_t)status.st_size);
    if (pread(fd, content->bytes, content->size, 0) != status.st_size)
        stuck(path);
    close(fd);
}

/* ------------------------------------------------------------------- names */

static int find_name(const struct names *names, const char *text) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i].text, text) == 0)
            return (int)i;
    return -1;
}

static void set_name(struct names *names, const char *text, int file) {
    int i = find_name(names, text);

    if (i < 0) {
        if (names->count == FILES_MAX)
            soak_wrong("too many names");
        i = (int)names->count++;
    }
    snprintf(names->list[i].text, NAME_SIZE, "%s", text);
    names->list[i].file = file;
}

static void remove_name(struct names *names, const char *text) {
    int i = find_name(names, text);

    if (i >= 0)
        names->list[i] = names->list[--names->count];
}

/* ---------------------------------------------------------------- recording
 */

static int add_file(struct disk *disk, int fd, const struct stat *status) {
    struct file *file = &disk->files[disk->file_count];

    if (disk->file_count == FILES_MAX)
        soak_wrong("too many files");
    file->device = status->st_dev;
    file->inode = status->st_ino;
    load(&file->now, fd);
    copy(&file->before, &file->now);
    return disk->file_count++;
}

/* Finds the last one, because inode numbers are reused. */
static int find_file(const struct disk *disk, int fd) {
    struct stat status, other;

    if (fstat(fd, &status) != 0)
        stuck("fstat");
    if (S_ISDIR(status.st_mode)) {
        if (stat(disk->directory, &other) == 0 &&
            other.st_ino == status.st_ino)
            return THE_DIRECTORY;
        if (stat(disk->parent, &other) == 0 && other.st_ino == status.st_ino)
            return ITS_PARENT;
        return NO_FILE;
    }
    for (int i = disk->file_count; i-- > 0;)
        if (disk->files[i].inode == status.st_ino &&
            disk->files[i].device == status.st_dev)
            return i;
    return NO_FILE;
}

static struct step *add_step(struct disk *disk, int what, int file) {
    if (disk->count == disk->room) {
        disk->room = 2 * disk->room + 64;
        disk->steps = realloc(disk->steps, disk->room * sizeof(*disk->steps));
        if (disk->steps == NULL)
            stuck("memory");
    }
    disk->steps[disk->count] = (struct step){.what = what, .file = file};
    return &disk->steps[disk->count++];
}

static void add_write(struct disk *disk, int file, const char *bytes,
                      size_t offset, size_t length) {
    struct step *step = add_step(disk, DEED_WRITE, file);

    step->offset = offset;
    step->length = length;
    step->bytes = malloc(length);
    if (step->bytes == NULL)
        stuck("memory");
    memcpy(step->bytes, bytes, length);
    overwrite(&disk->files[file].now, bytes, offset, length);
}

/* Records what was written through a mapping. */
static void add_unseen(struct disk *disk, int index, int fd) {
    const struct content *now = &disk->files[index].now;
    struct content real = {NULL, 0, 0};

    load(&real, fd);
    if (real.size != now->size) {
        add_step(disk, DEED_SIZE, index)->length = real.size;
        resize(&disk->files[index].now, real.size);
    }
    for (size_t at = 0; at < real.size; at += SECTOR) {
        size_t length = real.size - at < SECTOR ? real.size - at : SECTOR;

        if (memcmp(real.bytes + at, now->bytes + at, length) != 0)
            add_write(disk, index, real.bytes + at, at, length);
    }
    free(real.bytes);
}

static bool is_in_directory(const struct disk *disk, const struct deed *deed) {
    struct stat there, here;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", deed->path);
    return stat(disk->directory, &here) == 0 &&
           fstatat(deed->directory, *path == '/' ? dirname(path) : ".", &there,
                   0) == 0 &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

static void copy_name(char name[NAME_SIZE], const char *path) {
    const char *slash = strrchr(path, '/');

    snprintf(name, NAME_SIZE, "%s", slash != NULL ? slash + 1 : path);
}

static void do_name(struct names *names, const struct step *step) {
    switch (step->what) {
    case DEED_DIRECTORY:
        names->directory = true;
        break;
    case DEED_CREATE:
        set_name(names, step->name, step->file);
        break;
    case DEED_LINK:
        set_name(names, step->target, step->file);
        break;
    case DEED_RENAME:
        remove_name(names, step->name);
        set_name(names, step->target, step->file);
        break;
    case DEED_UNLINK:
        remove_name(names, step->name);
        break;
    }
}

static void add_name(struct disk *disk, const struct deed *deed) {
    struct stat status;
    struct step *step;
    char name[NAME_SIZE];
    int file = NO_FILE;
    int i;

    copy_name(name, deed->path);
    if (deed->what == DEED_CREATE) {
        if (fstat(deed->fd, &status) != 0)
            stuck("fstat");
        file = add_file(disk, deed->fd, &status);
    } else if ((i = find_name(&disk->now, name)) >= 0) {
        file = disk->now.list[i].file;
    }
    step = add_step(disk, (int)deed->what, file);
    snprintf(step->name, NAME_SIZE, "%s", name);
    if (deed->target != NULL)
        copy_name(step->target, deed->target);
    do_name(&disk->now, step);
}

static void record(const struct deed *deed, void *argument) {
    struct disk *disk = argument;
    int file;

    switch (deed->what) {
    case DEED_WRITE:
        file = find_file(disk, deed->fd);
        if (file >= 0)
            add_write(disk, file, deed->bytes, (size_t)deed->offset,
                      deed->length);
        break;
    case DEED_SIZE:
        file = find_file(disk, deed->fd);
        if (file < 0)
            break;
        add_step(disk, DEED_SIZE, file)->length = deed->length;
        resize(&disk->files[file].now, deed->length);
        break;
    case DEED_SYNC:
        file = find_file(disk, deed->fd);
        if (file >= 0)
            add_unseen(disk, file, deed->fd);
        if (file != NO_FILE)
            add_step(disk, DEED_SYNC, file);
        break;
    case DEED_DIRECTORY:
        if (strcmp(deed->path, disk->directory) == 0)
            add_name(disk, deed);
        break;
    case DEED_CREATE:
    case DEED_LINK:
    case DEED_RENAME:
    case DEED_UNLINK:
        if (is_in_directory(disk, deed))
            add_name(disk, deed);
        break;
    }
}

struct disk *disk_record(const char *directory) {
    struct disk *disk = calloc(1, sizeof(*disk));
    struct dirent *entry;
    DIR *stream;

    if (disk == NULL)
        stuck("memory");
    snprintf(disk->directory, sizeof(disk->directory), "%s", directory);
    snprintf(disk->parent, sizeof(disk->parent), "%s", directory);
    dirname(disk->parent);
    stream = opendir(directory);
    disk->now.directory = stream != NULL;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        struct stat status;
        int fd, file;

        if (entry->d_name[0] == '.')
            continue;
        fd = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) != 0)
            stuck(entry->d_name);
        file = find_file(disk, fd); /* it may have another name already */
        if (file == NO_FILE)
            file = add_file(disk, fd, &status);
        set_name(&disk->now, entry->d_name, file);
        close(fd);
    }
    if (stream != NULL)
        closedir(stream);
    disk->before = disk->now;
    interpose.on_deed = record;
    interpose.deed_argument = disk;
    return disk;
}

void disk_stop(struct disk *disk) {
    interpose.on_deed = NULL;
    disk_rewind(disk);
}

void disk_free(struct disk *disk) {
    for (int i = 0; i < disk->file_count; i++) {
        free(disk->files[i].now.bytes);
        free(disk->files[i].before.bytes);
        free(disk->files[i].cut.bytes);
    }
    for (size_t i = 0; i < disk->count; i++)
        free(disk->steps[i].bytes);
    free(disk->steps);
    free(disk);
}

size_t disk_deeds(const struct disk *disk) { return disk->count; }

size_t disk_syncs(const struct disk *disk) {
    size_t syncs = 0;

    for (size_t i = 0; i < disk->count; i++)
        syncs += disk->steps[i].what == DEED_SYNC;
    return syncs;
}

size_t disk_growths(const struct disk *disk, const char *name) {
    const int at = find_name(&disk->before, name);
    size_t growths = 0;
    size_t size;

    if (at < 0)
        return 0;
    size = disk->files[disk->before.list[at].file].before.size;
    for (size_t i = 0; i < disk->count; i++) {
        const struct step *step = &disk->steps[i];

        if (step->file != disk->before.list[at].file ||
            (step->what != DEED_SIZE && step->what != DEED_WRITE))
            continue;
        if (step->offset + step->length > size) {
            size = step->offset + step->length;
            growths++;
        }
    }
    return growths;
}

/* ------------------------------------------------------------------ cutting
 */

static bool is_name_step(const struct step *step) {
    return step->what != DEED_WRITE && step->what != DEED_SIZE &&
           step->what != DEED_SYNC;
}

void disk_rewind(struct disk *disk) {
    disk->position = 0;
    disk->now = disk->before;
    for (int i = 0; i < disk->file_count; i++)
        copy(&disk->files[i].now, &disk->files[i].before);
    for (size_t i = 0; i < disk->count; i++)
        disk->steps[i].durable = false;
}

static void make_durable(struct disk *disk, struct step *step) {
    struct content *content;

    step->durable = true;
    if (is_name_step(step)) {
        do_name(&disk->now, step);
        return;
    }
    content = &disk->files[step->file].now;
    if (step->what == DEED_WRITE)
        overwrite(content, step->bytes, step->offset, step->length);
    else
        resize(content, step->length);
}

/* Whether a sync of "file" makes this step durable. */
static bool is_of(const struct step *step, int file) {
    if (file == ITS_PARENT)
        return step->what == DEED_DIRECTORY;
    if (file == THE_DIRECTORY)
        return is_name_step(step) && step->what != DEED_DIRECTORY;
    return step->file == file && !is_name_step(step);
}

bool disk_advance(struct disk *disk) {
    struct step *step = &disk->steps[disk->position];

    if (disk->position == disk->count)
        return false;
    disk->position++;
    if (step->what != DEED_SYNC)
        return true;
    step->durable = true;
    for (struct step *other = disk->steps; other < step; other++)
        if (!other->durable && is_of(other, step->file))
            make_durable(disk, other);
    return true;
}

/* FNV-1a. */
static void add_to(uint64_t *number, uint64_t value) {
    for (int i = 0; i < 8; i++)
        *number =
            (*number ^ (value >> 8 * i & 0xff)) * UINT64_C(0x100000001b3);
}

struct cut {
    struct disk *disk;
    enum disk_luck luck;
    uint64_t chance; /* of 16: the chance that a deed is done */
    uint64_t number;
};

static bool chosen(const struct cut *cut) {
    return cut->luck == DISK_EVERYTHING ||
           (cut->luck == DISK_RANDOM && soak_random(16) < cut->chance);
}

/* Cuts at sectors of the file, not at sectors of the write. */
static void cut_write(struct cut *cut, const struct step *step) {
    struct content *content = &cut->disk->files[step->file].cut;
    bool torn = cut->luck == DISK_RANDOM && soak_random(2) == 0;
    bool whole = !torn && chosen(cut);
    size_t end = step->offset + step->length;

    for (size_t at = step->offset; at < end;) {
        size_t next = at / SECTOR * SECTOR + SECTOR;

        if (next > end)
            next = end;
        if (torn ? chosen(cut) : whole) {
            overwrite(content, step->bytes + (at - step->offset), at,
                      next - at);
            add_to(&cut->number, at);
            add_to(&cut->number, (uint64_t)(step - cut->disk->steps));
        }
        at = next;
    }
}

static size_t size_after(const struct step *step, size_t size) {
    if (step->what == DEED_SIZE)
        return step->length;
    return step->offset + step->length > size ? step->offset + step->length
                                              : size;
}

/* Does some of the pending deeds of one file. */
static void cut_file(struct cut *cut, int index) {
    struct disk *disk = cut->disk;
    struct file *file = &disk->files[index];
    size_t now = file->now.size;
    size_t size = now;
    uint64_t sizes = 1;

    copy(&file->cut, &file->now);
    for (size_t i = 0; i < disk->position; i++) {
        const struct step *step = &disk->steps[i];
        size_t after;

        if (step->durable || !is_of(step, index))
            continue;
        after = size_after(step, now);
        /* Each size that the file has had is equally likely. */
        if (after != now &&
            (cut->luck == DISK_EVERYTHING ||
             (cut->luck == DISK_RANDOM && soak_random(++sizes) == 0)))
            size = after;
        now = after;
        if (step->what == DEED_WRITE)
            cut_write(cut, step);
    }
    resize(&file->cut, size);
    add_to(&cut->number, size);
}

/* Leaves holes for zeros: most of a store is zeros. */
static void put_content(int fd, const struct content *content) {
    static const char zeros[8 * SECTOR];

    if (ftruncate(fd, (off_t)content->size) != 0)
        stuck("ftruncate");
    for (size_t at = 0; at < content->size; at += sizeof(zeros)) {
        size_t left = content->size - at;
        size_t length = left < sizeof(zeros) ? left : sizeof(zeros);

        if (memcmp(content->bytes + at, zeros, length) != 0 &&
            pwrite(fd, content->bytes + at, length, (off_t)at) !=
                (ssize_t)length)
            stuck("pwrite");
    }
}

/* A file may have several names. */
static void put_name(const struct disk *disk, int directory, size_t index) {
    const struct names *names = &disk->cut;
    const char *name = names->list[index].text;
    size_t first = 0;
    int fd;

    while (names->list[first].file != names->list[index].file)
        first++;
    if (first < index) {
        if (linkat(directory, names->list[first].text, directory, name, 0) !=
            0)
            stuck(name);
        return;
    }
    fd =
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        stuck(name);
    put_content(fd, &disk->files[names->list[index].file].cut);
    close(fd);
}

/* Removes all files and writes those of the state. */
static void put_files(const struct disk *disk) {
    DIR *stream = opendir(disk->directory);
    struct dirent *entry;
    int directory;

    while (stream != NULL && (entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(stream), entry->d_name, 0);
    if (stream != NULL)
        closedir(stream);
    if (!disk->cut.directory) {
        rmdir(disk->directory);
        return;
    }
    mkdir(disk->directory, 0700);
    directory = open(disk->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        stuck(disk->directory);
    for (size_t i = 0; i < disk->cut.count; i++)
        put_name(disk, directory, i);
    close(directory);
}

uint64_t disk_cut(struct disk *disk, enum disk_luck luck) {
    static const uint64_t chances[] = {1, 4, 8, 12, 15};
    struct cut cut = {disk, luck, chances[soak_random(5)],
                      UINT64_C(0xcbf29ce484222325)};

    for (size_t i = 0; i < disk->position; i++)
        if (disk->steps[i].what == DEED_SYNC)
            add_to(&cut.number, i);
    disk->cut = disk->now;
    for (size_t i = 0; i < disk->position; i++) {
        const struct step *step = &disk->steps[i];

        if (step->durable || !is_name_step(step) || !chosen(&cut))
            continue;
        do_name(&disk->cut, step);
        add_to(&cut.number, i);
    }
    for (int i = 0; i < disk->file_count; i++)
        cut_file(&cut, i);
    put_files(disk);
    return cut.number;
}

void disk_cut_again(const struct disk *disk) { put_files(disk); }
