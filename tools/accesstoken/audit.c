/*
 * audit.c - write the audit line.  No part of a bearer token may ever get
 * into this file.
 */
#include <config.h>

#include "tools/accesstoken/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "tools/common/audit_line.h"

static void put_caller(FILE *line, const struct caller *caller) {
    if (caller->identity != NULL)
        audit_put_user(line, "by", caller->identity);
    else
        audit_put(line, "by", "?");
    if (caller->login_uid != CALLER_NO_LOGIN)
        fprintf(line, " auid=%" PRIu32, caller->login_uid);
    fprintf(line, " uid=%" PRIu32, caller->uid);
}

static void put_line(const struct context *context,
                     const struct caller *caller, const char *action,
                     enum exit_code code, const char *id,
                     const struct tokenstore_identity *user,
                     const struct tokenstore_token *token,
                     const char *detail) {
    char *text = NULL;
    size_t length;
    FILE *line = open_memstream(&text, &length);

    if (line == NULL)
        return;
    fprintf(line, "action=%s", action);
    if (code == EXIT_OK)
        fprintf(line, " result=ok");
    else
        fprintf(line, " result=failed exit=%d", (int)code);
    if (*id != '\0')
        audit_put(line, "id", id);
    audit_put_user(line, "user", user);
    put_caller(line, caller);
    if (detail != NULL)
        fprintf(line, " %s", detail);
    if (token != NULL)
        audit_put_token(line, token);
    if (context->store != NULL && strcmp(tokenstore_path(context->store),
                                         tokenstore_default_path()) != 0)
        audit_put(line, "store", tokenstore_path(context->store));
    if (fclose(line) == 0) {
        openlog("accesstoken", LOG_PID, LOG_AUTHPRIV);
        syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
        closelog();
    }
    free(text);
}

void audit(const struct context *context, const struct caller *caller,
           const char *action, enum exit_code code, uint64_t id,
           const struct tokenstore_identity *user,
           const struct tokenstore_token *token, const char *detail) {
    char text[TOKENSTORE_ID_SIZE] = "";

    if (id != 0)
        snprintf(text, sizeof(text), "%" PRIu64, id);
    if (user == NULL && token != NULL)
        user = tokenstore_token_user(token);
    put_line(context, caller, action, code, text, user, token, detail);
}

void audit_token(const struct context *context, const struct caller *caller,
                 const char *action, enum exit_code code,
                 const struct tokenstore_token *token) {
    char id[TOKENSTORE_ID_SIZE];

    put_line(context, caller, action, code,
             tokenstore_token_id_text(token, id), tokenstore_token_user(token),
             token, NULL);
}
