/*
 * pam.c - accesstoken pam: show which PAM services accept tokens, put the
 * module's lines into the file of a service or take them out, and try a
 * service.  Must never change any other line.
 */
#include <config.h>

#include "tools/accesstoken/commands/pam.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/pam_diff.h"
#include "tools/accesstoken/pam_edit.h"
#include "tools/accesstoken/pam_jump.h"
#include "tools/accesstoken/pam_login.h"
#include "tools/accesstoken/pam_output.h"
#include "tools/accesstoken/pam_place.h"
#include "tools/accesstoken/pam_services.h"
#include "tools/accesstoken/secret_input.h"
#include "tools/common/process.h"

#define AUTH_LINE "auth  [" PAM_AUTH_CONTROL "]  " PAM_MODULE "\n"
#define ACCOUNT_LINE "account  [" PAM_ACCOUNT_CONTROL "]  " PAM_MODULE "\n"

/* -------------------------------------------------------------------- show */

static enum exit_code put_json(const struct pam_services *services) {
    struct json_writer json = {0};

    pam_services_json(&json, services);
    return print_json(&json);
}

static enum exit_code show(const struct context *context) {
    struct pam_services services = {0};
    enum exit_code code = EXIT_OK;

    if (!pam_services_read(&services))
        code = out_of_memory();
    else if (context->options.json)
        code = put_json(&services);
    else
        for (size_t i = 0; i < services.count; i++)
            pam_service_print(&services.list[i]);
    if (code == EXIT_OK && !context->options.json && services.incomplete)
        remark("some files could not be read");
    else if (code == EXIT_OK && !context->options.json && services.count == 0)
        remark("no service uses %s", PAM_MODULE);
    pam_services_free(&services);
    return code;
}

/* --------------------------------------------------------------------- add */

/* Finds the places of the lines that the service does not have; 0: it has it,
 * or can do without. */
static enum exit_code find_places(const struct pam_files *files,
                                  const char *name, struct pam_place *place) {
    struct pam_service service;
    enum exit_code code;

    if (!pam_service_read(files, name, &service)) {
        complain("%s: not every file that it includes can be read", name);
        return EXIT_UNAVAILABLE;
    }
    *place = (struct pam_place){0};
    if (service.auth && service.account)
        return EXIT_OK;
    code = pam_place_find(files, name, place);
    /* If the only account line were the module's, libpam would no longer use
     * those of the service "other". */
    if (code == EXIT_OK && place->account == 0)
        remark("%s has no account lines; the module gets none", name);
    if (service.auth)
        place->auth = 0;
    if (service.account)
        place->account = 0;
    return code;
}

static enum exit_code add(const struct pam_files *files,
                          struct pam_edit *edit) {
    struct pam_place place;
    const enum exit_code code = find_places(files, edit->service, &place);

    if (code != EXIT_OK)
        return code;
    /* The later line first. */
    if (place.account != 0 && place.account >= place.auth)
        pam_edit_insert(edit, place.account, ACCOUNT_LINE);
    if (place.auth != 0)
        pam_edit_insert(edit, place.auth, AUTH_LINE);
    if (place.account != 0 && place.account < place.auth)
        pam_edit_insert(edit, place.account, ACCOUNT_LINE);
    return EXIT_OK;
}

/* ------------------------------------------------------------------ remove */

/* Returns whether the line is one that add() writes, with any options. */
static bool is_ours(const struct pam_line *line) {
    if (line->first != line->last)
        return false;
    if (strcasecmp(line->type, "auth") == 0)
        return strcmp(line->control, PAM_AUTH_CONTROL) == 0;
    return strcasecmp(line->type, "account") == 0 &&
           strcmp(line->control, PAM_ACCOUNT_CONTROL) == 0;
}

/* Takes a line out if it is add()'s.  "jumps" is whether an auth line before
 * it jumps, perhaps over it. */
static enum exit_code take_out(struct pam_edit *edit,
                               const struct pam_line *line, bool jumps) {
    if (line->kind != PAM_LINE_MODULE || !pam_line_names(line, PAM_MODULE))
        return EXIT_OK;
    if (is_ours(line) && (!jumps || strcasecmp(line->type, "auth") != 0)) {
        pam_edit_remove(edit, line->first);
        return EXIT_OK;
    }
    complain("%s: line %u is not where 'accesstoken pam add' puts it, or not "
             "what it writes: change the file by hand",
             edit->service, line->first);
    return EXIT_CONFLICT;
}

static enum exit_code take_all_out(const struct pam_files *files,
                                   struct pam_edit *edit) {
    FILE *file = pam_files_find(files, edit->service);
    struct pam_reader reader = {.file = file};
    enum exit_code code = EXIT_OK;
    struct pam_line line;
    bool jumps = false;

    if (file == NULL) {
        complain("%s: %m", edit->service);
        return EXIT_FAILED;
    }
    while (code == EXIT_OK && pam_line_next(&reader, &line)) {
        code = take_out(edit, &line, jumps);
        jumps |= line.kind == PAM_LINE_MODULE &&
                 strcasecmp(line.type, "auth") == 0 &&
                 pam_control_jumps(line.control);
    }
    if (code == EXIT_OK && reader.failed)
        code = out_of_memory();
    pam_reader_free(&reader);
    fclose(file);
    return code;
}

/* ------------------------------------------------------------------ change */

static bool is_changed(const struct pam_edit *edit) {
    for (size_t i = 0; i < edit->count; i++)
        if (edit->lines[i].sign != ' ')
            return true;
    return false;
}

/* Shows the change that is in the edit, and makes it. */
static enum exit_code carry_out(const struct context *context,
                                const struct pam_edit *edit) {
    if (!is_changed(edit)) {
        remark("nothing to change in %s", edit->service);
        return EXIT_OK;
    }
    pam_diff_print(edit);
    return context->options.dry_run ? EXIT_OK : pam_edit_write(edit);
}

static enum exit_code
change(const struct context *context, const char *service,
       enum exit_code (*plan)(const struct pam_files *, struct pam_edit *)) {
    struct pam_files files = {0};
    struct pam_edit edit = {0};
    enum exit_code code = EXIT_UNAVAILABLE;

    if (!pam_files_open(&files) || files.directories[0] == NULL)
        complain("/etc/pam.d: cannot be read: %m");
    else
        code = pam_edit_read(dirfd(files.directories[0]), service, &edit);
    if (code == EXIT_OK)
        code = plan(&files, &edit);
    if (code == EXIT_OK && is_changed(&edit))
        code = pam_jump_check(&files, service);
    if (code == EXIT_OK)
        code = carry_out(context, &edit);
    pam_edit_free(&edit);
    pam_files_close(&files);
    return code;
}

/* -------------------------------------------------------------------- test */

/* Checks that the file of the service exists: libpam would use "other". */
static enum exit_code find_service(const char *service) {
    struct pam_files files = {0};
    FILE *file = NULL;

    if (pam_files_open(&files))
        file = pam_files_find(&files, service);
    if (file == NULL)
        complain("%s: %m, so a program would use the service other", service);
    else
        fclose(file);
    pam_files_close(&files);
    return file != NULL ? EXIT_OK : EXIT_NOT_FOUND;
}

static enum exit_code test(const struct options *options,
                           const char *service) {
    char input[SECRET_INPUT_SIZE];
    size_t length = 0;
    enum exit_code code;

    process_forbid_dumps();
    code = find_service(service);
    if (code == EXIT_OK)
        code = secret_read("Token or password: ", input, &length);
    input[length] = '\0';
    if (code == EXIT_OK)
        code = pam_login(service, options->user_text, options->address, input);
    tokenstore_wipe(input, sizeof(input));
    return code;
}

/* ----------------------------------------------------------------- command */

static bool is_service_name(const char *name) {
    return *name != '\0' && *name != '.' && strchr(name, '/') == NULL &&
           strlen(name) <= 255;
}

/* Checks that each option that is given is for this action. */
static enum exit_code check_options(const struct context *context,
                                    const char *action) {
    const struct options *options = &context->options;
    const bool tests = strcmp(action, "test") == 0;

    if (options->dry_run && (tests || *action == '\0'))
        return usage_failed(context, "--dry-run is for add and remove");
    if (options->json && *action != '\0')
        return usage_failed(context, "--json is not for add, remove and test");
    if (!tests && (options->user != NULL || options->address != NULL))
        return usage_failed(context, "--user and --from are for test");
    if (tests && options->user == NULL)
        return usage_failed(context, "--user is missing");
    return EXIT_OK;
}

static enum exit_code run(const struct context *context, const char *action,
                          const char *service) {
    if (!is_service_name(service)) {
        complain("SERVICE '%s': not the name of a PAM service", service);
        return EXIT_USAGE;
    }
    if (strcmp(action, "test") == 0)
        return test(&context->options, service);
    return change(context, service,
                  strcmp(action, "add") == 0 ? add : take_all_out);
}

enum exit_code command_pam(struct context *context) {
    const struct options *options = &context->options;
    const char *const action =
        options->argument_count > 0 ? options->arguments[0] : "";
    enum exit_code code = EXIT_OK;

    if (options->argument_count > 0 && strcmp(action, "add") != 0 &&
        strcmp(action, "remove") != 0 && strcmp(action, "test") != 0)
        return usage_failed(context, "expected add, remove or test");
    if (options->argument_count > 0)
        code = expect_arguments(context, 2, "SERVICE");
    if (code == EXIT_OK)
        code = check_options(context, action);
    if (code != EXIT_OK)
        return code;
    return *action == '\0' ? show(context)
                           : run(context, action, options->arguments[1]);
}
