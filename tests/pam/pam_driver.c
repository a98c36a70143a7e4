/*
 * pam_driver.c - run a scripted conversation with the PAM module: a .conv
 * file of tests/pam/, whose language tests/pam/README describes.
 * Must fail if anything happens that the file does not announce: every prompt,
 * every log line and every return code counts.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "tests/pam/pam_script.h"
#include "tests/support/accounts.h"
#include "tests/support/pam_capture.h"
#include "tests/support/pam_daemon.h"
#include "tests/support/pam_fixture.h"

#define CODE(name) [name] = #name
static const char *const pam_codes[] = {CODE(PAM_SUCCESS),
                                        CODE(PAM_OPEN_ERR),
                                        CODE(PAM_SYMBOL_ERR),
                                        CODE(PAM_SERVICE_ERR),
                                        CODE(PAM_SYSTEM_ERR),
                                        CODE(PAM_BUF_ERR),
                                        CODE(PAM_PERM_DENIED),
                                        CODE(PAM_AUTH_ERR),
                                        CODE(PAM_CRED_INSUFFICIENT),
                                        CODE(PAM_AUTHINFO_UNAVAIL),
                                        CODE(PAM_USER_UNKNOWN),
                                        CODE(PAM_MAXTRIES),
                                        CODE(PAM_NEW_AUTHTOK_REQD),
                                        CODE(PAM_ACCT_EXPIRED),
                                        CODE(PAM_SESSION_ERR),
                                        CODE(PAM_CRED_UNAVAIL),
                                        CODE(PAM_CRED_EXPIRED),
                                        CODE(PAM_CRED_ERR),
                                        CODE(PAM_NO_MODULE_DATA),
                                        CODE(PAM_CONV_ERR),
                                        CODE(PAM_AUTHTOK_ERR),
                                        CODE(PAM_AUTHTOK_RECOVERY_ERR),
                                        CODE(PAM_AUTHTOK_LOCK_BUSY),
                                        CODE(PAM_AUTHTOK_DISABLE_AGING),
                                        CODE(PAM_TRY_AGAIN),
                                        CODE(PAM_IGNORE),
                                        CODE(PAM_ABORT),
                                        CODE(PAM_AUTHTOK_EXPIRED),
                                        CODE(PAM_MODULE_UNKNOWN),
                                        CODE(PAM_BAD_ITEM),
                                        CODE(PAM_CONV_AGAIN),
                                        CODE(PAM_INCOMPLETE)};

static const char *const styles[] = {
    [PAM_PROMPT_ECHO_OFF] = "off",
    [PAM_PROMPT_ECHO_ON] = "on",
    [PAM_ERROR_MSG] = "error",
    [PAM_TEXT_INFO] = "info",
};

static const char *const priorities[] = {
    [LOG_EMERG] = "EMERG", [LOG_ALERT] = "ALERT",     [LOG_CRIT] = "CRIT",
    [LOG_ERR] = "ERR",     [LOG_WARNING] = "WARNING", [LOG_NOTICE] = "NOTICE",
    [LOG_INFO] = "INFO",   [LOG_DEBUG] = "DEBUG",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *name_in(const char *const *names, size_t count, int code) {
    if (code < 0 || (size_t)code >= count || names[code] == NULL)
        return "(no such code)";
    return names[code];
}

static int code_in(const char *const *names, size_t count, const char *name,
                   const struct step *step) {
    for (size_t i = 0; i < count; i++)
        if (names[i] != NULL && strcmp(names[i], name) == 0)
            return (int)i;
    script_error(step, "%s: no such name", name);
}

/* ------------------------------------------------------------------- events
 *
 * While libpam runs, each event is compared with the next line of the step's
 * body.
 */
static pam_handle_t *handle;
static const struct step *running; /* the step that calls libpam */
static size_t next_line;           /* index into its body */
static int failures;

static void mismatch(const char *what, const char *line) {
    failures++;
    fprintf(stderr, "%s:%d: %s: %s\n", running->file, running->number, what,
            line);
}

/* An event may end in any way if the line ends in " ...". */
static bool same(const char *line, const char *event) {
    size_t length = strlen(line);

    if (length > 4 && strcmp(line + length - 4, " ...") == 0)
        return strncmp(line, event, length - 3) == 0;
    return strcmp(line, event) == 0;
}

static const char *line_to_come(void) {
    return next_line < running->body_count ? running->body[next_line] : "";
}

static bool expected(const char *event) {
    if (!same(line_to_come(), event)) {
        mismatch("unexpected", event);
        return false;
    }
    next_line++;
    return true;
}

static void on_log(int priority, const char *text) {
    char event[4200];

    snprintf(event, sizeof(event), "log %s %s",
             name_in(priorities, COUNT(priorities), LOG_PRI(priority)), text);
    if ((priority & LOG_FACMASK) != LOG_AUTHPRIV)
        mismatch("not to the facility authpriv", event);
    (void)expected(event);
}

static void need_handle(const struct step *step) {
    if (handle == NULL)
        script_error(step, "no login yet");
}

/* Sets the item that "ITEM=VALUE" names. */
static void set_item(const struct step *step, const char *word) {
    static const struct {
        const char *name;
        int item;
    } items[] = {{"user=", PAM_USER},
                 {"rhost=", PAM_RHOST},
                 {"ruser=", PAM_RUSER},
                 {"service=", PAM_SERVICE},
                 {"tty=", PAM_TTY}};

    need_handle(step);
    for (size_t i = 0; i < COUNT(items); i++) {
        const size_t length = strlen(items[i].name);

        if (strncmp(word, items[i].name, length) != 0)
            continue;
        if (pam_set_item(handle, items[i].item, word + length) != PAM_SUCCESS)
            script_error(step, "pam_set_item failed");
        return;
    }
    script_error(step, "%s: no such item", word);
}

/* Sets the items of "sets ITEM=VALUE sets ..." at the start of the text, and
 * returns the rest of it. */
static const char *set_items_first(const char *text) {
    while (strncmp(text, "sets ", 5) == 0) {
        const size_t length = strcspn(text + 5, " ");
        char *word = strndup(text + 5, length);

        if (word == NULL)
            fail_hard("out of memory");
        set_item(running, word);
        free(word);
        text += 5 + length;
        text += strspn(text, " ");
    }
    return text;
}

/* Answers the prompt, which must be the one in the next line, as the rest of
 * that line says: "answer TEXT", "silent" or "fails CODE", perhaps after "sets
 * ITEM=VALUE". */
static int answer(const char *prompt, struct pam_response *response) {
    const char *line = line_to_come();
    size_t length = strlen(prompt);

    if (strncmp(line, prompt, length) != 0 || line[length] != ' ') {
        mismatch("unexpected", prompt);
        return PAM_CONV_ERR;
    }
    next_line++;
    line = set_items_first(line + length + 1);
    if (strncmp(line, "answer", 6) == 0 && (line[6] == ' ' || !line[6])) {
        response->resp = strdup(line[6] == ' ' ? line + 7 : "");
        return PAM_SUCCESS;
    }
    if (strcmp(line, "silent") == 0)
        return PAM_SUCCESS;
    if (strncmp(line, "fails ", 6) == 0)
        return code_in(pam_codes, COUNT(pam_codes), line + 6, running);
    script_error(running, "%s: no such answer", line);
}

/* Compares a message with the next line.  It has no answer, but "fails CODE"
 * may follow it there. */
static int show(const char *event) {
    const char *line = line_to_come();
    size_t length = strlen(event);

    if (strncmp(line, event, length) == 0 &&
        strncmp(line + length, " fails ", 7) == 0) {
        next_line++;
        return code_in(pam_codes, COUNT(pam_codes), line + length + 7,
                       running);
    }
    return expected(event) ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int converse(int count, const struct pam_message **messages,
                    struct pam_response **responses, void *data) {
    struct pam_response *out = calloc((size_t)count, sizeof(*out));
    int code = out != NULL ? PAM_SUCCESS : PAM_BUF_ERR;

    (void)data;
    for (int i = 0; i < count && code == PAM_SUCCESS; i++) {
        int style = messages[i]->msg_style;
        char event[1024];

        snprintf(event, sizeof(event), "prompt %s \"%s\"",
                 name_in(styles, COUNT(styles), style), messages[i]->msg);
        if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON)
            code = answer(event, &out[i]);
        else
            code = show(event);
    }
    if (code != PAM_SUCCESS) {
        free(out);
        out = NULL;
    }
    *responses = out;
    return code;
}

/* libpam changes the requested delay at random, by at most half of it.  It
 * calls this after a success too, which applications have to ignore. */
static void on_delay(int status, unsigned int microseconds, void *data) {
    (void)data;
    if (status == PAM_SUCCESS || microseconds == 0)
        return;
    if (microseconds < 1000000 || microseconds > 3000000)
        mismatch("a delay far from", "2 seconds");
    (void)expected("delay");
}

/* -------------------------------------------------------------------- steps
 */

/* Between watch() and unwatch(), every event must be in the body. */
static void watch(const struct step *step) {
    running = step;
    next_line = 0;
    capture_log = on_log;
}

static void unwatch(void) {
    capture_log = NULL;
    for (; next_line < running->body_count; next_line++)
        mismatch("did not come", running->body[next_line]);
}

static void call(const struct step *step,
                 int (*function)(pam_handle_t *, int)) {
    int wanted =
        code_in(pam_codes, COUNT(pam_codes), step_word(step, 1), step);
    int flags = 0;
    int code;

    need_handle(step);
    if (step->word_count > 2 && strcmp(step->words[2], "silent") == 0)
        flags = (int)PAM_SILENT;
    else if (step->word_count > 2)
        script_error(step, "%s: unknown", step->words[2]);
    watch(step);
    code = function(handle, flags);
    unwatch();
    if (code != wanted)
        mismatch("returned", name_in(pam_codes, COUNT(pam_codes), code));
}

static void step_authenticate(const struct step *step) {
    call(step, pam_authenticate);
}

static void step_acct_mgmt(const struct step *step) {
    call(step, pam_acct_mgmt);
}

static void step_setcred(const struct step *step) { call(step, pam_setcred); }

static void set_items(const struct step *step, size_t first) {
    need_handle(step);
    for (size_t i = first; i < step->word_count; i++)
        set_item(step, step->words[i]);
}

static void step_item(const struct step *step) { set_items(step, 1); }

static void step_putenv(const struct step *step) {
    need_handle(step);
    if (pam_putenv(handle, step_word(step, 1)) != PAM_SUCCESS)
        script_error(step, "pam_putenv failed");
}

static void step_environment(const struct step *step) {
    char **entries;
    size_t count = 0;

    need_handle(step);
    entries = pam_getenvlist(handle);
    if (entries == NULL)
        script_error(step, "pam_getenvlist failed");
    watch(step);
    for (; entries[count] != NULL; count++) {
        (void)expected(entries[count]);
        free(entries[count]);
    }
    free(entries);
    unwatch();
}

static void logout(void) {
    if (handle != NULL)
        pam_end(handle, PAM_SUCCESS);
    handle = NULL;
}

static void step_login(const struct step *step) {
    static const struct pam_conv conversation = {converse, NULL};
    union {
        void (*function)(int, unsigned int, void *);
        const void *item;
    } delay = {on_delay};

    logout();
    watch(step);
    if (pam_start_confdir(step_word(step, 1), NULL, &conversation,
                          fixture_directory(), &handle) != PAM_SUCCESS ||
        pam_set_item(handle, PAM_FAIL_DELAY, delay.item) != PAM_SUCCESS)
        script_error(step, "pam_start failed");
    unwatch();
    set_items(step, 2);
}

static void step_service(const struct step *step) {
    char lines[8192] = "";
    size_t length = 0;

    for (size_t i = 0; i < step->body_count; i++) {
        length += (size_t)snprintf(lines + length, sizeof(lines) - length,
                                   "%s\n", step->body[i]);
        if (length >= sizeof(lines))
            script_error(step, "too long");
    }
    fixture_service(step_word(step, 1), lines);
}

static void add_word(const struct step *step, const char **words,
                     const char *word) {
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    if (count == FIXTURE_WORDS_MAX)
        script_error(step, "too many");
    words[count] = word;
}

static void step_token(const struct step *step) {
    struct fixture_token token = {0};
    struct tokenstore_bearer bearer;
    const char *value;
    char id[24];

    for (size_t i = 2; i < step->word_count; i++) {
        if ((value = step_value(step, i, "user")) != NULL)
            token.user = value;
        else if ((value = step_value(step, i, "store")) != NULL)
            token.store = value;
        else if ((value = step_value(step, i, "name")) != NULL)
            token.name = value;
        else if ((value = step_value(step, i, "scope")) != NULL)
            add_word(step, token.scopes, value);
        else if ((value = step_value(step, i, "from")) != NULL)
            add_word(step, token.networks, value);
        else if ((value = step_value(step, i, "expires")) != NULL)
            token.expires = step_seconds(step, value);
        else if (strcmp(step->words[i], "virtual") == 0)
            token.virtual_user = true;
        else if (strcmp(step->words[i], "disabled") == 0)
            token.disabled = true;
        else
            script_error(step, "%s: unknown", step->words[i]);
    }
    snprintf(id, sizeof(id), "%llu",
             (unsigned long long)fixture_issue(&token, &bearer));
    script_set(step_word(step, 1), "", bearer.text);
    script_set(step_word(step, 1), ".id", id);
}

static void step_text(const struct step *step) {
    char text[2048] = "";
    size_t count = strtoul(step_word(step, 3), NULL, 10);

    if (count * strlen(step_word(step, 2)) >= sizeof(text))
        script_error(step, "too long");
    for (size_t i = 0; i < count; i++)
        strcat(text, step_word(step, 2));
    script_set(step_word(step, 1), "", text);
}

static void step_bytes(const struct step *step) {
    const char *digits = step_word(step, 2);
    char text[256] = "";
    unsigned int byte;

    for (size_t i = 0; sscanf(digits + 2 * i, "%2x", &byte) == 1; i++) {
        if (i + 1 == sizeof(text))
            script_error(step, "too long");
        text[i] = (char)byte;
    }
    script_set(step_word(step, 1), "", text);
}

static uint64_t id_of(const struct step *step) {
    return strtoull(script_get(step, step_word(step, 1), ".id"), NULL, 10);
}

static void step_revoke(const struct step *step) {
    struct tokenstore *store = fixture_open(fixture_store());
    uint64_t id = id_of(step);

    must("revoke", tokenstore_revoke(store, &id, 1, NULL), store);
    tokenstore_close(&store);
}

static void step_disable(const struct step *step) {
    struct tokenstore *store = fixture_open(fixture_store());
    struct tokenstore_token *values;

    must("new", tokenstore_token_new(&values), NULL);
    tokenstore_token_set_enabled(values, false);
    must("modify",
         tokenstore_modify(store, id_of(step), TOKENSTORE_FIELD_ENABLED,
                           values, time(NULL), NULL),
         store);
    tokenstore_token_free(&values);
    tokenstore_close(&store);
}

/* Leaves the store as a writer does in the middle of a change: an odd counter
 * (little-endian, 8 bytes) and a lock on the byte after it. */
static void step_hold(const struct step *step) {
    static int fd = -1;
    struct flock writer = {.l_type = F_WRLCK, .l_start = 8, .l_len = 1};
    char path[PATH_MAX];
    char low;

    if (snprintf(path, sizeof(path), "%s.lock", fixture_store()) >=
        (int)sizeof(path))
        script_error(step, "too long");
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || pread(fd, &low, 1, 0) != 1)
        script_error(step, "%s: %s", path, strerror(errno));
    low = (char)(low | 1);
    if (fcntl(fd, F_OFD_SETLK, &writer) != 0 || pwrite(fd, &low, 1, 0) != 1)
        script_error(step, "%s: %s", path, strerror(errno));
}

static void step_nss(const struct step *step) {
    accounts.error = strcmp(step_word(step, 1), "down") == 0 ? EIO : 0;
}

static void step_clock(const struct step *step) {
    capture_clock_offset = (long)step_seconds(step, step_word(step, 1));
}

static void step_sh(const struct step *step) {
    for (size_t i = 0; i < step->body_count; i++)
        if (system(step->body[i]) != 0)
            script_error(step, "%s: failed", step->body[i]);
}

static void step_serve(const struct step *step) {
    (void)step;
    daemon_start();
}

static void step_kill(const struct step *step) {
    (void)step;
    daemon_stop();
}

static void step_unprivileged(const struct step *step) {
    (void)step;
    if (geteuid() == 0)
        skip("%s is about what root may do anyway", step->file);
}

static const struct {
    const char *word;
    void (*run)(const struct step *step);
} steps[] = {
    {"service", step_service},
    {"token", step_token},
    {"text", step_text},
    {"bytes", step_bytes},
    {"login", step_login},
    {"item", step_item},
    {"authenticate", step_authenticate},
    {"acct_mgmt", step_acct_mgmt},
    {"setcred", step_setcred},
    {"putenv", step_putenv},
    {"environment", step_environment},
    {"revoke", step_revoke},
    {"disable", step_disable},
    {"hold", step_hold},
    {"nss", step_nss},
    {"clock", step_clock},
    {"sh", step_sh},
    {"serve", step_serve},
    {"kill", step_kill},
    {"unprivileged", step_unprivileged},
};

static void run(const struct step *step) {
    for (size_t i = 0; i < COUNT(steps); i++)
        if (strcmp(steps[i].word, step->words[0]) == 0) {
            steps[i].run(step);
            return;
        }
    script_error(step, "%s: no such step", step->words[0]);
}

/* @who is the part of a log line that depends on the user who runs this. */
static void set_names(void) {
    char logname[256];
    char who[400];

    if (getlogin_r(logname, sizeof(logname)) != 0)
        logname[0] = '\0';
    snprintf(who, sizeof(who), "logname=%s uid=%u euid=%u", logname,
             (unsigned int)getuid(), (unsigned int)geteuid());
    script_set("who", "", who);
    script_set("me", "", fixture_me());
    script_set("dir", "", fixture_directory());
    script_set("store", "", fixture_store());
    script_set("module", "", TEST_MODULE);
    script_set("next", "", TEST_NEXT_MODULE);
    script_set("record", "", TEST_RECORD_MODULE);
    script_set("remote", "", TEST_REMOTE_MODULE);
    daemon_use_plugin(NULL);
    accounts_of_machine();
    script_set("verify", "", daemon_uri());
}

int main(int argc, char **argv) {
    struct step step;

    if (argc != 2)
        fail_hard("usage: pam_driver FILE");
    fixture_begin(60);
    set_names();
    script_open(argv[1]);
    while (script_next(&step))
        run(&step);
    logout();
    script_close();
    return failures == 0 ? 0 : 1;
}
