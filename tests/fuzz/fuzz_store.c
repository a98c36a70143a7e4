/*
 * fuzz_store.c - a damaged or forged store through open, verify, list and
 * check. The input is the questions, and what damage.c does to the file. There
 * is no crash, no hang and no wait for other processes. Only the secret of a
 * valid token is accepted. Unless records were forged, that token is as it was
 * issued and the file has all of its bytes, and lists have only such tokens.
 * If a reader cannot read something, check does not find the store sound. In a
 * sound store every change works; in another one, a token whose creation is
 * acknowledged is there.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/base_store.h"
#include "tests/fuzz/damage.h"

/* Checks the answer of every call: an error has a message, and the store is
 * never busy. */
static enum tokenstore_error answer(const struct tokenstore *store,
                                    enum tokenstore_error error) {
    REQUIRE(error != TOKENSTORE_ERROR_BUSY);
    REQUIRE((error == TOKENSTORE_OK) ==
            (tokenstore_message(store)[0] == '\0'));
    return error;
}

static bool is_as_issued(const struct tokenstore_token *token,
                         const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < base_issued_count; i++)
        if (base_issued[i].token.id == token->id)
            return base_issued[i].length == length &&
                   memcmp(base_issued[i].bytes, bytes, length) == 0;
    return false;
}

/* Checks a token that was accepted. */
static void require_good(const struct tokenstore_token *token,
                         const struct bearer_parts *parts, bool forged) {
    uint8_t hash[TOKEN_HASH_SIZE];
    uint8_t bytes[RECORD_MAX];
    size_t length;

    bearer_hash(parts, hash);
    REQUIRE(token->id == parts->id);
    REQUIRE(memcmp(token->hash, hash, sizeof(hash)) == 0);
    REQUIRE(token->enabled && token->expiration_time > FUZZ_NOW);
    record_encode(token, bytes, &length);
    REQUIRE(forged || is_as_issued(token, bytes, length));
    REQUIRE(forged || base_has(token->id, bytes, length));
}

/* Verifies a token with a request that is right if the token is valid. */
static enum tokenstore_error
ask(struct tokenstore *store, const struct bearer_parts *parts, bool forged) {
    static const char *const scopes[] = {"scope-1"};
    struct tokenstore_request request = {
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .scopes = scopes,
        .scope_count = 1,
        .address = "10.1.2.3",
        .now = FUZZ_NOW,
    };
    struct tokenstore_token *token = NULL;
    struct tokenstore_bearer bearer;
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    bearer_format(parts, &bearer);
    request.bearer = bearer.text;
    error = answer(store, tokenstore_verify(store, &request, &token, &reason));
    REQUIRE((error == TOKENSTORE_ERROR_REFUSED) ==
            (reason != TOKENSTORE_REASON_NONE));
    if (error == TOKENSTORE_OK)
        require_good(token, parts, forged);
    tokenstore_token_free(&token);
    return error;
}

/* Verifies one of the issued tokens, with its secret and with another one. */
static enum tokenstore_error verify(struct tokenstore *store, size_t which,
                                    bool forged) {
    struct bearer_parts parts = base_issued[which % base_issued_count].secret;
    enum tokenstore_error error = ask(store, &parts, forged);

    parts.secret[which % BEARER_SECRET_SIZE] ^= 1;
    REQUIRE(ask(store, &parts, forged) != TOKENSTORE_OK);
    return error;
}

static void require_page(const struct tokenstore_list *list, uint64_t after,
                         uint32_t limit, bool forged) {
    REQUIRE(tokenstore_list_count(list) <= limit);
    for (size_t i = 0; i < tokenstore_list_count(list); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);
        uint8_t bytes[RECORD_MAX];
        size_t length;

        REQUIRE(token->id > after);
        after = token->id;
        record_encode(token, bytes, &length);
        REQUIRE(forged || is_as_issued(token, bytes, length));
    }
    REQUIRE(tokenstore_list_next(list) == 0 ||
            tokenstore_list_next(list) == after);
}

/* Lists all pages and counts the tokens. */
static enum tokenstore_error list(struct tokenstore *store, const char *user,
                                  uint32_t limit, bool forged,
                                  uint64_t *count) {
    struct tokenstore_identity *identity = NULL;
    enum tokenstore_error error = TOKENSTORE_OK;
    uint64_t after = 0;

    *count = 0;
    if (user != NULL)
        REQUIRE(tokenstore_identity_parse(user, &identity) == TOKENSTORE_OK);
    do {
        struct tokenstore_list *page = NULL;

        error = answer(store,
                       tokenstore_list(store, identity, after, limit, &page));
        if (error != TOKENSTORE_OK)
            break;
        require_page(page, after, limit, forged);
        *count += tokenstore_list_count(page);
        after = tokenstore_list_next(page);
        tokenstore_list_free(&page);
    } while (after != 0);
    tokenstore_identity_free(&identity);
    return error;
}

/* On OK, *tokens is the number of tokens that check reports. */
static enum tokenstore_error check(struct tokenstore *store,
                                   unsigned long long *tokens) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error =
        answer(store, tokenstore_check(store, &report));
    size_t lines = report != NULL ? tokenstore_report_count(report) : 0;

    REQUIRE(error != TOKENSTORE_ERROR_DAMAGED || lines > 0);
    for (size_t i = 0; i < lines; i++)
        REQUIRE(tokenstore_report_line(report, i) != NULL);
    if (error == TOKENSTORE_OK)
        REQUIRE(sscanf(tokenstore_report_line(report, 0), "%llu tokens",
                       tokens) == 1);
    tokenstore_report_free(&report);
    return error;
}

static void require_sound(struct tokenstore *store) {
    unsigned long long tokens;

    REQUIRE(check(store, &tokens) == TOKENSTORE_OK);
}

/* A token that was created must be valid, whatever the state of the store. */
static enum tokenstore_error create(struct tokenstore *store,
                                    const struct tokenstore_token *token,
                                    struct tokenstore_token **created) {
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;
    enum tokenstore_error error = answer(
        store, tokenstore_create(store, token, FUZZ_NOW, &bearer, created));

    if (error == TOKENSTORE_OK) {
        REQUIRE(bearer_parse(bearer.text, TOKENSTORE_BEARER_LENGTH, &parts) ==
                TOKENSTORE_OK);
        REQUIRE(ask(store, &parts, true) == TOKENSTORE_OK);
    }
    return error;
}

/* In a sound store, creates, modifies and revokes a token. There may be no id
 * left for it. */
static void change_one(struct tokenstore *store,
                       struct tokenstore_token *token) {
    struct tokenstore_token *created = NULL;
    enum tokenstore_error error = create(store, token, &created);
    uint64_t id;

    REQUIRE(error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_FULL);
    if (error == TOKENSTORE_OK) {
        id = tokenstore_token_id(created);
        require_sound(store);
        REQUIRE(tokenstore_token_set_name(token, "changed") == TOKENSTORE_OK);
        REQUIRE(tokenstore_modify(store, id, TOKENSTORE_FIELD_NAME, token,
                                  FUZZ_NOW, NULL) == TOKENSTORE_OK);
        require_sound(store);
        REQUIRE(tokenstore_revoke(store, &id, 1, NULL) == TOKENSTORE_OK);
    }
    require_sound(store);
    tokenstore_token_free(&created);
}

static enum tokenstore_error
revoke_all(struct tokenstore *store, const struct tokenstore_identity *user) {
    struct tokenstore_list *revoked = NULL;
    enum tokenstore_error error;
    size_t count = 0;

    do {
        error = answer(store, tokenstore_revoke_user(store, user, &revoked));
        if (error == TOKENSTORE_OK)
            count = tokenstore_list_count(revoked);
        tokenstore_list_free(&revoked);
    } while (error == TOKENSTORE_OK && count > 0);
    return error;
}

/* A sound store accepts changes and stays sound; another one may refuse
 * them. */
static void change(struct tokenstore *store, bool sound) {
    struct tokenstore_token *token = NULL;
    struct tokenstore_token *created = NULL;
    struct tokenstore_identity *user = NULL;

    REQUIRE(tokenstore_identity_new(&user) == TOKENSTORE_OK);
    REQUIRE(tokenstore_identity_set(user, "domain", "API_NULL_DOMAIN") ==
            TOKENSTORE_OK);
    REQUIRE(tokenstore_identity_set(user, "name", "fuzz-many") ==
            TOKENSTORE_OK);
    REQUIRE(tokenstore_token_new(&token) == TOKENSTORE_OK);
    REQUIRE(tokenstore_token_set_user(token, user) == TOKENSTORE_OK);
    if (sound) {
        change_one(store, token);
        REQUIRE(revoke_all(store, user) == TOKENSTORE_OK);
        require_sound(store);
    } else {
        (void)create(store, token, &created);
        (void)revoke_all(store, user);
    }
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
    tokenstore_identity_free(&user);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const users[] = {
        NULL,
        "fuzz-many",
        "fuzz-jane",
        "uid:4294967000",
        "sid:S-1-5-21-1-2-3-1104",
    };
    const size_t user_count = sizeof(users) / sizeof(users[0]);
    struct input input = {data, size};
    size_t which = input_byte(&input);
    uint32_t limit = 1 + input_byte(&input) % 64;
    const char *user = users[input_byte(&input) % user_count];
    bool changes = input_byte(&input) % 4 == 3;
    bool forged = damage_store(&input);
    struct tokenstore *store = NULL;
    unsigned long long tokens = 0;
    uint64_t listed, count;
    bool readable, sound;

    REQUIRE(tokenstore_open(base_path, &store) == TOKENSTORE_OK);
    readable = verify(store, which, forged) != TOKENSTORE_ERROR_DAMAGED;
    readable =
        list(store, NULL, limit, forged, &listed) == TOKENSTORE_OK && readable;
    readable =
        list(store, user, limit, forged, &count) == TOKENSTORE_OK && readable;
    sound = check(store, &tokens) == TOKENSTORE_OK;
    if (sound)
        REQUIRE(readable && tokens == listed && count <= listed);
    if (changes)
        change(store, sound);
    tokenstore_close(&store);
    return 0;
}
