/*
 * doctor_store.c - examine the store and its tokens.
 */
#include <config.h>

#include "tools/accesstoken/doctor_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/statistics.h"
#include "tools/accesstoken/store_check.h"

#define MEBIBYTE (UINT64_C(1) << 20)
#define LARGE (3072 * MEBIBYTE) /* no token can be issued from 3584 on */
#define ENOUGH (16 * MEBIBYTE)  /* to work with, besides a second store */
#define CLOCK_TOLERANCE 60      /* seconds */
#define COMMAND_SIZE 8192

/* ------------------------------------------------------------------- store */

/* Returns the command for a store that cannot be read, or NULL if the message
 * is all that can be said. */
static const char *remedy(enum tokenstore_error error) {
    if (error == TOKENSTORE_ERROR_PERMISSION)
        return "sudo accesstoken doctor";
    return error == TOKENSTORE_ERROR_DAMAGED ? "accesstoken restore FILE"
                                             : NULL;
}

/* Returns whether the tokens can be read. */
static bool examine_file(struct context *context, struct findings *findings) {
    const char *path = tokenstore_path(context->store);
    struct tokenstore_list *page = NULL;
    const enum tokenstore_error error =
        tokenstore_list(context->store, NULL, 0, 1, &page);

    tokenstore_list_free(&page);
    if (error == TOKENSTORE_ERROR_MISSING) {
        finding(findings, FINDING_WARN, "store", "accesstoken create USER",
                "%s: there is no store yet", path);
        return false;
    }
    if (error != TOKENSTORE_OK) {
        finding(findings, FINDING_FAIL, "store", remedy(error), "%s",
                tokenstore_message(context->store));
        return false;
    }
    if (store_check(context, NULL) != EXIT_OK) {
        finding(findings, FINDING_FAIL, "store", "accesstoken check",
                "%s: the check has found damage", path);
        return false;
    }
    finding(findings, FINDING_OK, "store", NULL, "%s: sound", path);
    return true;
}

/* Examines the space that is left for the store, and in it. */
static void examine_space(const char *path, struct findings *findings) {
    char directory[COMMAND_SIZE], command[COMMAND_SIZE + 8];
    struct statvfs system;
    struct stat file;
    uint64_t size = 0, left;

    snprintf(directory, sizeof(directory), "%.*s",
             (int)(strrchr(path, '/') - path), path);
    snprintf(command, sizeof(command), "df -h %s", directory);
    if (stat(path, &file) == 0)
        size = (uint64_t)file.st_size;
    if (statvfs(directory, &system) != 0) {
        finding(findings, FINDING_WARN, "space", command,
                "it is not known how much is left: %m");
        return;
    }
    left = (uint64_t)system.f_bavail * system.f_frsize;
    if (left < MEBIBYTE)
        finding(findings, FINDING_FAIL, "space", command,
                "the disk is full, so no token can be issued or revoked");
    else if (left < size + ENOUGH)
        finding(findings, FINDING_WARN, "space", command,
                "%" PRIu64 " MiB are left, which is not enough to restore a "
                "backup",
                left / MEBIBYTE);
    else if (size > LARGE)
        finding(findings, FINDING_WARN, "space",
                "accesstoken prune --older-than 90d",
                "the store has %" PRIu64 " MiB; from 3584 on it takes no new "
                "tokens",
                size / MEBIBYTE);
    else
        finding(findings, FINDING_OK, "space", NULL,
                "%" PRIu64 " MiB are left; the store has %" PRIu64 " KiB",
                left / MEBIBYTE, size >> 10);
}

/* ------------------------------------------------------------------ tokens */

static void examine_clock(struct findings *findings, int64_t newest) {
    struct timex kernel = {.modes = 0};

    if (newest > time(NULL) + CLOCK_TOLERANCE)
        finding(findings, FINDING_FAIL, "clock", "timedatectl set-ntp true",
                "the clock is behind the creation of the newest token, so "
                "tokens may be valid for too long");
    else if (adjtimex(&kernel) == TIME_ERROR)
        finding(findings, FINDING_WARN, "clock", "timedatectl set-ntp true",
                "nothing keeps the clock right, on which the expiration of "
                "tokens depends");
    else
        finding(findings, FINDING_OK, "clock", NULL, "synchronized");
}

static void examine_accounts(struct findings *findings, uint64_t unanswered) {
    struct tokenstore_identity *root = NULL, *account = NULL;
    enum tokenstore_error error = tokenstore_identity_parse("root", &root);

    if (error == TOKENSTORE_OK)
        error = tokenstore_identity_resolve(root, false, &account);
    if (error != TOKENSTORE_OK)
        finding(findings, FINDING_FAIL, "accounts", "getent passwd root",
                "root is not found: %s", tokenstore_strerror(error));
    else if (unanswered > 0)
        finding(findings, FINDING_FAIL, "accounts", "getent passwd",
                "the users of %" PRIu64 " token%s are not known: %s",
                unanswered, plural(unanswered),
                tokenstore_strerror(TOKENSTORE_ERROR_NSS_UNAVAILABLE));
    else
        finding(findings, FINDING_OK, "accounts", NULL,
                "the name service answers");
    tokenstore_identity_free(&root);
    tokenstore_identity_free(&account);
}

static void examine_tokens(struct findings *findings,
                           const struct statistics *statistics) {
    if (statistics->endless > 0)
        finding(findings, FINDING_WARN, "tokens",
                "accesstoken modify ID --expires 365d",
                "%" PRIu64 " of %" PRIu64 " active tokens never expire",
                statistics->endless, statistics->active);
    else
        finding(findings, FINDING_OK, "tokens", NULL,
                "%" PRIu64 " active, and each of them expires",
                statistics->active);
    if (statistics->orphaned > 0)
        finding(findings, FINDING_WARN, "orphans",
                "accesstoken prune --orphaned",
                "%" PRIu64 " token%s without an account", statistics->orphaned,
                plural(statistics->orphaned));
    else
        finding(findings, FINDING_OK, "orphans", NULL, "none");
}

void doctor_store(struct context *context, struct findings *findings) {
    struct statistics statistics = {0};
    const bool readable = examine_file(context, findings);
    const bool counted =
        readable && statistics_take(context, &statistics) == EXIT_OK;

    examine_space(tokenstore_path(context->store), findings);
    examine_clock(findings, statistics.newest);
    examine_accounts(findings, statistics.unanswered);
    if (counted)
        examine_tokens(findings, &statistics);
    statistics_free(&statistics);
}
