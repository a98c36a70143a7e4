/*
 * doctor.c - accesstoken doctor: find what is wrong.  Changes nothing; what
 * cannot be examined does not hide the rest.
 */
#include <config.h>

#include "tools/accesstoken/commands/doctor.h"

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/doctor_machine.h"
#include "tools/accesstoken/doctor_pam.h"
#include "tools/accesstoken/doctor_store.h"
#include "tools/accesstoken/findings.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"

enum exit_code command_doctor(struct context *context) {
    struct findings findings = {.as_json = context->options.json};
    enum exit_code code = expect_arguments(context, 0, NULL);

    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    if (store_is_remote(context)) {
        complain("doctor works only with the file of a store; run it as root "
                 "on the machine that has the file");
        return EXIT_USAGE;
    }
    doctor_store(context, &findings);
    doctor_machine(&findings);
    doctor_pam(&findings);
    findings_end(&findings);
    return findings.failed ? EXIT_FAILED : EXIT_OK;
}
