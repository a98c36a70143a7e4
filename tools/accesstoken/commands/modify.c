/*
 * modify.c - accesstoken modify: change a token's name, expiry, enabled flag,
 * scopes or networks.  Never its user or its secret: that is a new token.
 */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"

static const struct option options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"expires", required_argument, NULL, OPTION_EXPIRES},
    {"enable", no_argument, NULL, OPTION_ENABLE},
    {"disable", no_argument, NULL, OPTION_DISABLE},
    {"scope", required_argument, NULL, OPTION_SCOPE},
    {"from", required_argument, NULL, OPTION_FROM},
    {"any-scope", no_argument, NULL, OPTION_ANY_SCOPE},
    {"any-network", no_argument, NULL, OPTION_ANY_NETWORK},
    LIMITS_OPTION,
    COMMON_OPTIONS,
};

struct modification {
    uint64_t id;
    struct tokenstore_token *values;
    unsigned int fields;
    int64_t now;
    bool enable;
    bool disable;
    bool any_scope;
    bool any_network;
};

static enum exit_code parse_option(struct modification *change, int option) {
    enum exit_code code;

    switch (option) {
    case OPTION_NAME:
        change->fields |= TOKENSTORE_FIELD_NAME;
        return take_name(change->values, optarg);
    case OPTION_EXPIRES:
        change->fields |= TOKENSTORE_FIELD_EXPIRATION_TIME;
        return take_expiry(change->values, optarg, change->now);
    case OPTION_ENABLE:
        change->enable = true;
        return EXIT_OK;
    case OPTION_DISABLE:
        change->disable = true;
        return EXIT_OK;
    case OPTION_SCOPE:
        change->fields |= TOKENSTORE_FIELD_SCOPES;
        code = may_grant(optarg);
        return code == EXIT_OK ? take_scope(change->values, optarg) : code;
    case OPTION_FROM:
        change->fields |= TOKENSTORE_FIELD_NETWORKS;
        return take_network(change->values, optarg);
    case OPTION_ANY_SCOPE:
        change->any_scope = true;
        return EXIT_OK;
    case OPTION_ANY_NETWORK:
        change->any_network = true;
        return EXIT_OK;
    default: /* said by getopt */
        return EXIT_USAGE;
    }
}

/* The options that exclude each other, then the fields they stand for. */
static enum exit_code settle(const struct context *context,
                             struct modification *change) {
    if (change->enable && change->disable)
        return usage_failed(context,
                            "--enable and --disable exclude each other");
    if (change->any_scope && (change->fields & TOKENSTORE_FIELD_SCOPES) != 0)
        return usage_failed(context,
                            "--scope and --any-scope exclude each other");
    if (change->any_network &&
        (change->fields & TOKENSTORE_FIELD_NETWORKS) != 0)
        return usage_failed(context,
                            "--from and --any-network exclude each other");
    if (change->enable || change->disable) {
        change->fields |= TOKENSTORE_FIELD_ENABLED;
        tokenstore_token_set_enabled(change->values, change->enable);
    }
    if (change->any_scope)
        change->fields |= TOKENSTORE_FIELD_SCOPES;
    if (change->any_network)
        change->fields |= TOKENSTORE_FIELD_NETWORKS;
    if (change->fields == 0)
        return usage_failed(context, "nothing to change");
    return EXIT_OK;
}

/* "changed=disabled:scopes", for the audit log. */
static void describe(const struct modification *change, char *text,
                     size_t size) {
    const struct {
        unsigned int field;
        const char *word;
    } words[] = {
        {TOKENSTORE_FIELD_NAME, "name"},
        {TOKENSTORE_FIELD_EXPIRATION_TIME, "expires"},
        {TOKENSTORE_FIELD_ENABLED, change->enable ? "enabled" : "disabled"},
        {TOKENSTORE_FIELD_SCOPES, "scopes"},
        {TOKENSTORE_FIELD_NETWORKS, "networks"},
    };
    size_t i, used = 0;

    for (i = 0; i < sizeof(words) / sizeof(*words); i++)
        if ((change->fields & words[i].field) != 0 && used < size)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s",
                                 used == 0 ? "changed=" : ":", words[i].word);
}

static enum exit_code modify(struct context *context,
                             const struct modification *change) {
    const struct tokenstore_identity *user = NULL;
    struct tokenstore_token *modified = NULL;
    struct caller caller;
    char detail[64], label[16], expiry[32];
    enum exit_code code = EXIT_OK;
    enum tokenstore_error error =
        tokenstore_modify(context->store, change->id, change->fields,
                          change->values, change->now, &modified);

    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    else
        user = tokenstore_token_user(modified);
    describe(change, detail, sizeof(detail));
    caller_get(&caller);
    audit(context, &caller, "modify", code, change->id, user, detail);
    caller_free(&caller);
    if (code == EXIT_OK)
        remark(
            "modified token %" PRIu64 " for %s: %s, %s", change->id,
            user_label(user, label),
            tokenstore_token_enabled(modified) ? "enabled" : "disabled",
            expiry_phrase(tokenstore_token_expiration_time(modified), expiry));
    tokenstore_token_free(&modified);
    return code;
}

enum exit_code command_modify(struct context *context, int argc, char **argv) {
    struct modification change = {.now = time(NULL)};
    struct limits limits;
    enum exit_code code = new_token(&change.values);
    int option;

    while (code == EXIT_OK &&
           (option = next_option(context, argc, argv, options)) != -1)
        code = parse_option(&change, option);
    if (code == EXIT_OK)
        code = expect_arguments(context, argc, 1, "ID");
    if (code == EXIT_OK)
        code = parse_id(argv[optind], &change.id);
    if (code == EXIT_OK)
        code = settle(context, &change);
    /* What only takes a token out of use works whatever the limits say. */
    if (code == EXIT_OK)
        code = change.fields == TOKENSTORE_FIELD_ENABLED && change.disable
                   ? open_store(context)
                   : open_store_within_limits(context, &limits);
    if (code == EXIT_OK)
        code = modify(context, &change);
    tokenstore_token_free(&change.values);
    return code;
}
