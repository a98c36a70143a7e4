/*
 * pam_stacks.c - prove that one line in front of a stack changes nothing for
 * passwords: every login is compared, call by call, with the stack without it.
 * And that a token gets in by it, and reaches no other module.
 *
 *     pam_stacks FILE
 *
 * The file has the PAM services of one machine; the first is the one to log in
 * to.  "@auth", perhaps with another "success=", and "@account" stand where
 * the lines of the module belong.  pam_record stands in for the modules in the
 * table below; pam_faillock and the others are the machine's.
 */
#include <config.h>

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tests/support/pam_capture.h"
#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define AUTH                                                                  \
    "auth [%s authtok_err=ignore module_unknown=ignore "                      \
    "cred_insufficient=ignore default=die] %s store=%s nodelay\n"
#define ACCOUNT                                                               \
    "account [success=ok ignore=ignore module_unknown=ignore default=bad] "   \
    "%s\n"

/* jane, relay and root are local, dana is in the domain; relay and root are
 * system users. */
static const struct {
    const char *module;
    const char *options; /* of pam_record */
} stand_ins[] = {
    {"pam_unix.so",
     "name=unix user=jane:local user=relay:local user=root:local"},
    {"pam_sss.so", "name=sss user=dana:domain"},
    {"pam_krb5.so", "name=krb5 user=dana:domain"},
    {"pam_usertype.so", "name=usertype only=jane only=dana"},
    {"pam_localuser.so", "name=localuser only=jane only=relay only=root"},
    {"pam_rootok.so", "name=rootok"},
    {"pam_systemd_home.so", "name=systemd_home"},
    {"pam_shells.so", "name=shells only=jane only=dana only=relay only=root"},
    {"pam_cap.so", "name=cap ignored"},
    {"pam_env.so", "name=env ignored"},
    {"pam_faildelay.so", "name=faildelay ignored"},
    {"pam_group.so", "name=group ignored"},
};
static const char *const users[] = {"jane", "dana", "relay", "root"};

enum variant { UNTOUCHED, WITH_LINE, WITHOUT_FILE };

static const char *path;   /* of the stack's file */
static char service[64];   /* the first of its services */
static char seen[1 << 16]; /* what happened in a login */
static size_t seen_length;
static int prompts; /* in the last login */
static int failures, cases;

static void note(const char *what, const char *text) {
    /* What libpam says if a file is missing. */
    if (strncmp(text, "PAM ", 4) == 0)
        return;
    seen_length += (size_t)snprintf(
        seen + seen_length, sizeof(seen) - seen_length, "%s %s\n", what, text);
    if (seen_length >= sizeof(seen))
        fail_hard("%s: too much happens", path);
}

static void note_code(const char *what, int code) {
    char text[16];

    snprintf(text, sizeof(text), "%d", code);
    note(what, text);
}

static void on_log(int priority, const char *line) {
    (void)priority;
    note("log", line);
}

static void expect(bool holds, const char *what, const char *user) {
    cases++;
    if (holds)
        return;
    failures++;
    fprintf(stderr, "%s: %s: %s\n%s", path, user, what, seen);
}

/* ---------------------------------------------------------------- the stack
 */

/* Writes a line of the file, with pam_record in the place of its module. */
static void put_line(FILE *out, const char *line) {
    const char *directory = fixture_directory();
    char type[64], control[64], name[64];

    for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++) {
        const char *module = strstr(line, stand_ins[i].module);

        if (module == NULL)
            continue;
        fprintf(out, "%.*s%s %s\n", (int)(module - line), line,
                TEST_RECORD_MODULE, stand_ins[i].options);
        return;
    }
    /* libpam looks for a name in /etc/pam.d. */
    if (sscanf(line, "%63s %63s %63s", type, control, name) == 3 &&
        (strcmp(control, "include") == 0 ||
         strcmp(control, "substack") == 0)) {
        fprintf(out, "%s %s %s/%s\n", type, control, directory, name);
        return;
    }
    fprintf(out, "%.*s", (int)strcspn(line, "\n"), line);
    if (strstr(line, "pam_faillock.so") != NULL)
        fprintf(out, " dir=%s/faillock conf=%s/faillock.conf", directory,
                directory);
    if (strstr(line, "pam_nologin.so") != NULL)
        fprintf(out, " file=%s/nologin", directory);
    fputc('\n', out);
}

/* Writes a line that begins with @, which stands for a line of the module. */
static void put_ours(FILE *out, const char *line, enum variant variant) {
    const char *module =
        variant == WITH_LINE ? TEST_MODULE : "/nowhere/pam_accesstoken.so";
    char success[32] = "success=done";

    if (variant == UNTOUCHED)
        return;
    if (strncmp(line, "@auth", 5) == 0) {
        sscanf(line, "@auth %31s", success);
        fprintf(out, AUTH, success, module, fixture_store());
    } else {
        fprintf(out, ACCOUNT, module);
    }
}

/* Writes the services of the file. */
static void write_stack(enum variant variant) {
    FILE *in = fopen(path, "r");
    FILE *out = NULL;
    char line[512], file[PATH_MAX], name[64];

    if (in == NULL)
        fail_hard("%s: cannot be read", path);
    service[0] = '\0';
    while (fgets(line, sizeof(line), in) != NULL) {
        if (sscanf(line, "[%63[^]]]", name) == 1) {
            if (out != NULL)
                fclose(out);
            snprintf(file, sizeof(file), "%s/%s", fixture_directory(), name);
            out = fopen(file, "w");
            if (out == NULL)
                fail_hard("%s: cannot be written", file);
            if (service[0] == '\0')
                strcpy(service, name);
        } else if (line[0] == '@') {
            put_ours(out, line, variant);
        } else if (line[0] != '#') {
            put_line(out, line);
        }
    }
    if (out == NULL)
        fail_hard("%s: has no service", path);
    fclose(out);
    fclose(in);
}

/* --------------------------------------------------------------- pam_faillock
 */

static void in_faillock(char *out, size_t size, const char *name) {
    snprintf(out, size, "%s/faillock/%s", fixture_directory(), name);
}

static void forget_failures(void) {
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        char file[PATH_MAX];

        in_faillock(file, sizeof(file), users[i]);
        unlink(file);
    }
}

/* Notes how many failures pam_faillock has counted. */
static void note_failures(void) {
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        char file[PATH_MAX];
        struct stat status;

        in_faillock(file, sizeof(file), users[i]);
        if (stat(file, &status) == 0)
            note_code(users[i], (int)status.st_size);
    }
}

/* --------------------------------------------------------------------- logins
 */

static int converse(int count, const struct pam_message **messages,
                    struct pam_response **responses, void *data) {
    const char *text = data;
    struct pam_response *out = calloc((size_t)count, sizeof(*out));

    if (out == NULL)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++) {
        if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF) {
            note("says", messages[i]->msg);
            continue;
        }
        prompts++;
        if (text == NULL) {
            free(out);
            return PAM_CONV_ERR;
        }
        out[i].resp = strdup(text);
    }
    *responses = out;
    return PAM_SUCCESS;
}

static pam_handle_t *start(const char *user, const char *text) {
    return client_start(service, user,
                        (struct pam_conv){converse, (void *)(uintptr_t)text});
}

/* Logs in as sshd does, which sets credentials in the handle that has asked,
 * and in another one that has only PAM's environment.  Returns the code of the
 * first step that failed. */
static int log_in(const char *user, const char *text) {
    pam_handle_t *handle = start(user, text);
    pam_handle_t *other = start(user, text);
    const char *mark;
    int code;

    prompts = 0;
    code = pam_authenticate(handle, 0);
    note_code("authenticate", code);
    /* The line asks earlier than another module would, but no more often. */
    note_code("prompts", prompts);
    if (code == PAM_SUCCESS)
        note_code("account", code = pam_acct_mgmt(handle, 0));
    if (code == PAM_SUCCESS) {
        note_code("setcred", code = pam_setcred(handle, PAM_ESTABLISH_CRED));
        mark = pam_getenv(handle, "ACCESSTOKEN_ID");
        if (mark != NULL) {
            char entry[64];

            snprintf(entry, sizeof(entry), "ACCESSTOKEN_ID=%s", mark);
            if (pam_putenv(other, entry) != PAM_SUCCESS)
                fail_hard("pam_putenv failed");
        }
    }
    /* Also after a refusal: cron sets credentials without asking. */
    note_code("other setcred", pam_setcred(other, PAM_ESTABLISH_CRED));
    pam_end(other, code);
    pam_end(handle, code);
    note_failures();
    return code;
}

static void begin(enum variant variant) {
    write_stack(variant);
    seen_length = 0;
    seen[0] = '\0';
}

/* What is typed in a series of logins, NULL after the last. */
typedef const char *const series[5];

static void run_series(enum variant variant, const char *user,
                       const series typed) {
    forget_failures();
    begin(variant);
    for (size_t i = 0; typed[i] != NULL; i++)
        (void)log_in(user, typed[i]);
}

/* A series of passwords has the same calls, answers and counts with the line
 * as without it, and with the line while the module's file is missing. */
static void test_passwords(const char *user, const series typed) {
    static char untouched[sizeof(seen)];

    run_series(UNTOUCHED, user, typed);
    memcpy(untouched, seen, sizeof(seen));
    run_series(WITH_LINE, user, typed);
    expect(strcmp(untouched, seen) == 0, "differs with the line", user);
    run_series(WITHOUT_FILE, user, typed);
    expect(strcmp(untouched, seen) == 0, "differs without the file", user);
    if (failures > 0)
        fprintf(stderr, "untouched:\n%s", untouched);
}

/* No answer may end a login that another module would let in. */
static void test_no_answer(const char *user) {
    int untouched;

    forget_failures();
    begin(UNTOUCHED);
    untouched = log_in(user, NULL);
    forget_failures();
    begin(WITH_LINE);
    expect(log_in(user, NULL) == untouched, "no answer", user);
}

/* A good token gets in, with a good password's failures before it, too. */
static void test_good(const char *user, const char *token) {
    static const series wrong = {"wrong", "wrong", "wrong", NULL};

    run_series(WITH_LINE, user, wrong);
    begin(WITH_LINE);
    expect(log_in(user, token) == PAM_SUCCESS && prompts == 1 &&
               strstr(seen, "pamat1_") == NULL &&
               strstr(seen, "log pam_accesstoken(") != NULL &&
               strstr(seen, "other setcred 0\n") != NULL,
           "a good token", user);
    expect(strstr(seen, "unix:") == NULL && strstr(seen, "sss:") == NULL &&
               strstr(seen, "krb5:") == NULL,
           "a good token calls modules of passwords", user);
}

/* A bad one gets no further, and does not count as a failure. */
static void test_bad(const char *user, const char *text) {
    forget_failures();
    begin(WITH_LINE);
    expect(log_in(user, text) != PAM_SUCCESS && prompts == 1 &&
               strstr(seen, "pamat1_") == NULL &&
               strstr(seen, "authentication failure; ") != NULL,
           "a bad token", user);
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        char line[32];

        snprintf(line, sizeof(line), "\n%s ", users[i]);
        expect(strstr(seen, line) == NULL, "a bad token counts", user);
    }
}

/* /etc/nologin keeps a token out where it keeps passwords out. */
static void test_nologin(const char *token) {
    char file[PATH_MAX];
    FILE *out;

    snprintf(file, sizeof(file), "%s/nologin", fixture_directory());
    out = fopen(file, "w");
    if (out == NULL)
        fail_hard("%s: cannot be written", file);
    fclose(out);
    forget_failures();
    begin(UNTOUCHED);
    if (log_in("jane", "local") != PAM_SUCCESS) {
        begin(WITH_LINE);
        expect(log_in("jane", token) != PAM_SUCCESS, "nologin", "jane");
    }
    unlink(file);
}

/* ----------------------------------------------------------------- everything
 */

static void test_stack(void) {
    static const series passwords[] = {
        {"local", NULL},
        {"domain", NULL},
        {"", NULL},
        {"wrong", "local", "domain", NULL},
        {"wrong", "wrong", "wrong", "local", NULL},
    };
    struct tokenstore_bearer bearer;
    char malformed[sizeof(bearer.text) + 8];

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        struct fixture_token token = {.user = users[i]};
        char good[sizeof(bearer.text)];

        for (size_t j = 0; j < sizeof(passwords) / sizeof(passwords[0]); j++)
            test_passwords(users[i], passwords[j]);
        test_no_answer(users[i]);
        fixture_issue(&token, &bearer);
        memcpy(good, bearer.text, sizeof(good));
        test_good(users[i], good);
        test_nologin(good);
        snprintf(malformed, sizeof(malformed), "%s.", good);
        test_bad(users[i], malformed);
        token.disabled = true;
        fixture_issue(&token, &bearer);
        test_bad(users[i], bearer.text);
    }
}

int main(int argc, char **argv) {
    char name[PATH_MAX];

    if (argc != 2)
        fail_hard("usage: pam_stacks FILE");
    fixture_begin(120);
    accounts_of_machine();
    accounts_add("jane", 4001);
    accounts_add("dana", 4002);
    accounts_add("relay", 401);
    in_faillock(name, sizeof(name), "");
    if (mkdir(name, 0700) != 0)
        fail_hard("%s: cannot be made", name);
    snprintf(name, sizeof(name), "%s/faillock.conf", fixture_directory());
    fclose(fopen(name, "w"));
    capture_log = on_log;
    path = argv[1];
    test_stack();
    printf("%d cases\n", cases);
    return failures == 0 ? 0 : 1;
}
