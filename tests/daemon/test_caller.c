/*
 * test_caller.c - prove how the daemon identifies a caller and what that
 * caller may do: on the api socket the kernel names the peer, on every other
 * listener only a token does.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/service_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct limits none;
static const struct limits imap_smtp = {
    .self_service = {"imap", "smtp"},
    .self_service_count = 2,
};

/* Every route that needs a known caller refuses this client as unknown. */
static void assert_unknown(const struct client *client, bool presented) {
    static const struct {
        const char *method, *target, *sent;
    } questions[] = {
        {"GET", WHO, NULL},
        {"GET", TOKENS, NULL},
        {"POST", TOKENS, "{}"},
        {"GET", TOKENS "1", NULL},
        {"PATCH", TOKENS "1", "{\"enabled\":false}"},
        {"DELETE", TOKENS "1", NULL},
        {"POST", TOKENS "1/rotate", NULL},
        {"GET", TOKENS "1?color=red", NULL},
        {"PATCH", TOKENS "1", "{"},
    };
    const bool basic = client->authorization != NULL &&
                       strncasecmp(client->authorization, "Basic", 5) == 0;
    const char *challenge =
        !presented ? "Bearer realm=\"accesstoken\""
        : basic    ? "Basic realm=\"accesstoken\", charset=\"UTF-8\""
                   : "Bearer realm=\"accesstoken\", error=\"invalid_token\"";

    for (size_t i = 0; i < COUNT(questions); i++) {
        must(401, client, questions[i].method, questions[i].target,
             questions[i].sent);
        assert_string_equal(header("WWW-Authenticate"), challenge);
        assert_string_equal(body_string("error_class"),
                            "http_unauthorized_error");
        assert_string_equal(body_string("description"),
                            presented ? "the credentials are not valid"
                                      : "credentials are needed");
    }
    if (client->listener != LISTENER_API)
        return;
    must(401, client, "GET", "/metrics", NULL);
}

/* Overwrites the file so that it is no longer a store. */
static void overwrite_store(const char *path) {
    FILE *file = fopen(path, "r+");

    assert_non_null(file);
    for (int i = 0; i < 65536; i++)
        fputc('x', file);
    assert_int_equal(fclose(file), 0);
}

static void test_unknown_peers_are_refused(void **state) {
    struct client clients[6];

    (void)state;
    issue_to("root", NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(clients); i++)
        clients[i] = root;
    clients[0].peer.known = false;
    clients[1].peer.uid = 65534;
    clients[2].peer.uid = 65534;
    clients[2].peer.administers = true;
    clients[3].peer.uid = 4000000000; /* has no account */
    clients[4].forwarded = true;
    /* Over TCP the peer does not count, even if it were set. */
    clients[5].listener = LISTENER_TCP;
    for (size_t i = 0; i < COUNT(clients); i++)
        assert_unknown(&clients[i], false);
}

/* The verify socket accepts no peer, not even root. */
static void test_no_peer_counts_at_the_verify_socket(void **state) {
    struct token token = issue_to("root", NULL, NULL, 0);
    struct client client = root;
    char sent[TOKENSTORE_BEARER_MAX + 8];

    (void)state;
    client.listener = LISTENER_VERIFY;
    must(401, &client, "GET", VERIFY, NULL);
    must(401, &client, "POST", INTROSPECT, "token=x");
    must(404, &client, "GET", WHO, NULL);
    /* These two routes accept no peer on the api socket either. */
    snprintf(sent, sizeof(sent), "token=%s", token.bearer);
    must(401, &root, "GET", VERIFY, NULL);
    must(401, &root, "POST", INTROSPECT, sent);
}

/* If credentials are presented, they decide, even if the peer is root. */
static void test_bad_credentials_hide_the_peer(void **state) {
    static const struct {
        const char *text;
        bool presented;
    } headers[] = {
        {"", false},
        {"Negotiate YII=", false},
        {"Bearer", false},
        {"Bearer ", true},
        {"Bearer x", true},
        {"Bearer  x", true},
        {"bEARER x", true},
        {"Basic", false},
        {"Basic ", true},
        {"Basic !", true},
        {"Basic cm9vdA==", true},  /* root */
        {"Basic cm9vdDo=", true},  /* root: */
        {"Basic cm9vdDp4", true},  /* root:x */
        {"Basic cm9vdDp4 ", true}, /* root:x and a space */
        {"Basic cgBvdDp4", true},  /* r NUL ot:x */
        {"Basic cm9vd\xff", true}, /* a byte that is not ASCII */
        {"Digest username=\"root\"", false},
    };
    struct client client = root;

    (void)state;
    issue_to("root", NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(headers); i++) {
        client.authorization = headers[i].text;
        assert_unknown(&client, headers[i].presented);
    }
}

/* The bearer gets the same answer for every reason. */
static void test_invalid_tokens_are_refused_alike(void **state) {
    struct token revoked = issue_to(JANE_NAME, "tokens:admin", NULL, 0);
    struct token disabled = issue_to(JANE_NAME, "tokens:admin", NULL, 0);
    struct token bound = issue_to(JANE_NAME, NULL, "198.51.100.0/24", 0);
    struct token expired = issue_to(JANE_NAME, "tokens:admin", NULL, 60);
    const struct {
        const struct token *token;
        const char *reason;
        int64_t later;
    } tokens[] = {{&revoked, "unknown", 0},
                  {&disabled, "disabled", 0},
                  {&bound, "network", 0},
                  {&expired, "expired", 60}};

    (void)state;
    must(200, &root, "DELETE", token_target(revoked.id, ""), NULL);
    must(200, &root, "PATCH", token_target(disabled.id, ""),
         "{\"enabled\":false}");
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct client tcp = over_tcp(tokens[i].token), api = root;

        api.bearer = tcp.bearer;
        ask_later = tokens[i].later;
        assert_unknown(&tcp, true);
        assert_unknown(&api, true);
        assert_non_null(strstr(log_text(), tokens[i].reason));
    }
}

static void test_who_am_i_names_the_caller(void **state) {
    struct token token = issue_to(JANE_NAME, "imap", "192.0.2.0/24", 60);
    struct client client = over_tcp(&token);
    char *without, *with;
    json_t *rest;

    (void)state;
    must(200, &jane, "GET", WHO, NULL);
    assert_string_equal(body_string("name"), JANE_NAME);
    assert_int_equal(json_integer_value(json_object_get(body(), "uid")),
                     jane.peer.uid);
    assert_null(json_object_get(body(), "access_token_id"));
    without = json_dumps(body(), JSON_SORT_KEYS);
    must(200, &client, "GET", WHO, NULL);
    assert_non_null(body_string("access_token_id"));
    assert_int_equal(strtoull(body_string("access_token_id"), NULL, 10),
                     token.id);
    rest = json_copy((json_t *)(uintptr_t)body());
    json_object_del(rest, "access_token_id");
    with = json_dumps(rest, JSON_SORT_KEYS);
    assert_string_equal(with, without);
    free(with);
    free(without);
    json_decref(rest);
}

/* --------------------------------------------------------------- TCP callers
 */

/* An ordinary token may ask who it is, and rotate and revoke itself. */
static void test_a_bearer_may_do_little(void **state) {
    struct token roots = issue_to("root", NULL, NULL, 0);
    struct token others = issue_to(JANE_NAME, NULL, NULL, 0);
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    const struct token tokens[] = {token, roots};
    char *before = record_of(others.id), *after;

    (void)state;
    set_limits(&imap_smtp);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct client clients[] = {over_tcp(&tokens[i]), jane, root};

        for (size_t c = 0; c < COUNT(clients); c++) {
            clients[c].bearer = tokens[i].bearer;
            must(200, &clients[c], "GET", WHO, NULL);
            must(403, &clients[c], "GET", TOKENS, NULL);
            must(403, &clients[c], "POST", TOKENS, "{\"scopes\":[\"imap\"]}");
            must(403, &clients[c], "GET", token_target(tokens[i].id, ""),
                 NULL);
            must(403, &clients[c], "GET", token_target(others.id, ""), NULL);
            must(403, &clients[c], "PATCH", token_target(tokens[i].id, ""),
                 "{\"enabled\":false}");
            must(403, &clients[c], "PATCH", token_target(others.id, ""),
                 "{\"enabled\":false}");
            must(404, &clients[c], "DELETE", token_target(others.id, ""),
                 NULL);
            must(404, &clients[c], "POST", token_target(others.id, "/rotate"),
                 NULL);
            if (clients[c].listener == LISTENER_API)
                must(403, &clients[c], "GET", "/metrics", NULL);
        }
    }
    after = record_of(others.id);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void test_a_bearer_rotates_and_revokes_itself(void **state) {
    static const char *const scopes[] = {NULL, "imap", "tokens:introspect",
                                         "tokens:admin imap"};

    (void)state;
    issued_before = 600;
    for (size_t i = 0; i < COUNT(scopes); i++) {
        struct token token = issue_to(JANE_NAME, scopes[i], NULL, 3600);
        struct client client = over_tcp(&token);
        char *before, *after, end[64], text[64];

        must(200, &root, "GET", token_target(token.id, ""), NULL);
        snprintf(end, sizeof(end), "%s", body_string("expiration_time"));
        /* A grace would keep the old token valid: refused, nothing changed. */
        must(403, &client, "POST", token_target(token.id, "/rotate"),
             "{\"grace\":\"365d\"}");
        must(200, &client, "GET", WHO, NULL);
        /* Rotating does not move the expiration time, whatever the limits. */
        must(200, &client, "POST", token_target(token.id, "/rotate"), NULL);
        snprintf(text, sizeof(text), "%s", body_string("bearer_token"));
        token.id = strtoull(body_string("id"), NULL, 10);
        must(401, &client, "GET", WHO, NULL);
        client.bearer = text;
        must(200, &root, "GET", token_target(token.id, ""), NULL);
        assert_string_equal(body_string("expiration_time"), end);
        before = record_of(token.id);
        must(200, &client, "GET", WHO, NULL);
        after = record_of(token.id);
        assert_string_equal(before, after);
        free(before);
        free(after);
        must(200, &client, "DELETE", token_target(token.id, ""), NULL);
        must(401, &client, "DELETE", token_target(token.id, ""), NULL);
        must(404, &root, "GET", token_target(token.id, ""), NULL);
    }
}

/* A token of root may revoke itself, but not rotate itself. */
static void test_a_bearer_of_root_cannot_renew_itself(void **state) {
    struct token token = issue_to("root", "tokens:admin imap", NULL, 3600);
    struct client client = over_tcp(&token);
    const char *target = token_target(token.id, "");

    (void)state;
    must(403, &client, "POST", token_target(token.id, "/rotate"), NULL);
    must(403, &client, "PATCH", target, "{\"name\":\"x\"}");
    must(403, &client, "POST", TOKENS, "{\"user\":\"root\"}");
    must(200, &client, "DELETE", target, NULL);
    must(401, &client, "GET", WHO, NULL);
}

/* A token with tokens:admin administers within its scopes and its expiry. */
static void test_token_with_tokens_admin_administers(void **state) {
    struct token roots = issue_to("root", NULL, NULL, 0);
    struct token bobs = issue_to(BOB_NAME, "smtp", NULL, 0);
    struct token token = issue_to(JANE_NAME, "tokens:admin imap", NULL, 3600);
    struct client client = over_tcp(&token);
    char sent[256], end[TOKENSTORE_TIME_SIZE];
    uint64_t id;

    (void)state;
    must(400, &client, "POST", TOKENS, "{\"scopes\":[\"imap\"]}");
    assert_string_equal(body_string("description"), "user: missing");
    must(403, &client, "POST", TOKENS,
         "{\"user\":\"" BOB_NAME "\",\"scopes\":[\"imap\"]}");
    assert_non_null(strstr(body_text(), "must not expire after"));
    assert_ok(tokenstore_time_format((int64_t)time(NULL) + 600, end));
    for (size_t i = 0; i < 4; i++) {
        static const char *const scopes[] = {
            "", "\"smtp\"", "\"imap\",\"smtp\"", "\"tokens:introspect\""};

        snprintf(sent, sizeof(sent),
                 "{\"user\":\"" BOB_NAME "\",\"scopes\":[%s],"
                 "\"expiration_time\":\"%s\"}",
                 scopes[i], end);
        must(403, &client, "POST", TOKENS, sent);
    }
    snprintf(sent, sizeof(sent),
             "{\"user\":\"root\",\"scopes\":[\"imap\"],"
             "\"expiration_time\":\"%s\"}",
             end);
    must(403, &client, "POST", TOKENS, sent);
    must(403, &client, "DELETE", token_target(roots.id, ""), NULL);
    must(403, &client, "POST", token_target(bobs.id, "/rotate"), NULL);
    must(403, &client, "PATCH", token_target(bobs.id, ""),
         "{\"scopes\":[\"imap\",\"smtp\"]}");
    must(403, &client, "PATCH", token_target(token.id, ""),
         "{\"expiration_time\":null}");

    snprintf(sent, sizeof(sent),
             "{\"user\":\"" BOB_NAME "\",\"scopes\":[\"imap\"],"
             "\"expiration_time\":\"%s\"}",
             end);
    must(200, &client, "POST", TOKENS, sent);
    id = strtoull(body_string("id"), NULL, 10);
    must(200, &client, "GET", token_target(id, ""), NULL);
    must(200, &client, "GET", token_target(bobs.id, ""), NULL);
    must(200, &client, "GET", TOKENS, NULL);
    must(200, &client, "PATCH", token_target(bobs.id, ""),
         "{\"enabled\":false}");
    must(200, &client, "POST", token_target(id, "/rotate"), NULL);
    must(200, &client, "DELETE", token_target(bobs.id, ""), NULL);
}

/* ------------------------------------------------------------------ creators
 */

static void assert_creator(const struct client *client, const char *sent,
                           const char *creator) {
    char *record;
    json_t *entry;

    must(200, client, "POST", TOKENS, sent);
    record = record_of(strtoull(body_string("id"), NULL, 10));
    entry = json_loads(record, 0, NULL);
    assert_non_null(entry);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(entry, "creator"), "name")),
                        creator);
    json_decref(entry);
    free(record);
}

/* The creator is the peer or the token's user; a request cannot name one. */
static void test_creator_is_the_caller(void **state) {
    struct token token = issue_to(BOB_NAME, "tokens:admin imap", NULL, 0);
    struct client client = over_tcp(&token), api = jane;
    static const char sent[] =
        "{\"user\":\"" JANE_NAME "\",\"scopes\":[\"imap\"]}";
    char target[64], *record;

    (void)state;
    set_limits(&imap_smtp);
    must(400, &root, "POST", TOKENS, "{\"creator\":\"root\"}");
    must(400, &root, "POST", TOKENS "?creator=root", "{}");
    assert_creator(&root, sent, "root");
    assert_creator(&group, sent, JANE_NAME);
    assert_creator(&jane, sent, JANE_NAME);
    assert_creator(&client, sent, BOB_NAME);
    api.bearer = token.bearer;
    assert_creator(&api, sent, BOB_NAME);
    /* The caller who rotates a token is the creator of the new one. */
    must(200, &root, "POST", TOKENS, sent);
    snprintf(target, sizeof(target), TOKENS "%s/rotate", body_string("id"));
    must(200, &jane, "POST", target, NULL);
    record = record_of(strtoull(body_string("id"), NULL, 10));
    assert_non_null(strstr(record, "\"creator\":{"));
    assert_null(strstr(strstr(record, "\"creator\":{"), "\"root\""));
    free(record);
}

/* --------------------------------------------------- self-service and limits
 */

static void test_users_issue_nothing_without_permission(void **state) {
    struct token token = issue_to(JANE_NAME, "imap", NULL, 60);

    (void)state;
    set_limits(&none);
    must(403, &jane, "POST", TOKENS, "{\"scopes\":[\"imap\"]}");
    assert_non_null(strstr(body_text(), "self_service_scopes"));
    must(403, &jane, "POST", token_target(token.id, "/rotate"), NULL);
    must(403, &jane, "PATCH", token_target(token.id, ""),
         "{\"expiration_time\":null}");
    /* Users may always read and revoke their own tokens. */
    must(200, &jane, "GET", token_target(token.id, ""), NULL);
    must(200, &jane, "GET", TOKENS, NULL);
    must(200, &jane, "PATCH", token_target(token.id, ""),
         "{\"enabled\":false}");
    must(403, &jane, "PATCH", token_target(token.id, ""),
         "{\"enabled\":true}");
    must(200, &jane, "DELETE", token_target(token.id, ""), NULL);
}

static void test_users_issue_within_the_limits(void **state) {
    static const char *const refused[] = {
        "{}",
        "{\"scopes\":[]}",
        "{\"scopes\":[\"pop3\"]}",
        "{\"scopes\":[\"imap\",\"sudo\"]}",
        "{\"scopes\":[\"tokens:admin\"]}",
        "{\"scopes\":[\"tokens:introspect\",\"imap\"]}",
        "{\"user\":\"" BOB_NAME "\",\"scopes\":[\"imap\"]}",
    };
    static const char *const issued[] = {
        "{\"scopes\":[\"imap\"]}",
        "{\"scopes\":[\"smtp\",\"imap\"],\"networks\":[\"::1\"]}",
        "{\"user\":\"" JANE_NAME "\",\"scopes\":[\"imap\"],\"name\":\"x\"}",
    };

    (void)state;
    set_limits(&imap_smtp);
    for (size_t i = 0; i < COUNT(refused); i++)
        must(403, &jane, "POST", TOKENS, refused[i]);
    for (size_t i = 0; i < COUNT(issued); i++) {
        const char *id;

        must(200, &jane, "POST", TOKENS, issued[i]);
        id = token_target(strtoull(body_string("id"), NULL, 10), "");
        must(200, &jane, "GET", id, NULL);
        assert_string_equal(json_string_value(json_object_get(
                                json_object_get(body(), "user"), "name")),
                            JANE_NAME);
        must(404, &bob, "GET", id, NULL);
    }
    must(200, &bob, "GET", TOKENS, NULL);
    assert_int_equal(json_array_size(json_object_get(body(), "entries")), 0);
}

static void must_wait(const struct client *client, const char *target,
                      const char *sent) {
    const uint64_t last = issue_to("root", NULL, NULL, 0).id;
    const char *after;

    must(429, client, "POST", target, sent);
    assert_string_equal(body_string("error_class"),
                        "http_too_many_requests_error");
    after = header("Retry-After");
    assert_non_null(after);
    assert_in_range(strtoul(after, NULL, 10), 3500, 3600);
    assert_non_null(strstr(body_string("description"), after));
    /* No id was used. */
    assert_int_equal(issue_to("root", NULL, NULL, 0).id, last + 1);
}

/* Users may issue so many tokens at once; a rotation counts, a refusal does
 * not.  Administrators are not limited. */
static void test_creations_are_rationed(void **state) {
    static const char sent[] = "{\"scopes\":[\"imap\"]}";
    struct limits limits = imap_smtp;
    struct token token = issue_to(JANE_NAME, "imap", NULL, 60);
    struct token admin = issue_to(JANE_NAME, "tokens:admin imap", NULL, 0);
    struct client client = over_tcp(&token), other = over_tcp(&admin);

    (void)state;
    limits.creation_burst = 3;
    limits.creation_interval = 3600;
    set_limits(&limits);
    for (int i = 0; i < 10; i++)
        must(403, &jane, "POST", TOKENS, "{\"scopes\":[\"sudo\"]}");
    must(200, &jane, "POST", TOKENS, sent);
    must(200, &jane, "POST", TOKENS, sent);
    must(200, &jane, "POST",
         token_target(strtoull(body_string("id"), NULL, 10), "/rotate"), NULL);
    must_wait(&jane, TOKENS, sent);
    must_wait(&jane, token_target(token.id, "/rotate"), NULL);
    /* A token of the same user takes from the same share. */
    must_wait(&client, token_target(token.id, "/rotate"), NULL);
    must(200, &jane, "PATCH", token_target(token.id, ""), "{\"name\":\"x\"}");
    must(200, &jane, "DELETE", token_target(token.id, ""), NULL);
    for (int i = 0; i < 10; i++) {
        must(200, &root, "POST", TOKENS, sent);
        must(200, &group, "POST", TOKENS, sent);
        must(200, &other, "POST", TOKENS,
             "{\"user\":\"" BOB_NAME "\",\"scopes\":[\"imap\"]}");
    }
    must(200, &bob, "POST", TOKENS, sent);
    set_limits(&imap_smtp); /* a burst of 0 is none */
    must(200, &jane, "POST", TOKENS, sent);
}

/* The rotations of a virtual user's token are rationed, too. */
static void test_virtual_users_are_rationed(void **state) {
    const struct limits limits = {
        .creation_burst = 2,
        .creation_interval = 3600,
    };
    struct client client = {.listener = LISTENER_TCP};
    char id[32], bearer[80];

    (void)state;
    set_limits(&limits);
    must(200, &root, "POST", TOKENS,
         "{\"user\":{\"domain\":\"API_NULL_DOMAIN\",\"name\":\"mailbox\"}}");
    for (int i = 0; i < 3; i++) {
        snprintf(id, sizeof(id), "%s", body_string("id"));
        snprintf(bearer, sizeof(bearer), "%s", body_string("bearer_token"));
        client.bearer = bearer;
        must(i < 2 ? 200 : 429, &client, "POST",
             token_target(strtoull(id, NULL, 10), "/rotate"), NULL);
    }
}

/* The limits hold for root, too, and for every change that makes a token
 * valid. */
static void test_limits_hold_for_everybody(void **state) {
    const struct limits limits = {
        .store = {.tokens_per_user = 2,
                  .lifetime_max = 3600,
                  .name_required = true},
        .lifetime_default = 600,
    };
    const int64_t now = (int64_t)time(NULL);
    const char *target;
    char end[TOKENSTORE_TIME_SIZE], sent[128];
    int64_t given;

    (void)state;
    set_limits(&limits);
    must(403, &root, "POST", TOKENS, "{}");
    must(403, &root, "POST", TOKENS, "{\"name\":\"\"}");
    must(403, &root, "POST", TOKENS,
         "{\"name\":\"x\",\"expiration_time\":null}");
    assert_string_equal(body_string("error_class"), "http_forbidden_error");
    must(200, &root, "POST", TOKENS, "{\"name\":\"x\"}");
    target = token_target(strtoull(body_string("id"), NULL, 10), "");
    must(200, &root, "GET", target, NULL);
    assert_ok(
        tokenstore_time_parse(body_string("expiration_time"), now, &given));
    assert_in_range(given, now + 600, now + 660);
    must(403, &root, "PATCH", target, "{\"name\":null}");
    must(403, &root, "PATCH", target, "{\"expiration_time\":null}");
    assert_ok(tokenstore_time_format(now + 7200, end));
    snprintf(sent, sizeof(sent), "{\"expiration_time\":\"%s\"}", end);
    must(403, &root, "PATCH", target, sent);
    must(200, &root, "POST", TOKENS, "{\"name\":\"x\"}");
    must(403, &root, "POST", TOKENS, "{\"name\":\"x\"}");
    assert_non_null(strstr(body_text(), "permit 2 "));
    must(200, &root, "PATCH", target, "{\"enabled\":false}");
    must(200, &root, "POST", TOKENS, "{\"name\":\"x\"}");
    must(403, &root, "PATCH", target, "{\"enabled\":true}");
}

/* Without readable limits, a token may still be revoked. */
static void test_unknown_limits_refuse_changes(void **state) {
    struct token token = issue_to(JANE_NAME, "imap", NULL, 60);
    struct token admin = issue_to(JANE_NAME, "tokens:admin imap", NULL, 60);
    const struct client clients[] = {jane, group, root, over_tcp(&admin)};
    char *before = record_of(token.id), *after;
    char target[64];

    (void)state;
    snprintf(target, sizeof(target), "%s", token_target(token.id, ""));
    set_limits(NULL);
    for (size_t c = 0; c < COUNT(clients); c++) {
        must(503, &clients[c], "POST", TOKENS,
             "{\"user\":\"" JANE_NAME "\",\"scopes\":[\"imap\"]}");
        assert_string_equal(body_string("description"),
                            "limits.conf:3: made up");
        must(503, &clients[c], "POST", TOKENS,
             "{\"user\":\"" JANE_NAME "\",\"expiration_time\":null}");
        must(503, &clients[c], "PATCH", target, "{\"enabled\":false}");
        must(503, &clients[c], "POST", token_target(token.id, "/rotate"),
             NULL);
        must(200, &clients[c], "GET", target, NULL);
    }
    after = record_of(token.id);
    assert_string_equal(before, after);
    free(before);
    free(after);
    must(200, &jane, "DELETE", target, NULL);
}

/* Only administrators and the log are told where the store is and what is
 * wrong with it. */
static void test_strangers_are_told_no_details_of_a_failure(void **state) {
    struct token token = issue_to(JANE_NAME, "tokens:introspect", NULL, 0);
    struct client bearer = over_tcp(&token), asker = over_tcp(&token);
    struct client forwarded = root, nobody = over_tcp(&token);
    const struct {
        const struct client *client;
        const char *method, *target, *sent;
        bool frank;
    } cases[] = {
        {&nobody, "GET", "/healthz", NULL, false},
        {&bearer, "GET", "/healthz", NULL, false},
        {&bearer, "GET", WHO, NULL, false},
        {&bearer, "DELETE", token_target(token.id, ""), NULL, false},
        {&asker, "POST", INTROSPECT, "token=x", false},
        {&forwarded, "GET", "/healthz", NULL, false},
        {&jane, "GET", "/healthz", NULL, false},
        {&jane, "GET", TOKENS, NULL, false},
        {&jane, "POST", TOKENS, "{\"scopes\":[\"imap\"]}", false},
        {&group, "GET", "/healthz", NULL, true},
        {&root, "GET", "/healthz", NULL, true},
        {&root, "GET", TOKENS, NULL, true},
        {&root, "POST", TOKENS, "{}", true},
    };
    const char *const general = tokenstore_strerror(TOKENSTORE_ERROR_DAMAGED);
    const struct fixture *fixture = *state;

    nobody.bearer = NULL;
    asker.listener = LISTENER_VERIFY;
    asker.address = NULL;
    forwarded.forwarded = true;
    set_limits(&imap_smtp);
    overwrite_store(fixture->path);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *said;

        must(503, cases[i].client, cases[i].method, cases[i].target,
             cases[i].sent);
        said = body_string("description");
        if ((strstr(said, fixture->path) != NULL) != cases[i].frank ||
            (strcmp(said, general) == 0) == cases[i].frank ||
            strstr(log_text(), fixture->path) == NULL)
            fail_msg("%s %s: \"%s\"; the log says: %s", cases[i].method,
                     cases[i].target, said, log_text());
    }
}

static void test_administrators_read_the_metrics(void **state) {
    struct token token = issue_to("root", "tokens:admin", NULL, 0);
    struct client client = root;

    (void)state;
    must(403, &jane, "GET", "/metrics", NULL);
    client.bearer = token.bearer;
    must(403, &client, "GET", "/metrics", NULL);
    must(200, &group, "GET", "/metrics", NULL);
    must(200, &root, "GET", "/metrics", NULL);
    assert_non_null(strstr(body_text(), "accesstokend_tokens{state=\"active\""
                                        "} 1\n"));
    assert_null(strstr(body_text(), JANE_NAME));
}

int main(void) {
#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, service_set_up, service_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_unknown_peers_are_refused),
        TEST(test_no_peer_counts_at_the_verify_socket),
        TEST(test_bad_credentials_hide_the_peer),
        TEST(test_invalid_tokens_are_refused_alike),
        TEST(test_who_am_i_names_the_caller),
        TEST(test_a_bearer_may_do_little),
        TEST(test_a_bearer_rotates_and_revokes_itself),
        TEST(test_a_bearer_of_root_cannot_renew_itself),
        TEST(test_token_with_tokens_admin_administers),
        TEST(test_creator_is_the_caller),
        TEST(test_users_issue_nothing_without_permission),
        TEST(test_users_issue_within_the_limits),
        TEST(test_creations_are_rationed),
        TEST(test_virtual_users_are_rationed),
        TEST(test_limits_hold_for_everybody),
        TEST(test_unknown_limits_refuse_changes),
        TEST(test_strangers_are_told_no_details_of_a_failure),
        TEST(test_administrators_read_the_metrics),
    };

    return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
