/*
 * server.h - the server of a remote store: its URI, and the options for it.
 */
#ifndef TOKENSTORE_REMOTE_SERVER_H
#define TOKENSTORE_REMOTE_SERVER_H

#include "tokenstore/remote/interface.h"

/* Does the URI begin with a scheme of remote stores? */
bool server_is_uri(const char *uri);

/*
 * Make a server from a URI; opens nothing.  Free it with server_free().
 * INVALID_ARGUMENT if the URI is malformed or names more than a host and port
 * (or a socket), NO_MEMORY; the server holds nothing then.
 */
enum tokenstore_error server_parse(const char *uri,
                                   struct remote_server *server);
void server_free(struct remote_server *server);

/* Set the options of tokenstore_set_remote(), with absolute file names. */
enum tokenstore_error
server_set_options(struct remote_server *server,
                   const struct tokenstore_remote *options,
                   struct message *message);

/*
 * Judge the place of the socket in the URI, if there is one, before believing
 * what it says.  UNAVAILABLE, UNSAFE, PERMISSION, with a message.
 */
enum tokenstore_error server_judge(const struct remote_server *server,
                                   struct message *message);

/* Prepare for a request through the plugin: judge the socket, and load the
 * plugin.  The same errors. */
enum tokenstore_error server_reach(const struct remote_server *server,
                                   const struct remote_plugin **plugin,
                                   struct message *message);

/* Say that "what" cannot be done in a remote store, and return UNSUPPORTED. */
enum tokenstore_error server_cannot(const struct remote_server *server,
                                    const char *what, struct message *message);

#endif
