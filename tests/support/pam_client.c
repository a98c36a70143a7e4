/*
 * pam_client.c - the smallest application that uses PAM.
 * Must keep no state: threads share it.
 */
#include <config.h>

#include "tests/support/pam_client.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/pam_fixture.h"
#include "tests/support/suppressions.h"

static int converse(int count, const struct pam_message **messages,
                    struct pam_response **responses, void *data) {
    struct pam_response *out = calloc((size_t)count, sizeof(*out));

    if (out == NULL)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++)
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            out[i].resp = strdup(data);
    *responses = out;
    return PAM_SUCCESS;
}

static void no_delay(int status, unsigned int microseconds, void *data) {
    (void)status;
    (void)microseconds;
    (void)data;
}

struct pam_conv client_presents(const char *presented) {
    return (struct pam_conv){converse, (void *)(uintptr_t)presented};
}

pam_handle_t *client_start(const char *service, const char *user,
                           struct pam_conv conversation) {
    union {
        void (*function)(int, unsigned int, void *);
        const void *item;
    } delay = {no_delay};
    pam_handle_t *handle = NULL;

    if (pam_start_confdir(service, user, &conversation, fixture_directory(),
                          &handle) != PAM_SUCCESS ||
        pam_set_item(handle, PAM_FAIL_DELAY, delay.item) != PAM_SUCCESS)
        fail_hard("pam_start failed");
    return handle;
}

int client_login(const char *service, const char *user,
                 const char *presented) {
    pam_handle_t *handle =
        client_start(service, user, client_presents(presented));
    int code = pam_authenticate(handle, 0);

    if (code == PAM_SUCCESS)
        code = pam_acct_mgmt(handle, 0);
    pam_end(handle, code);
    return code;
}
