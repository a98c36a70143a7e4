/*
 * table.c - what tokenstore-http.so shows: its one symbol.
 */
#include <config.h>

#include "tokenstore/remote/http/verbs.h"

extern const struct remote_plugin tokenstore_remote_plugin;

__attribute__((visibility("default")))
const struct remote_plugin tokenstore_remote_plugin = {
    .version = PACKAGE_VERSION,
    .size = sizeof(struct remote_plugin),
    .token_size = sizeof(struct tokenstore_token),
    .create = verb_create,
    .get = verb_get,
    .list = verb_list,
    .modify = verb_modify,
    .revoke = verb_revoke,
    .rotate = verb_rotate,
    .verify = verb_verify,
};
