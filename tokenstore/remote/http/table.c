/*
 * table.c - the one symbol that tokenstore-http.so exports.
 */
#include <config.h>

#include "tokenstore/remote/http/read_tokens.h"
#include "tokenstore/remote/http/verify.h"
#include "tokenstore/remote/http/write_tokens.h"

extern const struct remote_plugin tokenstore_remote_plugin;

__attribute__((visibility("default")))
const struct remote_plugin tokenstore_remote_plugin = {
    .version = PACKAGE_VERSION,
    .size = sizeof(struct remote_plugin),
    .token_size = sizeof(struct tokenstore_token),
    .create = write_tokens_create,
    .get = read_tokens_get,
    .list = read_tokens_list,
    .modify = write_tokens_modify,
    .revoke = write_tokens_revoke,
    .rotate = write_tokens_rotate,
    .verify = verify_bearer,
};
