/*
 * test_rights.c - prove who may do what to which token: each rule by itself,
 * refused cases first, and then what has to hold for every caller and every
 * change.
 *
 * A token is written as a line: "jane/8 imap smtp <9 @192.0.2.1 off" is a
 * disabled token of jane with the id 8, two scopes, one network and 9 seconds
 * until it expires.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/values/token.h"
#include "tools/accesstokend/auth/rights.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1800000000)

#define CREATE TOKENSTORE_CHANGE_CREATE
#define MODIFY TOKENSTORE_CHANGE_MODIFY
#define REVOKE TOKENSTORE_CHANGE_REVOKE
#define ROTATE TOKENSTORE_CHANGE_ROTATE

#define OK TOKENSTORE_OK
#define NO TOKENSTORE_ERROR_FORBIDDEN
#define NONE TOKENSTORE_ERROR_NOT_FOUND

/* ----------------------------------------------------------------- subjects
 */

static const struct {
    const char *word;
    const char *name;
    bool has_uid;
    uint32_t uid;
    uint64_t id; /* of the user's token, if the line has no id */
} users[] = {
    {"root", "root", true, 0, 40},
    {"jane", "jane", true, 70002, 42},
    {"bob", "bob", true, 70003, 43},
    {"kiosk", "kiosk", false, 0, 44},
    /* These share only a name or only a uid with a user above. */
    {"toor", "toor", true, 0, 45},
    {"not-root", "root", true, 70003, 46},
    {"virtual-root", "root", false, 0, 47},
    {"new-jane", "jane", true, 70003, 48},
    {"renamed-jane", "jane2", true, 70002, 49},
    {"virtual-jane", "jane", false, 0, 50},
    {"root-jane", "jane", true, 0, 51},
    {"Jane", "Jane", true, 70002, 52},
};

static void set_user(const char *word, struct tokenstore_token *token) {
    const size_t length = strcspn(word, "/");

    for (size_t i = 0; i < COUNT(users); i++) {
        if (strncmp(users[i].word, word, length) != 0 ||
            users[i].word[length] != '\0')
            continue;
        strcpy(token->user.name, users[i].name);
        token->user.has_uid = users[i].has_uid;
        token->user.uid = users[i].uid;
        token->id = users[i].id;
        if (word[length] == '/')
            token->id = strtoull(word + length + 1, NULL, 10);
        return;
    }
    fail_msg("no user %s", word);
}

/* Fills in and returns the token of a line; returns NULL for "". */
static struct tokenstore_token *make_token(const char *line,
                                           struct tokenstore_token *token) {
    char words[256], *place = NULL, *word;

    snprintf(words, sizeof(words), "%s", line);
    word = strtok_r(words, " ", &place);
    if (word == NULL)
        return NULL;
    memset(token, 0, sizeof(*token));
    token->enabled = true;
    token->expiration_time = TOKENSTORE_NEVER;
    set_user(word, token);
    while ((word = strtok_r(NULL, " ", &place)) != NULL)
        if (*word == '<')
            token->expiration_time = NOW + strtoll(word + 1, NULL, 10);
        else if (*word == '@')
            assert_int_equal(tokenstore_token_add_network(token, word + 1), 0);
        else if (strcmp(word, "off") == 0)
            token->enabled = false;
        else
            assert_int_equal(tokenstore_token_add_scope(token, word), 0);
    return token;
}

/* The callers: an account on the api socket, or the bearer of a token. */
enum who { ROOT, GROUP, JANE, BEARER, ASKER, KEY, ROOT_KEY, WHO_COUNT };

static const struct {
    const char *name;
    enum caller_kind kind;
    const char *account, *token;
} callers[WHO_COUNT] = {
    [ROOT] = {"root", CALLER_ROOT, "root", ""},
    [GROUP] = {"the group", CALLER_ADMIN, "jane", ""},
    [JANE] = {"jane", CALLER_USER, "jane", ""},
    [BEARER] = {"a bearer", CALLER_TOKEN, NULL, "jane/8 imap smtp"},
    [ASKER] = {"an introspecting token", CALLER_TOKEN, NULL,
               "jane/9 imap tokens:introspect"},
    [KEY] = {"a token admin", CALLER_TOKEN_ADMIN, NULL,
             "jane/7 tokens:admin imap <9"},
    [ROOT_KEY] = {"root's token admin", CALLER_TOKEN_ADMIN, NULL,
                  "root/41 tokens:admin imap"},
};

static const char *const kinds[] = {"create", "modify", "revoke", "rotate"};

static bool with_grace; /* a rotation asks for a grace period */

/* Asks rights.c; self_service: the scopes that users may issue. */
static enum tokenstore_error decide(enum who who,
                                    enum tokenstore_change_kind kind,
                                    const struct tokenstore_token *before,
                                    const struct tokenstore_token *after,
                                    const char *self_service, char why[160]) {
    static struct tokenstore_token presented, account;
    struct caller caller = {.kind = callers[who].kind};
    struct rights rights = {.caller = &caller,
                            .kind = kind,
                            .grace = with_grace && kind == ROTATE};
    struct limits *limits = &rights.limits;
    enum tokenstore_error error;
    char words[64], *place = NULL;

    caller.token = make_token(callers[who].token, &presented);
    if (caller.token == NULL)
        caller.identity = &make_token(callers[who].account, &account)->user;
    snprintf(words, sizeof(words), "%s", self_service);
    for (char *word = strtok_r(words, " ", &place); word != NULL;
         word = strtok_r(NULL, " ", &place))
        strcpy(limits->self_service[limits->self_service_count++], word);
    error = rights_approve(before, after, &rights);
    strcpy(why, rights.why);
    return error;
}

/* -------------------------------------------------------------- rule by rule
 */

struct subject {
    enum who who;
    enum tokenstore_change_kind kind;
    const char *before, *after;
    const char *self_service;
    enum tokenstore_error error;
    const char *why; /* the beginning of the reason; NULL: there is none */
};

static void assert_subjects(const struct subject *subjects, size_t count) {
    static struct tokenstore_token before, after;

    for (size_t i = 0; i < count; i++) {
        const struct subject *subject = &subjects[i];
        const char *wanted = subject->why != NULL ? subject->why : "";
        char why[160];
        enum tokenstore_error error = decide(
            subject->who, subject->kind, make_token(subject->before, &before),
            make_token(subject->after, &after), subject->self_service, why);

        if (error != subject->error ||
            strncmp(why, wanted, strlen(wanted)) != 0 ||
            (*wanted == '\0') != (*why == '\0'))
            fail_msg("%s, %s: \"%s\" to \"%s\": %s, \"%s\"",
                     callers[subject->who].name, kinds[subject->kind],
                     subject->before, subject->after,
                     tokenstore_strerror(error), why);
    }
}

#define ASSERT_SUBJECTS(subjects) assert_subjects(subjects, COUNT(subjects))

/* Only uid 0 may create, rotate, modify or enable a token of uid 0; the group
 * administers all other tokens. */
static void test_only_root_changes_tokens_of_root(void **state) {
    static const char why[] = "only root may issue and change root's tokens";
    static const struct subject subjects[] = {
        {GROUP, CREATE, "", "root", "", NO, why},
        {GROUP, CREATE, "", "root imap <5", "imap", NO, why},
        {GROUP, MODIFY, "root off", "root", "", NO, why},
        {GROUP, MODIFY, "root", "root off", "", NO, why},
        {GROUP, MODIFY, "root", "root imap", "", NO, why},
        {GROUP, REVOKE, "root", "", "", NO, why},
        {GROUP, ROTATE, "root", "root/60", "", NO, why},
        /* A token is root's if it has either root's uid or root's name. */
        {GROUP, CREATE, "", "toor", "", NO, why},
        {GROUP, CREATE, "", "not-root", "", NO, why},
        {GROUP, CREATE, "", "virtual-root", "", NO, why},
        {GROUP, REVOKE, "toor", "", "", NO, why},
        {GROUP, REVOKE, "not-root", "", "", NO, why},
        {GROUP, ROTATE, "virtual-root", "virtual-root", "", NO, why},
        {JANE, CREATE, "", "root imap", "imap", NO, why},
        {KEY, CREATE, "", "root imap <9", "imap", NO, why},
        {KEY, MODIFY, "root imap", "root imap off", "", NO, why},
        {KEY, REVOKE, "root", "", "", NO, why},
        {KEY, ROTATE, "root imap <5", "root/60 imap <5", "", NO, why},
        {ROOT_KEY, CREATE, "", "root imap", "", NO, why},
        {ROOT_KEY, REVOKE, "root", "", "", NO, why},
        {ROOT_KEY, MODIFY, "root/41 tokens:admin imap", "root/41", "", NO,
         why},
        {ROOT_KEY, ROTATE, "root/41 tokens:admin imap",
         "root/60 tokens:admin imap", "", NO, why},
        /* A token may always revoke itself. */
        {ROOT_KEY, REVOKE, "root/41 tokens:admin imap", "", "", OK, NULL},
        {ROOT, CREATE, "", "root", "", OK, NULL},
        {ROOT, MODIFY, "root off", "root", "", OK, NULL},
        {ROOT, REVOKE, "root", "", "", OK, NULL},
        {ROOT, ROTATE, "root", "root/60", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* Only uid 0 may grant reserved scopes. */
static void test_reserved_scopes_are_roots_to_grant(void **state) {
    static const char why[] =
        "only root may grant scopes that begin with tokens:";
    static const struct subject subjects[] = {
        {GROUP, CREATE, "", "bob tokens:admin", "", NO, why},
        {GROUP, CREATE, "", "bob imap tokens:introspect", "", NO, why},
        {GROUP, CREATE, "", "bob tokens:some.day", "", NO, why},
        {GROUP, MODIFY, "bob", "bob tokens:introspect", "", NO, why},
        {GROUP, MODIFY, "bob imap", "bob imap tokens:admin", "", NO, why},
        /* Enabling, prolonging, widening or rotating a token grants again. */
        {GROUP, MODIFY, "bob tokens:admin off", "bob tokens:admin", "", NO,
         why},
        {GROUP, MODIFY, "bob tokens:admin <1", "bob tokens:admin <2", "", NO,
         why},
        {GROUP, MODIFY, "bob tokens:admin @192.0.2.1", "bob tokens:admin", "",
         NO, why},
        {GROUP, ROTATE, "bob tokens:introspect", "bob/60 tokens:introspect",
         "", NO, why},
        {JANE, CREATE, "", "jane tokens:admin", "tokens:admin", NO, why},
        {KEY, CREATE, "", "bob tokens:admin <9", "", NO, why},
        {KEY, MODIFY, "bob imap <5", "bob imap tokens:admin <5", "", NO, why},
        {ROOT_KEY, CREATE, "", "bob imap tokens:admin", "", NO, why},
        /* A change that only takes away grants nothing. */
        {GROUP, MODIFY, "bob imap tokens:admin", "bob tokens:admin", "", OK,
         NULL},
        {GROUP, MODIFY, "bob tokens:admin <9", "bob tokens:admin <5 off", "",
         OK, NULL},
        {GROUP, REVOKE, "bob tokens:admin", "", "", OK, NULL},
        {ROOT, CREATE, "", "bob tokens:admin", "", OK, NULL},
        {ROOT, MODIFY, "bob", "bob tokens:some.day", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* Users and bearers are told that the tokens of others do not exist. */
static void test_tokens_of_others_are_hidden(void **state) {
    static const struct subject subjects[] = {
        {JANE, REVOKE, "bob", "", "imap", NONE, "no token 43"},
        {JANE, MODIFY, "bob", "bob off", "imap", NONE, "no token 43"},
        {JANE, MODIFY, "bob imap", "bob imap <5", "imap", NONE, "no token 43"},
        {JANE, ROTATE, "bob imap", "bob/60 imap", "imap", NONE, "no token 43"},
        {JANE, REVOKE, "root", "", "", NONE, "no token 40"},
        {JANE, MODIFY, "root", "root tokens:admin", "", NONE, "no token 40"},
        {JANE, ROTATE, "root", "root/60", "", NONE, "no token 40"},
        {JANE, REVOKE, "kiosk", "", "", NONE, "no token 44"},
        /* A token is the user's if it has both the name and the uid. */
        {JANE, REVOKE, "new-jane", "", "", NONE, "no token 48"},
        {JANE, REVOKE, "renamed-jane", "", "", NONE, "no token 49"},
        {JANE, REVOKE, "virtual-jane", "", "", NONE, "no token 50"},
        {JANE, REVOKE, "root-jane", "", "", NONE, "no token 51"},
        {JANE, REVOKE, "Jane", "", "", NONE, "no token 52"},
        {BEARER, REVOKE, "jane", "", "", NONE, "no token 42"},
        {BEARER, REVOKE, "root", "", "", NONE, "no token 40"},
        {BEARER, ROTATE, "jane imap", "jane/60 imap", "", NONE, "no token 42"},
        {ASKER, REVOKE, "jane", "", "", NONE, "no token 42"},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* Users issue tokens for themselves if limits.conf lists scopes for that, and
 * the tokens must name some of these scopes. */
static void test_users_issue_what_is_listed(void **state) {
    static const char others[] = "only an administrator may issue tokens for";
    static const char none[] = "users may not issue tokens: limits.conf";
    static const char list[] = "the token must name scopes, and only "
                               "these: imap";
    static const struct subject subjects[] = {
        {JANE, CREATE, "", "bob imap", "imap", NO, others},
        {JANE, CREATE, "", "kiosk imap", "imap", NO, others},
        {JANE, CREATE, "", "new-jane imap", "imap", NO, others},
        {JANE, CREATE, "", "renamed-jane imap", "imap", NO, others},
        {JANE, CREATE, "", "virtual-jane imap", "imap", NO, others},
        {JANE, CREATE, "", "jane", "", NO, none},
        {JANE, CREATE, "", "jane imap", "", NO, none},
        {JANE, ROTATE, "jane imap", "jane/60 imap", "", NO, none},
        {JANE, MODIFY, "jane imap <1", "jane imap <2", "", NO, none},
        {JANE, CREATE, "", "jane", "imap smtp", NO, list},
        {JANE, CREATE, "", "jane pop3", "imap", NO, list},
        {JANE, CREATE, "", "jane ima", "imap", NO, list},
        {JANE, CREATE, "", "jane imap2", "imap", NO, list},
        {JANE, CREATE, "", "jane imap sudo", "imap", NO, list},
        {JANE, CREATE, "", "jane imap", "imap", OK, NULL},
        {JANE, CREATE, "", "jane smtp imap", "imap pop3 smtp", OK, NULL},
        {JANE, CREATE, "", "jane imap off", "imap", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* A new secret, more time, wider networks and more scopes follow the rules for
 * issuing. */
static void test_users_gain_nothing_by_changing(void **state) {
    static const char list[] = "the token must name scopes, and only "
                               "these: imap";
    static const struct subject subjects[] = {
        {JANE, ROTATE, "jane", "jane/60", "imap", NO, list},
        {JANE, ROTATE, "jane sudo", "jane/60 sudo", "imap", NO, list},
        {JANE, ROTATE, "jane sudo off", "jane/60 sudo off", "imap", NO, list},
        {JANE, MODIFY, "jane sudo <1", "jane sudo <2", "imap", NO, list},
        {JANE, MODIFY, "jane sudo <1", "jane sudo", "imap", NO, list},
        {JANE, MODIFY, "jane <1", "jane", "imap", NO, list},
        {JANE, MODIFY, "jane imap", "jane imap sudo", "imap", NO, list},
        {JANE, MODIFY, "jane imap", "jane sudo", "imap", NO, list},
        {JANE, MODIFY, "jane imap", "jane", "imap", NO, list},
        {JANE, MODIFY, "jane sudo @192.0.2.0/24", "jane sudo @192.0.0.0/16",
         "imap", NO, list},
        {JANE, MODIFY, "jane sudo @192.0.2.1", "jane sudo", "imap", NO, list},
        {JANE, MODIFY, "jane sudo @192.0.2.1", "jane sudo @192.0.2.2", "imap",
         NO, list},
        {JANE, MODIFY, "jane sudo @192.0.2.1", "jane sudo @192.0.2.1 @::1",
         "imap", NO, list},
        {JANE, MODIFY, "jane imap off", "jane imap", "imap", NO,
         "only an administrator may enable a token"},
        {JANE, MODIFY, "jane imap <1", "jane imap <2", "imap", OK, NULL},
        {JANE, MODIFY, "jane sudo", "jane imap", "imap", OK, NULL},
        {JANE, MODIFY, "jane imap @192.0.2.1", "jane imap", "imap", OK, NULL},
        {JANE, ROTATE, "jane imap", "jane/60 imap", "imap", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* Users may always revoke their own tokens, and take away from them. */
static void test_users_take_away_from_their_own(void **state) {
    static const struct subject subjects[] = {
        {JANE, REVOKE, "jane", "", "", OK, NULL},
        {JANE, REVOKE, "jane tokens:admin", "", "", OK, NULL},
        {JANE, REVOKE, "jane sudo off", "", "", OK, NULL},
        {JANE, MODIFY, "jane", "jane off", "", OK, NULL},
        {JANE, MODIFY, "jane", "jane <1", "", OK, NULL},
        {JANE, MODIFY, "jane", "jane @::1", "", OK, NULL},
        {JANE, MODIFY, "jane", "jane sudo", "", OK, NULL},
        {JANE, MODIFY, "jane sudo imap", "jane sudo", "", OK, NULL},
        {JANE, MODIFY, "jane <2 @::1 off", "jane <1 @::1 off", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* A token with tokens:admin administers, but gives no more scopes and no later
 * expiry than its own. */
static void test_token_admins_stay_within_their_token(void **state) {
    static const char scopes[] = "the token must name scopes, all of which "
                                 "the caller's own";
    static const char end[] =
        "the token must not expire after the caller's own";
    static const char reserved[] =
        "only root may grant scopes that begin with tokens:";
    static const struct subject subjects[] = {
        {KEY, CREATE, "", "bob <9", "imap", NO, scopes},
        {KEY, CREATE, "", "bob smtp <9", "smtp", NO, scopes},
        {KEY, CREATE, "", "bob imap smtp <9", "smtp", NO, scopes},
        {KEY, CREATE, "", "bob imap <10", "", NO, end},
        {KEY, CREATE, "", "bob imap", "", NO, end},
        {KEY, ROTATE, "bob imap", "bob/60 imap", "", NO, end},
        {KEY, ROTATE, "bob <5", "bob/60 <5", "", NO, scopes},
        {KEY, MODIFY, "bob imap off", "bob imap", "", NO, end},
        {KEY, MODIFY, "bob imap <1", "bob imap <10", "", NO, end},
        {KEY, MODIFY, "bob smtp <1", "bob smtp <2", "", NO, scopes},
        {KEY, MODIFY, "bob imap <1", "bob <1", "", NO, scopes},
        {KEY, MODIFY, "bob smtp <1 @::1", "bob smtp <1", "", NO, scopes},
        /* It may not prolong itself either. */
        {KEY, MODIFY, "jane/7 tokens:admin imap <9",
         "jane/7 tokens:admin imap <10", "", NO, reserved},
        {KEY, CREATE, "", "bob imap <9", "", OK, NULL},
        {KEY, CREATE, "", "kiosk imap <9", "", OK, NULL},
        {KEY, MODIFY, "bob imap <1 off", "bob imap <9", "", OK, NULL},
        {KEY, MODIFY, "bob", "bob off", "", OK, NULL},
        {KEY, MODIFY, "bob", "bob smtp", "", OK, NULL},
        {KEY, ROTATE, "bob imap <9", "bob/60 imap <9", "", OK, NULL},
        {KEY, REVOKE, "bob sudo", "", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* Any other token may rotate and revoke itself, and nothing else. */
static void test_bearers_rotate_and_revoke_themselves(void **state) {
    static const char issue[] = "this token may not issue tokens";
    static const struct subject subjects[] = {
        {BEARER, CREATE, "", "jane imap", "imap", NO, issue},
        {ASKER, CREATE, "", "jane imap", "imap", NO, issue},
        {BEARER, CREATE, "", "root", "imap", NO, issue},
        {BEARER, MODIFY, "jane/8 imap smtp", "jane/8 imap", "imap", NONE,
         "no token 8"},
        {BEARER, MODIFY, "jane/8 imap smtp", "jane/8 imap smtp off", "imap",
         NONE, "no token 8"},
        {BEARER, REVOKE, "jane/8 imap smtp", "", "", OK, NULL},
        {BEARER, ROTATE, "jane/8 imap smtp", "jane/60 imap smtp", "", OK,
         NULL},
        {ASKER, REVOKE, "jane/9 imap tokens:introspect", "", "", OK, NULL},
        {ASKER, ROTATE, "jane/9 imap tokens:introspect",
         "jane/60 imap tokens:introspect", "", OK, NULL},
        {KEY, REVOKE, "jane/7 tokens:admin imap <9", "", "", OK, NULL},
        {KEY, ROTATE, "jane/7 tokens:admin imap <9",
         "jane/60 tokens:admin imap <9", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* No token, even one that administers, may rotate itself so that the old one
 * stays valid beside the new one, which would let a thief keep access. */
static void test_nobody_rotates_itself_and_stays(void **state) {
    static const char why[] = "a token that rotates itself may not ask for";
    static const struct subject subjects[] = {
        {BEARER, ROTATE, "jane/8 imap smtp", "jane/60 imap smtp", "imap smtp",
         NO, why},
        {ASKER, ROTATE, "jane/9 imap tokens:introspect",
         "jane/60 imap tokens:introspect", "", NO, why},
        /* It is told that others do not exist. */
        {BEARER, ROTATE, "jane imap", "jane/60 imap", "", NONE, "no token 42"},
        {KEY, ROTATE, "jane/7 tokens:admin imap <9",
         "jane/60 tokens:admin imap <9", "", NO, why},
        {KEY, ROTATE, "bob imap <9", "bob/60 imap <9", "", OK, NULL},
        /* Another token of the same user may stay: it can be found by its
         * issuer. */
        {KEY, ROTATE, "jane imap <9", "jane/60 imap <9", "", OK, NULL},
        {JANE, ROTATE, "jane imap", "jane/60 imap", "imap", OK, NULL},
        {GROUP, ROTATE, "bob", "bob/60", "", OK, NULL},
        {ROOT, ROTATE, "root", "root/60", "", OK, NULL},
    };

    (void)state;
    with_grace = true;
    ASSERT_SUBJECTS(subjects);
    with_grace = false;
}

/* The group may do everything that no rule above refuses. */
static void test_group_may_do_what_no_rule_refuses(void **state) {
    static const struct subject subjects[] = {
        {GROUP, CREATE, "", "bob", "", OK, NULL},
        {GROUP, CREATE, "", "kiosk sudo", "", OK, NULL},
        {GROUP, MODIFY, "bob off", "bob", "", OK, NULL},
        {GROUP, MODIFY, "bob imap <1 @::1", "bob", "", OK, NULL},
        {GROUP, REVOKE, "bob", "", "", OK, NULL},
        {GROUP, ROTATE, "bob", "bob/60", "", OK, NULL},
    };

    (void)state;
    ASSERT_SUBJECTS(subjects);
}

/* ------------------------------------------------ every caller, every change
 */

static const char *const scope_sets[] = {
    "", "imap", "imap smtp", "sudo", "imap tokens:introspect", "tokens:admin"};
static const char *const other_sets[] = {
    "", "<5", "<20", "off", "<5 off", "@::1", "<5 @::1", "@::1 off"};

#define VARIANTS (COUNT(scope_sets) * COUNT(other_sets))

static struct tokenstore_token *variant(const char *user, size_t number,
                                        struct tokenstore_token *token) {
    char line[128];

    snprintf(line, sizeof(line), "%s %s %s", user,
             scope_sets[number / COUNT(other_sets)],
             other_sets[number % COUNT(other_sets)]);
    return make_token(line, token);
}

static bool is_janes(const struct tokenstore_token *token) {
    return strcmp(token->user.name, "jane") == 0 && token->user.uid == 70002;
}

static bool has(const struct tokenstore_token *token, const char *scope) {
    for (size_t i = 0; i < token->scope_count; i++)
        if (strcmp(token->scopes[i], scope) == 0)
            return true;
    return false;
}

/* Returns the id of the token that the caller presents, or 0. */
static uint64_t presented_id(enum who who) {
    const char *id = strchr(callers[who].token, '/');

    return id != NULL ? strtoull(id + 1, NULL, 10) : 0;
}

/* Does the change give more use of the scope than before?  A token without
 * scopes has all but the reserved ones. */
static bool gains(enum tokenstore_change_kind kind,
                  const struct tokenstore_token *before,
                  const struct tokenstore_token *after, const char *scope) {
    if (after == NULL || !has(after, scope))
        return false;
    if (kind != MODIFY || (!has(before, scope) &&
                           (before->scope_count > 0 || strchr(scope, ':'))))
        return true;
    return (after->enabled && !before->enabled) ||
           after->expiration_time > before->expiration_time ||
           (before->network_count > 0 && after->network_count == 0);
}

/* Returns which rule the decision breaks, or NULL if it breaks none. */
static const char *breach(enum who who, enum tokenstore_change_kind kind,
                          const struct tokenstore_token *before,
                          const struct tokenstore_token *after) {
    const struct tokenstore_token *token = before != NULL ? before : after;
    char why[160];
    const enum tokenstore_error error =
        decide(who, kind, before, after, "imap smtp", why);
    const bool itself = kind != CREATE && token->id == presented_id(who);
    const bool others = who == JANE && !is_janes(token);

    if (who == ROOT)
        return error == OK ? NULL : "root is refused";
    if (others && before != NULL && error != NONE)
        return "another user's token is not hidden";
    if (error == NONE && before == NULL)
        return "a new token is said not to exist";
    if ((error == NONE) != (strncmp(why, "no token ", 9) == 0))
        return "the reason does not fit the error";
    if (error != OK)
        return *why != '\0' ? NULL : "refused without a reason";
    if (others)
        return "a token for another user is issued";
    if (token->user.uid == 0 && token->user.has_uid &&
        !(itself && kind == REVOKE))
        return "a token of root is changed";
    if (callers[who].kind == CALLER_TOKEN && !itself)
        return "a bearer changes another token";
    if (itself && kind == ROTATE && with_grace)
        return "a bearer keeps its old token";
    if (!(itself && kind == ROTATE) &&
        (gains(kind, before, after, "tokens:admin") ||
         gains(kind, before, after, "tokens:introspect")))
        return "a reserved scope is granted";
    if (who == JANE && gains(kind, before, after, "sudo"))
        return "jane issues a token that sudo accepts";
    return NULL;
}

static void assert_sane(enum who who, enum tokenstore_change_kind kind,
                        const char *user, size_t i, size_t j) {
    static struct tokenstore_token tokens[2];
    const struct tokenstore_token *before =
        kind != CREATE ? variant(user, i, &tokens[0]) : NULL;
    struct tokenstore_token *after =
        kind != REVOKE ? variant(user, j, &tokens[1]) : NULL;
    const char *what;

    if (kind == ROTATE)
        after->id = 60;
    what = breach(who, kind, before, after);
    if (what != NULL)
        fail_msg("%s, %s of %s, %zu to %zu: %s", callers[who].name,
                 kinds[kind], user, i, j, what);
}

static void test_nobody_gets_around_the_rules(void **state) {
    static const char *const subjects[] = {"root",   "jane",     "bob",
                                           "kiosk",  "new-jane", "jane/7",
                                           "jane/8", "jane/9",   "root/41"};

    (void)state;
    for (enum who who = ROOT; who < WHO_COUNT; who++)
        for (size_t user = 0; user < COUNT(subjects); user++)
            for (size_t i = 0; i < VARIANTS; i++) {
                assert_sane(who, CREATE, subjects[user], i, i);
                assert_sane(who, REVOKE, subjects[user], i, i);
                assert_sane(who, ROTATE, subjects[user], i, i);
                with_grace = true;
                assert_sane(who, ROTATE, subjects[user], i, i);
                with_grace = false;
                for (size_t j = 0; j < VARIANTS; j++)
                    assert_sane(who, MODIFY, subjects[user], i, j);
            }
}

/* ---------------------------------------------- rights by kind of caller */

/* May the caller list, list all, create, modify, issue for others, measure? */
static const char *const permitted[WHO_COUNT] = {
    [ROOT] = "yyyyyy",     [GROUP] = "yyyyyy", [JANE] = "y-yy--",
    [BEARER] = "------",   [ASKER] = "------", [KEY] = "yyyyy-",
    [ROOT_KEY] = "yyyyy-",
};

static void test_each_kind_of_caller_has_its_rights(void **state) {
    (void)state;
    for (enum who who = ROOT; who < WHO_COUNT; who++) {
        const struct caller caller = {.kind = callers[who].kind};
        const bool answers[] = {
            rights_may_list(&caller),
            rights_may_list_all(&caller),
            rights_may_create(&caller),
            rights_may_modify(&caller),
            rights_may_issue_for_others(&caller),
            rights_may_measure(&caller),
        };

        for (size_t i = 0; i < COUNT(answers); i++)
            if (answers[i] != (permitted[who][i] == 'y'))
                fail_msg("%s: question %zu", callers[who].name, i);
    }
}

static void test_users_read_only_their_own(void **state) {
    static const char *const subjects[] = {
        "jane",         "bob",          "root", "new-jane",
        "renamed-jane", "virtual-jane", "Jane"};
    struct tokenstore_token account, token;

    (void)state;
    for (enum who who = ROOT; who < WHO_COUNT; who++)
        for (size_t i = 0; i < COUNT(subjects); i++) {
            struct caller caller = {.kind = callers[who].kind};
            bool expected = permitted[who][1] == 'y';

            if (callers[who].account != NULL) {
                make_token(callers[who].account, &account);
                caller.identity = &account.user;
            }
            if (who == JANE)
                expected = i == 0;
            make_token(subjects[i], &token);
            if (rights_may_read(&caller, &token) != expected)
                fail_msg("%s reads %s's", callers[who].name, subjects[i]);
        }
}

static void test_introspection_needs_its_scope(void **state) {
    static const char *const refused[] = {"jane", "jane imap",
                                          "jane tokens:admin", "root",
                                          "jane tokens:introspect2"};
    struct tokenstore_token token;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(rights_may_introspect(make_token(refused[i], &token)));
    assert_true(rights_may_introspect(
        make_token("jane imap tokens:introspect", &token)));
}

static void test_only_a_bearer_is_itself(void **state) {
    struct tokenstore_token presented;
    struct caller caller = {.kind = CALLER_USER};

    (void)state;
    assert_false(rights_is_itself(&caller, 8));
    caller.kind = CALLER_TOKEN;
    caller.token = make_token("jane/8", &presented);
    assert_true(rights_is_itself(&caller, 8));
    assert_false(rights_is_itself(&caller, 9));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_root_changes_tokens_of_root),
        cmocka_unit_test(test_reserved_scopes_are_roots_to_grant),
        cmocka_unit_test(test_tokens_of_others_are_hidden),
        cmocka_unit_test(test_users_issue_what_is_listed),
        cmocka_unit_test(test_users_gain_nothing_by_changing),
        cmocka_unit_test(test_users_take_away_from_their_own),
        cmocka_unit_test(test_token_admins_stay_within_their_token),
        cmocka_unit_test(test_bearers_rotate_and_revoke_themselves),
        cmocka_unit_test(test_nobody_rotates_itself_and_stays),
        cmocka_unit_test(test_group_may_do_what_no_rule_refuses),
        cmocka_unit_test(test_nobody_gets_around_the_rules),
        cmocka_unit_test(test_each_kind_of_caller_has_its_rights),
        cmocka_unit_test(test_users_read_only_their_own),
        cmocka_unit_test(test_introspection_needs_its_scope),
        cmocka_unit_test(test_only_a_bearer_is_itself),
    };

    return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
