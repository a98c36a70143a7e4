/*
 * test_verify.c - prove how verify and introspect answer: every reason for a
 * refusal, and every question that they take.  verify accepts a token with 200
 * alone, and only that answer names a user.
 */
#include <config.h>

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/service_fixture.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/values/identity.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REALM "Bearer realm=\"accesstoken\""
#define BASIC "Basic realm=\"accesstoken\", charset=\"UTF-8\""
#define INVALID REALM ", error=\"invalid_token\""
#define SCOPE REALM ", error=\"insufficient_scope\""

static const struct client verify_socket = {.listener = LISTENER_VERIFY};

/* Asks whether a token is valid; the query includes its "?". */
static const struct answer *ask_verify(unsigned int status,
                                       const struct client *client,
                                       const char *bearer, const char *query) {
    struct client asking = *client;
    const struct answer *answer;
    char target[4096];

    if (bearer != NULL)
        asking.bearer = bearer;
    snprintf(target, sizeof(target), VERIFY "%s", query);
    answer = must(status, &asking, "GET", target, NULL);
    if (status == 200) {
        assert_non_null(header("Remote-User"));
        assert_non_null(header("X-Token-Id"));
        assert_null(header("WWW-Authenticate"));
        return answer;
    }
    assert_null(header("Remote-User"));
    assert_null(header("X-Token-Id"));
    assert_null(header("X-Token-Scope"));
    return answer;
}

static void refused(unsigned int status, const char *bearer, const char *query,
                    const char *challenge, const char *reason) {
    const struct client clients[] = {verify_socket, jane, root};

    for (size_t i = 0; i < COUNT(clients); i++) {
        ask_verify(status, &clients[i], bearer, query);
        assert_string_equal(header("WWW-Authenticate"), challenge);
        if (strstr(log_text(), reason) == NULL)
            fail_msg("\"%s\" is not in: %s", reason, log_text());
    }
}

/* Returns an Authorization header of Basic; the second call after this one
 * overwrites it. */
static const char *basic(const char *user, const char *password) {
    static char headers[2][512];
    static size_t next;
    char *text = headers[next++ % 2], pair[256];

    snprintf(pair, sizeof(pair), "%s:%s", user, password);
    strcpy(text, "Basic ");
    sodium_bin2base64(text + 6, sizeof(headers[0]) - 6, (unsigned char *)pair,
                      strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    return text;
}

/* ------------------------------------------------------------------- reasons
 */

/* Returns a well-formed token with another secret, if the id is the token's,
 * or else with another id. */
static struct token forged(const struct token *token, uint64_t id) {
    struct token other = {.id = id};
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;

    assert_ok(bearer_parse(token->bearer, TOKENSTORE_BEARER_LENGTH, &parts));
    if (id == token->id)
        parts.secret[BEARER_SECRET_SIZE - 1] ^= 1;
    parts.id = id;
    bearer_format(&parts, &bearer);
    memcpy(other.bearer, bearer.text, sizeof(other.bearer));
    return other;
}

static void test_every_reason_refuses_the_token(void **state) {
    struct token good = issue_to(JANE_NAME, NULL, NULL, 0);
    struct token disabled = issue_to(JANE_NAME, NULL, NULL, 0);
    struct token expired = issue_to(JANE_NAME, NULL, NULL, 60);
    struct token narrow = issue_to(JANE_NAME, "imap smtp", NULL, 0);
    struct token bound = issue_to(JANE_NAME, NULL, "192.0.2.0/24", 0);
    char text[64];

    (void)state;
    refused(401, NULL, "", REALM, "no token");
    refused(401, "", "", INVALID, "not an access token");
    refused(401, "x", "", INVALID, "not an access token");
    snprintf(text, sizeof(text), "%.54s", good.bearer);
    refused(401, text, "", INVALID, "malformed");
    snprintf(text, sizeof(text), "%sx", good.bearer);
    refused(401, text, "", INVALID, "malformed");
    snprintf(text, sizeof(text), "%s .", good.bearer);
    refused(401, text, "", INVALID, "malformed");
    refused(401, forged(&good, 1000).bearer, "", INVALID, "\"unknown\"");
    refused(401, forged(&good, good.id).bearer, "", INVALID, "\"secret\"");
    must(200, &root, "PATCH", token_target(disabled.id, ""),
         "{\"enabled\":false}");
    refused(401, disabled.bearer, "", INVALID, "\"disabled\"");
    ask_later = 60; /* the exact second of the expiration */
    refused(401, expired.bearer, "", INVALID, "\"expired\"");
    ask_later = 0;
    refused(403, narrow.bearer, "", SCOPE, "\"scope\"");
    refused(403, narrow.bearer, "?require_scope=pop3",
            SCOPE ", scope=\"pop3\"", "\"scope\"");
    refused(403, narrow.bearer,
            "?require_scope=imap&require_scope=pop3&require_scope=smtp",
            SCOPE ", scope=\"imap pop3 smtp\"", "\"scope\"");
    /* A token without scopes has all but the reserved ones. */
    refused(403, good.bearer, "?require_scope=tokens:introspect",
            SCOPE ", scope=\"tokens:introspect\"", "\"scope\"");
    refused(403, bound.bearer, "", INVALID, "\"network\"");
    refused(403, bound.bearer, "?from=192.0.3.1", INVALID, "\"network\"");
}

/* If Basic names a user, it must be the token's user. */
static void test_basic_names_the_user(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    const char *secret = token.bearer;
    const struct {
        const char *user, *password;
        unsigned int status;
    } pairs[] = {
        {JANE_NAME, secret, 200}, {BOB_NAME, secret, 401},
        {"root", secret, 401},    {"", secret, 401},
        {"Daemon", secret, 401},  {"uid:1", secret, 401},
        {JANE_NAME, "", 401},     {JANE_NAME, "x", 401},
        {secret, JANE_NAME, 401}, {secret, secret, 401},
    };
    struct client client = verify_socket;
    char text[512], pair[128];
    size_t length;

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        client.authorization = basic(pairs[i].user, pairs[i].password);
        ask_verify(pairs[i].status, &client, NULL, "");
        if (pairs[i].status == 401)
            assert_string_equal(header("WWW-Authenticate"), INVALID);
    }
    client.authorization = basic(BOB_NAME, secret);
    ask_verify(401, &client, NULL, "");
    assert_non_null(strstr(log_text(), "\"user\""));
    /* Only one spelling of base64 is accepted, after any number of spaces. */
    snprintf(text, sizeof(text), "%s=", basic(JANE_NAME, secret));
    client.authorization = text;
    ask_verify(401, &client, NULL, "");
    snprintf(text, sizeof(text), "Basic  %s", basic(JANE_NAME, secret) + 6);
    ask_verify(200, &client, NULL, "");
    snprintf(text, sizeof(text), "%s\n", basic(JANE_NAME, secret));
    ask_verify(401, &client, NULL, "");
    /* The pair, a NUL, and another byte. */
    length = (size_t)snprintf(pair, sizeof(pair), "%s:%s", JANE_NAME, secret);
    strcpy(text, "Basic ");
    pair[length + 1] = 'x';
    sodium_bin2base64(text + 6, sizeof(text) - 6, (unsigned char *)pair,
                      length + 2, sodium_base64_VARIANT_ORIGINAL);
    ask_verify(401, &client, NULL, "");
    snprintf(text, sizeof(text), "bAsIC %s", basic(JANE_NAME, secret) + 6);
    ask_verify(200, &client, NULL, "");
}

static void test_challenge_is_all_that_basic_changes(void **state) {
    static const char wanted[] = BASIC;
    struct token narrow = issue_to(JANE_NAME, "imap", NULL, 0);
    struct client client = verify_socket;

    (void)state;
    refused(401, NULL, "?challenge=basic", wanted, "no token");
    refused(401, "x", "?challenge=basic", wanted, "not an access token");
    refused(403, narrow.bearer, "?challenge=basic&require_scope=pop3",
            SCOPE ", scope=\"pop3\"", "\"scope\"");
    ask_verify(200, &client, narrow.bearer,
               "?challenge=basic&require_scope=imap");
}

/* ------------------------------------------------------------------- success
 */

static void test_success_names_user_and_token(void **state) {
    struct token token = issue_to(JANE_NAME, "smtp imap", NULL, 0);
    struct token any = issue_to(BOB_NAME, NULL, NULL, 0);
    char id[24];

    (void)state;
    ask_verify(200, &verify_socket, token.bearer,
               "?require_scope=imap&require_scope=smtp&require_scope=imap");
    snprintf(id, sizeof(id), "%" PRIu64, token.id);
    assert_string_equal(header("Remote-User"), JANE_NAME);
    assert_string_equal(header("X-Token-Id"), id);
    assert_true(strcmp(header("X-Token-Scope"), "imap smtp") == 0 ||
                strcmp(header("X-Token-Scope"), "smtp imap") == 0);
    ask_verify(200, &verify_socket, any.bearer, "?require_scope=pop3");
    assert_string_equal(header("Remote-User"), BOB_NAME);
    assert_null(header("X-Token-Scope"));
    ask_verify(200, &verify_socket, any.bearer, "");
}

/* Issues a token straight into the store: neither tool nor daemon accepts such
 * a name. */
static struct tokenstore_bearer issue_to_name(const char *name) {
    struct tokenstore_identity user = {.domain = IDENTITY_DOMAIN_NULL};
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    struct tokenstore *store = NULL;

    strcpy(user.name, name);
    assert_ok(tokenstore_token_new(&token));
    assert_ok(tokenstore_token_set_user(token, &user));
    assert_ok(tokenstore_open(service.store, &store));
    assert_ok(
        tokenstore_create(store, token, (int64_t)time(NULL), &bearer, NULL));
    tokenstore_close(&store);
    tokenstore_token_free(&token);
    return bearer;
}

/* A reader drops the blanks around a header's value, which would make another
 * name of these. */
static void test_names_with_outer_blanks_are_refused(void **state) {
    struct tokenstore_bearer behind = issue_to_name("root ");
    struct tokenstore_bearer before = issue_to_name(" root");
    struct tokenstore_bearer within = issue_to_name("ro ot");

    (void)state;
    ask_verify(503, &verify_socket, behind.text, "");
    ask_verify(503, &verify_socket, before.text, "");
    ask_verify(200, &verify_socket, within.text, "");
    assert_string_equal(header("Remote-User"), "ro ot");
}

/* verify takes any method, any path below its own, and ignores the body. */
static void test_every_method_and_path_verifies(void **state) {
    static const char *const methods[] = {"GET",    "HEAD",    "POST", "PUT",
                                          "DELETE", "OPTIONS", "BREW"};
    static const char *const rests[] = {"", "/", "/a/b", "/..", "/%20"};
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    struct client client = verify_socket;
    char target[128];

    (void)state;
    for (size_t m = 0; m < COUNT(methods); m++)
        for (size_t r = 0; r < COUNT(rests); r++) {
            snprintf(target, sizeof(target), VERIFY "%s", rests[r]);
            client.bearer = NULL;
            must(401, &client, methods[m], target, "{");
            client.bearer = token.bearer;
            must(200, &client, methods[m], target, "{");
            client.forwarded = true; /* the usual case for verify */
            must(200, &client, methods[m], target, NULL);
        }
}

static void test_the_address_is_the_peers_or_the_proxys(void **state) {
    static const struct {
        const char *query;
        unsigned int status;
    } questions[] = {
        {"", 403},
        {"?from=", 403},
        {"?from=unix:", 403},
        {"?from=192.0.2.300", 403},
        {"?from=192.0.2.0/24", 403},
        {"?from=192.0.3.1", 403},
        {"?from=192.0.2.200", 200},
        {"?from=::ffff:192.0.2.200", 200},
        {"?%66rom=192.0.2.200", 200},
        {"?from=192.0.2.200&from=192.0.2.200", 400},
        {"?from=192.0.2.200&%66rom=192.0.3.1", 400},
        {"?from=192.0.2.200&FROM=192.0.3.1", 200},
    };
    struct token bound = issue_to(JANE_NAME, NULL, "192.0.2.0/24", 0);
    struct token free_one = issue_to(JANE_NAME, NULL, NULL, 0);
    struct client inside = over_tcp(&bound), outside = inside;
    struct client api = jane;

    (void)state;
    for (size_t i = 0; i < COUNT(questions); i++) {
        const unsigned int status = questions[i].status;

        ask_verify(status, &verify_socket, bound.bearer, questions[i].query);
        ask_verify(status, &api, bound.bearer, questions[i].query);
        /* For a token without networks the address does not matter. */
        ask_verify(status == 400 ? 400 : 200, &verify_socket, free_one.bearer,
                   questions[i].query);
        /* Over TCP the peer's address counts, whatever the query says. */
        outside.address = "192.0.3.1";
        ask_verify(status == 400 ? 400 : 200, &inside, NULL,
                   questions[i].query);
        ask_verify(status == 400 ? 400 : 403, &outside, NULL,
                   questions[i].query);
    }
}

static void test_bad_queries_are_refused(void **state) {
    static const char *const queries[] = {
        "?require_scope=",
        "?require_scope",
        "?require_scope=IMAP",
        "?require_scope=im+ap",
        "?require_scope=imap%20smtp",
        "?require_scope=imap&require_scope=",
        "?require_scope=%22",
        "?challenge=",
        "?challenge=digest",
        "?challenge=Basic",
        "?challenge=basic&challenge=basic",
        "?from=::1&from=::1",
        "?a=%0",
        "?%zz",
    };
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    char query[4096] = "?";

    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++)
        ask_verify(400, &verify_socket, token.bearer, queries[i]);
    /* At most 32 scopes, and none too long. */
    for (size_t i = 0; i < 32; i++)
        strcat(query, i == 0 ? "require_scope=a" : "&require_scope=a");
    ask_verify(200, &verify_socket, token.bearer, query);
    strcat(query, "&require_scope=a");
    ask_verify(400, &verify_socket, token.bearer, query);
    snprintf(query, sizeof(query), "?require_scope=%064d", 0);
    ask_verify(200, &verify_socket, token.bearer, query);
    snprintf(query, sizeof(query), "?require_scope=%065d", 0);
    ask_verify(400, &verify_socket, token.bearer, query);
    /* Too many parameters. */
    strcpy(query, "?a");
    for (size_t i = 0; i < 64; i++)
        strcat(query, "&a");
    ask_verify(400, &verify_socket, token.bearer, query);
    /* Other keys are ignored: a proxy may have its own. */
    ask_verify(200, &verify_socket, token.bearer,
               "?color=red&color=blue&scope=x&");
}

/* A change counts at once even if the token was verified before. */
/* However good the token is: the proxy might pass the header on. */
static void test_headers_that_pose_are_refused(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    struct client client = over_tcp(&token);

    (void)state;
    client.poses = true;
    ask_verify(400, &client, NULL, "");
    assert_null(header("Remote-User"));
    must(200, &client, "GET", WHO, NULL);
    client.poses = false;
    ask_verify(200, &client, NULL, "");
}

static void test_a_change_counts_at_once(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    const char *target = token_target(token.id, "");

    (void)state;
    for (int round = 0; round < 3; round++) {
        ask_verify(200, &verify_socket, token.bearer, "");
        must(200, &root, "PATCH", target, "{\"enabled\":false}");
        ask_verify(401, &verify_socket, token.bearer, "");
        must(200, &root, "PATCH", target, "{\"enabled\":true}");
        ask_verify(200, &verify_socket, token.bearer, "");
        must(200, &root, "PATCH", target, "{\"networks\":[\"::1\"]}");
        ask_verify(403, &verify_socket, token.bearer, "");
        must(200, &root, "PATCH", target,
             "{\"networks\":[],\"scopes\":[\"imap\"]}");
        ask_verify(403, &verify_socket, token.bearer, "");
        must(200, &root, "PATCH", target, "{\"scopes\":[]}");
    }
    ask_verify(200, &verify_socket, token.bearer, "");
    must(200, &root, "DELETE", target, NULL);
    ask_verify(401, &verify_socket, token.bearer, "");
}

/* ---------------------------------------------------------------- introspect
 */

static const struct answer *introspect(unsigned int status,
                                       const struct client *client,
                                       const char *format, const char *text) {
    const struct answer *answer;
    char sent[1024];

    snprintf(sent, sizeof(sent), "%s%s", format, text);
    answer = must(status, client, "POST", INTROSPECT, sent);
    if (status != 200)
        return answer;
    assert_string_equal(header("Cache-Control"), "no-store");
    if (!json_is_true(json_object_get(body(), "active")))
        assert_string_equal(body_text(), "{\"active\":false}");
    return answer;
}

static void test_invalid_tokens_are_inactive(void **state) {
    struct token caller = issue_to(BOB_NAME, "tokens:introspect", NULL, 0);
    struct token good = issue_to(JANE_NAME, NULL, NULL, 0);
    struct token disabled = issue_to(JANE_NAME, NULL, NULL, 0);
    struct token expired = issue_to(JANE_NAME, NULL, NULL, 60);
    struct token bound = issue_to(JANE_NAME, NULL, "192.0.2.0/24", 0);
    struct client client = over_tcp(&caller);

    (void)state;
    introspect(200, &client, "token=", "x");
    assert_string_equal(body_text(), "{\"active\":false}");
    introspect(200, &client, "token=", forged(&good, 1000).bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
    introspect(200, &client, "token=", forged(&good, good.id).bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
    must(200, &root, "PATCH", token_target(disabled.id, ""),
         "{\"enabled\":false}");
    introspect(200, &client, "token=", disabled.bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
    introspect(200, &client, "token=", bound.bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
    introspect(200, &client, "token=", expired.bearer);
    assert_true(json_is_true(json_object_get(body(), "active")));
    ask_later = 60;
    introspect(200, &client, "token=", expired.bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
    ask_later = 0;
    must(200, &root, "DELETE", token_target(good.id, ""), NULL);
    introspect(200, &client, "token=", good.bearer);
    assert_string_equal(body_text(), "{\"active\":false}");
}

static void test_a_good_token_is_described(void **state) {
    static const char *const members[] = {
        "active", "sub",        "username", "client_id", "iat",
        "exp",    "token_type", "jti",      "scope",     "scopes"};
    struct token caller = issue_to(BOB_NAME, "tokens:introspect", NULL, 0);
    struct token token = issue_to(JANE_NAME, "imap smtp", NULL, 60);
    struct token plain = issue_to("root", NULL, NULL, 0);
    struct client client = over_tcp(&caller);

    (void)state;
    introspect(200, &client,
               "token_type_hint=refresh_token&token=", token.bearer);
    for (size_t i = 0; i < COUNT(members); i++)
        assert_non_null(json_object_get(body(), members[i]));
    assert_int_equal(json_object_size(body()), COUNT(members));
    assert_string_equal(body_string("sub"), JANE_NAME);
    assert_string_equal(body_string("username"), JANE_NAME);
    assert_string_equal(body_string("scope"), "imap smtp");
    assert_int_equal(strtoull(body_string("jti"), NULL, 10), token.id);
    introspect(200, &client, "token=", plain.bearer);
    assert_string_equal(body_string("sub"), "root");
    assert_int_equal(json_object_size(body()), COUNT(members) - 3);
}

static void test_introspection_needs_credentials(void **state) {
    struct token caller = issue_to(BOB_NAME, "tokens:introspect", NULL, 0);
    struct token other = issue_to(BOB_NAME, NULL, NULL, 0);
    struct token admin = issue_to("root", "tokens:admin", NULL, 0);
    struct token bound =
        issue_to(BOB_NAME, "tokens:introspect", "198.51.100.1", 0);
    struct client client = over_tcp(&caller), plain = verify_socket;
    char sent[512];

    (void)state;
    introspect(401, &root, "token=", other.bearer);
    introspect(401, &plain, "token=", other.bearer);
    assert_string_equal(body_string("error"), "invalid_client");
    plain.bearer = "x";
    introspect(401, &plain, "token=", other.bearer);
    assert_string_equal(body_string("error"), "invalid_client");
    assert_string_equal(header("WWW-Authenticate"), INVALID);
    plain.bearer = other.bearer;
    introspect(403, &plain, "token=", other.bearer);
    assert_string_equal(body_string("error"), "insufficient_scope");
    assert_string_equal(header("WWW-Authenticate"),
                        SCOPE ", scope=\"tokens:introspect\"");
    plain.bearer = admin.bearer;
    introspect(403, &plain, "token=", other.bearer);
    plain.bearer = bound.bearer;
    introspect(401, &plain, "token=", other.bearer);
    plain.bearer = NULL;
    plain.authorization = basic(JANE_NAME, caller.bearer);
    introspect(401, &plain, "token=", other.bearer);
    assert_string_equal(body_string("error"), "invalid_client");
    assert_string_equal(header("WWW-Authenticate"), BASIC);
    plain.authorization = basic(BOB_NAME, caller.bearer);
    introspect(200, &plain, "token=", other.bearer);
    plain.authorization = NULL;
    snprintf(sent, sizeof(sent), "client_secret=%s&token=", caller.bearer);
    introspect(200, &plain, sent, other.bearer);
    introspect(400, &client, sent, other.bearer); /* two credentials */
    snprintf(sent, sizeof(sent),
             "client_id=%s&client_secret=%s&token=", JANE_NAME, caller.bearer);
    introspect(401, &plain, sent, other.bearer);
    snprintf(sent, sizeof(sent),
             "client_id=%s&client_secret=%s&token=", BOB_NAME, caller.bearer);
    introspect(200, &plain, sent, other.bearer);
    snprintf(sent, sizeof(sent), "client_secret=%s&token=", other.bearer);
    introspect(403, &plain, sent, other.bearer);
    /* Only callers who may introspect are told what is wrong. */
    introspect(401, &plain, "color=red&token=", "x");
    introspect(400, &client, "color=red&token=", "x");
    assert_string_equal(body_string("error"), "invalid_request");
    must(200, &root, "DELETE", token_target(caller.id, ""), NULL);
    introspect(401, &client, "token=", other.bearer);
}

/* ------------------------------------------------------------------ last use
 */

/* Proves the service and the address of a token's last use; what is NULL if
 * it was never used. */
static void used(uint64_t id, const char *what, const char *address) {
    const json_t *use;

    must(200, &root, "GET", token_target(id, ""), NULL);
    use = json_object_get(body(), "last_use");
    assert_int_equal(json_is_null(use), what == NULL);
    if (what == NULL)
        return;
    assert_int_equal(strlen(json_string_value(json_object_get(use, "time"))),
                     20);
    assert_string_equal(json_string_value(json_object_get(use, "service")),
                        what);
    if (address == NULL)
        assert_null(json_object_get(use, "address"));
    else
        assert_string_equal(json_string_value(json_object_get(use, "address")),
                            address);
}

static void test_success_is_recorded_as_a_use(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    struct client tcp = over_tcp(&token);

    (void)state;
    used(token.id, NULL, NULL);
    ask_verify(200, &verify_socket, token.bearer, "");
    used(token.id, "http", NULL);
    /* At most one use a minute is recorded, remembered verification or not. */
    ask_later = 30;
    ask_verify(200, &verify_socket, token.bearer, "?require_scope=web");
    used(token.id, "http", NULL);
    ask_later = 60;
    ask_verify(200, &verify_socket, token.bearer,
               "?require_scope=web&from=::ffff:192.0.2.9&require_scope=x");
    used(token.id, "web", "192.0.2.9");
    ask_later = 120;
    ask_verify(200, &tcp, NULL, "?from=198.51.100.1"); /* not this */
    used(token.id, "http", "192.0.2.7");
    ask_later = 180;
    must(200, &tcp, "GET", WHO, NULL);
    used(token.id, "api", "192.0.2.7");
    ask_later = 0;
}

static void test_refusal_is_not_recorded_as_a_use(void **state) {
    struct token narrow = issue_to(JANE_NAME, "imap", NULL, 0);
    struct token bound = issue_to(JANE_NAME, NULL, "192.0.2.0/24", 0);
    struct token disabled = issue_to(JANE_NAME, NULL, NULL, 0);

    (void)state;
    must(200, &root, "PATCH", token_target(disabled.id, ""),
         "{\"enabled\":false}");
    ask_verify(401, &verify_socket, disabled.bearer, "");
    ask_verify(403, &verify_socket, narrow.bearer, "?require_scope=pop3");
    ask_verify(403, &verify_socket, bound.bearer, "?from=198.51.100.1");
    ask_verify(401, &verify_socket, forged(&narrow, narrow.id).bearer, "");
    used(disabled.id, NULL, NULL);
    used(narrow.id, NULL, NULL);
    used(bound.id, NULL, NULL);
}

static void test_introspection_is_a_use_of_both(void **state) {
    struct token caller = issue_to(BOB_NAME, "tokens:introspect", NULL, 0);
    struct token other = issue_to(BOB_NAME, NULL, NULL, 0);
    struct client client = over_tcp(&caller);

    (void)state;
    introspect(200, &client, "token=", other.bearer);
    used(other.id, "introspection", NULL);
    used(caller.id, "api", "192.0.2.7");
}

/* A proxy may send any text as the address, even a token; that is not
 * recorded. */
static void test_token_is_not_recorded_as_an_address(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    char query[128];

    (void)state;
    snprintf(query, sizeof(query), "?from=%s", token.bearer);
    ask_verify(200, &verify_socket, token.bearer, query);
    used(token.id, "http", NULL);
}

int main(void) {
#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, service_set_up, service_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_reason_refuses_the_token),
        TEST(test_basic_names_the_user),
        TEST(test_challenge_is_all_that_basic_changes),
        TEST(test_success_names_user_and_token),
        TEST(test_names_with_outer_blanks_are_refused),
        TEST(test_every_method_and_path_verifies),
        TEST(test_the_address_is_the_peers_or_the_proxys),
        TEST(test_bad_queries_are_refused),
        TEST(test_headers_that_pose_are_refused),
        TEST(test_a_change_counts_at_once),
        TEST(test_invalid_tokens_are_inactive),
        TEST(test_a_good_token_is_described),
        TEST(test_introspection_needs_credentials),
        TEST(test_success_is_recorded_as_a_use),
        TEST(test_refusal_is_not_recorded_as_a_use),
        TEST(test_introspection_is_a_use_of_both),
        TEST(test_token_is_not_recorded_as_an_address),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
