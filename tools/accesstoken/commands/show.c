/*
 * show.c - accesstoken show: show everything about one token.
 */
#include <config.h>

#include "tools/accesstoken/commands/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/common/token_filter.h"

static void put_line(const char *key, const char *value) {
    if (value == NULL || *value == '\0')
        return;
    printf("%s: ", key);
    print_safe(stdout, value);
    putchar('\n');
}

static void put_identity(const char *key,
                         const struct tokenstore_identity *identity) {
    char label[16];
    uint32_t number;

    if (identity == NULL)
        return;
    printf("%s: ", key);
    print_safe(stdout, user_label(identity, label));
    if (tokenstore_identity_uid(identity, &number))
        printf(" uid=%" PRIu32, number);
    if (tokenstore_identity_gid(identity, &number))
        printf(" gid=%" PRIu32, number);
    if (tokenstore_identity_sid(identity) != NULL) {
        fputs(" sid=", stdout);
        print_safe(stdout, tokenstore_identity_sid(identity));
    }
    if (tokenstore_identity_domain(identity) != NULL) {
        fputs(" domain=", stdout);
        print_safe(stdout, tokenstore_identity_domain(identity));
    }
    putchar('\n');
}

static void put_time(const char *key, int64_t time) {
    char text[TOKENSTORE_TIME_SIZE];

    if (tokenstore_time_format(time, text) == TOKENSTORE_OK)
        put_line(key, text);
    else
        put_line(key, "never");
}

static void put_issuers(const struct tokenstore_token *token) {
    const uint64_t issuer = tokenstore_token_issuer(token);

    if (issuer != 0)
        printf("issued by: token %" PRIu64 ", first issuer token %" PRIu64
               "\n",
               issuer, tokenstore_token_first_issuer(token));
}

static void put_last_use(const struct tokenstore_token *token) {
    char buffer[TOKENSTORE_TIME_SIZE];
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return;
    printf("last used: %s", last_used(token, buffer));
    if (use.service[0] != '\0') {
        fputs(" service=", stdout);
        print_safe(stdout, use.service);
    }
    if (use.address[0] != '\0') {
        fputs(" address=", stdout);
        print_safe(stdout, use.address);
    }
    putchar('\n');
}

static void
put_set(const char *key, const struct tokenstore_token *token, size_t count,
        const char *(*item)(const struct tokenstore_token *, size_t)) {
    printf("%s:%s", key, count == 0 ? " any" : "");
    for (size_t i = 0; i < count; i++)
        printf(" %s", item(token, i));
    putchar('\n');
}

static void show_lines(const struct tokenstore_token *token) {
    char id[TOKENSTORE_ID_SIZE];

    printf("id: %s\n", tokenstore_token_id_text(token, id));
    put_line("status",
             token_status_name(tokenstore_token_status(token, time(NULL))));
    put_identity("user", tokenstore_token_user(token));
    put_line("name", tokenstore_token_name(token));
    put_set("scopes", token, tokenstore_token_scope_count(token),
            tokenstore_token_scope);
    put_set("networks", token, tokenstore_token_network_count(token),
            tokenstore_token_network);
    if (tokenstore_token_creation_time(token) != TOKENSTORE_NEVER)
        put_time("created", tokenstore_token_creation_time(token));
    put_time("expires", tokenstore_token_expiration_time(token));
    put_identity("creator", tokenstore_token_creator(token));
    put_issuers(token);
    put_last_use(token);
}

static enum exit_code show(struct context *context, uint64_t id) {
    struct tokenstore_token *token = NULL;
    const enum tokenstore_error error =
        tokenstore_get(context->store, id, &token);
    enum exit_code code = EXIT_OK;

    if (error != TOKENSTORE_OK)
        return store_failed(context, error);
    if (context->options.json)
        code = print_entry(token);
    else
        show_lines(token);
    tokenstore_token_free(&token);
    return code;
}

enum exit_code command_show(struct context *context) {
    uint64_t id;
    enum exit_code code = expect_id(context, &id);

    if (code == EXIT_OK)
        code = open_store(context);
    return code == EXIT_OK ? show(context, id) : code;
}
