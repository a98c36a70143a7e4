/*
 * orphans.h - tokens whose account is gone, or has another uid than they have.
 * No such token is accepted now; but if an account of the same name and uid is
 * made, they are accepted for it.
 */
#ifndef TOOLS_ACCESSTOKEN_ORPHANS_H
#define TOOLS_ACCESSTOKEN_ORPHANS_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/ids.h"

enum orphan {
    ORPHAN_NO, /* also a virtual user's token, which has no uid */
    ORPHAN_YES,
    ORPHAN_UNKNOWN, /* the name service does not answer */
};

/* What is known of the accounts; the name service is asked once for each user.
 * Zero-initialise it; call orphans_free() in any case. */
struct orphans {
    void *tree; /* the users, by name */
};

/* Says whether the token is an orphan.  EXIT_FAILED without memory, with a
 * message. */
enum exit_code orphans_judge(struct orphans *orphans,
                             const struct tokenstore_token *token,
                             enum orphan *orphan);

/*
 * Adds the ids of all orphans among the tokens of the user, or of everybody
 * (NULL).  If the name service does not answer for one of the users, there is
 * a message and the exit code of that error, and the set is of no use.
 */
enum exit_code orphans_find(struct context *context,
                            const struct tokenstore_identity *user,
                            struct ids *found);

void orphans_free(struct orphans *orphans);

#endif
