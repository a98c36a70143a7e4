/*
 * targets.h - which tokens are to be revoked.
 */
#ifndef TOOLS_ACCESSTOKEN_TARGETS_H
#define TOOLS_ACCESSTOKEN_TARGETS_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/ids.h"
#include "tools/accesstoken/issued.h"

/* Adds the ids among the arguments or, if the only one is "-", on standard
 * input, between blanks or newlines. */
enum exit_code targets_given(const struct context *context, struct ids *ids);

/* Adds the ids of the tokens of --user, with --name only of those that have
 * this name. */
enum exit_code targets_of_user(struct context *context, struct ids *ids);

/* Adds the ids of the tokens that "issued" is about and that exist, without
 * the top. */
enum exit_code targets_issued(struct context *context, struct issued *issued,
                              struct ids *ids);

/* Prints the tokens as a table, or as JSON.  A token that does not exist is an
 * error if "must_exist". */
enum exit_code targets_show(struct context *context, const struct ids *ids,
                            bool must_exist);

#endif
