/*
 * create.c - accesstoken create: issue a token for a user.
 * The place the secret goes to is made ready first; a token whose secret
 * could not be delivered is revoked again.
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
    {"name", required_argument, NULL, OPTION_NAME},
    {"scope", required_argument, NULL, OPTION_SCOPE},
    {"from", required_argument, NULL, OPTION_FROM},
    {"expires", required_argument, NULL, OPTION_EXPIRES},
    {"self", no_argument, NULL, OPTION_SELF},
    {"virtual", no_argument, NULL, OPTION_VIRTUAL},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    LIMITS_OPTION,
    {"json", no_argument, NULL, OPTION_JSON},
    COMMON_OPTIONS,
};

struct creation {
    struct tokenstore_token *token; /* as asked for */
    struct caller caller;
    const char *file;
    bool self;
    bool virtual_user;
    bool json;
    bool has_expiry;
    int64_t now;
};

static enum exit_code parse_options(struct context *context,
                                    struct creation *creation, int argc,
                                    char **argv) {
    enum exit_code code = EXIT_OK;
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1) {
        switch (option) {
        case OPTION_NAME:
            code = take_name(creation->token, optarg);
            break;
        case OPTION_SCOPE:
            code = may_grant(optarg);
            if (code == EXIT_OK)
                code = take_scope(creation->token, optarg);
            break;
        case OPTION_FROM:
            code = take_network(creation->token, optarg);
            break;
        case OPTION_EXPIRES:
            code = take_expiry(creation->token, optarg, creation->now);
            creation->has_expiry = true;
            break;
        case OPTION_SELF:
            creation->self = true;
            break;
        case OPTION_VIRTUAL:
            creation->virtual_user = true;
            break;
        case OPTION_OUTPUT:
            creation->file = optarg;
            break;
        case OPTION_JSON:
            creation->json = true;
            break;
        default: /* said by getopt */
            return EXIT_USAGE;
        }
    }
    return code;
}

/* When it ends, where nobody said so. */
static enum exit_code set_default_expiry(struct creation *creation,
                                         const struct limits *limits) {
    enum tokenstore_error error;

    if (creation->has_expiry || limits->lifetime_default == 0)
        return EXIT_OK;
    error = tokenstore_token_set_expiration_time(
        creation->token, creation->now + limits->lifetime_default);
    return error == TOKENSTORE_OK
               ? EXIT_OK
               : argument_failed("lifetime_default", "", error);
}

/* The account, as this host knows it. */
static enum exit_code set_user(struct creation *creation, const char *text,
                               const struct tokenstore_identity *given) {
    struct tokenstore_identity *user = NULL;
    enum tokenstore_error error =
        tokenstore_identity_resolve(given, creation->virtual_user, &user);

    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_user(creation->token, user);
    tokenstore_identity_free(&user);
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("user", text, error);
}

/* The user as they were named: it is the server that knows them. */
static enum exit_code set_remote_user(struct creation *creation,
                                      const char *text,
                                      struct tokenstore_identity *given) {
    enum tokenstore_error error = TOKENSTORE_OK;

    if (creation->virtual_user)
        error = tokenstore_identity_set(given, "domain", "API_NULL_DOMAIN");
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_user(creation->token, given);
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("user", text, error);
}

/* Whom the token is for, USER or (NULL) who runs this, and who asks. */
static enum exit_code set_identities(const struct context *context,
                                     struct creation *creation,
                                     const char *text) {
    struct tokenstore_identity *given = NULL;
    const bool remote = store_is_remote(context);
    char self[sizeof("uid:4294967295")];
    enum exit_code code;
    enum tokenstore_error error;

    /* A server says itself who asks; and who created a token. */
    if (text == NULL && remote)
        return EXIT_OK;
    snprintf(self, sizeof(self), "uid:%" PRIu32, creation->caller.uid);
    if (text == NULL)
        text = self;
    code = parse_user("user", text, &given);
    if (code != EXIT_OK)
        return code;
    code = remote ? set_remote_user(creation, text, given)
                  : set_user(creation, text, given);
    tokenstore_identity_free(&given);
    if (code != EXIT_OK || creation->caller.identity == NULL)
        return code;
    error = tokenstore_token_set_creator(creation->token,
                                         creation->caller.identity);
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("creator", "", error);
}

/* Nobody holds this token's secret: take it back. */
static void revoke_again(struct context *context,
                         const struct creation *creation,
                         const struct tokenstore_token *created) {
    const uint64_t id = tokenstore_token_id(created);
    char text[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error;
    enum exit_code code = EXIT_OK;

    tokenstore_token_id_text(created, text);
    if (id == 0) { /* a server's that no command takes */
        complain("token %s was issued, and its secret is lost: see to it on "
                 "the server",
                 text);
        return;
    }
    error = tokenstore_revoke(context->store, &id, 1, NULL);
    if (error == TOKENSTORE_OK) {
        complain("token %s was issued, could not be handed over, and is "
                 "revoked again",
                 text);
    } else {
        code = store_failed(context, error);
        complain("revoke token %s, whose secret is lost", text);
    }
    audit_token(context, &creation->caller, "revoke", code, created);
}

static enum exit_code issue(struct context *context,
                            struct creation *creation) {
    const struct tokenstore_identity *user =
        tokenstore_token_user(creation->token);
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer = {{0}};
    struct secret_output output;
    char label[16], expiry[32], id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error;
    enum exit_code code = secret_prepare(&output, creation->file);

    if (code != EXIT_OK)
        return code;
    error = tokenstore_create(context->store, creation->token, creation->now,
                              &bearer, &created);
    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        secret_discard(&output);
        audit(context, &creation->caller, "create", code, 0, user, NULL);
        return code;
    }
    tokenstore_token_id_text(created, id);
    user = tokenstore_token_user(created);
    audit_token(context, &creation->caller, "create", EXIT_OK, created);
    code = secret_write(&output, id, &bearer, creation->json);
    tokenstore_wipe(&bearer, sizeof(bearer));
    if (code == EXIT_OK)
        remark(
            "token %s for %s %s", id, user_label(user, label),
            expiry_phrase(tokenstore_token_expiration_time(created), expiry));
    else
        revoke_again(context, creation, created);
    tokenstore_token_free(&created);
    return code;
}

enum exit_code command_create(struct context *context, int argc, char **argv) {
    struct creation creation = {.now = time(NULL)};
    struct limits limits;
    enum exit_code code = new_token(&creation.token);

    process_forbid_dumps();
    if (code == EXIT_OK)
        code = parse_options(context, &creation, argc, argv);
    if (code == EXIT_OK && creation.self && creation.virtual_user)
        code =
            usage_failed(context, "--self and --virtual exclude each other");
    if (code == EXIT_OK)
        code = expect_arguments(context, argc, creation.self ? 0 : 1, "USER");
    if (code == EXIT_OK)
        code = open_store_within_limits(context, &limits);
    if (code == EXIT_OK)
        code = set_default_expiry(&creation, &limits);
    if (code == EXIT_OK) {
        caller_get(&creation.caller);
        code = set_identities(context, &creation, argv[optind]);
        if (code == EXIT_OK)
            code = issue(context, &creation);
        caller_free(&creation.caller);
    }
    tokenstore_token_free(&creation.token);
    return code;
}
