/*
 * fuzz_request.c - the target, headers and body of a request, through all of
 * the daemon but its sockets, over a store of seven tokens. There is no crash.
 * The status is a documented one; the body is JSON or empty; each header is
 * one line. No answer has a secret that its request did not have, and no error
 * has any. Only a valid token, or a user at the api socket, gets access.
 * Nothing changes that the caller may not change.
 *
 * An input is text. Its first line is the listener (a, v or t), the peer (r,
 * g, j or n), the method and the target. Lines of headers, an empty line and
 * the body follow. "{g}" is replaced by the token of that name (see tokens
 * below), "Pair: jane:{g}" by both as in Basic.
 */
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <sodium.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tokenstore/host/account.h"
#include "tokenstore/tokenstore.h"
#include "tools/accesstokend/routes/dispatch.h"
#include "tools/accesstokend/shared/shared.h"

#define NOW INT64_C(1800000000)
#define TEXT_MAX 8192

/* Replaces the function of libc: the time at which changes are made. */
time_t time(time_t *now) {
    if (now != NULL)
        *now = NOW;
    return NOW;
}

/* --------------------------------------------------------------- the store */

static struct known {
    char name;
    const char *user, *scopes, *network;
    bool disabled;
    struct tokenstore_bearer bearer;
    uint64_t id;
} tokens[] = {
    {'g', "jane", NULL, NULL, false, {""}, 0},
    {'n', "jane", "imap", "192.0.2.0/24", false, {""}, 0},
    {'a', "jane", "tokens:admin imap", NULL, false, {""}, 0},
    {'i', "jane", "tokens:introspect", NULL, false, {""}, 0},
    {'d', "jane", NULL, NULL, true, {""}, 0},
    {'b', "bob", NULL, NULL, false, {""}, 0},
    {'r', "root", NULL, NULL, false, {""}, 0},
};
#define KNOWN_COUNT (sizeof(tokens) / sizeof(tokens[0]))

static struct shared service;
static char directory[512], path[600], lock_path[610], use_path[610];
static char *original; /* the content of the file of the store */
static size_t original_size;

static void remove_store(void) {
    unlink(path);
    unlink(lock_path);
    unlink(use_path);
    rmdir(directory);
}

static void issue(struct tokenstore *store, struct known *known) {
    struct tokenstore_identity *given = NULL, *user = NULL;
    struct tokenstore_token *token = NULL, *created = NULL;
    char words[64], *place = NULL;

    REQUIRE(tokenstore_identity_parse(known->user, &given) == TOKENSTORE_OK);
    REQUIRE(tokenstore_identity_resolve(given, false, &user) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_new(&token) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_user(token, user) == TOKENSTORE_OK);
    snprintf(words, sizeof(words), "%s",
             known->scopes != NULL ? known->scopes : "");
    for (const char *word = strtok_r(words, " ", &place); word != NULL;
         word = strtok_r(NULL, " ", &place))
        REQUIRE(tokenstore_token_add_scope(token, word) == TOKENSTORE_OK);
    if (known->network != NULL)
        REQUIRE(tokenstore_token_add_network(token, known->network) ==
                TOKENSTORE_OK);
    tokenstore_token_set_enabled(token, !known->disabled);
    REQUIRE(tokenstore_create(store, token, NOW - 1000, &known->bearer,
                              &created) == TOKENSTORE_OK);
    known->id = tokenstore_token_id(created);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
    tokenstore_identity_free(&user);
    tokenstore_identity_free(&given);
}

static void begin_service(void) {
    service = (struct shared){.store = path};
    REQUIRE(shared_begin(&service));
    service.limits_known = true;
    strcpy(service.in_force.self_service[0], "imap");
    service.in_force.self_service_count = 1;
}

static void read_original(void) {
    FILE *file = fopen(path, "re");

    REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
    original_size = (size_t)ftell(file);
    rewind(file);
    original = malloc(original_size);
    REQUIRE(original != NULL &&
            fread(original, 1, original_size, file) == original_size);
    fclose(file);
}

static void set_up(void) {
    const char *parent = getenv("TMPDIR");
    struct tokenstore *store = NULL;

    if (parent == NULL)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    REQUIRE(snprintf(directory, sizeof(directory), "%s/fuzz.XXXXXX", parent) <
            (int)sizeof(directory));
    REQUIRE(mkdtemp(directory) != NULL);
    REQUIRE(atexit(remove_store) == 0);
    snprintf(path, sizeof(path), "%s/tokens.tdb", directory);
    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    snprintf(use_path, sizeof(use_path), "%s.last-use", path);
    accounts_add("root", 0);
    accounts_add("jane", 1000);
    accounts_add("bob", 1001);
    account_local_file = "/dev/null";
    REQUIRE(tokenstore_open(path, &store) == TOKENSTORE_OK);
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        issue(store, &tokens[i]);
    tokenstore_close(&store);
    read_original();
    begin_service();
}

/* Restores the store for the next input. */
static void restore(void) {
    FILE *file;

    shared_end(&service);
    unlink(use_path);
    unlink(path);
    file = fopen(path, "we");
    REQUIRE(file != NULL && fchmod(fileno(file), 0600) == 0);
    REQUIRE(fwrite(original, 1, original_size, file) == original_size);
    REQUIRE(fclose(file) == 0);
    begin_service();
}

/* -------------------------------------------------------------- the request
 */

struct asked {
    struct request request;
    char text[TEXT_MAX]; /* the lines, with the tokens inserted */
    char pair[2 * TEXT_MAX];
    const char *shown; /* what Basic has, before the encoding */
};

static const struct known *known_as(char name) {
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (tokens[i].name == name)
            return &tokens[i];
    return NULL;
}

/* Inserts the tokens; text for which there is no room is cut off. */
static size_t fill_in(const uint8_t *data, size_t size, char *text) {
    size_t used = 0;

    for (size_t i = 0; i < size && used < TEXT_MAX - 1; i++) {
        const struct known *known =
            i + 2 < size && data[i] == '{' && data[i + 2] == '}'
                ? known_as((char)data[i + 1])
                : NULL;

        if (known == NULL) {
            text[used++] = (char)data[i];
        } else if (used + TOKENSTORE_BEARER_LENGTH < TEXT_MAX) {
            memcpy(text + used, known->bearer.text, TOKENSTORE_BEARER_LENGTH);
            used += TOKENSTORE_BEARER_LENGTH;
            i += 2;
        }
    }
    text[used] = '\0';
    return used;
}

static void set_pair(struct asked *asked, const char *pair) {
    strcpy(asked->pair, "Basic ");
    sodium_bin2base64(asked->pair + 6, sizeof(asked->pair) - 6,
                      (const unsigned char *)pair, strlen(pair),
                      sodium_base64_VARIANT_ORIGINAL);
    asked->request.authorization = asked->pair;
    asked->shown = pair;
}

static void set_header(struct asked *asked, char *line) {
    struct request *request = &asked->request;
    char *value = strchr(line, ':');

    if (value == NULL)
        return;
    *value++ = '\0';
    value += *value == ' ';
    if (strcasecmp(line, "Authorization") == 0) {
        request->authorization = value;
        asked->shown = NULL;
    } else if (strcasecmp(line, "Content-Type") == 0) {
        request->content_type = value;
    } else if (strcasecmp(line, "Pair") == 0) {
        set_pair(asked, value);
    } else if (strcasecmp(line, "Via") == 0) {
        request->forwarded = true;
    } else if (strcasecmp(line, "Host") == 0) {
        request->host = value;
    } else if (strcasecmp(line, "Origin") == 0) {
        request->origin = value;
    } else if (strcasecmp(line, "Sec-Fetch-Site") == 0) {
        request->fetch_site = value;
    } else if (request_name_poses(line, strlen(line))) {
        request->poses = true;
    }
}

static void set_peer(struct request *request, char listener, char peer) {
    request->listener = listener == 'a'   ? LISTENER_API
                        : listener == 'v' ? LISTENER_VERIFY
                                          : LISTENER_TCP;
    if (request->listener == LISTENER_TCP)
        request->address = "192.0.2.7";
    request->peer.known = peer != 'n';
    request->peer.uid = peer == 'r'                  ? 0
                        : peer == 'j' || peer == 'g' ? 1000
                                                     : 1002;
    request->peer.administers = peer == 'g';
}

/* Returns false if the input does not have the form of an input. */
static bool read_input(const uint8_t *data, size_t size, struct asked *asked) {
    struct request *request = &asked->request;
    const size_t length = fill_in(data, size, asked->text);
    char *line = asked->text, *end = strchr(line, '\n');
    char *method, *target;

    request->now = NOW;
    if (end == NULL || end - line < 4 || line[2] != ' ')
        return false;
    *end = '\0';
    set_peer(request, line[0], line[1]);
    method = line + 3;
    target = strchr(method, ' ');
    if (target == NULL)
        return false;
    *target++ = '\0';
    request->method = method;
    request->target = target;
    line = end + 1;
    while (*line != '\0') {
        end = strchr(line, '\n');
        if (end == NULL)
            break;
        *end = '\0';
        if (end == line) { /* the rest is the body, even if it is empty */
            request->body = end + 1;
            request->body_length = length - (size_t)(end + 1 - asked->text);
            break;
        }
        set_header(asked, line);
        line = end + 1;
    }
    return true;
}

/* --------------------------------------------------------------- the answer
 */

static bool is_in(const char *secret, const char *text, size_t length) {
    return length > 0 && memmem(text, length, secret, strlen(secret)) != NULL;
}

static bool was_sent(const struct asked *asked, const char *secret) {
    const struct request *request = &asked->request;

    return is_in(secret, request->target, strlen(request->target)) ||
           is_in(secret, request->body, request->body_length);
}

static void require_no_secret(const struct asked *asked,
                              const struct answer *answer) {
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const char *secret =
            tokens[i].bearer.text + strlen(TOKENSTORE_BEARER_PREFIX);
        /* A caller may choose any name for a token, even a secret. */
        const bool chosen = answer->status == 200 && was_sent(asked, secret);

        REQUIRE(chosen ||
                !is_in(secret, answer->body.data, answer->body.length));
        REQUIRE(strstr(answer->why, secret) == NULL);
        REQUIRE(strstr(answer->caller, secret) == NULL);
        for (size_t k = 0; k < answer->header_count; k++)
            REQUIRE(chosen ||
                    strstr(answer->headers[k].value, secret) == NULL);
    }
}

static void require_form(const struct answer *answer) {
    static const unsigned int statuses[] = {200, 400, 401, 403,
                                            404, 405, 409, 415};
    bool documented = false;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        documented = documented || answer->status == statuses[i];
    REQUIRE(documented);
    REQUIRE(!answer->failed && !answer->body.failed);
    REQUIRE(answer->route < ROUTE_COUNT);
    for (size_t i = 0; i < answer->header_count; i++)
        for (const char *c = answer->headers[i].value; *c != '\0'; c++)
            REQUIRE((unsigned char)*c >= 0x20 && *c != 0x7f);
    if (answer->content_type != NULL) {
        REQUIRE(answer->route == ROUTE_METRICS && answer->status == 200);
        return;
    }
    if (answer->status != 200)
        REQUIRE((answer->body.length > 0) == (answer->route != ROUTE_VERIFY));
    if (answer->body.length > 0) {
        json_t *json = json_loadb(answer->body.data, answer->body.length,
                                  JSON_REJECT_DUPLICATES, NULL);

        REQUIRE(json_is_object(json));
        json_decref(json);
    }
}

/* Returns the token of the credentials, found in the simplest way. */
static const struct known *shown(const struct asked *asked) {
    const char *header = asked->request.authorization;

    for (size_t i = 0; header != NULL && i < KNOWN_COUNT; i++) {
        const struct known *token = &tokens[i];
        char pair[128];

        snprintf(pair, sizeof(pair), "%s:%s", token->user, token->bearer.text);
        if (asked->shown != NULL
                ? strcmp(asked->shown, pair) == 0
                : strncasecmp(header, "Bearer ", 7) == 0 &&
                      strcmp(header + 7 + strspn(header + 7, " "),
                             token->bearer.text) == 0)
            return token;
    }
    return NULL;
}

static bool is_local(const struct asked *asked) {
    const struct request *request = &asked->request;

    return request->authorization == NULL &&
           request->listener == LISTENER_API && !request->forwarded &&
           request->peer.known && request->peer.uid != 1002;
}

/* Access is given only to callers that may have it. */
static void require_right(const struct asked *asked,
                          const struct answer *answer) {
    const struct request *request = &asked->request;
    const struct known *token = shown(asked);
    const bool reads = strcmp(request->method, "GET") == 0 ||
                       strcmp(request->method, "HEAD") == 0;
    const bool good =
        token != NULL && token->name != 'd' &&
        (token->name != 'n' || request->listener == LISTENER_TCP ||
         answer->route == ROUTE_VERIFY);

    if (answer->status != 200 || strcmp(request->method, "OPTIONS") == 0)
        return;
    switch (answer->route) {
    case ROUTE_NONE:
        REQUIRE(answer->route != ROUTE_NONE);
        break;
    case ROUTE_VERIFY:
        REQUIRE(good && !request->poses);
        break;
    case ROUTE_INTROSPECT:
        REQUIRE((good && token->name == 'i') ||
                is_in(known_as('i')->bearer.text, request->body,
                      request->body_length));
        break;
    case ROUTE_TOKENS:
    case ROUTE_TOKEN:
    case ROUTE_ROTATE:
        REQUIRE(is_local(asked) ||
                (good &&
                 (token->name == 'a' || (!reads && token->id == answer->id))));
        break;
    case ROUTE_METRICS:
        REQUIRE(is_local(asked) &&
                (request->peer.uid == 0 || request->peer.administers));
        break;
    case ROUTE_WHO_AM_I:
        REQUIRE(is_local(asked) || good);
        break;
    case ROUTE_HEALTH:
    case ROUTE_COUNT:
        break;
    }
}

/* Checks that root's token is unchanged unless root or that token asks, and
 * bob's unless an administrator or bob's token asks. */
static void require_kept(const struct asked *asked) {
    const struct request *request = &asked->request;
    const struct known *by = shown(asked);
    const bool root = is_local(asked) && request->peer.uid == 0;
    const bool admin = root ||
                       (is_local(asked) && request->peer.administers) ||
                       (by != NULL && (by->name == 'a' || by->name == 'b'));
    struct tokenstore *store = NULL;
    struct tokenstore_token *token = NULL;

    REQUIRE(tokenstore_open(path, &store) == TOKENSTORE_OK);
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const struct known *known = &tokens[i];

        if (!(known->name == 'r' && !root && (by == NULL || by != known)) &&
            !(known->name == 'b' && !admin))
            continue;
        REQUIRE(tokenstore_get(store, known->id, &token) == TOKENSTORE_OK);
        REQUIRE(tokenstore_token_enabled(token));
        REQUIRE(tokenstore_token_expiration_time(token) == TOKENSTORE_NEVER);
        REQUIRE(tokenstore_token_scope_count(token) == 0);
        REQUIRE(tokenstore_token_network_count(token) == 0);
        REQUIRE(tokenstore_token_name(token)[0] == '\0');
        tokenstore_token_free(&token);
    }
    tokenstore_close(&store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct asked asked;
    struct answer answer;
    bool changed;

    if (original == NULL)
        set_up();
    memset(&asked, 0, sizeof(asked));
    if (!read_input(data, size, &asked))
        return 0;
    answer_init(&answer);
    dispatch(&service, &asked.request, &answer);
    require_form(&answer);
    require_no_secret(&asked, &answer);
    require_right(&asked, &answer);
    changed = answer.status == 200 &&
              (answer.route == ROUTE_TOKENS || answer.route == ROUTE_TOKEN ||
               answer.route == ROUTE_ROTATE) &&
              strcmp(asked.request.method, "GET") != 0 &&
              strcmp(asked.request.method, "HEAD") != 0;
    if (changed) {
        REQUIRE(asked.request.origin == NULL ||
                (asked.request.host != NULL && asked.request.host[0] != '\0' &&
                 asked.request.listener == LISTENER_TCP));
        require_kept(&asked);
        restore();
    }
    answer_free(&answer);
    return 0;
}
