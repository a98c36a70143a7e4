/*
 * resolve.c - completing an identity from the account that it names.  Must
 * never reconcile anything: fields that disagree with the account are refused.
 */
#include <string.h>
#include <strings.h>

#include "tokenstore/host/account.h"
#include "tokenstore/values/identity.h"

/* Find the account that the identity names.  "AD" is not the name of a domain
 * but stands for the one that the host has joined, so NSS may know the name
 * without it. */
static void find_account(const struct tokenstore_identity *given,
                         struct account *account) {
    if (given->name[0] == '\0') {
        account_by_uid(given->uid, account);
        return;
    }
    account_by_name(given->name, account);
    if (account->state == ACCOUNT_NONE &&
        strncasecmp(given->name, "AD\\", 3) == 0)
        account_by_name(given->name + 3, account);
}

/* Which domain the account belongs to, as far as the identity leaves it open.
 */
static enum tokenstore_error
find_domain(const struct tokenstore_identity *given,
            const struct account *account, enum identity_domain *domain) {
    if (given->domain == IDENTITY_DOMAIN_ACTIVE_DIRECTORY ||
        (given->domain == IDENTITY_DOMAIN_UNSET &&
         strchr(given->name, '\\') != NULL)) {
        *domain = IDENTITY_DOMAIN_ACTIVE_DIRECTORY;
        return TOKENSTORE_OK;
    }
    switch (account_is_local(account)) {
    case ACCOUNT_EXISTS:
        *domain = IDENTITY_DOMAIN_LOCAL;
        return TOKENSTORE_OK;
    case ACCOUNT_NONE:
        if (given->domain == IDENTITY_DOMAIN_LOCAL)
            return TOKENSTORE_ERROR_NO_SUCH_USER;
        *domain = IDENTITY_DOMAIN_POSIX_USER;
        return TOKENSTORE_OK;
    case ACCOUNT_NOT_ASKED:
    case ACCOUNT_UNAVAILABLE:
        break;
    }
    return TOKENSTORE_ERROR_NSS_UNAVAILABLE;
}

/* Do all given fields describe the account?  A name does, since NSS has found
 * the account by it.  A sid other than Samba's is only known of the accounts
 * of a directory service. */
static bool agrees(const struct tokenstore_identity *given,
                   const struct account *account,
                   enum identity_domain domain) {
    if (given->domain == IDENTITY_DOMAIN_NULL)
        return false;
    if ((given->has_uid && given->uid != account->uid) ||
        (given->has_gid && given->gid != account->gid))
        return false;
    return given->sid[0] == '\0' || identity_sid_is_derived(given) ||
           domain == IDENTITY_DOMAIN_ACTIVE_DIRECTORY;
}

static enum tokenstore_error
resolve_account(const struct tokenstore_identity *given,
                struct tokenstore_identity *result) {
    struct account account;
    enum tokenstore_error error;

    if (given->name[0] == '\0' && !given->has_uid) {
        /* NSS has no function that finds an account by such a sid. */
        if (given->sid[0] != '\0')
            return TOKENSTORE_ERROR_NO_SUCH_USER;
        /* A gid alone names a group. */
        return given->has_gid ? TOKENSTORE_ERROR_NOT_A_USER
                              : TOKENSTORE_ERROR_INVALID_IDENTITY;
    }
    find_account(given, &account);
    if (account.state == ACCOUNT_NONE)
        return TOKENSTORE_ERROR_NO_SUCH_USER;
    if (account.state != ACCOUNT_EXISTS)
        return TOKENSTORE_ERROR_NSS_UNAVAILABLE;
    error = find_domain(given, &account, &result->domain);
    if (error != TOKENSTORE_OK)
        return error;
    if (!agrees(given, &account, result->domain))
        return TOKENSTORE_ERROR_IDENTITY_MISMATCH;
    result->has_uid = true;
    result->uid = account.uid;
    result->has_gid = true;
    result->gid = account.gid;
    strcpy(result->name, account.name);
    strcpy(result->sid, given->sid);
    identity_derive(result);
    return TOKENSTORE_OK;
}

/* A user without an account has a name and nothing else. */
static enum tokenstore_error
resolve_virtual(const struct tokenstore_identity *given,
                struct tokenstore_identity *result) {
    struct account account;

    if (given->name[0] == '\0' || strchr(given->name, '\\') != NULL ||
        given->has_uid || given->has_gid || given->sid[0] != '\0' ||
        (given->domain != IDENTITY_DOMAIN_UNSET &&
         given->domain != IDENTITY_DOMAIN_NULL))
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    account_by_name(given->name, &account);
    if (account.state == ACCOUNT_EXISTS)
        return TOKENSTORE_ERROR_USER_EXISTS;
    if (account.state != ACCOUNT_NONE)
        return TOKENSTORE_ERROR_NSS_UNAVAILABLE;
    result->domain = IDENTITY_DOMAIN_NULL;
    strcpy(result->name, given->name);
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_identity_resolve(const struct tokenstore_identity *given,
                            bool virtual_user,
                            struct tokenstore_identity **resolved) {
    struct tokenstore_identity result = {0};
    enum tokenstore_error error;

    *resolved = NULL;
    error = virtual_user ? resolve_virtual(given, &result)
                         : resolve_account(given, &result);
    if (error != TOKENSTORE_OK)
        return error;
    return identity_hand_over(&result, resolved);
}
