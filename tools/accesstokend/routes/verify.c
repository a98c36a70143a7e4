/*
 * verify.c - tell a proxy whether a request may pass.  200 is the only yes,
 * and follows only from TOKENSTORE_OK.  Answers have no body, so that nginx
 * can reuse its connection.
 */
#include <config.h>

#include "tools/accesstokend/routes/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/accesstokend/request/credentials.h"
#include "tools/accesstokend/request/scopes.h"
#include "tools/accesstokend/shared/metrics.h"

#define BEARER "Bearer realm=\"accesstoken\""
#define BASIC "Basic realm=\"accesstoken\", charset=\"UTF-8\""
#define INSUFFICIENT_SCOPE "insufficient_scope"

struct question {
    const char *scopes[TOKENSTORE_SCOPES_MAX]; /* that the token must have */
    size_t scope_count;
    bool basic;          /* challenge with Basic instead of Bearer */
    const char *address; /* of the client, as text; NULL: not known */
};

/* Adds ", scope=..." with all scopes that were asked for. */
static void add_scopes(const struct question *question, char *challenge,
                       size_t size) {
    size_t used = strlen(challenge);

    for (size_t i = 0; i < question->scope_count; i++)
        used +=
            (size_t)snprintf(challenge + used, size - used, "%s%s",
                             i == 0 ? ", scope=\"" : " ", question->scopes[i]);
    if (question->scope_count > 0)
        snprintf(challenge + used, size - used, "\"");
}

/* error: for the challenge (RFC 6750), or NULL. */
static void refuse(const struct question *question, unsigned int status,
                   const char *error, struct answer *answer) {
    char challenge[128 + SCOPES_SIZE];

    answer->status = status;
    if (question->basic && status == 401) {
        answer_header(answer, "WWW-Authenticate", BASIC);
        return;
    }
    snprintf(challenge, sizeof(challenge), BEARER "%s%s%s",
             error != NULL ? ", error=\"" : "", error != NULL ? error : "",
             error != NULL ? "\"" : "");
    if (error != NULL && strcmp(error, INSUFFICIENT_SCOPE) == 0)
        add_scopes(question, challenge, sizeof(challenge));
    answer_header(answer, "WWW-Authenticate", challenge);
}

static void bad_question(struct answer *answer, const char *why) {
    answer->status = 400;
    snprintf(answer->why, sizeof(answer->why), "%s", why);
}

static bool parse_question(const struct call *call, struct question *question,
                           struct answer *answer) {
    const struct fields *query = call->query;
    const char *challenge = fields_get(query, "challenge");

    if (fields_count(query, "from") > 1 ||
        fields_count(query, "challenge") > 1) {
        bad_question(answer, "from or challenge is given twice");
        return false;
    }
    question->basic = challenge != NULL && strcmp(challenge, "basic") == 0;
    if (challenge != NULL && !question->basic) {
        bad_question(answer, "challenge: not basic");
        return false;
    }
    /* Over TCP the client itself is the peer; "from" could be a lie. */
    question->address = call->request->listener == LISTENER_TCP
                            ? call->request->address
                            : fields_get(query, "from");
    for (size_t i = 0; i < query->count; i++) {
        const char *scope = query->items[i].value;

        if (strcmp(query->items[i].key, "require_scope") != 0)
            continue;
        if (!tokenstore_scope_is_valid(scope) ||
            question->scope_count == TOKENSTORE_SCOPES_MAX) {
            bad_question(answer, "require_scope: not a scope, or too many");
            return false;
        }
        question->scopes[question->scope_count++] = scope;
    }
    return true;
}

/* Does the text arrive unchanged in a header?  Blanks around a value are
 * dropped (RFC 9110, section 5.5): "root " would become root. */
static bool is_header_text(const char *text) {
    const size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return length > 0 && text[0] != ' ' && text[length - 1] != ' ';
}

static void note_use(struct tokenstore *store,
                     const struct tokenstore_token *token,
                     const struct question *question, int64_t now) {
    tokenstore_note_use(
        store, token, question->scope_count > 0 ? question->scopes[0] : "http",
        question->address, now);
}

/* Writes the yes; returns false if the user's name rules it out. */
static bool accept(const struct tokenstore_token *token,
                   struct answer *answer) {
    const char *name = tokenstore_identity_name(tokenstore_token_user(token));
    char id[21], scopes[SCOPES_SIZE];

    if (name == NULL || !is_header_text(name)) {
        answer->status = 503;
        snprintf(answer->why, sizeof(answer->why),
                 "the user's name cannot stand in a header");
        return false;
    }
    snprintf(id, sizeof(id), "%" PRIu64, tokenstore_token_id(token));
    answer_header(answer, "Remote-User", name);
    answer_header(answer, "X-Token-Id", id);
    scopes_join(token, scopes);
    if (*scopes != '\0')
        answer_header(answer, "X-Token-Scope", scopes);
    return true;
}

/* Tells the client no, and the log why. */
static void reject(const struct question *question,
                   enum tokenstore_reason reason, struct answer *answer) {
    snprintf(answer->why, sizeof(answer->why), "%s", answer_refusal(reason));
    if (reason == TOKENSTORE_REASON_SCOPE)
        refuse(question, 403, INSUFFICIENT_SCOPE, answer);
    else if (reason == TOKENSTORE_REASON_NETWORK)
        refuse(question, 403, "invalid_token", answer);
    else
        refuse(question, 401, "invalid_token", answer);
}

static void verify(const struct call *call, const struct question *question,
                   const struct credentials *credentials,
                   struct answer *answer) {
    const struct tokenstore_request asked = {
        .bearer = credentials->token,
        .bearer_length = strlen(credentials->token),
        .user = credentials->user,
        .scopes = question->scopes,
        .scope_count = question->scope_count,
        .address = question->address,
        .now = call->request->now,
    };
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = shared_store(call->shared);
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (store != NULL)
        error = tokenstore_verify(store, &asked, &token, &reason);
    metrics_verification(call->shared->metrics, error, reason);
    answer_about(answer, token, asked.bearer);
    if (error == TOKENSTORE_OK) {
        if (accept(token, answer))
            note_use(store, token, question, asked.now);
    } else if (error == TOKENSTORE_ERROR_REFUSED ||
               error == TOKENSTORE_ERROR_INVALID_BEARER) {
        reject(question, reason, answer);
    } else {
        answer->status = 503;
        snprintf(answer->why, sizeof(answer->why), "%s",
                 store != NULL ? tokenstore_message(store)
                               : tokenstore_strerror(error));
    }
    tokenstore_token_free(&token);
}

void handle_verify(const struct call *call, struct answer *answer) {
    struct question question = {.scope_count = 0};
    struct credentials credentials;

    /* The proxy would pass such a header on beside the identity, or drop the
     * identity (Connection). */
    if (call->request->poses) {
        bad_question(answer, "a header may pass for the proxy's identity");
        return;
    }
    if (!parse_question(call, &question, answer))
        return;
    credentials_read(call->request->authorization, &credentials);
    if (credentials.token != NULL) {
        verify(call, &question, &credentials, answer);
    } else {
        snprintf(answer->why, sizeof(answer->why), "no token");
        refuse(&question, 401, credentials.presented ? "invalid_token" : NULL,
               answer);
    }
    credentials_free(&credentials);
}
