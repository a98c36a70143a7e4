/*
 * doctor.h - accesstoken doctor: find what is wrong.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_DOCTOR_H
#define TOOLS_ACCESSTOKEN_COMMANDS_DOCTOR_H

#include "tools/accesstoken/command.h"

/* Prints a line for each thing that was looked at.  EXIT_FAILED if one of them
 * does not work. */
enum exit_code command_doctor(struct context *context);

#endif
