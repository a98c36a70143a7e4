/*
 * subject.h - tokens that one command changes again and again, and what a
 * reader sees in each state. All of it is in memory that the readers share.
 * Every function ends the program on an error.
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

/* The number of states of a subject. A restore or a prune uses two: one for
 * the change and one for the token that it removes. */
#define SUBJECT_STATES 128

/* The tokens that each revoke removes; there are as many tokens as states. */
#define SUBJECT_REVOKED 2

/* The tokens that the command does not change: enough for several records of
 * the index, and a few special ones. */
#define SUBJECT_FIXED 40

struct subject {
    enum verb verb;
    struct history history;
    uint64_t fixed; /* tokens that nothing changes */
    uint64_t first; /* the first id of the tokens that the command changes */
    uint64_t other; /* one of the fixed tokens, for other changes */
    struct tokenstore_bearer good;
    struct tokenstore_bearer revoked;  /* but it is in the backup */
    struct tokenstore_bearer stranger; /* the id of "good", another secret */
    /* The tokens by state; for revoke, in the order of revocation. "known" is
     * false if the tool has not printed the token. */
    struct {
        atomic_bool known;
        struct tokenstore_bearer bearer;
        _Atomic uint64_t id; /* of a token to remove; 0 if not known */
    } entries[SUBJECT_STATES];
};

/* How many scopes modify sets in each state: the token then needs several
 * records. */
#define SUBJECT_SCOPES 8

struct subject_words {
    char name[32];
    char scopes[SUBJECT_SCOPES][TOKENSTORE_SCOPE_MAX + 1];
};

/* Sets the name and the scopes that modify gives a token in this state. */
void subject_words(uint64_t state, struct subject_words *words);

/* Returns the name of the command. */
const char *verb_name(enum verb verb);

/* Makes a new store, which must not exist, with a subject for the command. */
void subject_prepare(struct subject *subject, enum verb verb);

/* Before each change, makes sure that the command has something to do. */
void subject_ready(struct subject *subject);

/* Sets the arguments of the tool for the next change, with a final NULL. They
 * are valid until the next call. */
#define SUBJECT_ARGUMENTS 32
void subject_arguments(const struct subject *subject,
                       char *arguments[SUBJECT_ARGUMENTS]);

/* Returns whether this output of the tool acknowledges the change that was
 * begun, and remembers the bearer token in it. */
bool subject_said(struct subject *subject, const char *output);

/* --------------------------------------------------------- looking (sight.c)
 */

/* While no process changes the store, finds out which state it is in. Ends
 * the program if that is neither the state before the change nor the one
 * after it. */
void subject_settle(struct subject *subject, struct tokenstore *store);

/* Look at the store while others change it, and end the program if an answer
 * could not be true: a list of all tokens, one token of the subject, or the
 * fixed ones. */
void subject_list(struct subject *subject, struct tokenstore *store);
void subject_verify(struct subject *subject, struct tokenstore *store,
                    uint64_t entry);
void subject_verify_fixed(struct subject *subject, struct tokenstore *store);

/* Verifies every token whose secret is known. */
void subject_verify_all(struct subject *subject, struct tokenstore *store);

/* Looks at something that is chosen at random. Returns whether it was a
 * list. */
bool subject_look(struct subject *subject, struct tokenstore *store);

#endif
