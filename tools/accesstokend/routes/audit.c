/*
 * audit.c - the line about a change.  It has the keys of the tool's lines, and
 * those that say how the request came.
 */
#include <config.h>

#include "tools/accesstokend/routes/audit.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/common/audit_line.h"

static const char *action_of(const struct tokenstore_change *change) {
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        return "create";
    case TOKENSTORE_CHANGE_MODIFY:
        return "modify";
    case TOKENSTORE_CHANGE_REVOKE:
        return "revoke";
    case TOKENSTORE_CHANGE_ROTATE:
        return "rotate";
    }
    return "?";
}

static void put_caller(FILE *line, const struct call *call) {
    const struct request *request = call->request;

    audit_put_user(line, "by", caller_user(call->caller));
    if (call->caller->token != NULL)
        fprintf(line, " token=%" PRIu64,
                tokenstore_token_id(call->caller->token));
    if (request->peer.known)
        fprintf(line, " uid=%" PRIu32, request->peer.uid);
    if (request->address != NULL)
        audit_put(line, "from", request->address);
}

static void put_line(FILE *line, const struct call *call,
                     const struct tokenstore_change *change) {
    const struct tokenstore_token *token = change->token;
    const bool rotates = change->kind == TOKENSTORE_CHANGE_ROTATE;
    char changed[AUDIT_CHANGED_SIZE];
    uint64_t id = change->id;

    if (change->kind == TOKENSTORE_CHANGE_CREATE && token != NULL)
        id = tokenstore_token_id(token);
    fprintf(line, "action=%s result=%s", action_of(change),
            change->error == TOKENSTORE_OK ? "ok" : "unknown");
    if (id != 0)
        fprintf(line, " id=%" PRIu64, id);
    if (token == NULL)
        token = change->values;
    if (token != NULL)
        audit_put_user(line, "user", tokenstore_token_user(token));
    put_caller(line, call);
    if (rotates && change->token != NULL)
        fprintf(line, " new=%" PRIu64, tokenstore_token_id(change->token));
    if (change->kind == TOKENSTORE_CHANGE_MODIFY)
        fprintf(line, " %s",
                audit_changed(change->fields,
                              tokenstore_token_enabled(change->values),
                              changed));
    if (token != NULL)
        audit_put_token(line, token);
}

void audit_change(const struct call *call,
                  const struct tokenstore_change *change,
                  struct answer *answer) {
    size_t length;
    FILE *line;

    if (change->error != TOKENSTORE_OK &&
        change->error != TOKENSTORE_ERROR_OUTCOME_UNKNOWN)
        return;
    line = open_memstream(&answer->audit, &length);
    if (line == NULL)
        return;
    put_line(line, call, change);
    fclose(line);
}
