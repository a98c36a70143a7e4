/*
 * backend.h - what the handle asks of a store, whatever its kind: one table of
 * functions for a file on this machine (local/), one for a server (remote/).
 */
#ifndef TOKENSTORE_BACKEND_H
#define TOKENSTORE_BACKEND_H

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/message.h"

/*
 * The functions of one kind of store.  "store" is the state that open() made.
 *
 * Each does what the function of tokenstore.h with its name does, and returns
 * the same errors; store.c has checked the arguments and emptied the message.
 * An error that says more than its text leaves a message.  UNSUPPORTED is what
 * this kind of store cannot do.  One store is used by one thread at a time.
 */
struct backend {
    /* Make the state for a path or URI; nothing is opened yet.
     * INVALID_ARGUMENT, NO_MEMORY. */
    enum tokenstore_error (*open)(const char *place, void **store);
    void (*close)(void *store);

    /* The absolute path or the URI.  Belongs to the store. */
    const char *(*path)(const void *store);

    /* Where the other functions describe an error.  Belongs to the store. */
    struct message *(*message)(void *store);

    enum tokenstore_error (*set_remote)(
        void *store, const struct tokenstore_remote *options);
    enum tokenstore_error (*set_memory)(void *store, size_t tokens);

    /* "token" is there, and is filled in. */
    enum tokenstore_error (*get)(void *store, uint64_t id,
                                 struct tokenstore_token *token);

    /* limit is 1 to TOKENSTORE_LIMIT_MAX; *list is NULL on an error. */
    enum tokenstore_error (*list)(void *store,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_list **list);

    /*
     * Make those of the changes (TOKENSTORE_CHANGES_MAX at most) whose error
     * is OK.  Each of them has a token to be filled in.  If one fails, its
     * error and message are set; its token and bearer may then hold anything.
     * Fails as a whole with the error that is set in each change which did not
     * fail by itself.
     */
    enum tokenstore_error (*apply)(void *store,
                                   const struct tokenstore_limits *limits,
                                   struct tokenstore_change *changes,
                                   size_t count, int64_t now);

    /* ids are in order, without repeats; "revoked" is empty, with room for
     * count tokens, and may hold anything after an error. */
    enum tokenstore_error (*revoke)(void *store, const uint64_t *ids,
                                    size_t count,
                                    struct tokenstore_list *revoked);
    enum tokenstore_error (*revoke_user)(
        void *store, const struct tokenstore_identity *user,
        struct tokenstore_list **revoked);

    /* *token is NULL and *reason NONE at first; token may be NULL. */
    enum tokenstore_error (*verify)(void *store,
                                    const struct tokenstore_request *request,
                                    struct tokenstore_token **token,
                                    enum tokenstore_reason *reason);
    enum tokenstore_error (*verify_again)(
        void *store, const struct tokenstore_token *token,
        const struct tokenstore_request *request,
        enum tokenstore_reason *reason);

    /* Leaves the message alone. */
    void (*note_use)(void *store, const struct tokenstore_token *token,
                     const char *service, const char *address, int64_t now);
    enum tokenstore_error (*discard_uses)(void *store);

    /* "id" may hold anything after an error. */
    enum tokenstore_error (*store_id)(void *store,
                                      char id[TOKENSTORE_STORE_ID_SIZE]);
    enum tokenstore_error (*check)(void *store,
                                   struct tokenstore_report **report);
    enum tokenstore_error (*backup)(void *store, const char *file);
    enum tokenstore_error (*backup_to)(void *store, int fd, uint64_t *size);
    enum tokenstore_error (*restore)(void *store, const char *file,
                                     bool accept_revoked,
                                     struct tokenstore_report **report);
    enum tokenstore_error (*restore_from)(void *store, int fd,
                                          bool accept_revoked,
                                          struct tokenstore_report **report);
};

#endif
