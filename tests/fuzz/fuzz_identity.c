/*
 * fuzz_identity.c - identities. The first line of the input is what a person
 * types, each other one a field and its value, such as "uid=1000". An identity
 * that is accepted is accepted again, field by field and as text, and gives
 * the same identity. A value that is refused changes nothing.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/values/identity.h"

static void set_number(struct tokenstore_identity *identity, const char *field,
                       uint32_t number) {
    char text[16];

    snprintf(text, sizeof(text), "%u", (unsigned int)number);
    REQUIRE(tokenstore_identity_set(identity, field, text) == TOKENSTORE_OK);
}

static void set_text(struct tokenstore_identity *identity, const char *field,
                     const char *text) {
    if (text != NULL)
        REQUIRE(tokenstore_identity_set(identity, field, text) ==
                TOKENSTORE_OK);
}

static bool same(const struct tokenstore_identity *a,
                 const struct tokenstore_identity *b) {
    return a->domain == b->domain && a->has_uid == b->has_uid &&
           a->has_gid == b->has_gid && (!a->has_uid || a->uid == b->uid) &&
           (!a->has_gid || a->gid == b->gid) &&
           strcmp(a->name, b->name) == 0 && strcmp(a->sid, b->sid) == 0 &&
           strcmp(a->auth_id, b->auth_id) == 0;
}

/* Through the accessors and the setter, in the order of the schema. */
static void require_same_by_fields(const struct tokenstore_identity *given) {
    struct tokenstore_identity *again = NULL;
    uint32_t number;

    REQUIRE(tokenstore_identity_new(&again) == TOKENSTORE_OK);
    set_text(again, "domain", tokenstore_identity_domain(given));
    set_text(again, "auth_id", tokenstore_identity_auth_id(given));
    if (tokenstore_identity_uid(given, &number))
        set_number(again, "uid", number);
    if (tokenstore_identity_gid(given, &number))
        set_number(again, "gid", number);
    set_text(again, "sid", tokenstore_identity_sid(given));
    set_text(again, "name", tokenstore_identity_name(given));
    REQUIRE(same(given, again));
    tokenstore_identity_free(&again);
}

/* As text, for an identity that was parsed from one word. */
static void require_same_by_word(const struct tokenstore_identity *given) {
    struct tokenstore_identity *again = NULL;
    char text[IDENTITY_NAME_MAX + 16];

    if (given->auth_id[0] != '\0')
        snprintf(text, sizeof(text), "auth_id:%s", given->auth_id);
    else if (given->sid[0] != '\0')
        snprintf(text, sizeof(text), "sid:%s", given->sid);
    else if (given->has_uid)
        snprintf(text, sizeof(text), "uid:%u", (unsigned int)given->uid);
    else if (given->domain == IDENTITY_DOMAIN_LOCAL)
        snprintf(text, sizeof(text), "local:%s", given->name);
    else if (given->domain == IDENTITY_DOMAIN_ACTIVE_DIRECTORY)
        snprintf(text, sizeof(text), "ad:%s", given->name);
    else
        snprintf(text, sizeof(text), "%s", given->name);
    REQUIRE(tokenstore_identity_parse(text, &again) == TOKENSTORE_OK);
    REQUIRE(same(given, again));
    tokenstore_identity_free(&again);
}

/* "field=value" */
static void set_line(struct tokenstore_identity *identity, char *line) {
    struct tokenstore_identity before = *identity;
    char *value = strchr(line, '=');

    if (value == NULL)
        return;
    *value++ = '\0';
    if (tokenstore_identity_set(identity, line, value) != TOKENSTORE_OK) {
        REQUIRE(same(&before, identity));
        return;
    }
    REQUIRE(identity_is_set(identity));
    REQUIRE(tokenstore_identity_set(identity, line, value) == TOKENSTORE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tokenstore_identity *identity = NULL;
    char *text = fuzz_text(data, size);
    char *next = text;
    char *line = strsep(&next, "\n");
    enum tokenstore_error error = tokenstore_identity_parse(line, &identity);

    if (error == TOKENSTORE_OK) {
        require_same_by_word(identity);
    } else {
        REQUIRE(error == TOKENSTORE_ERROR_INVALID_IDENTITY ||
                error == TOKENSTORE_ERROR_NOT_A_USER);
        REQUIRE(identity == NULL);
        REQUIRE(tokenstore_identity_new(&identity) == TOKENSTORE_OK);
    }
    while ((line = strsep(&next, "\n")) != NULL)
        set_line(identity, line);
    require_same_by_fields(identity);
    identity_derive(identity);
    require_same_by_fields(identity);
    tokenstore_identity_free(&identity);
    free(text);
    return 0;
}
