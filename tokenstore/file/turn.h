/*
 * turn.h - the mutex of the process around every open tdb file.
 */
#ifndef TOKENSTORE_FILE_TURN_H
#define TOKENSTORE_FILE_TURN_H

#include "tokenstore/host/deadline.h"
#include "tokenstore/values/message.h"

/*
 * Take the mutex, from before a store's file is opened until it is closed.
 * Returns BUSY, with the message, if another thread still holds it at the
 * deadline.  A fork in another thread waits until the mutex is free.  Until
 * turn_leave(), neither signals nor cancellation reach the calling thread
 * (interruption.h).
 */
enum tokenstore_error turn_enter(const struct deadline *deadline,
                                 struct message *message);

void turn_leave(void);

#endif
