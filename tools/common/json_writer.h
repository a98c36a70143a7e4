/*
 * json_writer.h - write JSON (RFC 8259) into a growing buffer, in one pass.
 * It knows nothing about tokens, does no I/O, and never writes a byte that is
 * not valid JSON.
 *
 *     struct json_writer json = {0};
 *     json_begin_object(&json);
 *     json_put_key(&json, "id");
 *     json_put_string(&json, "42");
 *     json_end_object(&json);
 *     if (!json.failed)
 *         fwrite(json.data, 1, json.length, stdout);
 *     json_free(&json);
 *
 * The caller calls begin, key, value and end in an order that makes sense; the
 * writer adds the commas.  A lack of memory is remembered in "failed", so that
 * the caller checks once, at the end.
 */
#ifndef TOOLS_COMMON_JSON_WRITER_H
#define TOOLS_COMMON_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise it.  To write a document of any size with one buffer, send
 * the data from time to time and set length to 0; the document continues. */
struct json_writer {
    char *data;
    size_t length;
    size_t size;
    bool comma; /* the next key or value follows another */
    bool failed;
};

void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);

/* Writes the name of a member as it is: printable ASCII without " and \. */
void json_put_key(struct json_writer *json, const char *key);

/* Writes a string; a byte that is not part of valid UTF-8 becomes U+FFFD. */
void json_put_string(struct json_writer *json, const char *text);
void json_put_number(struct json_writer *json, uint64_t number);
void json_put_bool(struct json_writer *json, bool value);
void json_put_null(struct json_writer *json);

/* Writes a value that is JSON already. */
void json_put_value(struct json_writer *json, const char *value);

/* Writes a newline between or after documents. */
void json_newline(struct json_writer *json);

/* Wipes and frees the buffer, which may have held a secret. */
void json_free(struct json_writer *json);

#endif
