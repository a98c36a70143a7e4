/*
 * pam_place.c - decide where the module's lines stand.  The auth line stands
 * behind the lines that end or skip a login before anybody is asked for a
 * password, and before everything else: its "done" ends nothing behind a
 * "required" line that has failed, and what stands behind it does not see a
 * login by token.
 */
#include <config.h>

#include "tools/accesstoken/pam_place.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/pam_jump.h"

#define DEPTH_MAX 16

/* Modules that ask for a password: behind one of them, it would get the token.
 */
static const char *const askers[] = {
    "pam_unix.so",         "pam_unix2.so",   "pam_sss.so",
    "pam_ldap.so",         "pam_krb5.so",    "pam_winbind.so",
    "pam_systemd_home.so", "pam_userdb.so",  "pam_exec.so",
    "pam_radius_auth.so",  "pam_tacplus.so", "pam_pwdfile.so",
    "pam_mysql.so",        "pam_pgsql.so",
};

/* Modules that limit who may log in, when and from where. */
static const char *const guards[] = {
    "pam_nologin.so", "pam_wheel.so",     "pam_listfile.so",   "pam_access.so",
    "pam_time.so",    "pam_securetty.so", "pam_succeed_if.so",
};

#define ASKERS (sizeof(askers) / sizeof(*askers))
#define GUARDS (sizeof(guards) / sizeof(*guards))

enum step {
    STEP_PASS,   /* the module may stand behind it */
    STEP_STOP,   /* the module stands before it */
    STEP_FAILED, /* the answer is not known; the error is printed */
};

static bool is_one_of(const struct pam_line *line, const char *const *modules,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        if (pam_line_names(line, modules[i]))
            return true;
    return false;
}

static bool is_type(const struct pam_line *line, const char *type) {
    return line->kind == PAM_LINE_ALL || strcasecmp(line->type, type) == 0;
}

static enum step cannot_read(const char *name) {
    complain("%s: cannot be read: %m", name);
    return STEP_FAILED;
}

/* Judges a line of a module, by its control. */
static enum step judge(const struct pam_line *line) {
    static const char *const passed[] = {"requisite", "sufficient",
                                         "optional"};

    if (is_one_of(line, askers, ASKERS))
        return STEP_STOP;
    if (strchr(line->control, '=') != NULL)
        return pam_control_jumps(line->control) ? STEP_STOP : STEP_PASS;
    for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
        if (strcasecmp(line->control, passed[i]) == 0)
            return STEP_PASS;
    return STEP_STOP;
}

/*
 * Judges a file that is included.  If the module has to stand before one of
 * its lines but behind another, then neither before nor behind the file is
 * right.
 */
static enum step judge_file(const struct pam_files *files, const char *name,
                            int depth) {
    FILE *file = pam_files_find(files, name);
    struct pam_reader reader = {.file = file};
    enum step step = STEP_PASS;
    struct pam_line line;
    bool passed = false;

    if (file == NULL)
        return cannot_read(name);
    if (depth > DEPTH_MAX)
        errno = ELOOP;
    while (step == STEP_PASS && depth <= DEPTH_MAX &&
           pam_line_next(&reader, &line)) {
        if (!is_type(&line, "auth"))
            continue;
        step = line.kind == PAM_LINE_MODULE
                   ? judge(&line)
                   : judge_file(files, line.target, depth + 1);
        passed |= step == STEP_PASS;
    }
    if (depth > DEPTH_MAX || reader.failed)
        step = cannot_read(name);
    if (step == STEP_STOP && passed) {
        complain("the line belongs into the file %s, which is included; run: "
                 "accesstoken pam add %s",
                 name, name);
        step = STEP_FAILED;
    }
    pam_reader_free(&reader);
    fclose(file);
    return step;
}

/* Returns whether a line is of this type, or includes a file that has one. */
static bool has_type(const struct pam_files *files,
                     const struct pam_line *line, const char *type,
                     int depth) {
    struct pam_reader reader = {0};
    struct pam_line inner;
    bool found = false;

    if (line->kind != PAM_LINE_ALL)
        return strcasecmp(line->type, type) == 0;
    if (depth < DEPTH_MAX)
        reader.file = pam_files_find(files, line->target);
    if (reader.file == NULL)
        return false;
    while (!found && pam_line_next(&reader, &inner))
        found = has_type(files, &inner, type, depth + 1);
    pam_reader_free(&reader);
    fclose(reader.file);
    return found;
}

/* Refuses a line that has to stand before the module. */
static enum exit_code check_behind(const char *service,
                                   const struct pam_line *line) {
    if (line->kind != PAM_LINE_MODULE || !is_one_of(line, guards, GUARDS) ||
        (pam_line_names(line, "pam_succeed_if.so") &&
         pam_control_jumps(line->control)))
        return EXIT_OK;
    complain("%s: line %u (auth %s %s) would stand behind the module, and a "
             "token would pass it by: make that line requisite and put it "
             "before the other auth lines",
             service, line->first, line->control, line->target);
    return EXIT_CONFLICT;
}

/* Takes one line of the service's own file into account. */
static enum exit_code look_at(const struct pam_files *files,
                              const char *service, const struct pam_line *line,
                              struct pam_place *place) {
    enum step step = STEP_PASS;

    if (place->account == 0 && has_type(files, line, "account", 0))
        place->account = line->first;
    if (!is_type(line, "auth"))
        return EXIT_OK;
    if (place->auth == 0)
        step = line->kind == PAM_LINE_MODULE
                   ? judge(line)
                   : judge_file(files, line->target, 0);
    if (step == STEP_FAILED)
        return EXIT_CONFLICT;
    if (step == STEP_STOP)
        place->auth = line->first;
    return place->auth != 0 ? check_behind(service, line) : EXIT_OK;
}

enum exit_code pam_place_find(const struct pam_files *files,
                              const char *service, struct pam_place *place) {
    FILE *file = pam_files_find(files, service);
    struct pam_reader reader = {.file = file};
    enum exit_code code = EXIT_OK;
    struct pam_line line;

    *place = (struct pam_place){0};
    if (file == NULL) {
        cannot_read(service);
        return EXIT_NOT_FOUND;
    }
    while (code == EXIT_OK && pam_line_next(&reader, &line))
        code = look_at(files, service, &line, place);
    if (code == EXIT_OK && reader.failed)
        code = out_of_memory();
    if (code == EXIT_OK && place->auth == 0) {
        complain("%s: no auth line asks for a password, so there is nothing "
                 "to put the module in front of",
                 service);
        code = EXIT_CONFLICT;
    }
    pam_reader_free(&reader);
    fclose(file);
    return code;
}
