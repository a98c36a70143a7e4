/*
 * fuzz_belief.c - all bytes that a server sends through a Unix socket.  A yes
 * is about the token and has a user; what is shorter or longer than a yes is
 * none.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/format/bearer.h"
#include "tokenstore/remote/answer.h"
#include "tokenstore/remote/belief.h"
#include "tokenstore/values/text.h"

#define TOKEN 42
#define SCOPE "imap"

static struct tokenstore_bearer bearer;
static struct head head;
static struct tokenstore_token token;

/* A copy of exactly the size lets a sanitizer see an access past it. */
static enum tokenstore_error judge(const uint8_t *data, size_t size,
                                   enum tokenstore_reason *reason) {
    static const char *const scopes[] = {SCOPE};
    const struct remote_question question = {
        .bearer = bearer.text, .scopes = scopes, .scope_count = 1};
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    char *bytes = calloc(1, size + (size == 0));
    struct message message;

    REQUIRE(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    *reason = TOKENSTORE_REASON_NONE;
    if (answer_parse(bytes, size, &head) == NULL) {
        REQUIRE(head.length < size);
        error = belief_judge(&head, &question, "x", &token, reason, &message);
    }
    free(bytes);
    return error;
}

static void require_yes(const uint8_t *data, size_t size) {
    enum tokenstore_reason reason;
    uint8_t *longer = malloc(size + 1);
    bool has_scope = token.scope_count == 0;

    REQUIRE(head.status == 200 && head.length == 0 && token.id == TOKEN);
    REQUIRE(token.user.name[0] != '\0' &&
            text_is_printable(token.user.name, strlen(token.user.name)));
    for (size_t i = 0; i < token.scope_count; i++)
        has_scope = has_scope || strcmp(token.scopes[i], SCOPE) == 0;
    REQUIRE(has_scope && !token.has_secret);
    REQUIRE(longer != NULL);
    memcpy(longer, data, size);
    longer[size] = '\n';
    REQUIRE(judge(longer, size + 1, &reason) != TOKENSTORE_OK);
    free(longer);
    for (size_t i = 1; i < size; i *= 2)
        REQUIRE(judge(data, size - i, &reason) != TOKENSTORE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct bearer_parts parts = {.id = TOKEN};
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    bearer_format(&parts, &bearer);
    error = judge(data, size, &reason);
    REQUIRE((error == TOKENSTORE_ERROR_REFUSED) ==
            (reason != TOKENSTORE_REASON_NONE));
    if (error == TOKENSTORE_ERROR_REFUSED)
        REQUIRE(head.status == 401 || head.status == 403);
    if (error == TOKENSTORE_OK)
        require_yes(data, size);
    return 0;
}
