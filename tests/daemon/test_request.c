/*
 * test_request.c - prove what the query and the body of a request may contain:
 * each mistake gets a 400 that names it, and changes nothing.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/service_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A request, and the text that its answer has to name. */
struct mistake {
    const char *sent, *named;
};

static void refused(const char *method, const char *target, const char *sent,
                    const char *named) {
    must(400, &root, method, target, sent);
    if (strstr(body_string("description"), named) == NULL)
        fail_msg("\"%s\" is not in: %s", named, body_string("description"));
}

static void all_refused(const char *method, const char *target,
                        const struct mistake *mistakes, size_t count) {
    for (size_t i = 0; i < count; i++)
        refused(method, target, mistakes[i].sent, mistakes[i].named);
}

/* The message does not offer durations, which only the command line takes. */
#define NOT_A_TIME "expiration_time: not a time such as 2027-01-31T12:00:00Z,"

/* These values are wrong in every body that has such a member. */
static const struct mistake values[] = {
    {"{\"enabled\":1}", "enabled"},
    {"{\"enabled\":\"true\"}", "enabled"},
    {"{\"enabled\":null}", "enabled"},
    {"{\"expiration_time\":1}", "expiration_time"},
    {"{\"expiration_time\":false}", "expiration_time"},
    {"{\"expiration_time\":\"\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"90d\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"never\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"2099-01-01\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"2099-01-01T00:00:00\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"2099-02-29T00:00:00Z\"}", NOT_A_TIME},
    {"{\"expiration_time\":\"2001-01-01T00:00:00Z\"}", "expiration_time"},
    {"{\"expiration_time\":\"1969-01-01T00:00:00Z\"}", "expiration_time"},
    {"{\"expiration_time\":\"99999-01-01T00:00:00Z\"}", "expiration_time"},
    {"{\"name\":1}", "name"},
    {"{\"name\":[]}", "name"},
    {"{\"name\":\"a\\nb\"}", "name"},
    {"{\"name\":\"\\u0000\"}", "JSON"},
    {"{\"scopes\":\"imap\"}", "scopes"},
    {"{\"scopes\":null}", "scopes"},
    {"{\"scopes\":[1]}", "scopes"},
    {"{\"scopes\":[[]]}", "scopes"},
    {"{\"scopes\":[\"imap\",null]}", "scopes"},
    {"{\"scopes\":[\"\"]}", "scopes"},
    {"{\"scopes\":[\"IMAP\"]}", "scopes"},
    {"{\"scopes\":[\"a b\"]}", "scopes"},
    {"{\"networks\":\"::1\"}", "networks"},
    {"{\"networks\":null}", "networks"},
    {"{\"networks\":[1]}", "networks"},
    {"{\"networks\":[\"\"]}", "networks"},
    {"{\"networks\":[\"::1/129\"]}", "networks"},
    {"{\"networks\":[\"localhost\"]}", "networks"},
    {"{\"color\":\"red\"}", "\"color\""},
    {"{\"Name\":\"x\"}", "\"Name\""},
    {"{\"id\":\"1\"}", "\"id\""},
    {"{\"creator\":\"root\"}", "\"creator\""},
    {"{\"bearer_token\":\"x\"}", "\"bearer_token\""},
    {"{\"\":1}", "\"\""},
    {"{\"name\":\"a\",\"name\":\"b\"}", "name"},
    {"{\"enabled\":true,\"enabled\":true}", "enabled"},
    {"{\"name\":\"a\",\"color\":1}", "\"color\""},
};

/* These are wrong as any body. */
static const struct mistake bodies[] = {
    {"[]", "object"},
    {"\"x\"", "JSON"},
    {"null", "JSON"},
    {"{", "JSON"},
    {"}", "JSON"},
    {"{}{}", "JSON"},
    {"{} x", "JSON"},
    {"{'a':1}", "JSON"},
    {"{\"name\":\"\xff\"}", "JSON"},
    {"{\"name\":}", "JSON"},
    {"\xef\xbb\xbf{}", "JSON"},
    {"{\"name\":\"\\ud800\"}", "JSON"},
    {"{\"a\":1e999}", "JSON"},
    {"[[[[[[[[", "JSON"},
};

static const struct mistake users[] = {
    {"{\"user\":1}", "user"},
    {"{\"user\":null}", "user"},
    {"{\"user\":[]}", "user"},
    {"{\"user\":\"\"}", "user"},
    {"{\"user\":\"uid:-1\"}", "user"},
    {"{\"user\":\"group:bin\"}", "user"},
    {"{\"user\":\"no-such-account\"}", "user"},
    {"{\"user\":{}}", "user"},
    {"{\"user\":{\"uid\":\"1\"}}", "user.uid"},
    {"{\"user\":{\"uid\":1.5}}", "user.uid"},
    {"{\"user\":{\"uid\":-1}}", "user.uid"},
    {"{\"user\":{\"uid\":4294967296}}", "user.uid"},
    {"{\"user\":{\"gid\":true}}", "user.gid"},
    {"{\"user\":{\"auth_id\":1}}", "user.auth_id"},
    {"{\"user\":{\"name\":1}}", "user.name"},
    {"{\"user\":{\"name\":null}}", "user.name"},
    {"{\"user\":{\"sid\":\"x\"}}", "user.sid"},
    {"{\"user\":{\"domain\":\"WORLD\"}}", "user.domain"},
    {"{\"user\":{\"domain\":\"POSIX_GROUP\"}}", "user.domain"},
    {"{\"user\":{\"domain\":7}}", "user.domain"},
    {"{\"user\":{\"color\":\"red\"}}", "unknown member \"user.color\""},
    {"{\"user\":{\"color\":1}}", "unknown member \"user.color\""},
    {"{\"user\":{\"name\":\"bin\",\"name\":\"bin\"}}", "name"},
    {"{\"user\":\"root\",\"user\":\"root\"}", "user"},
    {"{\"user\":{\"domain\":\"API_NULL_DOMAIN\"}}", "user"},
    {"{\"grace\":60}", "\"grace\""},
};

static const struct mistake graces[] = {
    {"{\"grace\":-1}", "grace"},
    {"{\"grace\":1.5}", "grace"},
    {"{\"grace\":null}", "grace"},
    {"{\"grace\":true}", "grace"},
    {"{\"grace\":\"\"}", "grace"},
    {"{\"grace\":\"60\"}", "grace"},
    {"{\"grace\":\"-1h\"}", "grace"},
    {"{\"grace\":[]}", "grace"},
    {"{\"grace\":1,\"grace\":1}", "grace"},
    {"{\"name\":\"x\"}", "\"name\""},
    {"{\"expiration_time\":null}", "\"expiration_time\""},
};

#define ALL_REFUSED(method, target, mistakes)                                 \
    all_refused(method, target, mistakes, COUNT(mistakes))

static void test_refusals_name_the_mistake(void **state) {
    static const struct mistake missing[] = {{"", "body"}, {NULL, "body"}};
    static const struct mistake nothing[] = {
        {"{\"user\":\"root\"}", "\"user\""}};
    struct token token = issue_to(JANE_NAME, "imap", NULL, 0);
    char target[64], rotate[64], *before = record_of(token.id), *after;

    (void)state;
    snprintf(target, sizeof(target), "%s", token_target(token.id, ""));
    snprintf(rotate, sizeof(rotate), "%s", token_target(token.id, "/rotate"));
    ALL_REFUSED("POST", TOKENS, bodies);
    ALL_REFUSED("POST", TOKENS, missing);
    ALL_REFUSED("POST", TOKENS, values);
    ALL_REFUSED("POST", TOKENS, users);
    ALL_REFUSED("PATCH", target, bodies);
    ALL_REFUSED("PATCH", target, missing);
    ALL_REFUSED("PATCH", target, nothing);
    ALL_REFUSED("PATCH", target, values);
    ALL_REFUSED("POST", rotate, bodies);
    ALL_REFUSED("POST", rotate, graces);
    must(200, &root, "PATCH", target, "{}"); /* changes nothing */
    after = record_of(token.id);
    assert_string_equal(before, after);
    free(before);
    free(after);
    must(200, &root, "GET", TOKENS, NULL);
    assert_int_equal(json_array_size(json_object_get(body(), "entries")), 1);
}

/* As many scopes or networks as a token has room for, and one more. */
static void test_too_many_is_named(void **state) {
    static const char *const members[] = {"scopes", "networks"};
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);

    (void)state;
    for (size_t m = 0; m < 2; m++)
        for (int count = 32; count <= 33; count++) {
            char sent[2048];
            size_t used =
                (size_t)snprintf(sent, sizeof(sent), "{\"%s\":[", members[m]);

            for (int i = 0; i < count; i++)
                used +=
                    (size_t)snprintf(sent + used, sizeof(sent) - used,
                                     m == 0 ? "%s\"s%d\"" : "%s\"10.%d.0.1\"",
                                     i > 0 ? "," : "", i);
            snprintf(sent + used, sizeof(sent) - used, "]}");
            if (count == 32)
                must(200, &root, "PATCH", token_target(token.id, ""), sent);
            else
                refused("PATCH", token_target(token.id, ""), sent, members[m]);
        }
}

/* Text from outside is quoted if it is short, and never if it is a token. */
static void test_no_token_is_quoted(void **state) {
    struct token token = issue_to(JANE_NAME, NULL, NULL, 0);
    static const char *const forms[] = {
        "{\"%s\":1}",
        "{\"%s\":1,\"%s\":2}",
        "{\"x%s\":1,\"x%s\":2}",
        "{\"user\":{\"%s\":1}}",
        "{\"user\":{\"%s\":1,\"%s\":1}}",
        "{\"user\":{\"domain\":\"%s\"}}",
        "{\"user\":{\"name\":\"a\",\"uid\":\"%s\"}}",
        "{\"user\":\"uid:%s\"}",
        "{\"user\":\"%s\"}",
        "{\"expiration_time\":\"%s\"}",
        "{\"scopes\":[\"%s\"]}",
        "{\"networks\":[\"%s\"]}",
        "{\"enabled\":\"%s\"}",
        "{%s",
        "%s",
        "\"%s\"",
        "{\"name\":\"%s",
        "{\"name\":%s}",
    };
    char escaped[128], sent[512], target[512];
    const char *const spellings[] = {token.bearer, escaped};

    (void)state;
    /* The token again, with its "p" written as a JSON escape. */
    snprintf(escaped, sizeof(escaped), "\\u0070%s", token.bearer + 1);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < COUNT(forms); i++) {
            const char *first = strstr(forms[i], "%s"),
                       *second = strstr(first + 2, "%s");

            snprintf(sent, sizeof(sent), "%.*s%s%.*s%s%s",
                     (int)(first - forms[i]), forms[i], spellings[s],
                     (int)(second != NULL ? second - first - 2
                                          : (ptrdiff_t)strlen(first + 2)),
                     first + 2, second != NULL ? spellings[s] : "",
                     second != NULL ? second + 2 : "");
            must(400, &root, "POST", TOKENS, sent);
            must(400, &root, "PATCH", token_target(token.id, ""), sent);
            must(400, &root, "POST", token_target(token.id, "/rotate"), sent);
        }
    snprintf(target, sizeof(target), TOKENS "?%s=1", token.bearer);
    must(400, &root, "GET", target, NULL);
    snprintf(target, sizeof(target), TOKENS "?%%70%s", token.bearer + 1);
    must(400, &root, "GET", target, NULL);
    snprintf(target, sizeof(target), TOKENS "?after=%s", token.bearer);
    must(400, &root, "GET", target, NULL);
    snprintf(target, sizeof(target), TOKENS "?user=uid:%s", token.bearer);
    must(400, &root, "GET", target, NULL);
    snprintf(target, sizeof(target), "/%s", token.bearer);
    must(404, &root, "GET", target, NULL);
    must(405, &root, token.bearer, TOKENS, NULL);
    snprintf(target, sizeof(target), VERIFY "/%s?x=%s", token.bearer,
             token.bearer);
    must(401, &root, "GET", target, NULL);
    snprintf(target, sizeof(target), VERIFY "?challenge=%s", token.bearer);
    must(400, &root, "GET", target, NULL);
}

/* --------------------------------------------------------------- the query */

static void test_query_refuses_unknown_and_repeated_names(void **state) {
    static const struct {
        const char *method, *target, *sent;
        const char *named;
    } mistakes[] = {
        {"GET", TOKENS "?color=red", NULL, "\"color\""},
        {"GET", TOKENS "?Limit=1", NULL, "\"Limit\""},
        {"GET", TOKENS "?limit=1&limit=1", NULL, "\"limit\""},
        {"GET", TOKENS "?limit=1&%6cimit=2", NULL, "\"limit\""},
        {"GET", TOKENS "?after=1&after=1", NULL, "\"after\""},
        {"GET", TOKENS "?user=root&user=root", NULL, "\"user\""},
        {"GET", TOKENS "?limit=", NULL, "limit"},
        {"GET", TOKENS "?limit", NULL, "limit"},
        {"GET", TOKENS "?limit=0", NULL, "limit"},
        {"GET", TOKENS "?limit=-1", NULL, "limit"},
        {"GET", TOKENS "?limit=+1", NULL, "limit"},
        {"GET", TOKENS "?limit=1x", NULL, "limit"},
        {"GET", TOKENS "?limit=0x1", NULL, "limit"},
        {"GET", TOKENS "?after=", NULL, "after"},
        {"GET", TOKENS "?after=-1", NULL, "after"},
        {"GET", TOKENS "?after=x", NULL, "after"},
        {"GET", TOKENS "?user=", NULL, "user"},
        {"GET", TOKENS "?user=group:x", NULL, "user"},
        {"GET", TOKENS "?user=WORLD", NULL, "user"},
        {"GET", TOKENS "?=1", NULL, "\"\""},
        {"GET", TOKENS "?a%00b=1", NULL, "control"},
        {"GET", TOKENS "?limit=1%0a", NULL, "control"},
        {"GET", TOKENS "?limit=%", NULL, "'%'"},
        {"GET", TOKENS "?limit=%1", NULL, "'%'"},
        {"GET", TOKENS "?limit=1 ", NULL, "byte"},
        {"GET", TOKENS "?limit=1#x", NULL, "fragment"},
        {"POST", TOKENS "?user=root", "{}", "\"user\""},
        {"GET", TOKENS "1?x", NULL, "\"x\""},
        {"DELETE", TOKENS "1?force=1", NULL, "\"force\""},
        {"PATCH", TOKENS "1?name=x", "{}", "\"name\""},
        {"POST", TOKENS "1/rotate?grace=1", NULL, "\"grace\""},
        {"GET", WHO "?x=1", NULL, "\"x\""},
        {"GET", "/healthz?x=1", NULL, "\"x\""},
        {"GET", "/metrics?x=1", NULL, "\"x\""},
        {"POST", INTROSPECT "?token=x", "token=x", "\"token\""},
        {"GET", TOKENS, "{}", "body"},
        {"HEAD", TOKENS, "{}", "body"},
        {"GET", TOKENS "1", "{}", "body"},
        {"DELETE", TOKENS "1", "{}", "body"},
        {"GET", WHO, "{}", "body"},
        {"GET", "/healthz", "x", "body"},
        {"GET", "/metrics", "x", "body"},
    };
    struct token token = issue_to("root", NULL, NULL, 0);
    char *before = record_of(token.id), *after;

    (void)state;
    assert_int_equal(token.id, 1);
    for (size_t i = 0; i < COUNT(mistakes); i++)
        refused(mistakes[i].method, mistakes[i].target, mistakes[i].sent,
                mistakes[i].named);
    after = record_of(token.id);
    assert_string_equal(before, after);
    free(before);
    free(after);
    must(200, &root, "GET", TOKENS "?", NULL);
    must(200, &root, "GET", TOKENS "?&&limit=7&&", NULL);
    must(200, &root, "GET", TOKENS "?limit=99999999999999999999", NULL);
    must(200, &root, "GET", TOKENS "?after=99999999999999999999", NULL);
    must(200, &root, "GET", TOKENS "?user=%72oot", NULL);
    must(200, &root, "OPTIONS", TOKENS "?color=red", NULL);
}

static void test_bodies_have_their_type(void **state) {
    static const struct {
        const char *type;
        unsigned int status;
    } types[] = {
        {"", 415},
        {"text/plain", 415},
        {"application/jsonp", 415},
        {"application/json-patch+json", 415},
        {"application/x-www-form-urlencoded", 415},
        {"application/json; charset=latin-1", 415},
        {"application/json; charset=utf-8; charset=utf-16", 415},
        {"application/json;charset", 415},
        {"application/json, text/plain", 415},
        {"application/json", 200},
        {"Application/JSON", 200},
        {"application/json;charset=utf-8", 200},
        {"application/json ; charset=\"UTF-8\"", 200},
        {"application/json;", 200},
        {"application/json; ;\tCHARSET=\"u\\tf-8\" ; ", 200},
        {"application/json charset=utf-8", 415},
        {"application/json; charset=utf-88", 415},
        {"application/json; charset=\"utf-8", 415},
        {"application/json; charset=\"utf-8\\", 415},
        {"application/json; charset=\"utf-8\"x", 415},
        {"application/json; charset= utf-8", 415},
    };
    struct client client = root, form = root;
    struct token asker = issue_to("root", "tokens:introspect", NULL, 0);

    (void)state;
    form.bearer = asker.bearer;
    for (size_t i = 0; i < COUNT(types); i++) {
        client.content_type = types[i].type;
        must(types[i].status, &client, "POST", TOKENS, "{}");
        form.content_type = types[i].type;
        must(i == 4 ? 200 : 415, &form, "POST", INTROSPECT, "token=x");
    }
    /* An empty body needs no type. */
    client.content_type = "text/plain";
    must(200, &client, "POST", token_target(asker.id, "/rotate"), "");
    must(400, &client, "POST", TOKENS, "");
}

/* A page of another origin, in a browser, changes nothing. */
static void test_foreign_pages_change_nothing(void **state) {
    static const struct {
        const char *host, *origin, *site;
        bool encrypted, foreign;
    } pages[] = {
        {"x", NULL, NULL, false, false},
        {"x", "http://x", NULL, false, false},
        {"x:80", "http://X:80", "same-origin", false, false},
        {"x", NULL, "none", false, false},
        {"[::1]:1", "https://[::1]:1", NULL, true, false},
        {"x", "https://x", NULL, false, true},
        {"x", "http://x", NULL, true, true},
        {"x", "http://y", "same-origin", false, true},
        {"x", "http://x.y", NULL, false, true},
        {"x", "http://x/", NULL, false, true},
        {"x", "x", NULL, false, true},
        {"x", "null", NULL, false, true},
        {"x", "", NULL, false, true},
        {"", "http://", NULL, false, true},
        {NULL, "http://", NULL, false, true},
        {"x", "http://x", "same-site", false, true},
        {"x", "http://x", "cross-site", false, true},
        {"x", NULL, "Same-Origin", false, true},
        {"x", NULL, "", false, true},
    };
    struct token admin = issue_to("root", "tokens:admin imap", NULL, 0);
    struct token token = issue_to(JANE_NAME, "imap", NULL, 0);

    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++) {
        const unsigned int status = pages[i].foreign ? 403 : 200;
        struct client client = over_tcp(&admin);
        struct token last = issue_to(JANE_NAME, "imap", NULL, 0);

        client.host = pages[i].host;
        client.origin = pages[i].origin;
        client.fetch_site = pages[i].site;
        client.encrypted = pages[i].encrypted;
        must(200, &client, "GET", token_target(token.id, ""), NULL);
        must(status, &client, "PATCH", token_target(token.id, ""),
             "{\"enabled\":true}");
        must(status, &client, "POST", TOKENS,
             "{\"user\":\"" JANE_NAME "\",\"scopes\":[\"imap\"]}");
        must(status, &client, "DELETE", token_target(last.id, ""), NULL);
        /* The Unix sockets have no origin. */
        client.listener = LISTENER_API;
        client.bearer = NULL;
        client.peer = root.peer;
        must(client.origin != NULL ? 403 : status, &client, "PATCH",
             token_target(token.id, ""), "{\"enabled\":true}");
    }
}

int main(void) {
#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, service_set_up, service_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_refusals_name_the_mistake),
        TEST(test_too_many_is_named),
        TEST(test_no_token_is_quoted),
        TEST(test_query_refuses_unknown_and_repeated_names),
        TEST(test_bodies_have_their_type),
        TEST(test_foreign_pages_change_nothing),
    };

    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
