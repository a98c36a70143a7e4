/*
 * plugin.h - the plugin that speaks HTTP.  See loader.c.
 */
#ifndef TOKENSTORE_REMOTE_PLUGIN_H
#define TOKENSTORE_REMOTE_PLUGIN_H

#include "tokenstore/remote/interface.h"

/* The plugin, loaded when it is first asked for, and for good.  UNSAFE,
 * UNAVAILABLE. */
enum tokenstore_error loader_plugin(const struct remote_plugin **plugin,
                                    struct message *message);

/* Its absolute path, fixed when this was built; a variable for the tests'
 * sake. */
extern const char *loader_file;

#endif
