/*
 * findings.h - what doctor finds: a line each, with the command that mends it.
 */
#ifndef TOOLS_ACCESSTOKEN_FINDINGS_H
#define TOOLS_ACCESSTOKEN_FINDINGS_H

#include <stdbool.h>

#include "tools/accesstoken/errors.h"

enum finding_state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

/* Zero-initialise it. */
struct findings {
    bool as_json;
    bool begun;  /* the JSON document */
    bool failed; /* a finding is FINDING_FAIL */
};

/*
 * Prints a finding, or writes it to the JSON document.
 *   about    what was looked at, in one word
 *   command  the command that mends it; NULL: there is none
 */
void finding(struct findings *findings, enum finding_state state,
             const char *about, const char *command, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Ends the JSON document. */
void findings_end(struct findings *findings);

#endif
