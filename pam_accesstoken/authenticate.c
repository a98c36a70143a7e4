/*
 * authenticate.c - what the module decides.
 * PAM_SUCCESS comes only from TOKENSTORE_OK, PAM_IGNORE never from
 * authenticate(), and the token's text is neither copied nor logged.
 */
#include <config.h>

#include "pam_accesstoken/authenticate.h"

#include <inttypes.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "pam_accesstoken/log.h"
#include "pam_accesstoken/options.h"
#include "pam_accesstoken/warn.h"
#include "tokenstore/tokenstore.h"

#define REMEMBERED "pam_accesstoken"
#define FAIL_DELAY_MICROSECONDS 2000000
#define WARN_DEFAULT (7 * INT64_C(86400))

/* What a handle keeps from authenticate to acct_mgmt. */
struct remembered {
    struct tokenstore *store;
    struct tokenstore_token *token;
    char scope[TOKENSTORE_SCOPE_MAX + 1];
    int64_t warn;
};

static int bad_option(const pam_handle_t *pamh,
                      const struct options *options) {
    pam_syslog(pamh, LOG_ERR, "option %s %s", log_escape(options->bad).text,
               options->bad_reason);
    return PAM_SERVICE_ERR;
}

/*
 * What PAM is told.  Every error by name, so that a new one does not compile
 * until somebody has thought about it; one that is no outcome of verify says
 * that something is wrong here, not with the token.
 */
static int code_of_error(enum tokenstore_error error) {
    switch (error) {
    case TOKENSTORE_OK:
        return PAM_SUCCESS;
    case TOKENSTORE_ERROR_REFUSED:
        return PAM_AUTH_ERR;
    case TOKENSTORE_ERROR_INVALID_BEARER:
        return PAM_CRED_INSUFFICIENT;
    case TOKENSTORE_ERROR_NO_MEMORY:
        return PAM_BUF_ERR;
    case TOKENSTORE_ERROR_NSS_UNAVAILABLE:
    case TOKENSTORE_ERROR_MISSING:
    case TOKENSTORE_ERROR_PERMISSION:
    case TOKENSTORE_ERROR_UNSAFE:
    case TOKENSTORE_ERROR_UNAVAILABLE:
    case TOKENSTORE_ERROR_BUSY:
    case TOKENSTORE_ERROR_DAMAGED:
    case TOKENSTORE_ERROR_NEWER_FORMAT:
    case TOKENSTORE_ERROR_OUTCOME_UNKNOWN:
    case TOKENSTORE_ERROR_IO:
        return PAM_AUTHINFO_UNAVAIL;
    case TOKENSTORE_ERROR_INVALID_ARGUMENT:
    case TOKENSTORE_ERROR_INVALID_IDENTITY:
    case TOKENSTORE_ERROR_INVALID_TIME:
    case TOKENSTORE_ERROR_INVALID_NAME:
    case TOKENSTORE_ERROR_INVALID_SCOPE:
    case TOKENSTORE_ERROR_INVALID_NETWORK:
    case TOKENSTORE_ERROR_TIME_RANGE:
    case TOKENSTORE_ERROR_TOO_MANY:
    case TOKENSTORE_ERROR_NO_SUCH_USER:
    case TOKENSTORE_ERROR_USER_EXISTS:
    case TOKENSTORE_ERROR_NOT_A_USER:
    case TOKENSTORE_ERROR_IDENTITY_MISMATCH:
    case TOKENSTORE_ERROR_NOT_FOUND:
    case TOKENSTORE_ERROR_FULL:
    case TOKENSTORE_ERROR_EXISTS:
    case TOKENSTORE_ERROR_CONFLICT:
    case TOKENSTORE_ERROR_LIMIT:
    case TOKENSTORE_ERROR_UNSUPPORTED:
    case TOKENSTORE_ERROR_FORBIDDEN:
        return PAM_SERVICE_ERR;
    }
    return PAM_SERVICE_ERR;
}

/*
 * A refusal in the account step.  What ends a token there (the one that
 * logged in has been disabled, revoked, or has expired) is an account that
 * has expired; a handle that now names another user, service or host never
 * had permission.
 */
static int code_of_reason(enum tokenstore_reason reason) {
    switch (reason) {
    case TOKENSTORE_REASON_UNKNOWN:
    case TOKENSTORE_REASON_DISABLED:
    case TOKENSTORE_REASON_EXPIRED:
    case TOKENSTORE_REASON_INVALID:
        return PAM_ACCT_EXPIRED;
    case TOKENSTORE_REASON_NONE:
    case TOKENSTORE_REASON_SECRET:
    case TOKENSTORE_REASON_USER:
    case TOKENSTORE_REASON_SCOPE:
    case TOKENSTORE_REASON_NETWORK:
        return PAM_PERM_DENIED;
    }
    return PAM_PERM_DENIED;
}

/* Not empty, nor what some program would take for an option or for an entry
 * of NIS. */
static bool user_name_is_safe(const char *user) {
    return user != NULL && user[0] != '\0' && strchr("-+", user[0]) == NULL;
}

static struct tokenstore_request make_request(const pam_handle_t *pamh,
                                              const struct options *options,
                                              const char *user) {
    struct tokenstore_request request = {
        .user = user,
        .scopes = &options->scope,
        .scope_count = 1,
        .address = log_item(pamh, PAM_RHOST),
        .now = time(NULL),
    };

    if (request.address != NULL && request.address[0] == '\0')
        request.address = NULL;
    return request;
}

static void remembered_free(struct remembered **remembered) {
    if (*remembered == NULL)
        return;
    tokenstore_token_free(&(*remembered)->token);
    tokenstore_close(&(*remembered)->store);
    free(*remembered);
    *remembered = NULL;
}

static void remembered_cleanup(pam_handle_t *pamh, void *data, int status) {
    struct remembered *remembered = data;

    (void)pamh;
    (void)status;
    remembered_free(&remembered);
}

/* The user, and what they present: "" where there is nothing. */
static int ask(pam_handle_t *pamh, const struct options *options,
               const char **user, const char **text) {
    int code = pam_get_user(pamh, user, NULL);

    if (code == PAM_SUCCESS) {
        if (options->use_first_pass)
            *text = log_item(pamh, PAM_AUTHTOK);
        else
            code = pam_get_authtok(pamh, PAM_AUTHTOK, text, options->prompt);
    }
    if (code == PAM_SUCCESS && *text == NULL)
        *text = "";
    if (code != PAM_SUCCESS && options->debug)
        pam_syslog(pamh, LOG_DEBUG, "no answer from the user: %s",
                   pam_strerror(pamh, code));
    /* The application's word comes through libpam as it is. */
    return code == PAM_IGNORE ? PAM_CONV_ERR : code;
}

static int verify(pam_handle_t *pamh, const struct options *options,
                  const struct attempt *attempt, const char *text,
                  size_t length) {
    struct tokenstore_request request =
        make_request(pamh, options, attempt->user);
    struct remembered *remembered = calloc(1, sizeof *remembered);
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;
    int code;

    request.bearer = text;
    request.bearer_length = length;
    if (remembered != NULL)
        error = tokenstore_open(options->store, &remembered->store);
    if (error == TOKENSTORE_OK)
        error = tokenstore_verify(remembered->store, &request,
                                  &remembered->token, &reason);
    code = code_of_error(error);
    if (error == TOKENSTORE_OK) {
        memcpy(remembered->scope, options->scope, strlen(options->scope) + 1);
        remembered->warn = options_warn(options, WARN_DEFAULT);
        code = pam_set_data(pamh, REMEMBERED, remembered, remembered_cleanup);
        if (code == PAM_SUCCESS) {
            /* Here: not every service has an account step. */
            tokenstore_note_use(remembered->store, remembered->token,
                                log_item(pamh, PAM_SERVICE), request.address,
                                request.now);
            remembered = NULL;
            if (!options->quiet)
                log_outcome(pamh, attempt, NULL);
        }
    } else if (error == TOKENSTORE_ERROR_REFUSED) {
        log_outcome(pamh, attempt, tokenstore_reason_name(reason));
        if (!options->nodelay)
            (void)pam_fail_delay(pamh, FAIL_DELAY_MICROSECONDS);
    } else {
        log_unavailable(pamh, "authentication", attempt, error,
                        remembered != NULL ? remembered->store : NULL);
    }
    remembered_free(&remembered);
    return code;
}

int authenticate(pam_handle_t *pamh, int argc, const char **argv) {
    struct options options = {0};
    struct attempt attempt = {0};
    const char *text = NULL;
    size_t length;
    /* First: sudo asks a handle again, and may not find an older yes. */
    int code = pam_set_data(pamh, REMEMBERED, NULL, NULL);

    if (code != PAM_SUCCESS)
        return code;
    options_parse(&options, argc, argv);
    options_default_scope(&options, log_item(pamh, PAM_SERVICE));
    code = ask(pamh, &options, &attempt.user, &text);
    if (code != PAM_SUCCESS)
        return code;
    /* Before anything that can go wrong: passwords pass by untouched. */
    length = strnlen(text, PAM_MAX_RESP_SIZE);
    if (tokenstore_bearer_id(text, length, &attempt.id) != TOKENSTORE_OK) {
        if (options.debug)
            pam_syslog(pamh, LOG_DEBUG, "user=%s: not an access token",
                       log_escape(attempt.user).text);
        return PAM_CRED_INSUFFICIENT;
    }
    if (options.bad_reason != NULL)
        return bad_option(pamh, &options);
    if (!user_name_is_safe(attempt.user)) {
        log_outcome(pamh, &attempt, "user");
        return PAM_USER_UNKNOWN;
    }
    if (options.debug)
        pam_syslog(pamh, LOG_DEBUG, "user=%s token=%" PRIu64 " scope=%s",
                   log_escape(attempt.user).text, attempt.id, options.scope);
    return verify(pamh, &options, &attempt, text, length);
}

int authenticate_again(pam_handle_t *pamh, bool silent, int argc,
                       const char **argv) {
    const void *data = NULL;
    const struct remembered *remembered;
    struct options options = {0};
    struct attempt attempt = {.user = log_item(pamh, PAM_USER)};
    struct tokenstore_request request;
    struct tokenstore *store = NULL;
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error;
    int code;

    /* Who came in otherwise is none of this module's business, whatever its
     * options say. */
    if (pam_get_data(pamh, REMEMBERED, &data) != PAM_SUCCESS || data == NULL)
        return PAM_IGNORE;
    remembered = data;
    attempt.id = tokenstore_token_id(remembered->token);
    options.store = tokenstore_path(remembered->store);
    options.scope = remembered->scope;
    options_parse(&options, argc, argv);
    if (options.bad_reason != NULL)
        return bad_option(pamh, &options);
    if (!user_name_is_safe(attempt.user))
        return PAM_USER_UNKNOWN;
    request = make_request(pamh, &options, attempt.user);
    error = tokenstore_open(options.store, &store);
    if (error == TOKENSTORE_OK)
        error = tokenstore_verify_again(store, remembered->token, &request,
                                        &reason);
    code = error == TOKENSTORE_ERROR_REFUSED ? code_of_reason(reason)
                                             : code_of_error(error);
    if (error == TOKENSTORE_ERROR_REFUSED)
        pam_syslog(pamh, LOG_NOTICE,
                   "access denied; user=%s token=%" PRIu64 " reason=%s",
                   log_escape(attempt.user).text, attempt.id,
                   tokenstore_reason_name(reason));
    else if (error != TOKENSTORE_OK)
        log_unavailable(pamh, "account", &attempt, error, store);
    else if (!silent)
        warn_of_expiry(pamh, remembered->token,
                       options_warn(&options, remembered->warn), request.now);
    tokenstore_close(&store);
    return code;
}
