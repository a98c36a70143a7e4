/*
 * verify.c - accesstoken verify: would this token be accepted?  Reads it from
 * standard input, asks the one function that every front asks, and prints
 * whose it is or why not.  Never prints or keeps what was read.
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret.h"
#include "tools/common/process.h"

/* The longest text that is looked at, as in the PAM module. */
#define INPUT_MAX 512

static const struct option options[] = {
    {"user", required_argument, NULL, OPTION_USER},
    {"scope", required_argument, NULL, OPTION_SCOPE},
    {"from", required_argument, NULL, OPTION_FROM},
    {"json", no_argument, NULL, OPTION_JSON},
    COMMON_OPTIONS,
};

struct question {
    struct tokenstore_token *scopes; /* collects and checks them */
    struct tokenstore_identity *user;
    const char *user_text;
    const char *address;
    bool json;
};

/* --from: an address, with or without a zone ("fe80::1%eth0"). */
static enum exit_code take_address(struct question *question,
                                   const char *text) {
    const size_t length = strcspn(text, "%");
    char address[INET6_ADDRSTRLEN], binary[sizeof(struct in6_addr)];

    if (length < sizeof(address)) {
        memcpy(address, text, length);
        address[length] = '\0';
        if (inet_pton(AF_INET6, address, binary) == 1 ||
            (text[length] == '\0' &&
             inet_pton(AF_INET, address, binary) == 1)) {
            question->address = text;
            return EXIT_OK;
        }
    }
    return argument_failed("--from", text, TOKENSTORE_ERROR_INVALID_NETWORK);
}

static enum exit_code parse_options(struct context *context,
                                    struct question *question, int argc,
                                    char **argv) {
    enum exit_code code = EXIT_OK;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        switch (option) {
        case OPTION_USER:
            question->user_text = optarg;
            code = parse_user("--user", optarg, &question->user);
            break;
        case OPTION_SCOPE:
            code = take_scope(question->scopes, optarg);
            break;
        case OPTION_FROM:
            code = take_address(question, optarg);
            break;
        case OPTION_JSON:
            question->json = true;
            break;
        default: /* said by getopt */
            return EXIT_USAGE;
        }
    }
    return code;
}

/* The name that a front would bring: a bare name as it is, else resolved. */
static enum exit_code settle_user(struct question *question) {
    struct tokenstore_identity *account = NULL;
    enum tokenstore_error error;
    uint32_t number;

    if (question->user == NULL)
        return EXIT_OK;
    if (tokenstore_identity_name(question->user) != NULL &&
        tokenstore_identity_domain(question->user) == NULL &&
        !tokenstore_identity_uid(question->user, &number))
        return EXIT_OK;
    error = tokenstore_identity_resolve(question->user, false, &account);
    if (error != TOKENSTORE_OK)
        return argument_failed("--user", question->user_text, error);
    tokenstore_identity_free(&question->user);
    question->user = account;
    return EXIT_OK;
}

/* Read to the end, to a terminal's newline, or until the buffer is full. */
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
 * The same from a terminal, unseen.  Keys that make signals are text
 * meanwhile: an interrupt would leave the terminal without echo.
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

/* What was presented, without the newline that ends it. */
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
    if (used > 0 && buffer[used - 1] == '\n') {
        used--;
        if (used > 0 && buffer[used - 1] == '\r')
            used--;
    }
    if (used > INPUT_MAX) {
        complain("standard input: longer than %d bytes, not a bearer token",
                 INPUT_MAX);
        return EXIT_REFUSED;
    }
    *length = used;
    return EXIT_OK;
}

static enum exit_code answer(const struct question *question,
                             const struct tokenstore_token *token) {
    char label[16];

    if (question->json)
        return print_entry(token);
    printf("%" PRIu64 " ", tokenstore_token_id(token));
    print_safe(stdout, user_label(tokenstore_token_user(token), label));
    putchar('\n');
    return EXIT_OK;
}

static enum exit_code verify(struct context *context,
                             const struct question *question,
                             const char *bearer, size_t length) {
    const char *scopes[TOKENSTORE_SCOPES_MAX];
    struct tokenstore_request request = {
        .bearer = bearer,
        .bearer_length = length,
        .scopes = scopes,
        .scope_count = tokenstore_token_scope_count(question->scopes),
        .address = question->address,
        .now = time(NULL),
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error;
    enum exit_code code;
    size_t i;

    for (i = 0; i < request.scope_count; i++)
        scopes[i] = tokenstore_token_scope(question->scopes, i);
    if (question->user != NULL)
        request.user = tokenstore_identity_name(question->user);
    error = tokenstore_verify(context->store, &request, &token, &reason);
    if (error == TOKENSTORE_OK) {
        code = answer(question, token);
    } else if (error == TOKENSTORE_ERROR_REFUSED) {
        complain("refused: %s", tokenstore_reason_name(reason));
        code = EXIT_REFUSED;
    } else {
        code = store_failed(context, error);
    }
    tokenstore_token_free(&token);
    return code;
}

enum exit_code command_verify(struct context *context, int argc, char **argv) {
    struct question question = {0};
    char bearer[INPUT_MAX + 3]; /* one too many, and CR LF */
    size_t length;
    enum exit_code code = new_token(&question.scopes);

    process_forbid_dumps();
    if (code == EXIT_OK)
        code = parse_options(context, &question, argc, argv);
    if (code == EXIT_OK)
        code = expect_arguments(context, argc, 0, NULL);
    if (code == EXIT_OK)
        code = settle_user(&question);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = read_bearer(bearer, sizeof(bearer), &length);
    if (code == EXIT_OK)
        code = verify(context, &question, bearer, length);
    tokenstore_wipe(bearer, sizeof(bearer));
    tokenstore_token_free(&question.scopes);
    tokenstore_identity_free(&question.user);
    return code;
}
