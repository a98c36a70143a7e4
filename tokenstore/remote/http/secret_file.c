/*
 * secret_file.c - read a bearer token or a private key from a file: open it,
 * judge it with fstat(), then read it.  Must leave no copy of the content in
 * memory except the caller's.
 */
#include "tokenstore/remote/http/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokenstore/format/presented.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/values/unsafe.h"

/* Root may have named another file, such as one that all programs read. */
static struct mend mend_mode(const struct stat *status) {
    if (geteuid() != 0 && status->st_uid != 0 && status->st_nlink == 1)
        return (struct mend){"chmod go= @", "use a copy of mode 0600"};
    return (struct mend){"", "use a copy of mode 0600"};
}

static enum tokenstore_error judge(int fd, const char *path,
                                   struct message *message) {
    struct stat status;

    if (fstat(fd, &status) != 0)
        return message_set_errno(message, errno, path, "fstat");
    if (!S_ISREG(status.st_mode))
        return unsafe_set(message, path,
                          (struct mend){"", "name a regular file"},
                          "not a regular file");
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return unsafe_set(message, path,
                          (struct mend){"", "put a new secret into a file of "
                                            "your own"},
                          "owned by uid %u, which is neither root nor the "
                          "caller",
                          (unsigned int)status.st_uid);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return unsafe_set(message, path, mend_mode(&status),
                          "others have access to it; a file with a secret "
                          "needs mode 0600");
    return TOKENSTORE_OK;
}

/* Read to the end of the file; text must have room for one byte more. */
static enum tokenstore_error read_all(int fd, const char *path, char *text,
                                      size_t size, size_t *length,
                                      struct message *message) {
    size_t used = 0;

    while (used < size) {
        ssize_t count = read(fd, text + used, size - used);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return message_set_errno(message, errno, path, "read");
        if (count == 0) {
            text[used] = '\0';
            *length = used;
            return TOKENSTORE_OK;
        }
        used += (size_t)count;
    }
    return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                       "%s: larger than %zu bytes", path, size - 1);
}

enum tokenstore_error secret_file_read(const char *path, char *text,
                                       size_t size, size_t *length,
                                       struct message *message) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | SAFEPATH_OPEN);
    enum tokenstore_error error;

    if (fd < 0)
        return message_set_errno(message, errno, path, "open");
    error = judge(fd, path, message);
    if (error == TOKENSTORE_OK)
        error = read_all(fd, path, text, size, length, message);
    close(fd);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(text, size);
    return error;
}

/* Leave nothing but the token in the text, or nothing on an error. */
static enum tokenstore_error settle(const char *name, char *text, size_t size,
                                    size_t length, struct message *message) {
    const char *token = text;
    size_t i = 0;
    uint64_t id;

    presented_trim(&token, &length);
    memmove(text, token, length);
    tokenstore_wipe(text + length, size - length);
    /* Any text that may stand in a header: the bearer tokens of other servers
     * have other forms.  One that has our prefix has our form. */
    while (i < length && text[i] > ' ' && text[i] <= '~')
        i++;
    if (length > 0 && i == length &&
        tokenstore_bearer_id(text, length, &id) != TOKENSTORE_ERROR_REFUSED)
        return TOKENSTORE_OK;
    tokenstore_wipe(text, size);
    return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                       "%s: not a bearer token alone on one line", name);
}

enum tokenstore_error secret_file_read_token(const char *path, char *text,
                                             size_t size,
                                             struct message *message) {
    size_t length = 0;
    const enum tokenstore_error error =
        secret_file_read(path, text, size, &length, message);

    return error == TOKENSTORE_OK ? settle(path, text, size, length, message)
                                  : error;
}

enum tokenstore_error secret_file_take_token(const char *line, char *text,
                                             size_t size,
                                             struct message *message) {
    const size_t length = strlen(line);

    if (length >= size)
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "the token: larger than %zu bytes", size - 1);
    memcpy(text, line, length + 1);
    return settle("the token", text, size, length, message);
}
