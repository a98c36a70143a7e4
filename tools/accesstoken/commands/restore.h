/*
 * restore.h - accesstoken restore: replace the store by a backup.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_RESTORE_H
#define TOOLS_ACCESSTOKEN_COMMANDS_RESTORE_H

#include "tools/accesstoken/command.h"

/* Replaces all of it or nothing.  Tokens that were revoked since the backup
 * come back only with --accept-revoked. */
enum exit_code command_restore(struct context *context);

#endif
