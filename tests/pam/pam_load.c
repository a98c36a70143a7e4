/*
 * pam_load.c - prove that a process that loads the module, logs in and unloads
 * it 300 times, as a daemon does, keeps no descriptor open and does not grow.
 */
#include <config.h>

#include <dlfcn.h>
#include <malloc.h>

#include "tests/support/descriptors.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define TIMES 300

static size_t heap(void) {
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void cycle(const struct tokenstore_bearer *good,
                  const struct tokenstore_bearer *bad) {
    void *module = dlopen(TEST_MODULE, RTLD_NOW | RTLD_LOCAL);

    if (module == NULL)
        fail_hard("%s", dlerror());
    if (dlsym(module, "pam_sm_authenticate") == NULL)
        fail_hard("no pam_sm_authenticate");
    if (client_login("imap", fixture_me(), good->text) != PAM_SUCCESS ||
        client_login("imap", fixture_me(), bad->text) != PAM_AUTH_ERR ||
        client_login("imap", fixture_me(), "x") != PAM_CRED_INSUFFICIENT)
        fail_hard("a wrong answer");
    if (dlclose(module) != 0)
        fail_hard("%s", dlerror());
}

int main(int argc, char **argv) {
    struct tokenstore_bearer good;
    struct tokenstore_bearer bad;
    struct fixture_token token = {0};
    unsigned int descriptors;
    size_t bytes;
    int failures = 0;

    (void)argc;
    fixture_without_caches(argv);
    fixture_begin(300);
    fixture_imap();
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &bad);
    /* libc and libpam allocate what they keep in the first few cycles. */
    for (int i = 0; i < 10; i++)
        cycle(&good, &bad);
    descriptors = open_descriptors();
    bytes = heap();
    for (int i = 0; i < TIMES; i++)
        cycle(&good, &bad);
    if (open_descriptors() != descriptors) {
        fprintf(stderr, "%u descriptors before, %u after\n", descriptors,
                open_descriptors());
        failures++;
    }
    /* Growth of less than one byte per login: no login leaves memory behind.
     */
    if (heap() > bytes + TIMES) {
        fprintf(stderr, "heap: %zu bytes before, %zu after\n", bytes, heap());
        failures++;
    }
    return failures;
}
