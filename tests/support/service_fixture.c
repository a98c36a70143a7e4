/*
 * service_fixture.c - the daemon without its HTTP server.  Touches nothing
 * outside the store's temporary directory.
 */
#include "tests/support/service_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tokenstore/host/account.h"
#include "tools/accesstokend/shared/log.h"

struct client jane, bob, root, group;
struct shared service;
int64_t ask_later;
int64_t issued_before;

/* Every secret so far. */
static char secrets[4096][TOKENSTORE_BEARER_LENGTH + 1];
static size_t secret_count;

static struct tokenstore *owner;
static struct answer answer;
static json_t *json;
static char *text; /* the body */
static char line[4096];
static int log_file = -1;
static int64_t asked;

/* ------------------------------------------------------------- the service
 */

static struct client on_api(uid_t uid, bool administers) {
    return (struct client){
        .listener = LISTENER_API,
        .peer = {.known = true, .uid = uid, .administers = administers},
    };
}

int service_set_up(void **state) {
    struct fixture *fixture;

    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    owner = fixture->store;
    accounts_reset();
    accounts_add("root", 0);
    accounts_add(JANE_NAME, JANE_UID);
    accounts_add(BOB_NAME, BOB_UID);
    accounts_add("nobody", 65534);
    account_local_file = accounts_file();
    root = on_api(0, false);
    jane = on_api(JANE_UID, false);
    bob = on_api(BOB_UID, false);
    group = on_api(JANE_UID, true);
    ask_later = 0;
    issued_before = 0;
    secret_count = 0;
    memset(&service, 0, sizeof(service));
    service.store = fixture->path;
    log_file = memfd_create("log", MFD_CLOEXEC);
    if (log_file < 0 || !shared_begin(&service))
        return -1;
    set_limits(&(struct limits){0});
    return 0;
}

static void forget_answer(void) {
    json_decref(json);
    json = NULL;
    free(text);
    text = NULL;
    answer_free(&answer);
    answer_init(&answer);
}

int service_tear_down(void **state) {
    forget_answer();
    close(log_file);
    shared_end(&service);
    return fixture_tear_down(state);
}

void set_limits(const struct limits *limits) {
    pthread_mutex_lock(&service.mutex);
    service.limits_known = limits != NULL;
    if (limits != NULL)
        service.in_force = *limits;
    else
        strcpy(service.limits_message, "limits.conf:3: made up");
    pthread_mutex_unlock(&service.mutex);
}

/* --------------------------------------------------------------- the tokens
 */

static void add_words(struct tokenstore_token *token, const char *words,
                      enum tokenstore_error (*add)(struct tokenstore_token *,
                                                   const char *)) {
    char copy[512], *place = NULL;

    snprintf(copy, sizeof(copy), "%s", words != NULL ? words : "");
    for (char *word = strtok_r(copy, " ", &place); word != NULL;
         word = strtok_r(NULL, " ", &place))
        assert_ok(add(token, word));
}

static void keep_secret(const char *bearer) {
    assert_in_range(secret_count, 0, sizeof(secrets) / sizeof(*secrets) - 1);
    snprintf(secrets[secret_count++], sizeof(*secrets), "%s", bearer);
}

static struct token create(const struct tokenstore_identity *user,
                           struct tokenstore_token *token) {
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer;
    struct token issued;

    assert_ok(tokenstore_token_set_user(token, user));
    assert_ok(tokenstore_create(
        owner, token, (int64_t)time(NULL) - issued_before, &bearer, &created));
    issued.id = tokenstore_token_id(created);
    memcpy(issued.bearer, bearer.text, sizeof(issued.bearer));
    keep_secret(issued.bearer);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
    return issued;
}

struct token issue_to(const char *user, const char *scopes,
                      const char *networks, int64_t lifetime) {
    struct tokenstore_identity *given = NULL, *identity = NULL;
    struct tokenstore_token *token = NULL;
    struct token issued;

    assert_ok(tokenstore_identity_parse(user, &given));
    assert_ok(tokenstore_identity_resolve(given, false, &identity));
    assert_ok(tokenstore_token_new(&token));
    add_words(token, scopes, tokenstore_token_add_scope);
    add_words(token, networks, tokenstore_token_add_network);
    if (lifetime != 0)
        assert_ok(tokenstore_token_set_expiration_time(
            token, (int64_t)time(NULL) + lifetime));
    issued = create(identity, token);
    tokenstore_identity_free(&identity);
    tokenstore_identity_free(&given);
    return issued;
}

struct token issue_to_former(const char *name, uint32_t uid) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_token *token = NULL;
    struct token issued;
    char digits[16];

    snprintf(digits, sizeof(digits), "%" PRIu32, uid);
    assert_ok(tokenstore_identity_new(&identity));
    assert_ok(tokenstore_identity_set(identity, "domain", "POSIX_USER"));
    assert_ok(tokenstore_identity_set(identity, "name", name));
    assert_ok(tokenstore_identity_set(identity, "uid", digits));
    assert_ok(tokenstore_token_new(&token));
    issued = create(identity, token);
    tokenstore_identity_free(&identity);
    return issued;
}

struct client over_tcp(const struct token *token) {
    return (struct client){
        .listener = LISTENER_TCP,
        .address = "192.0.2.7",
        .bearer = token->bearer,
    };
}

const char *token_target(uint64_t id, const char *rest) {
    static char targets[4][256];
    static size_t next;
    char *target = targets[next++ % 4];

    snprintf(target, sizeof(targets[0]), TOKENS "%" PRIu64 "%s", id, rest);
    return target;
}

char *record_of(uint64_t id) {
    char *copy;

    must(200, &root, "GET", token_target(id, ""), NULL);
    copy = strdup(body_text());
    assert_non_null(copy);
    strcpy(strstr(copy, ",\"last_use\":"), "}"); /* it stands last */
    return copy;
}

/* -------------------------------------------------------------- the answers
 */

/* A text that no secret may be in, nor a good part of one. */
static void assert_no_secret(const char *what, const char *said) {
    char part[13];

    if (strstr(said, TOKENSTORE_BEARER_PREFIX) != NULL)
        fail_msg("a token in the %s: %s", what, said);
    for (size_t i = 0; i < secret_count; i++) {
        snprintf(part, sizeof(part), "%s", secrets[i] + 20);
        if (strstr(said, part) != NULL)
            fail_msg("a secret in the %s: %s", what, said);
    }
}

const json_t *body(void) {
    json_error_t error;

    if (json != NULL)
        return json;
    json = json_loadb(answer.body.data, answer.body.length,
                      JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("no JSON: %s: %s", error.text, body_text());
    return json;
}

const char *body_string(const char *key) {
    return json_string_value(json_object_get(body(), key));
}

const char *body_text(void) {
    if (text == NULL) {
        text = strndup(answer.body.length > 0 ? answer.body.data : "",
                       answer.body.length);
        assert_non_null(text);
        assert_int_equal(strlen(text), answer.body.length);
    }
    return text;
}

const char *header(const char *name) {
    for (size_t i = 0; i < answer.header_count; i++)
        if (strcmp(answer.headers[i].name, name) == 0)
            return answer.headers[i].value;
    return NULL;
}

const char *log_text(void) { return line; }

static void assert_error_body(void) {
    static const char *const members[] = {"error_class", "description",
                                          "module"};

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        assert_non_null(body_string(members[i]));
    assert_true(json_is_array(json_object_get(body(), "stack")));
    assert_true(json_is_true(json_object_get(body(), "user_visible")));
    if (json_object_get(body(), "error") != NULL) {
        assert_int_equal(answer.route, ROUTE_INTROSPECT);
        assert_int_equal(json_object_size(body()), 6);
    } else {
        assert_int_equal(json_object_size(body()), 5);
    }
}

/* The one place where a secret may be, once. */
static void take_secret(void) {
    json_t *whole = json_copy((json_t *)(uintptr_t)body());
    const char *bearer =
        json_string_value(json_object_get(whole, "bearer_token"));
    char *rest;

    assert_int_equal(json_object_size(whole), 2);
    assert_non_null(json_object_get(whole, "id"));
    assert_non_null(bearer);
    assert_int_equal(strlen(bearer), TOKENSTORE_BEARER_LENGTH);
    assert_string_equal(header("Cache-Control"), "no-store");
    keep_secret(bearer);
    json_object_del(whole, "bearer_token");
    rest = json_dumps(whole, 0);
    assert_no_secret("rest of the answer", rest);
    free(rest);
    json_decref(whole);
}

static void assert_answer(void) {
    const bool issued = answer.status == 200 && answer.new_id != 0;

    assert_false(answer.failed);
    assert_false(answer.body.failed);
    if (answer.content_type != NULL)
        assert_int_equal(answer.route, ROUTE_METRICS);
    else if (answer.route == ROUTE_VERIFY)
        assert_int_equal(answer.body.length, 0);
    else if (answer.status != 200)
        assert_error_body();
    if (issued)
        take_secret();
    else
        assert_no_secret("body", body_text());
    for (size_t i = 0; i < answer.header_count; i++)
        assert_no_secret("headers", answer.headers[i].value);
    assert_no_secret("reason", answer.why);
    assert_no_secret("caller", answer.caller);
    if (answer.audit != NULL)
        assert_no_secret("audit", answer.audit);
}

/* What http.c has logged of it. */
static void write_log(const struct request *request) {
    const int before = dup(STDERR_FILENO);
    ssize_t length;

    assert_int_equal(ftruncate(log_file, 0), 0);
    assert_int_equal(lseek(log_file, 0, SEEK_SET), 0);
    assert_true(before >= 0 && dup2(log_file, STDERR_FILENO) >= 0);
    /* Each as another user, so that no line is suppressed. */
    log_request(request, &answer, 7, true, asked++);
    dup2(before, STDERR_FILENO);
    close(before);
    length = pread(log_file, line, sizeof(line) - 1, 0);
    assert_true(length > 0 && line[length - 1] == '\n');
    line[length - 1] = '\0';
    for (const char *c = line; *c != '\0'; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    assert_int_equal(strlen(line), length - 1);
    assert_no_secret("log", line);
}

/* --------------------------------------------------------------------- ask
 */

static const char *content_type(const struct client *client,
                                const char *target) {
    if (client->content_type != NULL)
        return client->content_type;
    return strncmp(target, INTROSPECT, strlen(INTROSPECT)) == 0
               ? "application/x-www-form-urlencoded"
               : "application/json";
}

const struct answer *ask(const struct client *client, const char *method,
                         const char *target, const char *sent) {
    char bearer[TOKENSTORE_BEARER_MAX + 8];
    struct request request = {
        .listener = client->listener,
        .peer = client->peer,
        .address = client->address,
        .method = method,
        .target = target,
        .authorization = client->authorization,
        .content_type = sent != NULL ? content_type(client, target) : NULL,
        .host = client->host,
        .origin = client->origin,
        .fetch_site = client->fetch_site,
        .forwarded = client->forwarded,
        .poses = client->poses,
        .encrypted = client->encrypted,
        .body = sent,
        .body_length = sent != NULL ? strlen(sent) : 0,
        .now = (int64_t)time(NULL) + ask_later,
    };

    if (client->bearer != NULL) {
        snprintf(bearer, sizeof(bearer), "Bearer %s", client->bearer);
        request.authorization = bearer;
    }
    forget_answer();
    dispatch(&service, &request, &answer);
    assert_answer();
    write_log(&request);
    return &answer;
}

const struct answer *must(unsigned int status, const struct client *client,
                          const char *method, const char *target,
                          const char *sent) {
    ask(client, method, target, sent);
    if (answer.status != status)
        fail_msg("%s %s %s: %u, not %u: %s %s", method, target,
                 sent != NULL ? sent : "", answer.status, status, body_text(),
                 answer.why);
    return &answer;
}
