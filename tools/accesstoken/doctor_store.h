/*
 * doctor_store.h - what doctor finds out about the store and its tokens.
 */
#ifndef TOOLS_ACCESSTOKEN_DOCTOR_STORE_H
#define TOOLS_ACCESSTOKEN_DOCTOR_STORE_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/findings.h"

/* Examines the file of the store, its tokens, and what they depend on: the
 * disk, the clock and the name service. */
void doctor_store(struct context *context, struct findings *findings);

#endif
