/*
 * pam_memory.c - prove logins without memory: the first allocation of
 * pam_authenticate fails, then only the second, and so on.  Whichever fails, a
 * token is never passed to the next module as a password, a bad token is never
 * accepted, and PAM_BUF_ERR is returned at least once.
 *
 * Does not work with sanitizers, which have a malloc of their own.
 */
#include <config.h>

#include "tests/support/memory.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

static int failures;
static int out_of_memory; /* how often PAM returned PAM_BUF_ERR */

/* Logs in with the nth allocation failing.  Returns false if there were fewer
 * than n. */
static bool log_in(const struct tokenstore_bearer *bearer, long nth,
                   bool may_succeed) {
    pam_handle_t *handle =
        client_start("imap", fixture_me(), client_presents(bearer->text));
    bool over;
    int code;

    memory_fail_at(nth);
    code = pam_authenticate(handle, 0);
    over = !memory_failed();
    memory_fail_at(0);
    pam_end(handle, code);
    if (code == PAM_BUF_ERR)
        out_of_memory++;
    if (code == PAM_CRED_INSUFFICIENT || code == PAM_IGNORE ||
        (code == PAM_SUCCESS && !may_succeed)) {
        fprintf(stderr, "without allocation %ld: code %d\n", nth, code);
        failures++;
    }
    return !over;
}

int main(void) {
    struct fixture_token token = {0};
    struct tokenstore_bearer good;
    struct tokenstore_bearer bad;

    fixture_begin(120);
    fixture_imap();
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &bad);
    /* Have libc load what it loads once, such as NSS modules. */
    (void)client_login("imap", fixture_me(), good.text);
    for (long nth = 1; log_in(&good, nth, true); nth++)
        continue;
    for (long nth = 1; log_in(&bad, nth, false); nth++)
        continue;
    if (out_of_memory == 0) {
        fprintf(stderr, "never PAM_BUF_ERR\n");
        failures++;
    }
    if (client_login("imap", fixture_me(), good.text) != PAM_SUCCESS) {
        fprintf(stderr, "no login with memory again\n");
        failures++;
    }
    return failures == 0 ? 0 : 1;
}
