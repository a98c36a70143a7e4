/*
 * caller.c - find out who runs the tool: the login uid, which sudo and su
 * keep, or else the real uid.  Must not be used to decide what the caller may
 * do: the permissions of the store's file decide that.
 */
#include <config.h>

#include "tools/accesstoken/caller.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static uint32_t login_uid(void) {
    uint32_t uid = CALLER_NO_LOGIN;
    FILE *file = fopen("/proc/self/loginuid", "re");

    if (file == NULL)
        return CALLER_NO_LOGIN;
    if (fscanf(file, "%" SCNu32, &uid) != 1)
        uid = CALLER_NO_LOGIN;
    fclose(file);
    return uid;
}

void caller_get(struct caller *caller) {
    struct tokenstore_identity *account = NULL;
    char text[sizeof("uid:4294967295")];

    *caller = (struct caller){.uid = getuid(), .login_uid = login_uid()};
    snprintf(text, sizeof(text), "uid:%" PRIu32,
             caller->login_uid != CALLER_NO_LOGIN ? caller->login_uid
                                                  : caller->uid);
    if (tokenstore_identity_parse(text, &caller->identity) != TOKENSTORE_OK)
        return;
    /* If the name service does not answer, the uid alone is used. */
    if (tokenstore_identity_resolve(caller->identity, false, &account) ==
        TOKENSTORE_OK) {
        tokenstore_identity_free(&caller->identity);
        caller->identity = account;
    }
}

void caller_free(struct caller *caller) {
    tokenstore_identity_free(&caller->identity);
}
