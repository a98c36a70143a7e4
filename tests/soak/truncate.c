/*
 * truncate.c - the file of a store is cut off while processes use it: they log
 * in through PAM, verify, list and check in a loop while the file shrinks and
 * is restored. None of them may die of it (a mapped file would cause SIGBUS)
 * or get a wrong answer; errors are right.
 *
 *     SOAK_SEED=N  repeats the random choices
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/soak/steps.h"
#include "tests/soak/victim.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

static struct tokenstore_bearer good, bad;

/* What the readers and the process that truncates tell each other. */
static struct {
    atomic_bool stop;
    atomic_ulong empty; /* odd: cut off, and grown again with zeros */
    atomic_ulong yes, no, error;
    atomic_ulong refused_good; /* good token refused because of zeros */
} * told;

/* Whether the file had zeros during a call: a token whose bytes are zeros may
 * look absent. */
static bool was_empty(unsigned long before) {
    return before % 2 == 1 || before != told->empty;
}

static void judge_good(bool yes, bool no, unsigned long empty_before,
                       const char *what) {
    if (yes)
        told->yes++;
    else if (!no)
        told->error++;
    else if (was_empty(empty_before))
        told->refused_good++;
    else
        soak_wrong("%s: the good token is refused", what);
}

static void judge_bad(bool yes, bool no, const char *what) {
    if (yes)
        soak_wrong("%s: the disabled token is accepted", what);
    else if (no)
        told->no++;
    else
        told->error++;
}

static void log_in(void) {
    unsigned long empty = told->empty;
    int code;

    guard();
    code = client_login("imap", fixture_me(), good.text);
    judge_good(code == PAM_SUCCESS, code == PAM_AUTH_ERR, empty, "PAM");
    guard();
    code = client_login("imap", fixture_me(), bad.text);
    judge_bad(code == PAM_SUCCESS, code == PAM_AUTH_ERR, "PAM");
}

static enum tokenstore_error verify(struct tokenstore *store,
                                    const struct tokenstore_bearer *bearer) {
    struct tokenstore_request request = {
        .bearer = bearer->text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = fixture_me(),
        .scopes = &(const char *){"imap"},
        .scope_count = 1,
        .now = time(NULL),
    };
    enum tokenstore_reason reason;

    guard();
    return tokenstore_verify(store, &request, NULL, &reason);
}

static void use_library(void) {
    struct tokenstore *store = fixture_open(fixture_store());
    struct tokenstore_report *report = NULL;
    struct tokenstore_list *list = NULL;
    unsigned long empty = told->empty;
    enum tokenstore_error error = verify(store, &good);

    judge_good(error == TOKENSTORE_OK, error == TOKENSTORE_ERROR_REFUSED,
               empty, "verify");
    error = verify(store, &bad);
    judge_bad(error == TOKENSTORE_OK, error == TOKENSTORE_ERROR_REFUSED,
              "verify");
    guard();
    if (tokenstore_list(store, NULL, 0, 100, &list) != TOKENSTORE_OK)
        told->error++;
    tokenstore_list_free(&list);
    guard();
    if (tokenstore_check(store, &report) != TOKENSTORE_OK)
        told->error++;
    tokenstore_report_free(&report);
    tokenstore_close(&store);
}

static pid_t reader(void (*use)(void)) {
    pid_t child = soak_fork();

    if (child > 0)
        return child;
    while (!told->stop)
        use();
    _exit(0);
}

/* Cuts the file off and restores it from the cut on, so that every byte that a
 * reader finds is right. Or lets it grow again with zeros for a while. */
static void truncate_once(int fd, const struct image *image, bool empty) {
    size_t length = (size_t)soak_random(image->size);
    long pause = (long)soak_random(200000);

    if (empty)
        told->empty++;
    if (ftruncate(fd, (off_t)length) != 0 ||
        (empty && ftruncate(fd, (off_t)image->size) != 0))
        fail_hard("ftruncate: %s", strerror(errno));
    nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
    if (pwrite(fd, image->bytes + length, image->size - length,
               (off_t)length) != (ssize_t)(image->size - length))
        fail_hard("pwrite: %s", strerror(errno));
    if (empty)
        told->empty++;
    nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
}

int main(int argc, char **argv) {
    struct fixture_token token = {0};
    struct image image;
    pid_t module, library;
    unsigned long rounds;
    int fd;

    soak_begin(argc, argv, 550);
    fixture_imap();
    told = soak_share(sizeof(*told));
    fixture_issue(&token, &good);
    token.disabled = true;
    fixture_issue(&token, &bad);
    image = image_read(fixture_store());
    fd = open(fixture_store(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        fail_hard("%s: %s", fixture_store(), strerror(errno));
    module = reader(log_in);
    library = reader(use_library);
    rounds = soak_full ? 20000 : 2000;
    for (unsigned long i = 0; i < rounds; i++)
        truncate_once(fd, &image, i % 4 == 3);
    told->stop = true;
    soak_expect_end(module, "the process that logs in");
    soak_expect_end(library, "the process that uses the library");
    printf("truncated under readers: %lu times: %lu rightly accepted, %lu "
           "rightly refused; %lu errors; %lu times a good token refused in a "
           "file with zeros\n",
           rounds, told->yes, told->no, told->error, told->refused_good);
    if (told->yes == 0 || told->no == 0 || told->error == 0)
        soak_wrong("not seen: an accepted token, a refused one and an error");
    image_free(&image);
    return 0;
}
