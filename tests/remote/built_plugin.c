/*
 * built_plugin.c - the plugin of this build, before anything is installed.
 * Linked into copies of the library and of the module that are like those
 * which are installed in every other way, and are for tests alone.
 */
#include <config.h>

#include "tokenstore/remote/plugin.h"

__attribute__((constructor)) static void use_built_plugin(void) {
    plugin_file = BUILD_DIRECTORY "/.libs/tokenstore-http.so";
}
