/*
 * record.c - an access token to bytes and back, with a version.  Pure.  Must
 * accept only what it writes itself, so that damage is never read as a token.
 *
 * Layout (big-endian throughout; doc/FORMAT.md):
 *   0  version          2  id (8)               18  expiration_time (8)
 *   1  flags            10 creation_time (8)    26  hash (32)
 *   58 fields, each: tag (1), length (1), bytes; in ascending order of tag.
 *      Only scopes and networks are repeated; unset fields are left out.
 *
 * A record has the lowest version that has all of its fields, so that older
 * programs can read what they understand.
 */
#include "tokenstore/format/record.h"

#include <string.h>

#include "tokenstore/values/number.h"
#include "tokenstore/values/text.h"

#define FLAG_ENABLED 0x01u
#define FIXED_SIZE 58

enum tag {
    TAG_USER_DOMAIN = 1, /* five tags for each identity, in this order */
    TAG_USER_UID,
    TAG_USER_GID,
    TAG_USER_SID,
    TAG_USER_NAME,
    TAG_CREATOR_DOMAIN,
    TAG_CREATOR_UID,
    TAG_CREATOR_GID,
    TAG_CREATOR_SID,
    TAG_CREATOR_NAME,
    TAG_NAME,
    TAG_SCOPE,
    TAG_NETWORK,
    TAG_ISSUER, /* from here on only in RECORD_VERSION_ISSUED */
    TAG_FIRST_ISSUER,
};

struct writer {
    uint8_t *bytes;
    size_t length;
};

static void put_field(struct writer *writer, enum tag tag, const void *value,
                      size_t length) {
    uint8_t *out = writer->bytes + writer->length;

    out[0] = (uint8_t)tag;
    out[1] = (uint8_t)length;
    memcpy(out + 2, value, length);
    writer->length += 2 + length;
}

static void put_text(struct writer *writer, enum tag tag, const char *text) {
    if (*text != '\0')
        put_field(writer, tag, text, strlen(text));
}

static void put_number(struct writer *writer, enum tag tag, uint64_t value) {
    uint8_t number[4];

    number_put(number, value, sizeof(number));
    put_field(writer, tag, number, sizeof(number));
}

static void put_identity(struct writer *writer, enum tag first,
                         const struct tokenstore_identity *identity) {
    int offset = (int)first - TAG_USER_DOMAIN;

    if (identity->domain != IDENTITY_DOMAIN_UNSET) {
        uint8_t domain = (uint8_t)identity->domain;

        put_field(writer, (enum tag)(TAG_USER_DOMAIN + offset), &domain, 1);
    }
    if (identity->has_uid)
        put_number(writer, (enum tag)(TAG_USER_UID + offset), identity->uid);
    if (identity->has_gid)
        put_number(writer, (enum tag)(TAG_USER_GID + offset), identity->gid);
    if (!identity_sid_is_derived(identity))
        put_text(writer, (enum tag)(TAG_USER_SID + offset), identity->sid);
    put_text(writer, (enum tag)(TAG_USER_NAME + offset), identity->name);
}

void record_encode(const struct tokenstore_token *token,
                   uint8_t bytes[RECORD_MAX], size_t *length) {
    struct writer writer = {bytes, FIXED_SIZE};

    bytes[0] = token->issuer != 0 ? RECORD_VERSION_ISSUED : RECORD_VERSION;
    bytes[1] = token->enabled ? FLAG_ENABLED : 0;
    number_put(bytes + 2, token->id, 8);
    number_put(bytes + 10, (uint64_t)token->creation_time, 8);
    number_put(bytes + 18, (uint64_t)token->expiration_time, 8);
    memcpy(bytes + 26, token->hash, TOKEN_HASH_SIZE);
    put_identity(&writer, TAG_USER_DOMAIN, &token->user);
    put_identity(&writer, TAG_CREATOR_DOMAIN, &token->creator);
    put_text(&writer, TAG_NAME, token->name);
    for (size_t i = 0; i < token->scope_count; i++)
        put_text(&writer, TAG_SCOPE, token->scopes[i]);
    for (size_t i = 0; i < token->network_count; i++) {
        const struct network *network = &token->networks[i];
        uint8_t value[2 + 16] = {network->version, network->prefix};
        size_t size = network->version == 4 ? 4 : 16;

        memcpy(value + 2, network->address, size);
        put_field(&writer, TAG_NETWORK, value, 2 + size);
    }
    if (token->issuer != 0) {
        put_number(&writer, TAG_ISSUER, token->issuer);
        put_number(&writer, TAG_FIRST_ISSUER, token->first_issuer);
    }
    *length = writer.length;
}

/* The longest token, field by field: because of this, put_field() need not
 * check the length. */
_Static_assert(FIXED_SIZE +
                       2 * (3 + 6 + 6 + 2 + IDENTITY_SID_MAX + 2 +
                            IDENTITY_NAME_MAX) +
                       2 + TOKENSTORE_NAME_MAX +
                       TOKENSTORE_SCOPES_MAX * (2 + TOKENSTORE_SCOPE_MAX) +
                       TOKENSTORE_NETWORKS_MAX * (2 + 18) + 2 * (2 + 4) <=
                   RECORD_MAX,
               "RECORD_MAX holds the largest token");

static bool get_text(const uint8_t *value, size_t length, char *text,
                     size_t size) {
    if (length == 0 || length >= size || memchr(value, '\0', length) != NULL)
        return false;
    memcpy(text, value, length);
    text[length] = '\0';
    return true;
}

static bool get_identity_field(struct tokenstore_identity *identity, int which,
                               const uint8_t *value, size_t length) {
    switch (which) {
    case TAG_USER_DOMAIN:
        if (length != 1 || value[0] == IDENTITY_DOMAIN_UNSET ||
            value[0] > IDENTITY_DOMAIN_ACTIVE_DIRECTORY)
            return false;
        identity->domain = (enum identity_domain)value[0];
        return true;
    case TAG_USER_UID:
        identity->uid = (uint32_t)number_get(value, length);
        identity->has_uid = true;
        return length == 4 && identity->uid != UINT32_MAX;
    case TAG_USER_GID:
        identity->gid = (uint32_t)number_get(value, length);
        identity->has_gid = true;
        return length == 4 && identity->gid != UINT32_MAX;
    case TAG_USER_SID:
        return get_text(value, length, identity->sid, sizeof(identity->sid)) &&
               identity_sid_is_foreign(identity->sid);
    case TAG_USER_NAME:
        return get_text(value, length, identity->name,
                        sizeof(identity->name)) &&
               identity_name_valid(identity->name);
    }
    return false;
}

static bool get_scope(struct tokenstore_token *token, const uint8_t *value,
                      size_t length) {
    char *scope;

    if (token->scope_count == TOKENSTORE_SCOPES_MAX ||
        !text_is_scope((const char *)value, length))
        return false;
    scope = token->scopes[token->scope_count];
    memcpy(scope, value, length);
    scope[length] = '\0';
    for (size_t i = 0; i < token->scope_count; i++)
        if (strcmp(token->scopes[i], scope) == 0)
            return false;
    token->scope_count++;
    return true;
}

static bool get_network(struct tokenstore_token *token, const uint8_t *value,
                        size_t length) {
    struct network *network = &token->networks[token->network_count];

    if (token->network_count == TOKENSTORE_NETWORKS_MAX ||
        !((length == 2 + 4 && value[0] == 4) ||
          (length == 2 + 16 && value[0] == 6)))
        return false;
    memset(network, 0, sizeof(*network));
    network->version = value[0];
    network->prefix = value[1];
    memcpy(network->address, value + 2, length - 2);
    if (!network_format(network))
        return false;
    for (size_t i = 0; i < token->network_count; i++)
        if (strcmp(token->networks[i].text, network->text) == 0)
            return false;
    token->network_count++;
    return true;
}

static bool get_field(struct tokenstore_token *token, int tag,
                      const uint8_t *value, size_t length) {
    if (tag >= TAG_USER_DOMAIN && tag <= TAG_USER_NAME)
        return get_identity_field(&token->user, tag, value, length);
    if (tag >= TAG_CREATOR_DOMAIN && tag <= TAG_CREATOR_NAME)
        return get_identity_field(&token->creator,
                                  tag - TAG_CREATOR_DOMAIN + TAG_USER_DOMAIN,
                                  value, length);
    switch (tag) {
    case TAG_NAME:
        return get_text(value, length, token->name, sizeof(token->name)) &&
               token_name_valid(token->name, length);
    case TAG_SCOPE:
        return get_scope(token, value, length);
    case TAG_NETWORK:
        return get_network(token, value, length);
    case TAG_ISSUER:
        token->issuer = number_get(value, length);
        return length == 4 && token->issuer != 0;
    case TAG_FIRST_ISSUER:
        token->first_issuer = number_get(value, length);
        return length == 4 && token->first_issuer != 0;
    }
    return false;
}

static bool get_fields(struct tokenstore_token *token, const uint8_t *bytes,
                       size_t length) {
    int previous = 0;

    while (length > 0) {
        int tag = bytes[0];
        size_t size;

        if (length < 2 || length - 2 < bytes[1])
            return false;
        size = bytes[1];
        if (tag < previous ||
            (tag == previous && tag != TAG_SCOPE && tag != TAG_NETWORK) ||
            !get_field(token, tag, bytes + 2, size))
            return false;
        previous = tag;
        bytes += 2 + size;
        length -= 2 + size;
    }
    return true;
}

static bool time_valid(int64_t time) {
    return time >= 0 && time <= TOKENSTORE_TIME_MAX;
}

/* A version 1 has no issuers, and a version 2 has both. */
static bool issuers_valid(const struct tokenstore_token *token, int version) {
    return (version == RECORD_VERSION_ISSUED) == (token->issuer != 0) &&
           token_issuers_valid(token->id, token->issuer, token->first_issuer);
}

/* Not the arrays: their counts are 0, so nobody looks at them. */
static void clear(struct tokenstore_token *token) {
    token->id = 0;
    token->enabled = false;
    token->expiration_chosen = false;
    token->has_secret = false;
    memset(token->hash, 0, sizeof(token->hash));
    memset(&token->user, 0, sizeof(token->user));
    memset(&token->creator, 0, sizeof(token->creator));
    token->issuer = 0;
    token->first_issuer = 0;
    token->name[0] = '\0';
    token->scope_count = 0;
    token->network_count = 0;
    token->use_known = false; /* the record does not contain it */
}

static enum tokenstore_error decode(const uint8_t *bytes, size_t length,
                                    struct tokenstore_token *token) {
    if (length < 1)
        return TOKENSTORE_ERROR_DAMAGED;
    if (bytes[0] > RECORD_VERSION_ISSUED)
        return TOKENSTORE_ERROR_NEWER_FORMAT;
    if (length < FIXED_SIZE || length > RECORD_MAX ||
        bytes[0] < RECORD_VERSION || (bytes[1] & ~FLAG_ENABLED) != 0)
        return TOKENSTORE_ERROR_DAMAGED;
    token->enabled = (bytes[1] & FLAG_ENABLED) != 0;
    token->id = number_get(bytes + 2, 8);
    token->creation_time = (int64_t)number_get(bytes + 10, 8);
    token->expiration_time = (int64_t)number_get(bytes + 18, 8);
    memcpy(token->hash, bytes + 26, TOKEN_HASH_SIZE);
    if (token->id == 0 || token->id > UINT32_MAX ||
        !time_valid(token->creation_time) ||
        (token->expiration_time != TOKENSTORE_NEVER &&
         !time_valid(token->expiration_time)) ||
        !get_fields(token, bytes + FIXED_SIZE, length - FIXED_SIZE) ||
        !issuers_valid(token, bytes[0]) ||
        token->user.domain == IDENTITY_DOMAIN_UNSET ||
        token->user.name[0] == '\0')
        return TOKENSTORE_ERROR_DAMAGED;
    identity_derive(&token->user);
    identity_derive(&token->creator);
    return TOKENSTORE_OK;
}

enum tokenstore_error record_decode(const uint8_t *bytes, size_t length,
                                    struct tokenstore_token *token) {
    enum tokenstore_error error;

    clear(token);
    error = decode(bytes, length, token);
    if (error != TOKENSTORE_OK)
        clear(token); /* of the fields before the damaged one */
    return error;
}
