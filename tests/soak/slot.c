/*
 * slot.c - one token at a time, changed by one writer and read by all.
 * Must never judge by a state whose place has been reused.
 */
#include <config.h>

#include "tests/soak/slot.h"

#include <stdio.h>
#include <time.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

static struct slot_state *state_of(const struct slot *slot, uint64_t number) {
    return (struct slot_state *)&slot->states[number % SLOT_STATES];
}

static struct tokenstore_identity *user_of(unsigned int number) {
    char name[32];

    snprintf(name, sizeof(name), "soak-slot-%u", number);
    return fixture_identity(name, true);
}

static enum tokenstore_error only_busy(const char *what,
                                       enum tokenstore_error error,
                                       const struct tokenstore *store) {
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_BUSY)
        soak_wrong("%s: %s", what, tokenstore_message(store));
    return error;
}

/* Whether the writer has made so many changes that the place of this state may
 * hold another one. */
static bool forgotten(const struct slot *slot, uint64_t state) {
    return atomic_load(&slot->history.begun) + 2 >= state + SLOT_STATES;
}

/* ---------------------------------------------------------------- changing */

static void must_settle(struct slot *slot, uint64_t state) {
    if (!history_settle(&slot->history, state))
        soak_wrong("a reader saw a change that is not there");
}

static enum tokenstore_error create(unsigned int number,
                                    struct tokenstore *store,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token **created) {
    struct tokenstore_identity *user = user_of(number);
    struct tokenstore_token *token;
    enum tokenstore_error error;

    must("new", tokenstore_token_new(&token), NULL);
    must("user", tokenstore_token_set_user(token, user), NULL);
    error = tokenstore_create(store, token, time(NULL), bearer, created);
    tokenstore_token_free(&token);
    tokenstore_identity_free(&user);
    return error;
}

static enum tokenstore_error modify(struct tokenstore *store, uint64_t id,
                                    bool enabled) {
    struct tokenstore_token *values;
    enum tokenstore_error error;

    must("new", tokenstore_token_new(&values), NULL);
    tokenstore_token_set_enabled(values, enabled);
    error = tokenstore_modify(store, id, TOKENSTORE_FIELD_ENABLED, values, 0,
                              NULL);
    tokenstore_token_free(&values);
    return error;
}

/* Writes the state after a change, as far as it is known before. */
static void foretell(const struct slot_state *now, enum slot_verb verb,
                     struct slot_state *next) {
    atomic_store(&next->present, verb != SLOT_REVOKE);
    atomic_store(&next->enabled,
                 verb == SLOT_CREATE || now->enabled != (verb == SLOT_MODIFY));
    atomic_store(&next->known, verb == SLOT_MODIFY && now->known);
    atomic_store(&next->id, verb == SLOT_MODIFY ? now->id : 0);
    next->bearer = now->bearer;
}

static enum tokenstore_error
apply(const struct slot_state *now, unsigned int number,
      struct tokenstore *store, enum slot_verb verb, struct slot_state *next) {
    struct tokenstore_token *created = NULL;
    enum tokenstore_error error = TOKENSTORE_OK;

    switch (verb) {
    case SLOT_CREATE:
        error = create(number, store, &next->bearer, &created);
        break;
    case SLOT_MODIFY:
        return modify(store, now->id, next->enabled);
    case SLOT_REVOKE: {
        uint64_t id = now->id;

        return tokenstore_revoke(store, &id, 1, NULL);
    }
    case SLOT_ROTATE:
        error = tokenstore_rotate(store, now->id, 0, NULL, time(NULL),
                                  &next->bearer, &created);
        break;
    }
    if (error == TOKENSTORE_OK) {
        atomic_store(&next->id, tokenstore_token_id(created));
        atomic_store(&next->known, true);
    }
    tokenstore_token_free(&created);
    return error;
}

enum tokenstore_error slot_change(struct slot *slot, unsigned int number,
                                  struct tokenstore *store,
                                  enum slot_verb *verb) {
    uint64_t done = atomic_load(&slot->history.done);
    const struct slot_state *now = state_of(slot, done);
    struct slot_state *next = state_of(slot, done + 1);
    enum tokenstore_error error;

    *verb = now->present ? SLOT_MODIFY + (enum slot_verb)soak_random(3)
                         : SLOT_CREATE;
    foretell(now, *verb, next);
    history_begin(&slot->history);
    error = apply(now, number, store, *verb, next);
    if (only_busy("change", error, store) == TOKENSTORE_OK)
        atomic_store(&slot->said, done + 1);
    /* Busy means that nothing has changed. */
    must_settle(slot, error == TOKENSTORE_OK ? done + 1 : done);
    return error;
}

/* ----------------------------------------------------------------- looking */

struct slot_sight {
    const struct slot *slot;
    uint64_t id;
    enum tokenstore_reason reason;
    const struct tokenstore_list *list;
};

static bool answer_goes(uint64_t number, const void *seen) {
    const struct slot_sight *sight = seen;
    const struct slot_state *state = state_of(sight->slot, number);
    enum tokenstore_reason right = TOKENSTORE_REASON_UNKNOWN;

    if (state->present && state->id == sight->id)
        right = state->enabled ? TOKENSTORE_REASON_NONE
                               : TOKENSTORE_REASON_DISABLED;
    return sight->reason == right;
}

static bool list_goes(uint64_t number, const void *seen) {
    const struct slot_sight *sight = seen;
    const struct slot_state *state = state_of(sight->slot, number);
    const struct tokenstore_token *token =
        tokenstore_list_token(sight->list, 0);

    if (tokenstore_list_count(sight->list) != state->present)
        return false;
    return token == NULL ||
           (tokenstore_token_enabled(token) == state->enabled &&
            (state->id == 0 || tokenstore_token_id(token) == state->id));
}

static enum tokenstore_error
verify_state(struct slot *slot, struct tokenstore *store, uint64_t number) {
    uint64_t before = history_before(&slot->history);
    const struct slot_state *state = state_of(slot, number);
    struct tokenstore_bearer bearer = state->bearer;
    struct slot_sight sight = {.slot = slot, .id = state->id};
    enum tokenstore_error error;

    if (forgotten(slot, number))
        return TOKENSTORE_OK;
    error = soak_verify(store, &bearer, NULL, &sight.reason);
    if (error == TOKENSTORE_ERROR_REFUSED)
        error = TOKENSTORE_OK;
    if (only_busy("verify", error, store) != TOKENSTORE_OK ||
        forgotten(slot, number))
        return error;
    if (!history_allows(&slot->history, before, answer_goes, &sight) &&
        !forgotten(slot, number))
        soak_wrong("verify of token %llu: the reason '%s' is not possible",
                   (unsigned long long)sight.id,
                   tokenstore_reason_name(sight.reason));
    return TOKENSTORE_OK;
}

enum tokenstore_error slot_verify(struct slot *slot, struct tokenstore *store,
                                  bool *asked) {
    uint64_t number = atomic_load(&slot->history.done);
    uint64_t back = soak_random(4);

    number -= back < number ? back : number;
    *asked = atomic_load(&state_of(slot, number)->known);
    return *asked ? verify_state(slot, store, number) : TOKENSTORE_OK;
}

static enum tokenstore_error get_list(unsigned int number,
                                      struct tokenstore *store,
                                      struct tokenstore_list **list) {
    struct tokenstore_identity *user = user_of(number);
    enum tokenstore_error error = only_busy(
        "list", tokenstore_list(store, user, 0, SLOT_STATES, list), store);

    tokenstore_identity_free(&user);
    return error;
}

enum tokenstore_error slot_list(struct slot *slot, unsigned int number,
                                struct tokenstore *store, uint64_t before) {
    struct slot_sight sight = {.slot = slot};
    struct tokenstore_list *list;
    enum tokenstore_error error = get_list(number, store, &list);

    if (error != TOKENSTORE_OK || forgotten(slot, before))
        goto out;
    sight.list = list;
    if (!history_allows(&slot->history, before, list_goes, &sight) &&
        !forgotten(slot, before))
        soak_wrong("the list of slot %u is not possible from state %llu on",
                   number, (unsigned long long)before);
out:
    tokenstore_list_free(&list);
    return error;
}

enum tokenstore_error slot_settle(struct slot *slot, unsigned int number,
                                  struct tokenstore *store) {
    uint64_t begun = atomic_load(&slot->history.begun);
    struct slot_state *state = state_of(slot, begun);
    struct slot_sight sight = {.slot = slot};
    struct tokenstore_list *list;
    enum tokenstore_error error;

    if (begun == atomic_load(&slot->history.done))
        return TOKENSTORE_OK;
    error = get_list(number, store, &list);
    if (error == TOKENSTORE_OK) {
        sight.list = list;
        /* The writer stores the id last: without it the bearer token is lost,
         * but the token is not. */
        if (list_goes(begun - 1, &sight)) {
            if (atomic_load(&slot->said) == begun)
                soak_wrong("slot %u: change %llu succeeded, but is lost",
                           number, (unsigned long long)begun);
        } else {
            if (!list_goes(begun, &sight))
                soak_wrong("slot %u is in neither state, before or after "
                           "change %llu",
                           number, (unsigned long long)begun);
            begun++;
            if (tokenstore_list_count(list) > 0)
                atomic_store(&state->id, tokenstore_token_id(
                                             tokenstore_list_token(list, 0)));
        }
        must_settle(slot, begun - 1);
    }
    tokenstore_list_free(&list);
    return error;
}

void slot_verify_all(struct slot *slot, struct tokenstore *store) {
    uint64_t done = atomic_load(&slot->history.done);

    for (uint64_t number = done; !forgotten(slot, number); number--) {
        if (atomic_load(&state_of(slot, number)->known) &&
            verify_state(slot, store, number) != TOKENSTORE_OK)
            soak_wrong("verify: %s", tokenstore_message(store));
        if (number == 0)
            break;
    }
}
