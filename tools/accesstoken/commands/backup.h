/*
 * backup.h - accesstoken backup: write a copy of the store to a new file.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_BACKUP_H
#define TOOLS_ACCESSTOKEN_COMMANDS_BACKUP_H

#include "tools/accesstoken/command.h"

/* Writes a complete and consistent copy, in which the tokens are as secret as
 * in the store.  An existing file is an error (EXIT_CONFLICT). */
enum exit_code command_backup(struct context *context);

#endif
