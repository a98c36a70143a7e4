/*
 * identity.c - the identity object: the user of a token, as people type it and
 * as the schema has it.  Pure: must never ask the name service.
 */
#include "tokenstore/values/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/values/number.h"
#include "tokenstore/values/text.h"

bool identity_name_valid(const char *name) {
    size_t length = strlen(name);

    return length >= 1 && length <= IDENTITY_NAME_MAX && name[0] != '-' &&
           name[0] != '+' && strpbrk(name, ":/") == NULL &&
           text_is_printable(name, length);
}

bool identity_is_set(const struct tokenstore_identity *identity) {
    return identity->domain != IDENTITY_DOMAIN_UNSET || identity->has_uid ||
           identity->has_gid || identity->name[0] != '\0' ||
           identity->sid[0] != '\0' || identity->auth_id[0] != '\0';
}

/* Parse a uid or gid.  The largest value means "none" to the kernel. */
static bool parse_id(const char *text, uint32_t *id) {
    uint64_t number;

    if (!number_parse(text, UINT32_MAX - 1, &number))
        return false;
    *id = (uint32_t)number;
    return true;
}

/* -------------------------------------------------------------------- sids */

#define SID_UNIX "S-1-22-" /* Samba's: 1-<uid> and 2-<gid> follow */
#define SID_UNIX_USER SID_UNIX "1-"
#define SID_UNIX_GROUP SID_UNIX "2-"
#define SID_WORLD "S-1-1-0"

enum sid_kind {
    SID_MALFORMED,
    SID_OF_UID, /* contains a uid */
    SID_OF_GROUP,
    SID_OTHER, /* well-formed; only a directory service knows its user */
};

/* "S-1-", an authority of 48 bits, 1 to 15 values of 32 bits. */
static bool is_sid(const char *text) {
    const char *cursor;
    uint64_t number;
    int values = 0;

    if (strncmp(text, "S-1-", 4) != 0)
        return false;
    cursor = text + 4;
    if (!number_read(&cursor, (UINT64_C(1) << 48) - 1, &number))
        return false;
    for (; *cursor == '-'; values++) {
        cursor++;
        if (!number_read(&cursor, UINT32_MAX, &number))
            return false;
    }
    return *cursor == '\0' && values >= 1 && values <= 15;
}

static enum sid_kind classify_sid(const char *text, uint32_t *uid) {
    uint32_t gid;

    if (!is_sid(text))
        return SID_MALFORMED;
    if (strcmp(text, SID_WORLD) == 0)
        return SID_OF_GROUP;
    if (strncmp(text, SID_UNIX, strlen(SID_UNIX)) != 0)
        return SID_OTHER;
    if (strncmp(text, SID_UNIX_USER, strlen(SID_UNIX_USER)) == 0 &&
        parse_id(text + strlen(SID_UNIX_USER), uid))
        return SID_OF_UID;
    if (strncmp(text, SID_UNIX_GROUP, strlen(SID_UNIX_GROUP)) == 0 &&
        parse_id(text + strlen(SID_UNIX_GROUP), &gid))
        return SID_OF_GROUP;
    return SID_MALFORMED;
}

static void format_derived_sid(uint32_t uid, char sid[IDENTITY_SID_MAX + 1]) {
    snprintf(sid, IDENTITY_SID_MAX + 1, SID_UNIX_USER "%u", uid);
}

bool identity_sid_is_derived(const struct tokenstore_identity *identity) {
    char derived[IDENTITY_SID_MAX + 1];

    if (!identity->has_uid)
        return false;
    format_derived_sid(identity->uid, derived);
    return strcmp(identity->sid, derived) == 0;
}

bool identity_sid_is_foreign(const char *sid) {
    uint32_t uid;

    return classify_sid(sid, &uid) == SID_OTHER;
}

void identity_derive(struct tokenstore_identity *identity) {
    if (!identity->has_uid)
        return;
    snprintf(identity->auth_id, sizeof(identity->auth_id), "%u",
             identity->uid);
    if (identity->sid[0] == '\0')
        format_derived_sid(identity->uid, identity->sid);
}

/* --------------------------------------------------------- fields, parsing */

/* The domains of the schema; no user is in those marked UNSET. */
static const struct {
    const char *name;
    enum identity_domain domain;
} domains[] = {
    {"LOCAL", IDENTITY_DOMAIN_LOCAL},
    {"API_NULL_DOMAIN", IDENTITY_DOMAIN_NULL},
    {"POSIX_USER", IDENTITY_DOMAIN_POSIX_USER},
    {"ACTIVE_DIRECTORY", IDENTITY_DOMAIN_ACTIVE_DIRECTORY},
    {"WORLD", IDENTITY_DOMAIN_UNSET},
    {"POSIX_GROUP", IDENTITY_DOMAIN_UNSET},
    {"API_INVALID_DOMAIN", IDENTITY_DOMAIN_UNSET},
    {"API_RESERVED_DOMAIN", IDENTITY_DOMAIN_UNSET},
    {"API_INTERNAL_DOMAIN", IDENTITY_DOMAIN_UNSET},
    {"API_OPERATOR_DOMAIN", IDENTITY_DOMAIN_UNSET},
    {"API_CREATOR_DOMAIN", IDENTITY_DOMAIN_UNSET},
};

#define DOMAIN_COUNT (sizeof(domains) / sizeof(domains[0]))

/* Each set_ function leaves the identity alone if it fails. */

static enum tokenstore_error set_domain(struct tokenstore_identity *identity,
                                        const char *value) {
    for (size_t i = 0; i < DOMAIN_COUNT; i++) {
        if (strcmp(domains[i].name, value) != 0)
            continue;
        if (domains[i].domain == IDENTITY_DOMAIN_UNSET)
            return TOKENSTORE_ERROR_NOT_A_USER;
        if (identity->domain != IDENTITY_DOMAIN_UNSET &&
            identity->domain != domains[i].domain)
            return TOKENSTORE_ERROR_INVALID_IDENTITY;
        identity->domain = domains[i].domain;
        return TOKENSTORE_OK;
    }
    return TOKENSTORE_ERROR_INVALID_IDENTITY;
}

static enum tokenstore_error take_uid(struct tokenstore_identity *identity,
                                      uint32_t uid) {
    if (identity->has_uid && identity->uid != uid)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    identity->has_uid = true;
    identity->uid = uid;
    return TOKENSTORE_OK;
}

static enum tokenstore_error set_uid(struct tokenstore_identity *identity,
                                     const char *value) {
    uint32_t uid;

    if (!parse_id(value, &uid))
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    return take_uid(identity, uid);
}

/* The auth_id is the uid once more, in decimal. */
static enum tokenstore_error set_auth_id(struct tokenstore_identity *identity,
                                         const char *value) {
    enum tokenstore_error error = set_uid(identity, value);

    if (error == TOKENSTORE_OK)
        strcpy(identity->auth_id, value); /* 10 digits at most: parsed */
    return error;
}

static enum tokenstore_error set_gid(struct tokenstore_identity *identity,
                                     const char *value) {
    uint32_t gid;

    if (!parse_id(value, &gid) || (identity->has_gid && identity->gid != gid))
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    identity->has_gid = true;
    identity->gid = gid;
    return TOKENSTORE_OK;
}

static enum tokenstore_error set_sid(struct tokenstore_identity *identity,
                                     const char *value) {
    enum tokenstore_error error = TOKENSTORE_OK;
    enum sid_kind kind;
    uint32_t uid;

    kind = classify_sid(value, &uid);
    if (kind == SID_MALFORMED)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    if (kind == SID_OF_GROUP)
        return TOKENSTORE_ERROR_NOT_A_USER;
    if (identity->sid[0] != '\0' && strcmp(identity->sid, value) != 0)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    if (kind == SID_OF_UID)
        error = take_uid(identity, uid);
    if (error != TOKENSTORE_OK)
        return error;
    strcpy(identity->sid, value); /* well-formed: IDENTITY_SID_MAX at most */
    return TOKENSTORE_OK;
}

/* A name, or DOMAIN\name with one backslash and both parts.  It may not begin
 * or end with a blank: to a program that trims it, it would be the name of
 * another user. */
static enum tokenstore_error set_name(struct tokenstore_identity *identity,
                                      const char *value) {
    const char *backslash = strchr(value, '\\');

    if (!identity_name_valid(value) || value[0] == ' ' ||
        value[strlen(value) - 1] == ' ')
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    if (backslash != NULL && (backslash == value || backslash[1] == '\0' ||
                              strchr(backslash + 1, '\\') != NULL))
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    if (identity->name[0] != '\0' && strcmp(identity->name, value) != 0)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    strcpy(identity->name, value); /* valid: IDENTITY_NAME_MAX at most */
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_identity_set(struct tokenstore_identity *identity,
                        const char *field, const char *value) {
    static const struct {
        const char *field;
        enum tokenstore_error (*set)(struct tokenstore_identity *,
                                     const char *);
    } fields[] = {
        {"domain", set_domain}, {"auth_id", set_auth_id}, {"uid", set_uid},
        {"gid", set_gid},       {"sid", set_sid},         {"name", set_name},
    };

    if (field == NULL || value == NULL)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(fields[i].field, field) == 0)
            return fields[i].set(identity, value);
    return TOKENSTORE_ERROR_INVALID_IDENTITY;
}

/* What people type: a prefix says which field the rest of the text is. */
static enum tokenstore_error parse_text(const char *text,
                                        struct tokenstore_identity *identity) {
    static const struct {
        const char *prefix;
        const char *field; /* NULL: not a user */
        enum identity_domain domain;
    } forms[] = {
        {"uid:", "uid", IDENTITY_DOMAIN_UNSET},
        {"auth_id:", "auth_id", IDENTITY_DOMAIN_UNSET},
        {"sid:", "sid", IDENTITY_DOMAIN_UNSET},
        {"local:", "name", IDENTITY_DOMAIN_LOCAL},
        {"ad:", "name", IDENTITY_DOMAIN_ACTIVE_DIRECTORY},
        {"group:", NULL, IDENTITY_DOMAIN_UNSET},
        {"gid:", NULL, IDENTITY_DOMAIN_UNSET},
    };

    if (strcmp(text, "WORLD") == 0)
        return TOKENSTORE_ERROR_NOT_A_USER;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t length = strlen(forms[i].prefix);

        if (strncmp(text, forms[i].prefix, length) != 0)
            continue;
        if (forms[i].field == NULL)
            return TOKENSTORE_ERROR_NOT_A_USER;
        identity->domain = forms[i].domain;
        return tokenstore_identity_set(identity, forms[i].field,
                                       text + length);
    }
    if (is_sid(text))
        return set_sid(identity, text);
    if (strchr(text, '\\') != NULL)
        identity->domain = IDENTITY_DOMAIN_ACTIVE_DIRECTORY;
    return set_name(identity, text);
}

enum tokenstore_error
identity_hand_over(const struct tokenstore_identity *identity,
                   struct tokenstore_identity **copy) {
    *copy = malloc(sizeof(**copy));
    if (*copy == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    **copy = *identity;
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_identity_parse(const char *text,
                          struct tokenstore_identity **identity) {
    struct tokenstore_identity parsed = {0};
    enum tokenstore_error error;

    *identity = NULL;
    if (text == NULL)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    error = parse_text(text, &parsed);
    if (error != TOKENSTORE_OK)
        return error;
    return identity_hand_over(&parsed, identity);
}

enum tokenstore_error
tokenstore_identity_new(struct tokenstore_identity **identity) {
    const struct tokenstore_identity unset = {0};

    return identity_hand_over(&unset, identity);
}

void tokenstore_identity_free(struct tokenstore_identity **identity) {
    if (identity == NULL)
        return;
    free(*identity);
    *identity = NULL;
}

bool identity_matches(const struct tokenstore_identity *stored,
                      const struct tokenstore_identity *wanted) {
    return (stored->name[0] != '\0' &&
            strcmp(stored->name, wanted->name) == 0) ||
           (stored->has_uid && wanted->has_uid &&
            stored->uid == wanted->uid) ||
           (stored->sid[0] != '\0' && strcmp(stored->sid, wanted->sid) == 0);
}

/* --------------------------------------------------------------- accessors */

static const char *text_or_null(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

const char *
tokenstore_identity_domain(const struct tokenstore_identity *identity) {
    if (identity->domain != IDENTITY_DOMAIN_UNSET)
        for (size_t i = 0; i < DOMAIN_COUNT; i++)
            if (domains[i].domain == identity->domain)
                return domains[i].name;
    return NULL;
}

const char *
tokenstore_identity_auth_id(const struct tokenstore_identity *identity) {
    return text_or_null(identity->auth_id);
}

bool tokenstore_identity_uid(const struct tokenstore_identity *identity,
                             uint32_t *uid) {
    if (identity->has_uid)
        *uid = identity->uid;
    return identity->has_uid;
}

bool tokenstore_identity_gid(const struct tokenstore_identity *identity,
                             uint32_t *gid) {
    if (identity->has_gid)
        *gid = identity->gid;
    return identity->has_gid;
}

const char *
tokenstore_identity_sid(const struct tokenstore_identity *identity) {
    return text_or_null(identity->sid);
}

const char *
tokenstore_identity_name(const struct tokenstore_identity *identity) {
    return text_or_null(identity->name);
}
