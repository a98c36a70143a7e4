/*
 * option_values.h - functions for the table of options: each takes the value
 * of one option, or prints why it is refused and returns the exit code.
 */
#ifndef TOOLS_ACCESSTOKEN_OPTION_VALUES_H
#define TOOLS_ACCESSTOKEN_OPTION_VALUES_H

#include "tools/accesstoken/options.h"

typedef enum exit_code take_value(struct options *options,
                                  const struct option_rule *rule,
                                  const char *value);

/* Into the field of the rule; a duration is in seconds, and begins or, as an
 * age, ends now. */
take_value take_switch, take_text, take_duration, take_age;

/* Into the fields of their names. */
take_value take_sort;
take_value take_issued_by;
take_value take_limit;
take_value take_user;
take_value take_name;
take_value take_scope;
take_value take_granted_scope;
take_value take_added_scope;
take_value take_removed_scope;
take_value take_added_network;
take_value take_removed_network;
take_value take_status;
take_value take_listed_scope;
take_value take_network;
take_value take_expiry;
take_value take_address;

#endif
