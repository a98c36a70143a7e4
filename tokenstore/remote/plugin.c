/*
 * plugin.c - find, judge and load tokenstore-http.so: curl, TLS and JSON come
 * into a process only where a store is behind a socket.
 * Must never load a file that somebody else could have written, look for one
 * along a path, or ask the environment where it is.
 */
#include <config.h>

#include "tokenstore/remote/plugin.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tokenstore/host/safepath.h"

const char *loader_file = PLUGIN_FILE;

/* Threads that come first at once load the same object, and find the same. */
static _Atomic(const struct remote_plugin *) loaded;

/* Built together with this?  Nothing behind the first three members is looked
 * at before that is known. */
static enum tokenstore_error judge(const struct remote_plugin *plugin,
                                   struct message *message) {
    if (strcmp(plugin->version, PACKAGE_VERSION) == 0 &&
        plugin->size == sizeof *plugin &&
        plugin->token_size == sizeof(struct tokenstore_token))
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: of version %.32s, and this is %s: restart this "
                       "program, or install both from one build",
                       loader_file, plugin->version, PACKAGE_VERSION);
}

static enum tokenstore_error load(const struct remote_plugin **plugin,
                                  struct message *message) {
    void *object;
    int fd;
    enum tokenstore_error error =
        safepath_open_trusted(loader_file, &fd, message);

    if (error == TOKENSTORE_ERROR_MISSING)
        return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: not installed: stores behind a URI need it",
                           loader_file);
    if (error != TOKENSTORE_OK)
        return error;
    /* Nobody else can put another file in its place. */
    close(fd);
    object = dlopen(loader_file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    *plugin = object != NULL ? dlsym(object, REMOTE_PLUGIN_SYMBOL) : NULL;
    if (*plugin != NULL)
        return judge(*plugin, message);
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: cannot be loaded: %s", loader_file, dlerror());
}

enum tokenstore_error loader_plugin(const struct remote_plugin **plugin,
                                    struct message *message) {
    enum tokenstore_error error = TOKENSTORE_OK;

    *plugin = atomic_load(&loaded);
    if (*plugin == NULL)
        error = load(plugin, message);
    if (error == TOKENSTORE_OK)
        atomic_store(&loaded, *plugin);
    return error;
}
