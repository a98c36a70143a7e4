/*
 * test_dispatch.c - prove that of two users on the api socket neither sees,
 * changes or guesses the other's tokens, by any route and any method; and how
 * every route answers every method, on every listener.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/service_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An id that no token has ever had. */
#define NOWHERE 4294967295u

static const char *const methods[] = {"GET",     "HEAD",  "POST",
                                      "PUT",     "PATCH", "DELETE",
                                      "OPTIONS", "TRACE", "BREW"};

/* ---------------------------------------------------------------- two users
 */

/* All that a caller could learn, with the id that they sent left out. */
static char *what_is_told(const struct client *client, const char *method,
                          uint64_t id, const char *rest, const char *sent) {
    const struct answer *answer =
        ask(client, method, token_target(id, rest), sent);
    char number[32], *told = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&told, &size);

    assert_non_null(file);
    snprintf(number, sizeof(number), "token %" PRIu64 "\"", id);
    fprintf(file, "%u %d\n", answer->status, answer->close);
    for (size_t i = 0; i < answer->header_count; i++)
        fprintf(file, "%s: %s\n", answer->headers[i].name,
                answer->headers[i].value);
    for (const char *at = body_text(); *at != '\0';)
        if (strncmp(at, number, strlen(number)) == 0) {
            fputs("token ID\"", file);
            at += strlen(number);
        } else {
            putc(*at++, file);
        }
    fclose(file);
    return told;
}

/* What may follow an id, and what may be sent with it. */
static const char *const rests[] = {"",         "/rotate", "?user=x",
                                    "/rotate?", "/",       "/rotate/"};
static const char *const bodies[] = {
    NULL,
    "",
    "{}",
    "[]",
    "{",
    "{\"enabled\":false}",
    "{\"enabled\":true}",
    "{\"name\":null}",
    "{\"scopes\":[\"imap\"]}",
    "{\"scopes\":[\"tokens:admin\"]}",
    "{\"networks\":[\"::1\"]}",
    "{\"expiration_time\":null}",
    "{\"expiration_time\":\"2001-01-01T00:00:00Z\"}",
    "{\"expiration_time\":\"9999-01-01T00:00:00Z\"}",
    "{\"grace\":0}",
    "{\"grace\":60}",
    "{\"grace\":9223372036854775807}",
    "{\"color\":\"red\"}",
};

/* This client cannot tell this token from one that does not exist. */
static void assert_not_there(const struct client *client, uint64_t id) {
    for (size_t m = 0; m < COUNT(methods); m++)
        for (size_t r = 0; r < COUNT(rests); r++)
            for (size_t b = 0; b < COUNT(bodies); b++) {
                char *is =
                    what_is_told(client, methods[m], id, rests[r], bodies[b]);
                char *none = what_is_told(client, methods[m], NOWHERE,
                                          rests[r], bodies[b]);

                if (strcmp(is, none) != 0)
                    fail_msg("%s ID%s with %s: \"%s\", not \"%s\"", methods[m],
                             rests[r],
                             bodies[b] != NULL ? bodies[b] : "nothing", is,
                             none);
                free(is);
                free(none);
            }
}

static const struct limits imap_alone = {
    .self_service = {"imap"},
    .self_service_count = 1,
};

static const struct limits strict = {
    .store = {.tokens_per_user = 1, .lifetime_max = 60, .name_required = true},
    .lifetime_default = 30,
    .self_service = {"imap"},
    .self_service_count = 1,
};

/* This holds under any limits, for users and for the tokens they present. */
static void test_tokens_of_others_look_missing(void **state) {
    static const struct limits none;
    static const struct limits *const all[] = {&none, &imap_alone, &strict,
                                               NULL};
    struct token janes = issue_to(JANE_NAME, "imap", NULL, 3600);
    /* One has jane's number without her name, one her name without the
     * number. */
    struct token bobs[] = {issue_to(BOB_NAME, "imap", NULL, 0),
                           issue_to("root", "tokens:admin", NULL, 0),
                           issue_to_former("former", jane.peer.uid),
                           issue_to_former(JANE_NAME, bob.peer.uid)};
    struct client clients[] = {jane, over_tcp(&janes), jane};

    (void)state;
    clients[2].bearer = janes.bearer;
    for (size_t i = 0; i < COUNT(bobs); i++) {
        char *before = record_of(bobs[i].id), *after;

        for (size_t limits = 0; limits < COUNT(all); limits++) {
            set_limits(all[limits]);
            for (size_t c = 0; c < COUNT(clients); c++)
                assert_not_there(&clients[c], bobs[i].id);
        }
        after = record_of(bobs[i].id);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    /* jane's own token still exists, and she can read it. */
    must(200, &jane, "GET", token_target(janes.id, ""), NULL);
}

/* The id of a revoked token tells a caller nothing either. */
static void test_revoked_tokens_look_missing(void **state) {
    struct token token = issue_to(JANE_NAME, "imap", NULL, 0);
    const struct client clients[] = {jane, bob, group, root};

    (void)state;
    must(200, &jane, "DELETE", token_target(token.id, ""), NULL);
    for (size_t c = 0; c < COUNT(clients); c++)
        assert_not_there(&clients[c], token.id);
}

/* Lists tokens and returns their ids as text, such as "3 5 7". */
static const char *listed(const struct client *client, const char *query) {
    static char ids[256];
    char target[128];
    size_t index, used = 0;
    json_t *entry;

    snprintf(target, sizeof(target), TOKENS "%s", query);
    must(200, client, "GET", target, NULL);
    ids[0] = '\0';
    json_array_foreach(json_object_get(body(), "entries"), index, entry)
        used +=
        (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%s",
                         index > 0 ? " " : "",
                         json_string_value(json_object_get(entry, "id")));
    return ids;
}

static void test_users_list_their_own(void **state) {
    static const char *const queries[] = {"", "?limit=1000", "?after=0",
                                          "?user=" JANE_NAME,
                                          "?user=local%3A" JANE_NAME};
    uint64_t ids[6], former;
    char wanted[64], next[128];

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = issue_to(i == 4       ? "root"
                          : i % 2 == 0 ? JANE_NAME
                                       : BOB_NAME,
                          NULL, NULL, 0)
                     .id;
    former = issue_to_former("former", jane.peer.uid).id;
    issue_to_former(JANE_NAME, bob.peer.uid);
    snprintf(wanted, sizeof(wanted), "%" PRIu64 " %" PRIu64, ids[0], ids[2]);
    for (size_t i = 0; i < COUNT(queries); i++) {
        assert_string_equal(listed(&jane, queries[i]), wanted);
        assert_null(header("Link"));
    }
    /* Follow the pages as the answers name them. */
    snprintf(wanted, sizeof(wanted), "%" PRIu64, ids[0]);
    assert_string_equal(listed(&jane, "?limit=1"), wanted);
    assert_non_null(header("Link"));
    snprintf(next, sizeof(next), "%s",
             json_string_value(
                 json_object_get(json_object_get(body(), "paging"), "next")));
    snprintf(wanted, sizeof(wanted), "%" PRIu64, ids[2]);
    assert_string_equal(listed(&jane, strchr(next, '?')), wanted);
    snprintf(next, sizeof(next), "?after=%" PRIu64, former - 1);
    assert_string_equal(listed(&jane, next), "");
}

/* Between jane's tokens are those of accounts that had her name or number
 * before her. */
static void test_paging_hides_tokens_of_others(void **state) {
    uint64_t own[7] = {0}, id = 0;
    size_t count = 0;
    char query[64];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        if (i % 6 == 1)
            own[count++] = issue_to(JANE_NAME, "imap", NULL, 0).id;
        else if (i % 2 == 0)
            issue_to_former("former", jane.peer.uid);
        else
            issue_to_former(JANE_NAME, bob.peer.uid);
    assert_int_equal(count, COUNT(own));
    for (size_t limit = 1; limit <= COUNT(own) + 1; limit++) {
        snprintf(query, sizeof(query), "?limit=%zu", limit);
        for (size_t at = 0; at < COUNT(own); at += limit) {
            const json_t *paging;
            char wanted[64] = "", *end = wanted;

            for (size_t i = at; i < COUNT(own) && i < at + limit; i++)
                end +=
                    sprintf(end, "%s%" PRIu64, i > at ? " " : "", id = own[i]);
            assert_string_equal(listed(&jane, query), wanted);
            paging = json_object_get(body(), "paging");
            if (at + limit >= COUNT(own)) {
                assert_true(json_is_null(json_object_get(paging, "next")));
                assert_true(json_is_null(json_object_get(paging, "after")));
                assert_null(header("Link"));
                break;
            }
            assert_int_equal(
                strtoull(json_string_value(json_object_get(paging, "after")),
                         NULL, 10),
                id);
            snprintf(query, sizeof(query), "%s",
                     strchr(json_string_value(json_object_get(paging, "next")),
                            '?'));
        }
    }
}

static void test_users_list_nobody_else(void **state) {
    static const char *const others[] = {"root",
                                         BOB_NAME,
                                         "no-such-account",
                                         "uid%3A0",
                                         "uid%3A4000000000",
                                         ("local%3A" BOB_NAME),
                                         "sid%3AS-1-22-1-0",
                                         "Daemon"};
    char target[128], *first = NULL;

    (void)state;
    issue_to(BOB_NAME, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(others); i++) {
        snprintf(target, sizeof(target), TOKENS "?user=%s", others[i]);
        must(403, &jane, "GET", target, NULL);
        if (first == NULL)
            first = strdup(body_text());
        assert_string_equal(body_text(), first);
    }
    free(first);
}

/* The answer is the same for every user, with or without an account. */
static void test_users_issue_for_nobody_else(void **state) {
    static const char *const others[] = {
        "\"" BOB_NAME "\"",
        "\"no-such-account\"",
        "\"uid:4000000000\"",
        "{\"uid\":4000000000}",
        "{\"name\":\"" BOB_NAME "\",\"uid\":0}",
        "{\"name\":\"" JANE_NAME "\",\"uid\":0}",
        "{\"domain\":\"API_NULL_DOMAIN\",\"name\":\"no-such-account\"}",
        "{\"domain\":\"API_NULL_DOMAIN\",\"name\":\"" JANE_NAME "\"}",
        /* Tokens for root are refused to every user, for another reason. */
        "\"root\"",
        "{\"uid\":0}",
    };
    static const struct limits none;
    static const struct limits *const all[] = {&imap_alone, &strict, &none};
    char sent[256], *first = NULL;

    (void)state;
    for (size_t limits = 0; limits < COUNT(all); limits++)
        for (size_t i = 0; i < COUNT(others); i++) {
            set_limits(all[limits]);
            snprintf(sent, sizeof(sent),
                     "{\"user\":%s,\"name\":\"x\",\"scopes\":[\"imap\"]}",
                     others[i]);
            must(403, &jane, "POST", TOKENS, sent);
            if (first == NULL)
                first = strdup(body_text());
            if (i < COUNT(others) - 2)
                assert_string_equal(body_text(), first);
        }
    assert_string_equal(listed(&root, ""), "");
    free(first);
}

/* ------------------------------------------------------------------ methods
 */

static const struct {
    const char *path;
    const char *allow;
    bool on_verify, on_tcp;
} routes[] = {
    {"/v1/auth/access-tokens", "GET, HEAD, POST, OPTIONS", false, true},
    {"/v1/auth/access-tokens/", "GET, HEAD, POST, OPTIONS", false, true},
    {"/v1/auth/access-tokens/1", "GET, HEAD, PATCH, DELETE, OPTIONS", false,
     true},
    {"/v1/auth/access-tokens/4294967295", "GET, HEAD, PATCH, DELETE, OPTIONS",
     false, true},
    {"/v1/auth/access-tokens/1/rotate", "POST, OPTIONS", false, true},
    {WHO, "GET, HEAD, OPTIONS", false, true},
    {INTROSPECT, "POST, OPTIONS", true, true},
    {"/healthz", "GET, HEAD, OPTIONS", false, true},
    {"/metrics", "GET, HEAD, OPTIONS", false, false},
};

/* OPTIONS asks about the server itself on every listener; nothing else does.
 */
static void test_options_of_the_server(void **state) {
    static const char *const targets[] = {"*", "http://x", "HTTPS://[::1]:8"};
    static const enum listener listeners[] = {LISTENER_API, LISTENER_VERIFY,
                                              LISTENER_TCP};
    struct client client = root;

    (void)state;
    for (size_t l = 0; l < COUNT(listeners); l++)
        for (size_t t = 0; t < COUNT(targets); t++)
            for (size_t m = 0; m < COUNT(methods); m++) {
                client.listener = listeners[l];
                if (strcmp(methods[m], "OPTIONS") == 0) {
                    must(200, &client, "OPTIONS", targets[t], NULL);
                    assert_non_null(header("Allow"));
                    assert_string_equal(body_text(), "");
                } else {
                    must(t == 0 ? 400 : 404, &client, methods[m], targets[t],
                         NULL);
                }
            }
}

static bool is_allowed(const char *method, const char *allow) {
    const char *at = strstr(allow, method);
    const size_t length = strlen(method);

    return at != NULL && (at[length] == ',' || at[length] == '\0') &&
           (at == allow || at[-1] == ' ');
}

static void test_methods_are_refused_with_allow(void **state) {
    (void)state;
    for (size_t r = 0; r < COUNT(routes); r++) {
        for (size_t m = 0; m < COUNT(methods); m++) {
            if (is_allowed(methods[m], routes[r].allow)) {
                ask(&root, methods[m], routes[r].path, NULL);
                assert_int_not_equal(
                    ask(&root, methods[m], routes[r].path, NULL)->status, 405);
                continue;
            }
            must(405, &root, methods[m], routes[r].path, NULL);
            assert_string_equal(header("Allow"), routes[r].allow);
        }
        /* Method names are case-sensitive. */
        must(405, &root, "get", routes[r].path, NULL);
        must(405, &root, "", routes[r].path, NULL);
        must(405, &root, "GETS", routes[r].path, NULL);
    }
}

/* OPTIONS needs no credentials, and its answer has no body. */
static void test_options_names_the_methods(void **state) {
    static const struct client anybody = {.listener = LISTENER_TCP};

    (void)state;
    for (size_t r = 0; r < COUNT(routes); r++) {
        must(routes[r].on_tcp ? 200 : 404, &anybody, "OPTIONS", routes[r].path,
             NULL);
        must(200, &root, "OPTIONS", routes[r].path, NULL);
        assert_string_equal(header("Allow"), routes[r].allow);
        assert_string_equal(body_text(), "");
    }
}

static void test_head_answers_as_get_does(void **state) {
    static const char *const paths[] = {
        TOKENS, WHO, "/healthz", TOKENS "1", TOKENS "2", TOKENS "?limit=0"};

    (void)state;
    issue_to(JANE_NAME, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(paths); i++) {
        unsigned int status = ask(&jane, "GET", paths[i], NULL)->status;
        char *got = strdup(body_text());

        must(status, &jane, "HEAD", paths[i], NULL);
        /* The HTTP server omits the body, but sends its length. */
        assert_string_equal(body_text(), got);
        free(got);
    }
}

static void test_each_listener_has_its_routes(void **state) {
    static const char *const nowhere[] = {
        "/",
        "//",
        "/v1",
        "/v1/auth",
        "/v1/auth/access-token",
        "/v1/auth/access-tokens//",
        "/v1/auth/access-tokens/0",
        "/v1/auth/access-tokens/01",
        "/v1/auth/access-tokens/-1",
        "/v1/auth/access-tokens/+1",
        "/v1/auth/access-tokens/1x",
        "/v1/auth/access-tokens/%31",
        "/v1/auth/access-tokens/4294967296",
        "/v1/auth/access-tokens/18446744073709551617",
        "/v1/auth/access-tokens/1/",
        "/v1/auth/access-tokens/1/rotate/",
        "/v1/auth/access-tokens/1/Rotate",
        "/v1/auth/access-tokens/../access-tokens/1",
        "/v1/auth/access-tokens/{id}",
        "/V1/auth/access-tokens",
        "/v1/auth/verifyx",
        "/v1/auth/%76erify",
        "/v1/session/who-am-i/",
        "/healthz/",
        "/metrics/",
        "/v1/auth/introspect/",
        "-",
        "/-",
    };
    struct client verify_socket = {.listener = LISTENER_VERIFY};
    struct client tcp = {.listener = LISTENER_TCP};

    (void)state;
    verify_socket.peer = root.peer;
    for (size_t r = 0; r < COUNT(routes); r++) {
        bool there =
            ask(&verify_socket, "OPTIONS", routes[r].path, NULL)->status ==
            200;

        assert_int_equal(there, routes[r].on_verify);
        there = ask(&tcp, "OPTIONS", routes[r].path, NULL)->status == 200;
        assert_int_equal(there, routes[r].on_tcp);
        for (size_t m = 0; !routes[r].on_verify && m < COUNT(methods); m++)
            must(404, &verify_socket, methods[m], routes[r].path, NULL);
    }
    for (size_t i = 0; i < COUNT(nowhere); i++)
        for (size_t m = 0; m < COUNT(methods); m++) {
            const unsigned int status = nowhere[i][0] == '/' ? 404 : 400;

            must(status, &root, methods[m], nowhere[i], NULL);
            must(status, &verify_socket, methods[m], nowhere[i], NULL);
            must(status, &tcp, methods[m], nowhere[i], "{}");
        }
}

int main(void) {
#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, service_set_up, service_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_tokens_of_others_look_missing),
        TEST(test_revoked_tokens_look_missing),
        TEST(test_users_list_their_own),
        TEST(test_paging_hides_tokens_of_others),
        TEST(test_users_list_nobody_else),
        TEST(test_users_issue_for_nobody_else),
        TEST(test_methods_are_refused_with_allow),
        TEST(test_options_of_the_server),
        TEST(test_options_names_the_methods),
        TEST(test_head_answers_as_get_does),
        TEST(test_each_listener_has_its_routes),
    };

    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
