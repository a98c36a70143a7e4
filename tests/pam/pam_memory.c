/*
 * pam_memory.c - log in while memory is short: the first allocation of
 * pam_authenticate fails, then the second alone, and so on through them all.
 * Whichever it is, a token must not become a password that is handed on, nor
 * a bad one good; and PAM_BUF_ERR is among the answers.
 *
 * Not for sanitizers, which bring a malloc of their own.
 */
#include <config.h>

#include "tests/support/memory.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

static int failures;
static int out_of_memory; /* how often PAM said so */

/* Returns false once the call needs fewer allocations than that. */
static bool log_in(const struct tokenstore_bearer *bearer, long nth,
                   bool may_succeed) {
    pam_handle_t *handle = client_start("imap", fixture_me(), bearer->text);
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
    long nth;

    fixture_begin(120);
    fixture_imap();
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &bad);
    /* What libc loads once, such as NSS modules, is not what is tested. */
    (void)client_login("imap", fixture_me(), good.text);
    for (nth = 1; log_in(&good, nth, true); nth++)
        continue;
    for (nth = 1; log_in(&bad, nth, false); nth++)
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
