/*
 * audit.c - write the audit line.  Values are escaped, so that no name can
 * forge another field or another line.  No part of a bearer token may ever get
 * into this file.
 */
#include <config.h>

#include "tools/accesstoken/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "tools/accesstoken/output.h"

/* Writes a value; characters outside [A-Za-z0-9@._:-] become \xNN. */
static void put_value(FILE *line, const char *key, const char *value) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789@._:-";

    fprintf(line, " %s=", key);
    for (; *value != '\0'; value++) {
        if (strchr(safe, *value) != NULL)
            fputc(*value, line);
        else
            fprintf(line, "\\x%02x", (unsigned char)*value);
    }
}

static void put_caller(FILE *line, const struct caller *caller) {
    char buffer[16];

    put_value(line, "by", user_label(caller->identity, buffer));
    if (caller->login_uid != CALLER_NO_LOGIN)
        fprintf(line, " auid=%" PRIu32, caller->login_uid);
    fprintf(line, " uid=%" PRIu32, caller->uid);
}

static void put_line(const struct context *context,
                     const struct caller *caller, const char *action,
                     enum exit_code code, const char *id,
                     const struct tokenstore_identity *user,
                     const char *detail) {
    char *text = NULL;
    size_t length;
    char buffer[16];
    FILE *line = open_memstream(&text, &length);

    if (line == NULL)
        return;
    fprintf(line, "action=%s", action);
    if (code == EXIT_OK)
        fprintf(line, " result=ok");
    else
        fprintf(line, " result=failed exit=%d", (int)code);
    if (*id != '\0')
        put_value(line, "id", id);
    if (user != NULL)
        put_value(line, "user", user_label(user, buffer));
    put_caller(line, caller);
    if (detail != NULL)
        fprintf(line, " %s", detail);
    if (context->store != NULL && strcmp(tokenstore_path(context->store),
                                         tokenstore_default_path()) != 0)
        put_value(line, "store", tokenstore_path(context->store));
    if (fclose(line) == 0) {
        openlog("accesstoken", LOG_PID, LOG_AUTHPRIV);
        syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
        closelog();
    }
    free(text);
}

void audit(const struct context *context, const struct caller *caller,
           const char *action, enum exit_code code, uint64_t id,
           const struct tokenstore_identity *user, const char *detail) {
    char text[TOKENSTORE_ID_SIZE] = "";

    if (id != 0)
        snprintf(text, sizeof(text), "%" PRIu64, id);
    put_line(context, caller, action, code, text, user, detail);
}

void audit_token(const struct context *context, const struct caller *caller,
                 const char *action, enum exit_code code,
                 const struct tokenstore_token *token) {
    char id[TOKENSTORE_ID_SIZE];

    put_line(context, caller, action, code,
             tokenstore_token_id_text(token, id), tokenstore_token_user(token),
             NULL);
}
