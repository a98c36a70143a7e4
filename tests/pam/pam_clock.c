/*
 * pam_clock.c - prove logins at the exact second when a token expires, before
 * and after it, and with a clock that is set back or is far in the future.
 */
#include <config.h>

#include <stdlib.h>
#include <time.h>

#include "tests/support/pam_capture.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define START 1800000000

static struct tokenstore_bearer ends, stays;
static int failures;

static void expect(const char *what, time_t now,
                   const struct tokenstore_bearer *bearer, int wanted) {
    int code;

    capture_time = now;
    code = client_login("imap", fixture_me(), bearer->text);
    if (code != wanted) {
        fprintf(stderr, "%s, at %lld: %d, not %d\n", what, (long long)now,
                code, wanted);
        failures++;
    }
}

/* The token is good in the auth step and has expired in the account step. */
static void test_expiry_between_the_steps(void) {
    pam_handle_t *handle =
        client_start("imap", fixture_me(), client_presents(ends.text));
    int code;

    capture_time = START + 9;
    if (pam_authenticate(handle, 0) != PAM_SUCCESS)
        fail_hard("no login before the expiry");
    code = pam_acct_mgmt(handle, 0);
    if (code != PAM_SUCCESS) {
        fprintf(stderr, "account, before the expiry: %d\n", code);
        failures++;
    }
    capture_time = START + 10;
    code = pam_acct_mgmt(handle, 0);
    if (code != PAM_ACCT_EXPIRED) {
        fprintf(stderr, "account, at the expiry: %d\n", code);
        failures++;
    }
    pam_end(handle, code);
}

int main(void) {
    struct fixture_token token = {.expires = 10};

    fixture_begin(60);
    fixture_imap();
    capture_time = START;
    fixture_issue(&token, &ends);
    token.expires = 0;
    fixture_issue(&token, &stays);
    expect("one that ends", START, &ends, PAM_SUCCESS);
    expect("one that ends", START + 9, &ends, PAM_SUCCESS);
    expect("one that ends", START + 10, &ends, PAM_AUTH_ERR);
    expect("one that ends", START + 11, &ends, PAM_AUTH_ERR);
    expect("one that ends", START - 1000000, &ends, PAM_SUCCESS);
    expect("one that ends", 1, &ends, PAM_SUCCESS);
    expect("one that ends", -1, &ends, PAM_SUCCESS);
    expect("one that ends", TOKENSTORE_TIME_MAX + 1, &ends, PAM_AUTH_ERR);
    expect("one that stays", INT64_MIN, &stays, PAM_SUCCESS);
    expect("one that stays", TOKENSTORE_TIME_MAX + 1, &stays, PAM_SUCCESS);
    expect("one that stays", INT64_MAX - 1, &stays, PAM_SUCCESS);
    expect("one that stays", INT64_MAX, &stays, PAM_AUTH_ERR);
    test_expiry_between_the_steps();
    return failures == 0 ? 0 : 1;
}
