/*
 * pam_login.c - log in through a PAM service and tell what happened.  Must
 * never print what was typed.
 *
 * The tool links libpam and does not load it on demand: a machine on which
 * somebody asks about a stack has libpam in any case, packages then name it as
 * a dependency, and a library that is loaded by name is code that nobody
 * checks at build time.
 *
 * The module's reason is what it logs: LOG_PERROR makes syslog() write each
 * line to standard error too, which is a file in memory meanwhile.  So nothing
 * is decided a second time here, and nothing is missing from the log.
 */
#include <config.h>

#include "tools/accesstoken/pam_login.h"

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>
#include <unistd.h>

#include "tools/accesstoken/message.h"

/* What the module's lines in the log begin with, after the program's name. */
#define MODULE_TAG "pam_accesstoken("

struct login {
    char *input; /* what is left of the answers */
    FILE *told;  /* a line for each message to the user */
};

/* ------------------------------------------------------------------- codes */

#define NAME(code) [code] = #code

static const char *code_name(int code) {
    static const char *const names[] = {
        NAME(PAM_SUCCESS),
        NAME(PAM_OPEN_ERR),
        NAME(PAM_SYMBOL_ERR),
        NAME(PAM_SERVICE_ERR),
        NAME(PAM_SYSTEM_ERR),
        NAME(PAM_BUF_ERR),
        NAME(PAM_PERM_DENIED),
        NAME(PAM_AUTH_ERR),
        NAME(PAM_CRED_INSUFFICIENT),
        NAME(PAM_AUTHINFO_UNAVAIL),
        NAME(PAM_USER_UNKNOWN),
        NAME(PAM_MAXTRIES),
        NAME(PAM_NEW_AUTHTOK_REQD),
        NAME(PAM_ACCT_EXPIRED),
        NAME(PAM_SESSION_ERR),
        NAME(PAM_CRED_UNAVAIL),
        NAME(PAM_CRED_EXPIRED),
        NAME(PAM_CRED_ERR),
        NAME(PAM_NO_MODULE_DATA),
        NAME(PAM_CONV_ERR),
        NAME(PAM_AUTHTOK_ERR),
        NAME(PAM_AUTHTOK_RECOVERY_ERR),
        NAME(PAM_AUTHTOK_LOCK_BUSY),
        NAME(PAM_AUTHTOK_DISABLE_AGING),
        NAME(PAM_TRY_AGAIN),
        NAME(PAM_IGNORE),
        NAME(PAM_ABORT),
        NAME(PAM_AUTHTOK_EXPIRED),
        NAME(PAM_MODULE_UNKNOWN),
        NAME(PAM_BAD_ITEM),
        NAME(PAM_CONV_AGAIN),
        NAME(PAM_INCOMPLETE),
    };

    return code >= 0 && (size_t)code < sizeof(names) / sizeof(*names)
               ? names[code]
               : "?";
}

static void put_key(FILE *file, const char *key) {
    fprintf(file, "%-9s ", key);
}

/* Prints what a step returned; returns whether that is success. */
static bool put_step(pam_handle_t *handle, const char *key, int code) {
    put_key(stdout, key);
    printf("%s (", code_name(code));
    print_safe(stdout, pam_strerror(handle, code));
    puts(")");
    return code == PAM_SUCCESS;
}

/* ------------------------------------------------------------ conversation */

/* Takes the next line of the input.  Returns NULL if there is none. */
static char *next_answer(struct login *login) {
    char *line = login->input;
    const size_t length = strcspn(line, "\n");

    if (*line == '\0')
        return NULL;
    login->input += length + (line[length] == '\n');
    return strndup(line, length);
}

static void free_answers(struct pam_response *answers, int count) {
    for (int i = 0; i < count; i++)
        if (answers[i].resp != NULL) {
            tokenstore_wipe(answers[i].resp, strlen(answers[i].resp));
            free(answers[i].resp);
        }
    free(answers);
}

static int converse(int count, const struct pam_message **messages,
                    struct pam_response **responses, void *data) {
    struct login *login = data;
    struct pam_response *answers;
    int code = PAM_SUCCESS;

    if (count <= 0 || count > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    answers = calloc((size_t)count, sizeof(*answers));
    if (answers == NULL)
        return PAM_BUF_ERR;
    for (int i = 0; code == PAM_SUCCESS && i < count; i++) {
        const int style = messages[i]->msg_style;
        const bool asks =
            style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;

        put_key(login->told, asks ? "asked:" : "told:");
        print_safe(login->told, messages[i]->msg);
        putc('\n', login->told);
        if (!asks)
            continue;
        answers[i].resp = next_answer(login);
        if (answers[i].resp == NULL)
            code = PAM_CONV_ERR;
    }
    if (code == PAM_SUCCESS)
        *responses = answers;
    else
        free_answers(answers, count);
    return code;
}

/* ----------------------------------------------------------------- the log */

/* Prints the module's lines in a text of the log. */
static bool put_reasons(char *log) {
    bool found = false;
    char *rest;

    for (char *line = strtok_r(log, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *text = strstr(line, MODULE_TAG);

        if (text == NULL)
            continue;
        put_key(stdout, "module:");
        print_safe(stdout, text);
        putchar('\n');
        found = true;
    }
    return found;
}

/* From here on, what is logged goes to a file in memory too, in the place of
 * standard error.  Returns that file, or -1. */
static int begin_log(int *before) {
    const int file = memfd_create("log", MFD_CLOEXEC);

    *before = dup(STDERR_FILENO);
    if (file < 0 || *before < 0 || dup2(file, STDERR_FILENO) < 0)
        return -1;
    openlog("accesstoken", LOG_PERROR, LOG_AUTHPRIV);
    return file;
}

/* Ends that; returns what was logged, to be freed, or NULL. */
static char *end_log(int file, int before) {
    char *text = NULL;
    off_t size;

    closelog();
    openlog("accesstoken", 0, LOG_AUTHPRIV);
    dup2(before, STDERR_FILENO);
    size = lseek(file, 0, SEEK_END);
    if (size >= 0)
        text = calloc(1, (size_t)size + 1);
    if (text != NULL && pread(file, text, (size_t)size, 0) < 0)
        *text = '\0';
    close(file);
    close(before);
    return text;
}

/* ------------------------------------------------------------------- login */

/* Takes the steps of a program that logs a user in. */
static bool take_steps(pam_handle_t *handle, const char *address) {
    bool good;

    if (address != NULL)
        (void)pam_set_item(handle, PAM_RHOST, address);
    good = put_step(handle, "auth:", pam_authenticate(handle, 0));
    good = good && put_step(handle, "account:", pam_acct_mgmt(handle, 0));
    good =
        good &&
        put_step(handle, "setcred:", pam_setcred(handle, PAM_ESTABLISH_CRED));
    if (good)
        (void)pam_setcred(handle, PAM_DELETE_CRED);
    return good;
}

static enum exit_code log_in(const char *service, const char *user,
                             const char *address, struct login *login) {
    const struct pam_conv conversation = {converse, login};
    pam_handle_t *handle = NULL;
    char *log = NULL;
    bool good = false;
    int before, file;
    int code;

    file = begin_log(&before);
    if (file < 0) {
        complain("cannot prepare for the log: %m");
        return EXIT_FAILED;
    }
    code = pam_start(service, user, &conversation, &handle);
    if (code == PAM_SUCCESS)
        good = take_steps(handle, address);
    else
        (void)put_step(handle, "start:", code);
    (void)pam_end(handle, code);
    log = end_log(file, before);
    if (log != NULL && !put_reasons(log))
        puts("module:   has logged nothing");
    free(log);
    return good ? EXIT_OK : EXIT_REFUSED;
}

enum exit_code pam_login(const char *service, const char *user,
                         const char *address, char *input) {
    char *told = NULL;
    size_t length = 0;
    struct login login = {input, open_memstream(&told, &length)};
    enum exit_code code;

    if (login.told == NULL)
        return out_of_memory();
    code = log_in(service, user, address, &login);
    if (fclose(login.told) == 0 && length > 0)
        fwrite(told, 1, length, stdout);
    else
        puts("asked:    nothing");
    free(told);
    return code;
}
