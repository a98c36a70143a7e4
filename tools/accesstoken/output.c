/*
 * output.c - results on standard output.  Must never print a bearer token.
 */
#include <config.h>

#include "tools/accesstoken/output.h"

#include <errno.h>
#include <stdio.h>

#include "tools/accesstoken/message.h"
#include "tools/common/token_json.h"

const char *user_label(const struct tokenstore_identity *user,
                       char buffer[static 16]) {
    uint32_t uid;

    if (user == NULL)
        return "?";
    if (tokenstore_identity_name(user) != NULL)
        return tokenstore_identity_name(user);
    if (!tokenstore_identity_uid(user, &uid))
        return "?";
    snprintf(buffer, 16, "uid:%lu", (unsigned long)uid);
    return buffer;
}

const char *expiry_phrase(int64_t time, char buffer[static 32]) {
    char text[TOKENSTORE_TIME_SIZE];

    if (tokenstore_time_format(time, text) != TOKENSTORE_OK)
        return "never expires";
    snprintf(buffer, 32, "expires %s", text);
    return buffer;
}

const char *last_used(const struct tokenstore_token *token,
                      char buffer[static TOKENSTORE_TIME_SIZE]) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return "-";
    if (tokenstore_time_format(use.time, buffer) != TOKENSTORE_OK)
        return "never";
    return buffer;
}

const char *plural(uint64_t number) { return number == 1 ? "" : "s"; }

enum exit_code print_entry(const struct tokenstore_token *token) {
    struct json_writer json = {0};

    token_json(&json, token);
    return print_json(&json);
}

void json_begin_entries(struct json_writer *json) {
    json_begin_object(json);
    json_put_key(json, "entries");
    json_begin_array(json);
}

enum exit_code print_entries(struct json_writer *json) {
    json_end_array(json);
    json_end_object(json);
    return print_json(json);
}

enum exit_code print_json(struct json_writer *json) {
    enum exit_code code;

    json_newline(json);
    code = send_json(json);
    json_free(json);
    return code;
}

enum exit_code send_json(struct json_writer *json) {
    if (json->failed)
        return out_of_memory();
    if (fwrite(json->data, 1, json->length, stdout) != json->length)
        return EXIT_FAILED; /* finish_output() prints the error */
    json->length = 0;
    return EXIT_OK;
}

enum exit_code finish_output(enum exit_code code) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != 0)
        complain("standard output: %m");
    else
        complain("standard output: the output is incomplete");
    return code == EXIT_OK ? EXIT_FAILED : code;
}
