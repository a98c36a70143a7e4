/*
 * subject.h - tokens that one command changes again and again, and what each
 * state of them looks like from outside.  All of it is in memory that the
 * readers share.
 */
#ifndef TESTS_SOAK_SUBJECT_H
#define TESTS_SOAK_SUBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/soak/history.h"
#include "tokenstore/tokenstore.h"

enum verb {
    VERB_CREATE,
    VERB_MODIFY,
    VERB_REVOKE,
    VERB_ROTATE,
    VERB_RESTORE,
    VERB_PRUNE,
};
#define VERBS 6

/* The last state of a subject; restore and prune take two a time, one to
 * undo. */
#define SUBJECT_STATES 128

/* Tokens that one revoke takes, of as many as there are states. */
#define SUBJECT_REVOKED 2

/* Tokens that nothing changes, enough for the index to be more than one
 * record; and a few of their kinds. */
#define SUBJECT_FIXED 40

struct subject {
    enum verb verb;
    struct history history;
    uint64_t fixed; /* tokens that nothing changes */
    uint64_t first; /* the first id of those that the command changes */
    uint64_t other; /* one of the fixed, for changes beside the command's */
    struct tokenstore_bearer good;
    struct tokenstore_bearer revoked;  /* but in the backup */
    struct tokenstore_bearer stranger; /* good's id, another secret */
    /* By state; of revoke, by victim; what the tool has not said is not
     * known. */
    struct {
        atomic_bool known;
        struct tokenstore_bearer bearer;
        _Atomic uint64_t id; /* of what is undone, once it is known */
    } entries[SUBJECT_STATES];
};

/* What modify gives a token in each state: several records' worth. */
#define SUBJECT_SCOPES 8

struct subject_words {
    char name[32];
    char scopes[SUBJECT_SCOPES][TOKENSTORE_SCOPE_MAX + 1];
};

void subject_words(uint64_t state, struct subject_words *words);

/* Its name; the command's. */
const char *verb_name(enum verb verb);

/* Make a new store, where there is none, with a subject for the command. */
void subject_prepare(struct subject *subject, enum verb verb);

/* See to it that the command has something to do. */
void subject_ready(struct subject *subject);

/* The tool's arguments for the next change; they last until the next call. */
#define SUBJECT_ARGUMENTS 32
void subject_arguments(const struct subject *subject,
                       char *arguments[SUBJECT_ARGUMENTS]);

/* The tool has said this about the change that was begun: has it done it? */
bool subject_said(struct subject *subject, const char *output);

/* --------------------------------------------------------- looking (sight.c)
 */

/* Nobody is changing anything now: what stands?  Ends the program where it
 * is not a state that may be. */
void subject_settle(struct subject *subject, struct tokenstore *store);

/* Look at something, while others change; end the program if it is wrong. */
void subject_list(struct subject *subject, struct tokenstore *store);
void subject_verify(struct subject *subject, struct tokenstore *store,
                    uint64_t entry);
void subject_verify_fixed(struct subject *subject, struct tokenstore *store);

/* Look at every token whose secret is known. */
void subject_verify_all(struct subject *subject, struct tokenstore *store);

/* A look at something chosen at random; returns whether it was a list. */
bool subject_look(struct subject *subject, struct tokenstore *store);

#endif
