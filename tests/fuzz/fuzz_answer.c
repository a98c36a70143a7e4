/*
 * fuzz_answer.c - answers of a server: lines of headers, an empty line and a
 * body, received in pieces. Every value that is accepted is valid in a token,
 * in a line of text or in a header. A next page follows the current one on the
 * same server.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "tokenstore/remote/http/json_write.h"
#include "tokenstore/remote/http/pages.h"
#include "tokenstore/values/text.h"

#define AFTER 41
#define URL "https://here:8443"
#define ROOM 3
#define MAX 4096

static void require_text(const char *text) {
    REQUIRE(text_is_printable(text, strlen(text)));
}

static void require_identity(const struct tokenstore_identity *identity) {
    require_text(identity->name);
    require_text(identity->sid);
    require_text(identity->auth_id);
    REQUIRE(!identity->has_uid || identity->uid != UINT32_MAX);
    REQUIRE(!identity->has_gid || identity->gid != UINT32_MAX);
}

static void require_use(const struct tokenstore_token *token) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return;
    REQUIRE(use.time >= 0);
    require_text(use.service);
    require_text(use.address);
}

/* Checks that an id is valid in a path and cannot change the path. */
static void require_id(const char *id) {
    REQUIRE(strlen(id) > 0 && strlen(id) < TOKENSTORE_ID_SIZE);
    REQUIRE(id[0] != '.');
    for (const char *c = id; *c != '\0'; c++)
        REQUIRE(isalnum((unsigned char)*c) || strchr("._:-", *c) != NULL);
}

static void require_token(const struct tokenstore_token *token) {
    struct tokenstore_token *again = NULL;
    char id[TOKENSTORE_ID_SIZE];
    uint64_t number;
    char *body;

    REQUIRE(identity_is_set(&token->user));
    require_id(tokenstore_token_id_text(token, id));
    REQUIRE((token->id != 0) == json_parse_id(id, &number));
    require_identity(&token->user);
    require_identity(&token->creator);
    REQUIRE(tokenstore_token_new(&again) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_name(again, token->name) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_expiration_time(
                again, token->expiration_time) == TOKENSTORE_OK);
    REQUIRE(token->creation_time >= 0);
    for (size_t i = 0; i < token->scope_count; i++)
        REQUIRE(tokenstore_token_add_scope(again, token->scopes[i]) ==
                TOKENSTORE_OK);
    for (size_t i = 0; i < token->network_count; i++)
        REQUIRE(tokenstore_token_add_network(again, token->networks[i].text) ==
                TOKENSTORE_OK);
    REQUIRE(again->scope_count == token->scope_count);
    REQUIRE(again->network_count == token->network_count);
    tokenstore_token_free(&again);
    REQUIRE(!token->has_secret);
    require_use(token);
    body = json_write_creation(token);
    REQUIRE(body != NULL && body[0] == '{');
    free(body);
}

static void require_secret(const char *id,
                           const struct tokenstore_bearer *bearer) {
    const size_t length = strlen(bearer->text);
    uint64_t own, number;

    require_id(id);
    REQUIRE(length > 0);
    for (size_t i = 0; i < length; i++)
        REQUIRE(bearer->text[i] > ' ' && bearer->text[i] <= '~');
    if (strncmp(bearer->text, TOKENSTORE_BEARER_PREFIX, 7) == 0)
        REQUIRE(tokenstore_bearer_id(bearer->text, length, &own) ==
                    TOKENSTORE_OK &&
                json_parse_id(id, &number) && own == number);
}

/* Checks the next page of a list, after the page that follows "after". */
static void require_way(const struct json_paging *paging,
                        const struct tokenstore_token *tokens, size_t count,
                        uint64_t after) {
    static const char list[] = "/v1/auth/access-tokens";
    struct remote_pages pages = {.next = "/last", .lap = 1};
    uint64_t next;

    if (pages_follow(&pages, URL, paging, tokens, count, after, &next) != NULL)
        return;
    if (next != TOKENSTORE_AFTER_LAST) {
        REQUIRE(next == 0 || (after != TOKENSTORE_AFTER_LAST && next > after));
        return;
    }
    REQUIRE(count > 0);
    REQUIRE(strncmp(pages.next, list, sizeof(list) - 1) == 0);
    REQUIRE(pages.next[strspn(pages.next + sizeof(list) - 1, "/") +
                       sizeof(list) - 1] == '?');
    for (const char *byte = pages.next; *byte != '\0'; byte++)
        REQUIRE(*byte > ' ' && *byte <= '~' && *byte != '#');
    /* And not to the same page again. */
    REQUIRE(pages_follow(&pages, URL, paging, tokens, count,
                         TOKENSTORE_AFTER_LAST, &next) != NULL);
}

/* Receives in pieces of one byte, then two, and so on. */
static bool receive_pieces(struct response_reader *reader, char *data,
                           size_t size) {
    for (size_t piece = 1; size > 0; piece++) {
        size_t length = piece < size ? piece : size;

        if (response_take_body(data, 1, length, reader) != length)
            return false;
        data += length;
        size -= length;
    }
    return true;
}

static void read_all(const struct response *response) {
    struct tokenstore_token tokens[ROOM];
    struct tokenstore_identity identity;
    struct tokenstore_bearer bearer;
    char text[JSON_ERROR_SIZE], id[TOKENSTORE_ID_SIZE];
    struct json_paging paging;
    size_t count = 0;

    if (json_read_token(response, &tokens[0]) == NULL)
        require_token(&tokens[0]);
    if (json_read_identity(response, &identity) == NULL)
        require_identity(&identity);
    if (json_read_secret(response, id, &bearer) == NULL)
        require_secret(id, &bearer);
    json_read_error(response, text);
    require_text(text);
    if (json_read_list(response, tokens, ROOM, &count, &paging) != NULL)
        return;
    REQUIRE(count <= ROOM);
    require_way(&paging, tokens, count, AFTER);
    require_way(&paging, tokens, count, TOKENSTORE_AFTER_LAST);
    for (size_t i = 0; i < count; i++)
        require_token(&tokens[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct response_reader reader = {0};
    char *text = fuzz_text(data, size);
    char *cursor = text;
    char *end;

    response_begin(&reader, MAX);
    while (reader.position != AFTER_HEADERS &&
           (end = memchr(cursor, '\n', size - (size_t)(cursor - text))) !=
               NULL) {
        size_t length = (size_t)(end - cursor) + 1;

        REQUIRE(response_take_header(cursor, 1, length, &reader) == length);
        cursor += length;
    }
    for (size_t i = 0; i < HEADER_COUNT; i++)
        require_text(reader.response.head.headers[i].text);
    if (receive_pieces(&reader, cursor, size - (size_t)(cursor - text)))
        REQUIRE(reader.response.head.length == size - (size_t)(cursor - text));
    REQUIRE(reader.response.head.length <= MAX);
    /* This is called more than once, unlike in the plugin. */
    if (reader.response.body != NULL)
        read_all(&reader.response);
    response_begin(&reader, 0);
    free(text);
    return 0;
}
