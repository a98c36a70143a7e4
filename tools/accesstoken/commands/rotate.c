/*
 * rotate.c - accesstoken rotate: a new secret for a token, under a new id.
 * The old secret may be gone with the same stroke, so the place for the new
 * one is made ready first; where handing it over fails all the same, the new
 * token stays, to be rotated again with its lifetime whole.
 */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <time.h>

#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret.h"
#include "tools/common/process.h"

static const struct option options[] = {
    {"grace", required_argument, NULL, OPTION_GRACE},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    LIMITS_OPTION,
    {"json", no_argument, NULL, OPTION_JSON},
    COMMON_OPTIONS,
};

struct rotation {
    uint64_t id;
    int64_t grace;
    const char *file;
    bool json;
};

static enum exit_code parse_options(struct context *context,
                                    struct rotation *rotation, int argc,
                                    char **argv) {
    enum exit_code code = EXIT_OK;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        switch (option) {
        case OPTION_GRACE:
            code = parse_duration("--grace", optarg, &rotation->grace);
            break;
        case OPTION_OUTPUT:
            rotation->file = optarg;
            break;
        case OPTION_JSON:
            rotation->json = true;
            break;
        default: /* said by getopt */
            return EXIT_USAGE;
        }
    }
    return code;
}

/* What became of it, on standard error. */
static void say(const struct rotation *rotation,
                const struct tokenstore_token *created, bool delivered) {
    char id[TOKENSTORE_ID_SIZE], label[16], expiry[32];
    /* A token may rotate itself at a server that does not show it to itself.
     */
    const bool known =
        tokenstore_token_creation_time(created) != TOKENSTORE_NEVER;

    tokenstore_token_id_text(created, id);
    if (delivered)
        remark("token %s for %s%s%s; token %" PRIu64 " is %s", id,
               user_label(tokenstore_token_user(created), label),
               known ? " " : "",
               known ? expiry_phrase(tokenstore_token_expiration_time(created),
                                     expiry)
                     : "",
               rotation->id,
               rotation->grace > 0 ? "good only for the grace" : "gone");
    else
        complain("token %s replaced %" PRIu64 ", but its secret is lost: "
                 "rotate %s again",
                 id, rotation->id, id);
}

static enum exit_code rotate(struct context *context,
                             const struct rotation *rotation,
                             const struct caller *caller) {
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer = {{0}};
    struct secret_output output;
    char id[TOKENSTORE_ID_SIZE], detail[TOKENSTORE_ID_SIZE + 8];
    enum tokenstore_error error;
    enum exit_code code = secret_prepare(&output, rotation->file);

    if (code != EXIT_OK)
        return code;
    error = tokenstore_rotate(context->store, rotation->id, rotation->grace,
                              caller->identity, time(NULL), &bearer, &created);
    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        secret_discard(&output);
        audit(context, caller, "rotate", code, rotation->id, NULL, NULL);
        return code;
    }
    snprintf(detail, sizeof(detail), "new=%s",
             tokenstore_token_id_text(created, id));
    audit(context, caller, "rotate", EXIT_OK, rotation->id,
          tokenstore_token_user(created), detail);
    code = secret_write(&output, id, &bearer, rotation->json);
    tokenstore_wipe(&bearer, sizeof(bearer));
    say(rotation, created, code == EXIT_OK);
    tokenstore_token_free(&created);
    return code;
}

enum exit_code command_rotate(struct context *context, int argc, char **argv) {
    struct rotation rotation = {0};
    struct limits limits;
    struct caller caller;
    enum exit_code code;

    process_forbid_dumps();
    code = parse_options(context, &rotation, argc, argv);
    if (code == EXIT_OK)
        code = expect_arguments(context, argc, 1, "ID");
    if (code == EXIT_OK)
        code = parse_id(argv[optind], &rotation.id);
    if (code == EXIT_OK)
        code = open_store_within_limits(context, &limits);
    if (code != EXIT_OK)
        return code;
    caller_get(&caller);
    code = rotate(context, &rotation, &caller);
    caller_free(&caller);
    return code;
}
