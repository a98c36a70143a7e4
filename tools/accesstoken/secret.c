/*
 * secret.c - keep bearer tokens out of the arguments, and write new ones.
 * Must never write one anywhere but to the prepared descriptor: not through
 * stdio, whose buffers are not wiped, nor into an error message.
 */
#include <config.h>

#include "tools/accesstoken/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/common/json_writer.h"
#include "tools/common/token_json.h"
#include "tools/common/write_all.h"

/* More than a bearer token needs, also as JSON. */
#define SECRET_SPACE 256

enum exit_code refuse_secret_arguments(int argc, char **argv) {
    char which[32] = "";
    bool found = false;
    uint64_t id = 0;

    for (int i = 1; i < argc; i++) {
        uint64_t own_id;

        if (tokenstore_bearer_id(argv[i], strlen(argv[i]), &own_id) ==
            TOKENSTORE_ERROR_INVALID_BEARER)
            continue;
        tokenstore_wipe(argv[i], strlen(argv[i]));
        found = true;
        id = own_id != 0 ? own_id : id;
    }
    if (!found)
        return EXIT_OK;
    if (id != 0)
        snprintf(which, sizeof(which), ", %" PRIu64, id);
    complain("a bearer token is among the arguments, where ps and the shell's "
             "history show it: revoke it by its id%s; verify reads a token "
             "from standard input",
             which);
    return EXIT_USAGE;
}

static const char *destination(const struct secret_output *output) {
    return output->file != NULL ? output->file : "standard output";
}

static enum exit_code errno_failed(const char *what) {
    const int number = errno;

    complain("%s: %m", what);
    if (number == EEXIST)
        return EXIT_CONFLICT;
    if (number == EACCES || number == EPERM)
        return EXIT_DENIED;
    return EXIT_FAILED;
}

/* Finds errors of standard output that show before something is written. */
static enum exit_code prepare_stdout(struct secret_output *output) {
    struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
    const int flags = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
        errno = EBADF;
    else if (flags >= 0 && poll(&ready, 1, 0) > 0 &&
             (ready.revents & POLLERR) != 0)
        errno = EPIPE;
    else if (flags >= 0) {
        output->fd = STDOUT_FILENO;
        return EXIT_OK;
    }
    return errno_failed(destination(output));
}

enum exit_code secret_prepare(struct secret_output *output, const char *file) {
    enum exit_code code;
    int error;

    if (is_dash(file))
        file = NULL;
    *output = (struct secret_output){.file = file, .fd = -1};
    if (file == NULL)
        return prepare_stdout(output);
    output->fd =
        open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (output->fd < 0)
        return errno_failed(file);
    /* A full disk shows now, and not when the secret could be lost. */
    error = posix_fallocate(output->fd, 0, SECRET_SPACE);
    if (error == 0 || error == EINVAL || error == EOPNOTSUPP)
        return EXIT_OK;
    errno = error;
    code = errno_failed(file);
    secret_discard(output);
    return code;
}

/* Writes the whole text; a file is on disk afterwards. */
static bool deliver(struct secret_output *output, const char *text,
                    size_t length) {
    int fd;

    if (!write_all(output->fd, text, length))
        return false;
    if (output->file == NULL)
        return true;
    if (ftruncate(output->fd, (off_t)length) != 0 || fsync(output->fd) != 0)
        return false;
    fd = output->fd;
    output->fd = -1;
    return close(fd) == 0;
}

enum exit_code secret_write(struct secret_output *output, const char *id,
                            const struct tokenstore_bearer *bearer,
                            bool json) {
    struct json_writer writer = {0};
    char line[sizeof(bearer->text) + 1];
    enum exit_code code = EXIT_OK;
    size_t length = strlen(bearer->text);
    bool delivered;

    if (json) {
        token_json_secret(&writer, id, bearer);
        json_newline(&writer);
        errno = ENOMEM;
        delivered =
            !writer.failed && deliver(output, writer.data, writer.length);
    } else {
        memcpy(line, bearer->text, length);
        line[length++] = '\n';
        delivered = deliver(output, line, length);
    }
    if (!delivered) {
        errno_failed(destination(output));
        code = EXIT_FAILED;
        secret_discard(output);
    }
    tokenstore_wipe(line, sizeof(line));
    json_free(&writer);
    return code;
}

void secret_discard(struct secret_output *output) {
    if (output->file == NULL)
        return;
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    if (unlink(output->file) != 0)
        complain("%s: cannot be removed: %m", output->file);
    output->file = NULL;
}
