/*
 * plugin.c - check and load tokenstore-http.so, so that curl, TLS and JSON are
 * only in processes that use a remote store.
 * Must never load a file that others could have written, search for it along a
 * path, or ask the environment where it is.
 */
#include <config.h>

#include "tokenstore/remote/plugin.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tokenstore/host/safepath.h"

const char *plugin_file = PLUGIN_FILE;

/* Several threads may load it at the same time: all get the same object. */
static _Atomic(const struct remote_plugin *) loaded;

/* Does it come from the same build?  Must read nothing but the first three
 * members before that is known. */
static enum tokenstore_error judge(const struct remote_plugin *plugin,
                                   struct message *message) {
    if (strcmp(plugin->version, PACKAGE_VERSION) == 0 &&
        plugin->size == sizeof(*plugin) &&
        plugin->token_size == sizeof(struct tokenstore_token))
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: of version %.32s, but this program has %s: "
                       "restart it, or install both from one build",
                       plugin_file, plugin->version, PACKAGE_VERSION);
}

static enum tokenstore_error load(const struct remote_plugin **plugin,
                                  struct message *message) {
    void *object;
    int fd;
    enum tokenstore_error error =
        safepath_open_trusted(plugin_file, &fd, message);

    if (error == TOKENSTORE_ERROR_MISSING)
        return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: not installed, but needed for a remote store",
                           plugin_file);
    if (error != TOKENSTORE_OK)
        return error;
    /* Nobody but root and the caller can exchange the file after this. */
    close(fd);
    object = dlopen(plugin_file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    *plugin = object != NULL ? dlsym(object, REMOTE_PLUGIN_SYMBOL) : NULL;
    if (*plugin != NULL)
        return judge(*plugin, message);
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: cannot be loaded: %s", plugin_file, dlerror());
}

enum tokenstore_error plugin_load(const struct remote_plugin **plugin,
                                  struct message *message) {
    enum tokenstore_error error = TOKENSTORE_OK;

    *plugin = atomic_load(&loaded);
    if (*plugin == NULL)
        error = load(plugin, message);
    if (error == TOKENSTORE_OK)
        atomic_store(&loaded, *plugin);
    return error;
}
