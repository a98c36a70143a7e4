/*
 * findings.c - print what doctor finds, at once: what comes later may take
 * long, or may never come.
 */
#include <config.h>

#include "tools/accesstoken/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/output.h"

#define TEXT_SIZE 8192

static const char *const words[] = {
    [FINDING_OK] = "ok",
    [FINDING_WARN] = "warn",
    [FINDING_FAIL] = "fail",
};

static void put_string(struct json_writer *json, const char *key,
                       const char *text) {
    json_put_key(json, key);
    json_put_string(json, text);
}

static void put_json(struct findings *findings, enum finding_state state,
                     const char *about, const char *command,
                     const char *text) {
    struct json_writer json = {0};

    fputs(findings->begun ? "," : "{\"findings\":[", stdout);
    findings->begun = true;
    json_begin_object(&json);
    put_string(&json, "about", about);
    put_string(&json, "state", words[state]);
    put_string(&json, "text", text);
    if (command != NULL)
        put_string(&json, "command", command);
    json_end_object(&json);
    if (send_json(&json) != EXIT_OK)
        findings->failed = true;
    json_free(&json);
}

void finding(struct findings *findings, enum finding_state state,
             const char *about, const char *command, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    findings->failed |= state == FINDING_FAIL;
    if (findings->as_json) {
        put_json(findings, state, about, command, tokenstore_mask(text));
        return;
    }
    printf("%-4s  %-8s  ", words[state], about);
    print_safe(stdout, text);
    if (command != NULL) {
        fputs("; run: ", stdout);
        print_safe(stdout, command);
    }
    putchar('\n');
}

void findings_end(struct findings *findings) {
    if (findings->as_json)
        puts("]}");
}
