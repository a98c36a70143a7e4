/*
 * verify.c - accesstoken verify: say whether a token is valid.  Must not print
 * or keep what it reads from standard input.
 */
#include <config.h>

#include "tools/accesstoken/commands/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/common/process.h"

/* The longest text that is verified, with all blanks around the token. */
#define INPUT_MAX 512

/* Looks up the user, unless it is a bare name, which is compared as it is. */
static enum exit_code settle_user(struct options *options) {
    struct tokenstore_identity *account = NULL;
    enum tokenstore_error error;
    uint32_t number;

    if (options->user == NULL)
        return EXIT_OK;
    if (tokenstore_identity_name(options->user) != NULL &&
        tokenstore_identity_domain(options->user) == NULL &&
        !tokenstore_identity_uid(options->user, &number))
        return EXIT_OK;
    error = tokenstore_identity_resolve(options->user, false, &account);
    if (error != TOKENSTORE_OK)
        return argument_failed("--user", options->user_text, error);
    tokenstore_identity_free(&options->user);
    options->user = account;
    return EXIT_OK;
}

/* Reads to the end, to the newline of a terminal, or until the buffer is full.
 * Returns -1 with errno on an error. */
static ssize_t read_input(char *buffer, size_t size, bool terminal) {
    size_t used = 0;

    while (used < size) {
        const ssize_t count = read(STDIN_FILENO, buffer + used, size - used);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        used += (size_t)count;
        if (terminal && buffer[used - 1] == '\n')
            break;
    }
    return (ssize_t)used;
}

/*
 * The same from a terminal, without echo.  Keys that send signals are read as
 * text meanwhile, because an interrupt would leave the terminal without echo.
 */
static ssize_t read_terminal(char *buffer, size_t size) {
    struct termios before, silent;
    ssize_t length;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    silent.c_lflag |= ICANON | ECHONL;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
        return -1;
    fputs("Bearer token: ", stderr);
    length = read_input(buffer, size, true);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return length;
}

/* Reads the token, which may have blanks around it. */
static enum exit_code read_bearer(char *buffer, size_t size, size_t *length) {
    const ssize_t count = isatty(STDIN_FILENO)
                              ? read_terminal(buffer, size)
                              : read_input(buffer, size, false);
    size_t used;

    if (count < 0) {
        complain("standard input: %m");
        return EXIT_FAILED;
    }
    used = (size_t)count;
    if (used > INPUT_MAX) {
        complain("standard input: longer than %d bytes, not a bearer token",
                 INPUT_MAX);
        return EXIT_REFUSED;
    }
    *length = used;
    return EXIT_OK;
}

static enum exit_code answer(const struct options *options,
                             const struct tokenstore_token *token) {
    char label[16];

    if (options->json)
        return print_entry(token);
    printf("%" PRIu64 " ", tokenstore_token_id(token));
    print_safe(stdout, user_label(tokenstore_token_user(token), label));
    putchar('\n');
    return EXIT_OK;
}

static enum exit_code verify(struct context *context, const char *bearer,
                             size_t length) {
    const struct options *options = &context->options;
    const char *scopes[TOKENSTORE_SCOPES_MAX];
    struct tokenstore_request request = {
        .bearer = bearer,
        .bearer_length = length,
        .scopes = scopes,
        .scope_count = tokenstore_token_scope_count(options->token),
        .address = options->address,
        .now = time(NULL),
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error;
    enum exit_code code;

    for (size_t i = 0; i < request.scope_count; i++)
        scopes[i] = tokenstore_token_scope(options->token, i);
    if (options->user != NULL)
        request.user = tokenstore_identity_name(options->user);
    error = tokenstore_verify(context->store, &request, &token, &reason);
    if (error == TOKENSTORE_OK) {
        code = answer(options, token);
    } else if (error == TOKENSTORE_ERROR_REFUSED) {
        complain("refused: %s", tokenstore_reason_name(reason));
        code = EXIT_REFUSED;
    } else {
        code = store_failed(context, error);
    }
    tokenstore_token_free(&token);
    return code;
}

enum exit_code command_verify(struct context *context) {
    char bearer[INPUT_MAX + 1]; /* one too many */
    size_t length;
    enum exit_code code;

    process_forbid_dumps();
    code = expect_arguments(context, 0, NULL);
    if (code == EXIT_OK)
        code = settle_user(&context->options);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = read_bearer(bearer, sizeof(bearer), &length);
    if (code == EXIT_OK)
        code = verify(context, bearer, length);
    tokenstore_wipe(bearer, sizeof(bearer));
    return code;
}
