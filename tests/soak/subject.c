/*
 * subject.c - tokens that one command changes again and again.
 * Must not change any other token of the store.
 */
#include <config.h>

#include "tests/soak/subject.h"

#include <string.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

/* The name of a user that has no account. */
#define USER "soak-subject"

const char *verb_name(enum verb verb) {
    static const char *const names[VERBS] = {"create", "modify",  "revoke",
                                             "rotate", "restore", "prune"};

    return names[verb];
}

static const char *backup_path(void) {
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%.4000s/backup.tdb", fixture_directory());
    return path;
}

void subject_words(uint64_t state, struct subject_words *words) {
    words->name[0] = '\0';
    if (state > 0)
        snprintf(words->name, sizeof(words->name), "change %llu",
                 (unsigned long long)state);
    for (int i = 0; i < SUBJECT_SCOPES; i++)
        snprintf(words->scopes[i], sizeof(words->scopes[i]), "%062llu.%c",
                 (unsigned long long)state, 'a' + i);
}

/* ------------------------------------------------------------- preparation */

static uint64_t issue(const char *store, struct tokenstore_bearer *bearer) {
    struct fixture_token token = {
        .store = store, .user = USER, .virtual_user = true};
    struct tokenstore_bearer unwanted;

    return fixture_issue(&token, bearer != NULL ? bearer : &unwanted);
}

static void learn(struct subject *subject, uint64_t entry) {
    atomic_store(&subject->entries[entry].known, true);
}

static void issue_entry(struct subject *subject, uint64_t entry) {
    const struct fixture_token token = {
        .user = USER,
        .virtual_user = true,
        .expires = subject->verb == VERB_PRUNE ? -3600 : 0};

    subject->entries[entry].id =
        fixture_issue(&token, &subject->entries[entry].bearer);
    learn(subject, entry);
}

static void prepare_verb(struct subject *subject) {
    struct fixture_token token = {.user = USER, .virtual_user = true};
    struct subject_words words;

    switch (subject->verb) {
    case VERB_CREATE:
    case VERB_RESTORE:
    case VERB_PRUNE:
        break;
    case VERB_MODIFY:
        subject_words(0, &words);
        for (int i = 0; i < SUBJECT_SCOPES; i++)
            token.scopes[i] = words.scopes[i];
        fixture_issue(&token, &subject->entries[0].bearer);
        break;
    case VERB_REVOKE:
        for (uint64_t i = 0; i < SUBJECT_STATES; i++)
            issue_entry(subject, i);
        break;
    case VERB_ROTATE:
        issue_entry(subject, 0);
        break;
    }
}

void subject_prepare(struct subject *subject, enum verb verb) {
    struct tokenstore *store = fixture_open(fixture_store());
    char stranger[PATH_MAX];
    uint64_t revoked;

    memset(subject, 0, sizeof(*subject));
    subject->verb = verb;
    issue(NULL, &subject->good);
    for (int i = 2; i < SUBJECT_FIXED; i++)
        subject->other = issue(NULL, NULL);
    revoked = issue(NULL, &subject->revoked);
    unlink(backup_path());
    must("backup", tokenstore_backup(store, backup_path()), store);
    must("revoke", tokenstore_revoke(store, &revoked, 1, NULL), store);
    subject->fixed = SUBJECT_FIXED - 1;
    subject->first = revoked + 1;
    prepare_verb(subject);
    tokenstore_close(&store);

    snprintf(stranger, sizeof(stranger), "%.4000s/stranger/tokens.tdb",
             fixture_directory());
    unlink(stranger);
    issue(stranger, &subject->stranger);
}

void subject_ready(struct subject *subject) {
    uint64_t state = atomic_load(&subject->history.done);

    /* A restore removes what was issued after the backup; a prune removes what
     * expired long ago. */
    if (subject->verb < VERB_RESTORE || state % 2 == 1)
        return;
    history_begin(&subject->history);
    issue_entry(subject, state + 1);
    if (!history_settle(&subject->history, state + 1))
        soak_wrong("%s: a reader saw a change before it began",
                   verb_name(subject->verb));
}

/* ---------------------------------------------------------- the next change
 */

/* Texts of the arguments, valid until the next call of subject_arguments(). */
static char texts[SUBJECT_ARGUMENTS][TOKENSTORE_SCOPE_MAX + 1];

static char *number(char *text, uint64_t value) {
    snprintf(text, sizeof(texts[0]), "%llu", (unsigned long long)value);
    return text;
}

static void modify_arguments(const struct subject *subject, uint64_t state,
                             char **next) {
    static struct subject_words words;

    subject_words(state + 1, &words);
    *next++ = number(texts[0], subject->first);
    *next++ = (char *)"--name";
    *next++ = words.name;
    for (int i = 0; i < SUBJECT_SCOPES; i++) {
        *next++ = (char *)"--scope";
        *next++ = words.scopes[i];
    }
}

void subject_arguments(const struct subject *subject,
                       char *arguments[SUBJECT_ARGUMENTS]) {
    uint64_t state = atomic_load(&subject->history.done);
    char **next = arguments;

    memset(arguments, 0, SUBJECT_ARGUMENTS * sizeof(*arguments));
    *next++ = (char *)"accesstoken";
    *next++ = (char *)"--store";
    *next++ = (char *)fixture_store();
    *next++ = (char *)verb_name(subject->verb);
    switch (subject->verb) {
    case VERB_CREATE:
        *next++ = (char *)"--virtual";
        *next++ = (char *)USER;
        break;
    case VERB_MODIFY:
        modify_arguments(subject, state, next);
        break;
    case VERB_REVOKE:
        for (uint64_t i = 0; i < SUBJECT_REVOKED; i++)
            *next++ =
                number(texts[i], subject->first + SUBJECT_REVOKED * state + i);
        break;
    case VERB_ROTATE:
        *next++ = number(texts[0], subject->first + state);
        break;
    case VERB_RESTORE:
        *next++ = (char *)backup_path();
        break;
    case VERB_PRUNE:
        *next++ = (char *)"--older-than";
        *next++ = (char *)"0s";
        break;
    }
}

bool subject_said(struct subject *subject, const char *output) {
    static const char *const done[VERBS] = {
        TOKENSTORE_BEARER_PREFIX, "modified token",  "revoked token",
        TOKENSTORE_BEARER_PREFIX, "tokens restored", "pruned 1 token"};
    uint64_t state = atomic_load(&subject->history.begun);
    const char *word = strstr(output, done[subject->verb]);

    if (word == NULL)
        return false;
    if (subject->verb == VERB_CREATE || subject->verb == VERB_ROTATE) {
        if (strlen(word) < TOKENSTORE_BEARER_LENGTH)
            return false;
        snprintf(subject->entries[state].bearer.text,
                 sizeof(subject->entries[state].bearer.text), "%s", word);
        learn(subject, state);
    }
    return true;
}
