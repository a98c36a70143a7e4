/*
 * backup.c - a copy of a store under another name, or through a descriptor.
 * Must never overwrite a file, nor leave one that is incomplete, nor write
 * anything to a descriptor before the copy is complete.
 */
#include "tokenstore/file/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/file/stream.h"
#include "tokenstore/host/safepath.h"

/* Copy, sync, and only then give the file its name. */
static enum tokenstore_error make_file(struct file *file,
                                       const struct location *target, int fd,
                                       view_function *approve,
                                       void *argument) {
    enum tokenstore_error error =
        copy_to(file, LOCATION_STORE, fd, approve, argument, NULL);
    char path[COPY_PATH_SIZE];

    /* By descriptor from here on, or the owner of the directory could have one
     * file judged and another one linked. */
    copy_path(fd, path);
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, target->owner) || fsync(fd) != 0))
        error =
            message_set_errno(&file->message, errno, target->path, "write");
    if (error == TOKENSTORE_OK && linkat(AT_FDCWD, path, target->directory,
                                         target->name, AT_SYMLINK_FOLLOW) != 0)
        error =
            message_set_errno(&file->message, errno, target->path, "create");
    return error;
}

enum tokenstore_error file_backup(struct file *file, const char *to,
                                  view_function *approve, void *argument) {
    struct location target;
    struct stat status;
    enum tokenstore_error error =
        location_open(&target, to, LOCATION_SOURCE, &file->message);
    int fd = -1;

    if (error == TOKENSTORE_OK && fstatat(target.directory, target.name,
                                          &status, AT_SYMLINK_NOFOLLOW) == 0)
        error = message_set(
            &file->message, TOKENSTORE_ERROR_EXISTS,
            "%s: exists already; a backup never overwrites a file", to);
    if (error == TOKENSTORE_OK) {
        /* This call holds no lock, so the name has the process in it. */
        snprintf(target.new_name, sizeof(target.new_name), "%.200s.%ld.new",
                 target.name, (long)getpid());
        snprintf(target.new_path, sizeof(target.new_path), "%.*s.%ld.new",
                 PATH_MAX - 32, to, (long)getpid());
        fd = openat(target.directory, target.new_name,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | SAFEPATH_OPEN,
                    0600);
        if (fd < 0)
            error = message_set_errno(&file->message, errno, target.new_path,
                                      "create");
    }
    if (fd >= 0) {
        error = make_file(file, &target, fd, approve, argument);
        unlinkat(target.directory, target.new_name, 0);
        if (error == TOKENSTORE_OK) {
            error = location_sync(&target);
            if (error != TOKENSTORE_OK)
                unlinkat(target.directory, target.name, 0);
        }
        close(fd);
    }
    location_close(&target);
    return error;
}

enum tokenstore_error file_backup_to(struct file *file, int to, uint64_t *size,
                                     view_function *approve, void *argument) {
    enum tokenstore_error error;
    int fd = memfd_create("accesstoken-backup", MFD_CLOEXEC);

    *size = 0;
    if (fd < 0)
        return message_set_errno(&file->message, errno, "memfd", "create");
    error = copy_to(file, LOCATION_STORE, fd, approve, argument, NULL);
    if (error == TOKENSTORE_OK)
        error = stream_send(fd, to, size, &file->message);
    close(fd);
    return error;
}
