/*
 * built_plugin.c - use the plugin of this build before anything is installed.
 * Linked into copies of the library and of the module, which are otherwise
 * like those that are installed; for tests alone.
 *
 *   ACCESSTOKEN_TEST_PLUGIN=FILE  a copy of it in a directory that is safe
 */
#include <config.h>

#include <stdlib.h>

#include "tokenstore/remote/plugin.h"

__attribute__((constructor)) static void use_built_plugin(void) {
    const char *copy = getenv("ACCESSTOKEN_TEST_PLUGIN");

    plugin_file =
        copy != NULL ? copy : BUILD_DIRECTORY "/.libs/tokenstore-http.so";
}
