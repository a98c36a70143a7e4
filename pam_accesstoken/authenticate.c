/*
 * authenticate.c - the decisions of the module.
 * The auth and the account step must never return PAM_SUCCESS unless the
 * library returns TOKENSTORE_OK, and must neither copy nor log the text of a
 * token.
 */
#include <config.h>

#include "pam_accesstoken/authenticate.h"

#include <inttypes.h>
#include <pthread.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "pam_accesstoken/ask.h"
#include "pam_accesstoken/codes.h"
#include "pam_accesstoken/credentials.h"
#include "pam_accesstoken/log.h"
#include "pam_accesstoken/options.h"
#include "pam_accesstoken/warn.h"
#include "tokenstore/tokenstore.h"

/* The name of the data that the handle keeps. */
#define REMEMBERED "pam_accesstoken"
#define FAIL_DELAY_MICROSECONDS 2000000
#define WARN_DEFAULT (7 * INT64_C(86400))

/* What the handle keeps from the auth step for the account step. */
struct remembered {
    struct tokenstore *store;
    struct tokenstore_token *token;       /* as it was verified */
    char scope[TOKENSTORE_SCOPE_MAX + 1]; /* the scope it was verified for */
    int64_t warn;                         /* warn= of the auth line, seconds */
};

/* Logs which option is wrong, and returns the code for that. */
static int bad_option(const pam_handle_t *pamh,
                      const struct options *options) {
    pam_syslog(pamh, LOG_ERR, "option %s %s", log_escape(options->bad).text,
               options->bad_reason);
    return PAM_SERVICE_ERR;
}

/* False for an empty name, and for one that a program could take for an option
 * or for an entry of NIS. */
static bool user_name_is_safe(const char *user) {
    return user != NULL && user[0] != '\0' && strchr("-+", user[0]) == NULL;
}

/* Returns a request for this service and host at the present time, without a
 * bearer text. */
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

/* Called by libpam when it ends the handle or replaces the data. */
static void remembered_cleanup(pam_handle_t *pamh, void *data, int status) {
    struct remembered *remembered = data;

    (void)pamh;
    (void)status;
    remembered_free(&remembered);
}

/* Returns what the handle keeps of the token that authenticated it, NULL if
 * none did. */
static const struct remembered *recall(const pam_handle_t *pamh) {
    const void *data = NULL;

    return pam_get_data(pamh, REMEMBERED, &data) == PAM_SUCCESS ? data : NULL;
}

/* Makes the handle forget an earlier success: sudo uses a handle several
 * times. */
static int forget(pam_handle_t *pamh) {
    int code = pam_set_data(pamh, REMEMBERED, NULL, NULL);

    return code == PAM_SUCCESS ? credentials_unmark(pamh) : code;
}

/* Gives *remembered to the handle and sets it to NULL, notes the use of the
 * token, and logs the login.  Leaves *remembered to the caller if the handle
 * cannot keep it. */
static int accept_token(pam_handle_t *pamh, const struct options *options,
                        const struct attempt *attempt,
                        const struct tokenstore_request *request,
                        struct remembered **remembered) {
    struct remembered *kept = *remembered;
    int code;

    memcpy(kept->scope, request->scopes[0], strlen(request->scopes[0]) + 1);
    kept->warn = options_warn(options, WARN_DEFAULT);
    code = credentials_mark(pamh, attempt->id);
    if (code == PAM_SUCCESS)
        code = pam_set_data(pamh, REMEMBERED, kept, remembered_cleanup);
    if (code != PAM_SUCCESS) {
        (void)credentials_unmark(pamh);
        return code;
    }
    *remembered = NULL;
    /* Not in the account step, which some services do not have. */
    tokenstore_note_use(kept->store, kept->token, log_item(pamh, PAM_SERVICE),
                        request->address, request->now);
    if (!options->quiet)
        log_outcome(pamh, attempt, NULL);
    return PAM_SUCCESS;
}

/* Logs the refusal, and slows down guessing. */
static void refuse_token(pam_handle_t *pamh, const struct options *options,
                         const struct attempt *attempt,
                         enum tokenstore_reason reason) {
    log_outcome(pamh, attempt, tokenstore_reason_name(reason));
    if (!options->nodelay)
        (void)pam_fail_delay(pamh, FAIL_DELAY_MICROSECONDS);
}

/* Verifies the text of a token, and does what follows from the outcome. */
static int verify(pam_handle_t *pamh, const struct options *options,
                  const struct attempt *attempt, const char *text,
                  size_t length) {
    struct tokenstore_request request =
        make_request(pamh, options, attempt->user);
    struct remembered *remembered = calloc(1, sizeof(*remembered));
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;
    int cancellation;
    int code;

    /* A thread that is cancelled here would leave *remembered, with what a
     * remote store keeps of the secret.  During the conversation, before, this
     * module holds nothing. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    request.bearer = text;
    request.bearer_length = length;
    if (remembered != NULL)
        error = tokenstore_open(options->store, &remembered->store);
    if (error == TOKENSTORE_OK)
        error = tokenstore_verify(remembered->store, &request,
                                  &remembered->token, &reason);
    if (error == TOKENSTORE_ERROR_REFUSED &&
        reason == TOKENSTORE_REASON_SCOPE && options->base != NULL) {
        /* Scopes of one request must all be permitted: ask for the other. */
        request.scopes = &options->base;
        tokenstore_token_free(&remembered->token);
        error = tokenstore_verify(remembered->store, &request,
                                  &remembered->token, &reason);
    }
    code = code_of_error(error);
    if (error == TOKENSTORE_OK)
        code = accept_token(pamh, options, attempt, &request, &remembered);
    else if (error == TOKENSTORE_ERROR_REFUSED)
        refuse_token(pamh, options, attempt, reason);
    else
        log_unavailable(pamh, "authentication", attempt, error,
                        remembered != NULL ? remembered->store : NULL);
    remembered_free(&remembered);
    pthread_setcancelstate(cancellation, NULL);
    return code;
}

/* Decides about a text that is a token, or that was one: kind is the result of
 * tokenstore_bearer_id. */
static int judge(pam_handle_t *pamh, const struct options *options,
                 const struct attempt *attempt, const char *text,
                 enum tokenstore_error kind) {
    if (options->bad_reason != NULL)
        return bad_option(pamh, options);
    if (!user_name_is_safe(attempt->user)) {
        log_outcome(pamh, attempt, "user");
        return PAM_USER_UNKNOWN;
    }
    if (kind != TOKENSTORE_OK) {
        refuse_token(pamh, options, attempt, TOKENSTORE_REASON_MALFORMED);
        return PAM_AUTH_ERR;
    }
    if (options->debug)
        pam_syslog(pamh, LOG_DEBUG, "user=%s token=%" PRIu64 " scope=%s",
                   log_escape(attempt->user).text, attempt->id,
                   log_escape(options->scope).text);
    return verify(pamh, options, attempt, text, strlen(text));
}

int authenticate(pam_handle_t *pamh, int argc, const char **argv) {
    struct options options = {0};
    struct attempt attempt = {0};
    const char *text = NULL;
    enum tokenstore_error kind;
    int code = forget(pamh);

    if (code != PAM_SUCCESS)
        return code;
    options_parse(&options, argc, argv);
    code = ask(pamh, &options, &attempt.user, &text);
    if (code != PAM_SUCCESS)
        return code;
    options_default_scope(&options, log_item(pamh, PAM_SERVICE));
    attempt.scope = options.scope;
    /* Passwords leave here, before any error that concerns tokens. */
    kind = tokenstore_bearer_id(text, strlen(text), &attempt.id);
    if (kind == TOKENSTORE_ERROR_INVALID_BEARER) {
        if (options.debug)
            pam_syslog(pamh, LOG_DEBUG, "user=%s: not an access token",
                       log_escape(attempt.user).text);
        return PAM_CRED_INSUFFICIENT;
    }
    code = judge(pamh, &options, &attempt, text, kind);
    /* The token was used: no other module may have it, whatever the stack does
     * after this one.  libpam wipes the text. */
    (void)pam_set_item(pamh, PAM_AUTHTOK, NULL);
    return code;
}

int set_credentials(pam_handle_t *pamh) {
    if (recall(pamh) != NULL || credentials_marked(pamh))
        return PAM_SUCCESS;
    return PAM_CRED_INSUFFICIENT;
}

int authenticate_again(pam_handle_t *pamh, bool silent, int argc,
                       const char **argv) {
    const struct remembered *remembered = recall(pamh);
    struct options options = {0};
    struct attempt attempt = {.user = log_item(pamh, PAM_USER)};
    struct tokenstore_request request;
    struct tokenstore *store = NULL;
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error;
    int code;

    /* If no token authenticated this handle, this module has no say, even if
     * its options are wrong. */
    if (remembered == NULL)
        return PAM_IGNORE;
    attempt.id = tokenstore_token_id(remembered->token);
    options.store = tokenstore_path(remembered->store);
    options.scope = remembered->scope;
    options_parse(&options, argc, argv);
    attempt.scope = options.scope;
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
                   "access denied; user=%s token=%" PRIu64 "%s",
                   log_escape(attempt.user).text, attempt.id,
                   log_reason(&attempt, tokenstore_reason_name(reason)).text);
    else if (error != TOKENSTORE_OK)
        log_unavailable(pamh, "account", &attempt, error, store);
    else if (!silent)
        warn_of_expiry(pamh, remembered->token,
                       options_warn(&options, remembered->warn), request.now);
    tokenstore_close(&store);
    return code;
}
