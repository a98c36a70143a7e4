/*
 * sight.c - what a reader sees in each state of a subject, and readers that
 * judge the answers that they get. Uses only tokenstore.h, as every reader
 * does, and changes nothing.
 */
#include <config.h>

#include <string.h>

#include "tests/soak/soak.h"
#include "tests/soak/subject.h"

/* ------------------------------------------------- what a state looks like */

/* Whether the bearer token of this entry is accepted in this state; for a
 * prune, whether the expired token is there. */
static bool passes_in(enum verb verb, uint64_t state, uint64_t entry) {
    switch (verb) {
    case VERB_CREATE:
        return entry <= state;
    case VERB_REVOKE:
        return entry >= SUBJECT_REVOKED * state;
    case VERB_MODIFY: /* each entry is asked with the scope of its state */
    case VERB_ROTATE:
    case VERB_RESTORE:
    case VERB_PRUNE:
        break;
    }
    return entry == state;
}

/* Returns how many tokens there are for the command to change, and their first
 * id; *first is 0 if that is not known yet. */
static size_t count_in(const struct subject *subject, uint64_t state,
                       uint64_t *first) {
    *first = subject->first;
    switch (subject->verb) {
    case VERB_CREATE:
        return state;
    case VERB_MODIFY:
        return 1;
    case VERB_REVOKE:
        *first += SUBJECT_REVOKED * state;
        return SUBJECT_STATES - SUBJECT_REVOKED * state;
    case VERB_ROTATE:
        *first += state;
        return 1;
    case VERB_RESTORE:
    case VERB_PRUNE:
        *first = subject->entries[state].id;
        return state % 2;
    }
    return 0;
}

static bool is_modified(const struct tokenstore_token *token, uint64_t state) {
    struct subject_words words;
    bool same;

    subject_words(state, &words);
    same = tokenstore_token_scope_count(token) == SUBJECT_SCOPES &&
           strcmp(tokenstore_token_name(token), words.name) == 0;
    for (size_t i = 0; same && i < SUBJECT_SCOPES; i++) {
        bool found = false;

        for (size_t j = 0; !found && j < SUBJECT_SCOPES; j++)
            found =
                strcmp(tokenstore_token_scope(token, i), words.scopes[j]) == 0;
        same = found;
    }
    return same;
}

struct sight {
    const struct subject *subject;
    const struct tokenstore_list *list;
    uint64_t entry;
    bool passed;
};

static bool list_goes(uint64_t state, const void *seen) {
    const struct sight *sight = seen;
    const struct subject *subject = sight->subject;
    uint64_t first;
    size_t count = count_in(subject, state, &first);

    if (tokenstore_list_count(sight->list) != subject->fixed + count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct tokenstore_token *token =
            tokenstore_list_token(sight->list, subject->fixed + i);

        /* A reader may see a token before the process that issues it knows its
         * id. */
        if ((first != 0 && tokenstore_token_id(token) != first + i) ||
            (subject->verb == VERB_MODIFY && !is_modified(token, state)))
            return false;
    }
    return true;
}

static bool answer_goes(uint64_t state, const void *seen) {
    const struct sight *sight = seen;

    return passes_in(sight->subject->verb, state, sight->entry) ==
           sight->passed;
}

/* ----------------------------------------------------------------- looking */

static void get_list(struct tokenstore *store, struct tokenstore_list **list) {
    enum tokenstore_error error =
        tokenstore_list(store, NULL, 0, TOKENSTORE_LIMIT_MAX, list);

    if (error != TOKENSTORE_OK)
        soak_wrong("list: %s", tokenstore_message(store));
}

static enum tokenstore_reason ask(struct tokenstore *store,
                                  const struct tokenstore_bearer *bearer,
                                  const char *scope) {
    enum tokenstore_reason reason;
    enum tokenstore_error error = soak_verify(store, bearer, scope, &reason);

    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_REFUSED)
        soak_wrong("verify: %s", tokenstore_message(store));
    return reason;
}

void subject_list(struct subject *subject, struct tokenstore *store) {
    struct sight sight = {.subject = subject};
    uint64_t before = history_before(&subject->history);
    struct tokenstore_list *list;
    size_t count;

    get_list(store, &list);
    sight.list = list;
    count = tokenstore_list_count(list);
    if (!history_allows(&subject->history, before, list_goes, &sight))
        soak_wrong("%s: a list of %zu tokens, the last of them %llu, is "
                   "not possible from state %llu on",
                   verb_name(subject->verb), count,
                   (unsigned long long)tokenstore_token_id(
                       tokenstore_list_token(list, count - 1)),
                   (unsigned long long)before);
    tokenstore_list_free(&list);
}

void subject_verify(struct subject *subject, struct tokenstore *store,
                    uint64_t entry) {
    bool modify = subject->verb == VERB_MODIFY;
    struct sight sight = {.subject = subject, .entry = entry};
    uint64_t before = history_before(&subject->history);
    enum tokenstore_reason reason;
    struct subject_words words;

    subject_words(entry, &words);
    reason = ask(store, &subject->entries[modify ? 0 : entry].bearer,
                 modify ? words.scopes[SUBJECT_SCOPES - 1] : NULL);
    sight.passed =
        reason == (subject->verb == VERB_PRUNE ? TOKENSTORE_REASON_EXPIRED
                                               : TOKENSTORE_REASON_NONE);
    if (!sight.passed && reason != (modify ? TOKENSTORE_REASON_SCOPE
                                           : TOKENSTORE_REASON_UNKNOWN))
        soak_wrong("%s: token %llu is refused, reason: %s",
                   verb_name(subject->verb), (unsigned long long)entry,
                   tokenstore_reason_name(reason));
    if (!history_allows(&subject->history, before, answer_goes, &sight))
        soak_wrong("%s: token %llu is %s, not possible from state %llu on",
                   verb_name(subject->verb), (unsigned long long)entry,
                   sight.passed ? "accepted" : "refused",
                   (unsigned long long)before);
}

void subject_verify_fixed(struct subject *subject, struct tokenstore *store) {
    if (ask(store, &subject->good, NULL) != TOKENSTORE_REASON_NONE)
        soak_wrong("%s: the good token is refused", verb_name(subject->verb));
    if (ask(store, &subject->revoked, NULL) != TOKENSTORE_REASON_UNKNOWN)
        soak_wrong("%s: the revoked token is not reported as unknown",
                   verb_name(subject->verb));
    if (ask(store, &subject->stranger, NULL) != TOKENSTORE_REASON_SECRET)
        soak_wrong(
            "%s: a token of another store is not reported as wrong secret",
            verb_name(subject->verb));
}

static bool is_known(const struct subject *subject, uint64_t entry) {
    return entry < SUBJECT_STATES &&
           (subject->verb == VERB_MODIFY ||
            atomic_load(&subject->entries[entry].known));
}

void subject_verify_all(struct subject *subject, struct tokenstore *store) {
    for (uint64_t i = 0; i < SUBJECT_STATES; i++)
        if (is_known(subject, i))
            subject_verify(subject, store, i);
}

bool subject_look(struct subject *subject, struct tokenstore *store) {
    uint64_t state = atomic_load(&subject->history.begun);
    uint64_t entry = state < 2 ? soak_random(3) : state - 2 + soak_random(4);

    switch (soak_random(8)) {
    case 0:
        subject_list(subject, store);
        return true;
    case 1:
        subject_verify_fixed(subject, store);
        return false;
    }
    if (subject->verb == VERB_REVOKE)
        entry = SUBJECT_REVOKED * entry + soak_random(SUBJECT_REVOKED);
    if (is_known(subject, entry))
        subject_verify(subject, store, entry);
    return false;
}

void subject_settle(struct subject *subject, struct tokenstore *store) {
    uint64_t done = atomic_load(&subject->history.done);
    uint64_t begun = atomic_load(&subject->history.begun);
    struct sight sight = {.subject = subject};
    struct tokenstore_list *list;
    uint64_t state = done;

    get_list(store, &list);
    sight.list = list;
    while (state <= begun && !list_goes(state, &sight))
        state++;
    if (state > begun)
        soak_wrong("%s: the store is in neither state, before or after "
                   "change %llu",
                   verb_name(subject->verb), (unsigned long long)begun);
    if (!history_settle(&subject->history, state))
        soak_wrong("%s: a reader saw change %llu, but it is gone",
                   verb_name(subject->verb), (unsigned long long)begun);
    tokenstore_list_free(&list);
}
