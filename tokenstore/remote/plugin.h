/*
 * plugin.h - load tokenstore-http.so, the plugin that speaks HTTP.
 */
#ifndef TOKENSTORE_REMOTE_PLUGIN_H
#define TOKENSTORE_REMOTE_PLUGIN_H

#include "tokenstore/remote/interface.h"

/*
 * The plugin: loaded by the first call, and never unloaded.  Thread-safe.
 * UNAVAILABLE if it is missing, cannot be loaded or comes from another build,
 * UNSAFE if others could have written it.
 */
enum tokenstore_error plugin_load(const struct remote_plugin **plugin,
                                  struct message *message);

/* Its absolute path, fixed at build time; a variable only for the tests. */
extern const char *plugin_file;

#endif
