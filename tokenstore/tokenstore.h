/*
 * tokenstore.h - the public interface of libtokenstore: issue, list, modify,
 * revoke, rotate and verify access tokens.  Programs and the PAM module
 * include this header and no other one of the library.
 *
 * Conventions
 *   Errors     Functions that can fail return enum tokenstore_error, 0 on
 *              success.  On failure no output is touched, except that an
 *              output pointer to an object is set to NULL.
 *   Ownership  An object returned through a T ** belongs to the caller, who
 *              frees it with the _free (or _close) function of its type; these
 *              functions take a T **, set it to NULL and accept NULL.  A
 * string or object returned by an accessor belongs to the object asked, and is
 * valid until that object is changed or freed.  Arguments are copied; the
 * library keeps no pointer of the caller's. Threads    Different threads may
 * use different objects at the same time, even handles of the same store.  One
 * object may be used by only one thread at a time.  Functions without an
 * object are thread-safe.  None is async-signal-safe.  fork() is safe at any
 *              time, also in a signal handler.
 *   Signals    While a call has a store's file open or holds a lock, the
 *              signals of its thread are blocked, except SIGSEGV, SIGBUS,
 *              SIGFPE, SIGILL, SIGTRAP and SIGSYS; they arrive afterwards.
 *              While it waits for others, they arrive within 0.1 seconds.  No
 *              call with a store is a cancellation point: a thread that is
 *              cancelled meanwhile ends after the call.
 *   Times      int64_t, whole seconds since 1970-01-01T00:00:00Z.  The caller
 *              gives the current time: "now" is always a parameter.
 *   Secrets    A bearer token is returned once, by the call that issues it.
 *              Wipe it with tokenstore_wipe().  No message contains one.
 *   The library never prints, logs, exits or changes the environment.
 */
#ifndef TOKENSTORE_H
#define TOKENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOKENSTORE_CHECKED __attribute__((warn_unused_result))

/* The library is built with hidden symbols; those declared here are visible.
 */
#pragma GCC visibility push(default)

/* What went wrong.  New values are added at the end. */
enum tokenstore_error {
    TOKENSTORE_OK = 0,
    TOKENSTORE_ERROR_INVALID_ARGUMENT, /* a parameter outside its range */
    TOKENSTORE_ERROR_INVALID_BEARER,   /* not in the form of a bearer token */
    TOKENSTORE_ERROR_INVALID_IDENTITY, /* not an identity */
    TOKENSTORE_ERROR_INVALID_TIME,     /* neither a time nor a duration */
    TOKENSTORE_ERROR_INVALID_NAME,     /* not UTF-8, too long, or controls */
    TOKENSTORE_ERROR_INVALID_SCOPE,    /* not [a-z0-9._:-]{1,64} */
    TOKENSTORE_ERROR_INVALID_NETWORK,  /* neither address nor CIDR block */
    TOKENSTORE_ERROR_TIME_RANGE,       /* in the past, or beyond year 9999 */
    TOKENSTORE_ERROR_TOO_MANY,         /* scopes or networks */
    TOKENSTORE_ERROR_NO_SUCH_USER,     /* the identity has no account */
    TOKENSTORE_ERROR_USER_EXISTS, /* a virtual user's name has an account */
    TOKENSTORE_ERROR_NOT_A_USER,  /* a group, WORLD, a special domain */
    TOKENSTORE_ERROR_IDENTITY_MISMATCH, /* given fields contradict NSS */
    TOKENSTORE_ERROR_NSS_UNAVAILABLE,   /* the name service gave no answer */
    TOKENSTORE_ERROR_NOT_FOUND,         /* no token has this id */
    TOKENSTORE_ERROR_REFUSED,           /* verify says no; see the reason */
    TOKENSTORE_ERROR_MISSING,           /* there is no store at the path */
    TOKENSTORE_ERROR_PERMISSION,        /* the caller may not open the store */
    TOKENSTORE_ERROR_UNSAFE,            /* others could read or change it */
    TOKENSTORE_ERROR_UNAVAILABLE,       /* cannot be read or written now */
    TOKENSTORE_ERROR_BUSY,            /* others used the store for 5 seconds */
    TOKENSTORE_ERROR_DAMAGED,         /* the file contradicts itself */
    TOKENSTORE_ERROR_NEWER_FORMAT,    /* written by a later version */
    TOKENSTORE_ERROR_FULL,            /* no ids, or 3.5 GiB reached */
    TOKENSTORE_ERROR_EXISTS,          /* the file to write exists already */
    TOKENSTORE_ERROR_CONFLICT,        /* refused without explicit consent */
    TOKENSTORE_ERROR_OUTCOME_UNKNOWN, /* the change may or may not stand */
    TOKENSTORE_ERROR_NO_MEMORY,
    TOKENSTORE_ERROR_IO,          /* the disk failed; nothing changed */
    TOKENSTORE_ERROR_LIMIT,       /* more than the limits permit */
    TOKENSTORE_ERROR_UNSUPPORTED, /* this store cannot do that */
    TOKENSTORE_ERROR_FORBIDDEN,   /* not for this caller, or this token */
};

/*
 * The text of an error: one line, English, no full stop.  Never NULL, static.
 */
const char *tokenstore_strerror(enum tokenstore_error error);

/* Room for a message: one line about what went wrong, and its NUL. */
#define TOKENSTORE_MESSAGE_SIZE 512

/* The library's version, such as "0.1.0".  Static. */
const char *tokenstore_version(void);

/* ------------------------------------------------------------ bearer tokens
 *
 * "pamat1_" and 48 characters of unpadded base64url (RFC 4648 section 5):
 * id (8 bytes, big-endian), secret (24 random bytes), checksum (the first 4
 * bytes of BLAKE2b-256 (RFC 7693) with personalisation "accesstoken-csum"
 * over the prefix, id and secret).
 */
#define TOKENSTORE_BEARER_PREFIX "pamat1_"
#define TOKENSTORE_BEARER_LENGTH 55

/* The longest that another server's bearer tokens may be. */
#define TOKENSTORE_BEARER_MAX 511

struct tokenstore_bearer {
    char text[TOKENSTORE_BEARER_MAX + 1]; /* NUL-terminated */
};

/*
 * Tell whether a text that somebody presents is a bearer token, and read its
 * id, without a store.  Blanks, tabs, CR and LF around the token do not count.
 * Checks only the form and the checksum: anybody can make a text that passes.
 *   REFUSED         no bearer token, but the prefix is in it, in upper or
 *                   lower case or percent-encoded: a token that was damaged on
 *                   its way, or one with other text around it.  Do not pass it
 *                   on as a password.  *id is the id of a whole token in the
 *                   text, or 0
 *   INVALID_BEARER  anything else, such as a password
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_bearer_id(const char *text, size_t length, uint64_t *id);

/*
 * Replace everything in a text that is shaped like a bearer token, so that the
 * text can be logged or shown: by "pamat1_...id:42" if the token is whole,
 * otherwise by "pamat1_...".  Shaped like a token is the prefix and the
 * characters of base64url after it, where the prefix may be in upper case and
 * each character may be percent-encoded.  The text never becomes longer, and
 * what the token occupied is wiped.  Returns text.
 */
char *tokenstore_mask(char *text);

/* Overwrite a secret; the compiler does not optimise this away.  NULL is
 * allowed. */
void tokenstore_wipe(void *secret, size_t length);

/*
 * Copies text from outside in a form that a terminal and a log can take: each
 * byte of a control character (C0, DEL, C1), of a line or paragraph separator,
 * of a mark that changes the direction of text, and each byte that is not
 * UTF-8 becomes "\xNN".  Not reversible: a backslash stays as it is.
 *   escaped  gets the text and a NUL, cut off before what does not fit
 *   size     of escaped, at least 1; 4 times the length and 1 is enough
 * Returns the length of the result.
 */
size_t tokenstore_escape(const char *text, char *escaped, size_t size);

/* ------------------------------------------------------------------- times */

/* The expiration time of a token that never expires: later than every time. */
#define TOKENSTORE_NEVER INT64_MAX

/* The latest time that can be stored, 9999-12-31T23:59:59Z. */
#define TOKENSTORE_TIME_MAX INT64_C(253402300799)

/* Room for a formatted time and its NUL: "2027-01-31T00:00:00Z". */
#define TOKENSTORE_TIME_SIZE 21

/*
 * Parse a point in time: RFC 3339 with any offset (a fraction of a second is
 * cut off), a date (midnight UTC), a duration from now, or "never".
 * INVALID_TIME if it is none of these, TIME_RANGE if it is before 1970 or
 * after TOKENSTORE_TIME_MAX.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_time_parse(const char *text, int64_t now, int64_t *time);

/*
 * Parse a duration: digits and one of s, m, h, d, w ("90d"), in seconds.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_duration_parse(const char *text, int64_t *seconds);

/* Room for a formatted duration and its NUL. */
#define TOKENSTORE_DURATION_SIZE 24

/*
 * Write a duration in the form that tokenstore_duration_parse reads, in the
 * largest unit of d, h, m, s that leaves no remainder.  TIME_RANGE if it is
 * negative.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_duration_format(int64_t seconds,
                           char text[TOKENSTORE_DURATION_SIZE]);

/*
 * Write a time as RFC 3339 in UTC, whole seconds, "Z".  TIME_RANGE outside
 * 0 .. TOKENSTORE_TIME_MAX (TOKENSTORE_NEVER included).
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_time_format(int64_t time, char text[TOKENSTORE_TIME_SIZE]);

/* -------------------------------------------------------------- identities
 *
 * A user, in the terms of the REST schema: domain, auth_id, uid, gid, sid,
 * name; any of them may be unset.  auth_id is the uid in decimal, sid is
 * Samba's S-1-22-1-<uid> unless a better one was given.
 */
struct tokenstore_identity;

/*
 * Parse a user as people type it: a name, "uid:1000", "auth_id:1000",
 * "sid:S-1-22-1-1000", "S-1-22-1-1000", "local:jane", "ad:jane" or "AD\jane".
 * Does not ask the name service.  INVALID_IDENTITY if it is none of these,
 * NOT_A_USER for "group:...", "gid:..." or WORLD.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_parse(const char *text,
                          struct tokenstore_identity **identity);

/* A new identity with no field set. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_new(struct tokenstore_identity **identity);

/*
 * Set one field by its name in the schema ("domain", "auth_id", "uid",
 * "gid", "sid", "name"); numbers in decimal.  INVALID_IDENTITY if the field is
 * unknown, or its value is malformed or contradicts a field that is set;
 * NOT_A_USER for the domain of groups or of WORLD.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_set(struct tokenstore_identity *identity,
                        const char *field, const char *value);

/*
 * Complete an identity from the account that it names, through NSS (by its
 * reentrant functions; may block as long as NSS does).  All given fields must
 * agree with the account (IDENTITY_MISMATCH).  The domain stays
 * ACTIVE_DIRECTORY if it was given; else it becomes LOCAL if the account is in
 * /etc/passwd, and POSIX_USER if not.  NO_SUCH_USER if NSS says that there is
 * no such account, NSS_UNAVAILABLE if it gives no answer.
 *
 * With virtual_user the identity must be a bare name without an account (else
 * USER_EXISTS); the result has that name and the domain API_NULL_DOMAIN.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_resolve(const struct tokenstore_identity *given,
                            bool virtual_user,
                            struct tokenstore_identity **resolved);

/* The fields of the schema.  If one is not set, a text is NULL, and the
 * function for a number returns false. */
const char *
tokenstore_identity_domain(const struct tokenstore_identity *identity);
const char *
tokenstore_identity_auth_id(const struct tokenstore_identity *identity);
bool tokenstore_identity_uid(const struct tokenstore_identity *identity,
                             uint32_t *uid);
bool tokenstore_identity_gid(const struct tokenstore_identity *identity,
                             uint32_t *gid);
const char *
tokenstore_identity_sid(const struct tokenstore_identity *identity);
const char *
tokenstore_identity_name(const struct tokenstore_identity *identity);

void tokenstore_identity_free(struct tokenstore_identity **identity);

/* ----------------------------------------------------------- access tokens
 *
 * The same type of object describes a token to create, holds the new values
 * for a modify, and is what get, list and verify return.
 */
#define TOKENSTORE_NAME_MAX 128    /* bytes of UTF-8 */
#define TOKENSTORE_SCOPE_MAX 64    /* bytes of a scope */
#define TOKENSTORE_SCOPES_MAX 32   /* scopes of a token */
#define TOKENSTORE_NETWORKS_MAX 32 /* networks of a token */

/* Room for the text of an id and its NUL, even of another server's id. */
#define TOKENSTORE_ID_SIZE 65

struct tokenstore_token;

/* A new token: no user, enabled, never expires, no name, scope or network. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_new(struct tokenstore_token **token);

void tokenstore_token_free(struct tokenstore_token **token);

/* The user of the token, and the one who issues it (for information only). */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_user(struct tokenstore_token *token,
                          const struct tokenstore_identity *user);
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_creator(struct tokenstore_token *token,
                             const struct tokenstore_identity *creator);

/* Free text, at most 128 bytes of UTF-8 without control characters; "": no
 * name. INVALID_NAME. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_name(struct tokenstore_token *token, const char *name);

/* A time, or TOKENSTORE_NEVER.  TIME_RANGE. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_expiration_time(struct tokenstore_token *token,
                                     int64_t time);

void tokenstore_token_set_enabled(struct tokenstore_token *token,
                                  bool enabled);

/* Could a token have this scope: 1 to TOKENSTORE_SCOPE_MAX of a-z, 0-9 and
 * ". _ : -"?  Reads at most one byte more; allocates nothing. */
bool tokenstore_scope_is_valid(const char *scope);

/* Add a scope that is valid, unless the token has it already.
 * INVALID_SCOPE, TOO_MANY. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_add_scope(struct tokenstore_token *token, const char *scope);

/*
 * Add a network, an IPv4 or IPv6 address or CIDR block (RFC 4632, RFC 4291),
 * unless the token has it already.  Host bits are cleared; an IPv4-mapped
 * block of /96 or longer becomes IPv4.  INVALID_NETWORK, TOO_MANY.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_add_network(struct tokenstore_token *token,
                             const char *network);

/* Room for an address and its NUL. */
#define TOKENSTORE_ADDRESS_SIZE 46

/*
 * Write the address of a peer in the form in which addresses are compared:
 * that of RFC 5952, an IPv4-mapped address as IPv4, and without the zone of a
 * link-local address ("%eth0": 1 to 15 printable characters of ASCII).
 * INVALID_NETWORK if text is no address; NULL is none.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_address_format(const char *text,
                          char address[TOKENSTORE_ADDRESS_SIZE]);

/* 0 if the token has no id yet, or the server of a remote store uses an id
 * that is not a number. */
uint64_t tokenstore_token_id(const struct tokenstore_token *token);
/* Write the id for people: in decimal, or as the server of a remote store
 * writes it; "" if the token has none yet.  Returns text. */
const char *tokenstore_token_id_text(const struct tokenstore_token *token,
                                     char text[TOKENSTORE_ID_SIZE]);
const struct tokenstore_identity *
tokenstore_token_user(const struct tokenstore_token *token);
const struct tokenstore_identity *
tokenstore_token_creator(const struct tokenstore_token *token);
/* The id of the token that issued this one, by creating or rotating it, and
 * that of the first issuer in the chain of issuers, which nobody issued in the
 * name of a token.  Both are 0 if no token issued it.  The first issuer is at
 * most the issuer, which is less than the token's own id; neither need exist
 * any more. */
uint64_t tokenstore_token_issuer(const struct tokenstore_token *token);
uint64_t tokenstore_token_first_issuer(const struct tokenstore_token *token);
int64_t tokenstore_token_creation_time(const struct tokenstore_token *token);
int64_t tokenstore_token_expiration_time(const struct tokenstore_token *token);
bool tokenstore_token_enabled(const struct tokenstore_token *token);
const char *tokenstore_token_name(const struct tokenstore_token *token);
size_t tokenstore_token_scope_count(const struct tokenstore_token *token);
const char *tokenstore_token_scope(const struct tokenstore_token *token,
                                   size_t index);
size_t tokenstore_token_network_count(const struct tokenstore_token *token);
const char *tokenstore_token_network(const struct tokenstore_token *token,
                                     size_t index);
/* The name is "" if there is none; for an index out of range NULL is returned.
 */

enum tokenstore_status {
    TOKENSTORE_STATUS_ACTIVE,
    TOKENSTORE_STATUS_DISABLED, /* wins over expired */
    TOKENSTORE_STATUS_EXPIRED,  /* from the very second of expiration_time */
};

enum tokenstore_status
tokenstore_token_status(const struct tokenstore_token *token, int64_t now);

/* ------------------------------------------------------------------- store
 *
 * A handle keeps no file open between calls, so a store that restore replaces
 * is seen at once.  A call waits at most 5 seconds for other processes (BUSY).
 */
struct tokenstore;

/* The number of the file format, so far the only one (doc/FORMAT.md).  A file
 * that is NEWER_FORMAT to this library has a larger number. */
#define TOKENSTORE_FORMAT 1

/* The path if none is given: "/var/lib/accesstoken/tokens.tdb".  Static. */
const char *tokenstore_default_path(void);

/*
 * Make a handle for a store.  uri is a path or "tdb:PATH" for a file, or names
 * a remote store: "unix:/PATH" through that socket, "https://HOST[:PORT]" over
 * TLS, "http://HOST[:PORT]" only at a loopback address.  NULL is the default
 * path.  Opens nothing yet.  A relative path is taken from the current
 * directory now.  INVALID_ARGUMENT for an unknown scheme, an empty path, or
 * more in a URI than a host and a port.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_open(const char *uri, struct tokenstore **store);

void tokenstore_close(struct tokenstore **store);

/* The absolute path of the store's file, or the URI of a remote store. */
const char *tokenstore_path(const struct tokenstore *store);

/*
 * One line about the failure of the last call with this handle: what failed,
 * at which path, and what to do.  Never NULL; "" after success.  Valid until
 * the next call.
 */
const char *tokenstore_message(const struct tokenstore *store);

/*
 * What an administrator permits in the calls below that issue or change
 * tokens. Zero: no limit.
 */
struct tokenstore_limits {
    uint32_t tokens_per_user; /* active tokens of one user; also limits those
                                 that are not active, to 1,000 */
    int64_t lifetime_max;     /* seconds from now to the expiration_time */
    bool name_required;
};

/*
 * Let this handle remember up to so many tokens that tokenstore_verify()
 * accepted (0, the default: none), about 6 KB each.  Meant for a daemon that
 * is asked about the same tokens all the time.  A token is taken from memory
 * for at most one second, and only if it is proved that the store has not
 * changed since it was read; so a revocation takes effect at once.  What the
 * name service said about the account of its user is as old as the token.  The
 * handle of a remote store remembers nothing.  NO_MEMORY.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_set_memory(struct tokenstore *store, size_t tokens);

/*
 * Set the limits of this handle; NULL removes them.  A change beyond a limit
 * is refused with LIMIT; the message says which limit, and what to do.  Limits
 * are checked inside the transaction, so they hold even if several processes
 * that have set them issue tokens at the same time. create  all three apply; a
 * disabled token does not need a place among tokens_per_user rotate  likewise
 * for the new token, but a lifetime that is too long is shortened; without a
 * grace the old token does not count modify  may not remove a required name,
 * nor set an expiration_time beyond lifetime_max; making a token active again
 * needs a place among tokens_per_user, and a permitted lifetime Other changes
 * are not limited: a token from before the limits stays usable.
 */
void tokenstore_set_limits(struct tokenstore *store,
                           const struct tokenstore_limits *limits);

/*
 * Issue a token with the user, name, scopes, networks, enabled flag and
 * expiration_time of "token"; creation_time is now.  A missing store is
 * created, and so is its last directory (0700).  Durable on success.
 * TIME_RANGE if the expiration_time is not after now; INVALID_IDENTITY without
 * a resolved user. bearer   the secret, which cannot be read again later
 *   created  the token as stored; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_create(struct tokenstore *store,
                  const struct tokenstore_token *token, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created);

/* Read one token by its id.  NOT_FOUND. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_get(struct tokenstore *store, uint64_t id,
               struct tokenstore_token **token);

/* The most tokens of a page, and a usual number. */
#define TOKENSTORE_LIMIT_MAX 1000
#define TOKENSTORE_LIMIT_DEFAULT 100

struct tokenstore_list;

/*
 * Read a page of tokens in the order of their ids: those after the id "after"
 * (which need not exist; 0 for the first page), at most "limit" (at least 1;
 * more than TOKENSTORE_LIMIT_MAX is lowered to that), of one user, or of all
 * if user is NULL.
 *
 * A token belongs to the user if the name, uid or sid that "user" has set is
 * the stored one.  If "user" has an account, the name, uid and sid of that are
 * compared as well, so that all tokens of the account are found.  Tokens of a
 * deleted account are found by the stored identity.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_list(struct tokenstore *store,
                const struct tokenstore_identity *user, uint64_t after,
                uint32_t limit, struct tokenstore_list **list);

size_t tokenstore_list_count(const struct tokenstore_list *list);
/* NULL when the index is out of range.  Belongs to the list. */
const struct tokenstore_token *
tokenstore_list_token(const struct tokenstore_list *list, size_t index);
/* "After the last page": what tokenstore_list_next() returns, and
 * tokenstore_list() takes, if the pages of a remote store have keys of the
 * server's own.  It means the page that follows the last one read by this
 * handle. */
#define TOKENSTORE_AFTER_LAST UINT64_MAX

/* What to pass as "after" for the next page: an id, or TOKENSTORE_AFTER_LAST;
 * 0 when this was the last. */
uint64_t tokenstore_list_next(const struct tokenstore_list *list);
void tokenstore_list_free(struct tokenstore_list **list);

/* Which fields of "values" a modify takes. */
enum {
    TOKENSTORE_FIELD_NAME = 1 << 0,
    TOKENSTORE_FIELD_EXPIRATION_TIME = 1 << 1,
    TOKENSTORE_FIELD_ENABLED = 1 << 2,
    TOKENSTORE_FIELD_SCOPES = 1 << 3,   /* the whole set */
    TOKENSTORE_FIELD_NETWORKS = 1 << 4, /* the whole set */
};

/*
 * Replace some fields of a token.  NOT_FOUND; TIME_RANGE if a new
 * expiration_time is not after now and after the creation_time.
 *   fields    which ones, TOKENSTORE_FIELD_...; others are INVALID_ARGUMENT
 *   modified  the token as stored; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_modify(struct tokenstore *store, uint64_t id, unsigned int fields,
                  const struct tokenstore_token *values, int64_t now,
                  struct tokenstore_token **modified);

/*
 * Revoke tokens: delete their records.  If an id is missing, nothing is
 * changed (NOT_FOUND; the message names the missing ids).  More than 1,000 ids
 * are revoked in several transactions, each of which is atomic. revoked  the
 * tokens as they were, in the order of their ids; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_revoke(struct tokenstore *store, const uint64_t *ids, size_t count,
                  struct tokenstore_list **revoked);

/*
 * Revoke the tokens of a user (chosen as by tokenstore_list), at most
 * TOKENSTORE_LIMIT_MAX in one call, lowest ids first.  Call it until the
 * returned list is empty: at that moment the user had no token left.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_revoke_user(struct tokenstore *store,
                       const struct tokenstore_identity *user,
                       struct tokenstore_list **revoked);

/*
 * Replace a token by a new one with a new id and secret, the same user, name,
 * scopes, networks and enabled flag, and the old one's lifetime from now on.
 * In the same transaction the old token is deleted (grace 0), or its
 * expiration_time is lowered to now + grace, never raised.  NOT_FOUND.
 *   grace    in seconds, 0 or more
 *   creator  of the new token; NULL: the old token's
 *   created  the new token; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_rotate(struct tokenstore *store, uint64_t id, int64_t grace,
                  const struct tokenstore_identity *creator, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created);

/*
 * Many changes in one transaction, which share its cost.
 *
 * A tokenstore_approve function is called inside the transaction, before a
 * change is made, with the token as it is (NULL for create) and as it will be
 * (NULL for revoke; the new one for rotate).  Every result but OK refuses the
 * change with that error, before other checks could tell something about the
 * token; the message for NOT_FOUND is that of a token which does not exist.
 * The function may be called several times for one change, and must not use
 * any store.
 */
typedef enum tokenstore_error
tokenstore_approve(const struct tokenstore_token *before,
                   const struct tokenstore_token *after, void *argument);

enum tokenstore_change_kind {
    TOKENSTORE_CHANGE_CREATE,
    TOKENSTORE_CHANGE_MODIFY,
    TOKENSTORE_CHANGE_REVOKE,
    TOKENSTORE_CHANGE_ROTATE,
};

/* One change.  Zero-initialise, then set the members that the kind needs. */
struct tokenstore_change {
    enum tokenstore_change_kind kind;
    uint64_t id;                               /* all but create */
    const struct tokenstore_token *values;     /* create, modify */
    unsigned int fields;                       /* modify */
    int64_t grace;                             /* rotate */
    const struct tokenstore_identity *creator; /* rotate; NULL keeps it */
    bool keep_expiration; /* rotate: keep the expiration_time itself */
    /*
     * The token in whose name the change is made; 0: no token's.  Unless it
     * exists and is active when the change is made, the change is FORBIDDEN:
     * a token that was revoked meanwhile issues nothing.  create and rotate
     * record it as the issuer.  Without it, a created token has no issuer, and
     * a rotated one has that of the token which it replaces.
     */
    uint64_t caller_token;
    tokenstore_approve *approve; /* NULL: nobody is asked */
    void *argument;              /* for approve */

    /* The outcome, set by tokenstore_apply(). */
    enum tokenstore_error error;
    char message[TOKENSTORE_MESSAGE_SIZE]; /* as of tokenstore_message() */
    struct tokenstore_token *token;  /* after the change; for revoke before it;
                                        NULL on an error.  The caller frees */
    struct tokenstore_bearer bearer; /* create, rotate.  The caller wipes */
};

/* The most changes that one call takes. */
#define TOKENSTORE_CHANGES_MAX 1000

/*
 * Make changes, one after the other, in one transaction.  A change that is
 * refused or fails is left out, and the others are made.  Each does what the
 * function of its name does (revoke: for one id), and sees the result of those
 * before it.
 *   OK    each change has its own outcome; those whose error is OK are durable
 *   else  the transaction failed (BUSY, IO, OUTCOME_UNKNOWN ...): this is the
 *         error of each change, except of those that were left out before
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_apply(struct tokenstore *store, struct tokenstore_change *changes,
                 size_t count, int64_t now);

/* ----------------------------------------------------------- remote stores
 *
 * A store behind HTTP: accesstokend, or another server that speaks the first
 * version of its interface (list and create).  The functions above and below
 * work as for a file, with these differences:
 *   - Users, rights, limits and the clock are those of the server: "now" and
 * the limits of the handle are not used, and a creator is not sent.
 *   - create: a token without a user is for the caller, as the server knows
 *     them; if no expiration_time was set, the server's default applies.  A
 * new token that is not as asked for, or cannot be read, is revoked again.
 *   - Another server's ids may be words of letters, digits and "._:-", which
 * only tokenstore_token_id_text() returns.  Such tokens can be created,
 * listed, and revoked with all tokens of their user; the functions that take
 * an id take a number.
 *   - list returns at most 500 tokens.  If the pages have keys that are not
 * ids, tokenstore_list_next() is TOKENSTORE_AFTER_LAST: read the pages one
 * after the other, with the same user and limit.
 *   - apply and revoke are a series of single requests; apply with an approve
 *     function, with keep_expiration or with caller_token is UNSUPPORTED.
 *   - If the server does not show a token to the caller (one that revoked or
 *     rotated itself), the token has its id and whatever else is known;
 * unknown times are TOKENSTORE_NEVER.
 *   - verify: on OK the token has the id, the user's name and the scopes; it
 *     keeps the secret for verify_again, and is wiped when it is freed.  There
 * is no token on REFUSED.  A server on TCP judges by the address of its own
 *     peer: another address is UNSUPPORTED, and so is any_scope.
 *   - store_id, check, backup and restore are UNSUPPORTED.
 * A call about one token takes at most 5 seconds in all, and then fails with
 * UNAVAILABLE, or with OUTCOME_UNKNOWN if the change may have been made.  If
 * the server refuses, the error is PERMISSION (log in first), FORBIDDEN,
 * CONFLICT, BUSY, INVALID_ARGUMENT or NOT_FOUND, with its words as the
 * message; UNSUPPORTED if it cannot do that.  An answer that is not exactly as
 * it must be is UNAVAILABLE.
 *
 * verify through a unix: socket loads nothing and leaves no copy of the token.
 * It is UNSAFE unless root, the caller or a system user listens there.  The
 * first other call loads a plugin with libcurl, for good.  If it is missing,
 * of another version or unsafe, the call fails with UNAVAILABLE or UNSAFE. The
 * plugin changes no signal handler, and uses no proxy, .netrc or key log that
 * the environment names.
 */

/* Credentials for a remote store.  Zero-initialise; NULL: not given. */
struct tokenstore_remote {
    const char
        *ca_file; /* PEM: trusted authorities, instead of the system's */
    const char *client_certificate; /* PEM; needs its key */
    const char *client_key;         /* PEM, without a passphrase */
    const char *token_file;         /* a bearer token, alone on its line */
    const char *token; /* such a line itself; not with token_file */
};

/*
 * Set all credentials of a handle.  The files are read in each call that
 * follows; those of the key and the token must be owned by the caller or root,
 * and nobody else may have access to them (UNSAFE).  The handle keeps a copy
 * of a token, and wipes it when it is closed or gets other credentials.
 * INVALID_ARGUMENT if the store is a file, or for certificates without TLS.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_set_remote(struct tokenstore *store,
                      const struct tokenstore_remote *options);

/* ------------------------------------------------------------------ verify */

/* Why a token was refused: the first rule that failed.  For logs; the one who
 * presented the token must only be told "no". */
enum tokenstore_reason {
    TOKENSTORE_REASON_NONE = 0,
    TOKENSTORE_REASON_UNKNOWN, /* no such id: never issued, or revoked */
    TOKENSTORE_REASON_SECRET,  /* the id exists, the secret is wrong */
    TOKENSTORE_REASON_DISABLED,
    TOKENSTORE_REASON_EXPIRED,
    TOKENSTORE_REASON_USER, /* another user's, or the account changed */
    TOKENSTORE_REASON_SCOPE,
    TOKENSTORE_REASON_NETWORK,
    TOKENSTORE_REASON_INVALID, /* one of those from UNKNOWN to USER: the server
                                  of a remote store does not say which */
    TOKENSTORE_REASON_MALFORMED, /* tokenstore_bearer_id() says REFUSED */
};

/* The word for logs: "unknown", "secret", ... ("none").  Static. */
const char *tokenstore_reason_name(enum tokenstore_reason reason);

/* A question about a bearer token.  Zero-initialise, then set. */
struct tokenstore_request {
    const char *bearer; /* as presented, also with blanks, tabs, CR and LF
                           around it; need not be NUL-terminated */
    size_t bearer_length;
    const char *user; /* the token must belong to this user; NULL: to any */
    const char *const *scopes; /* the token must permit all of them */
    size_t scope_count;
    const char *address; /* of the peer, as text; NULL: not known */
    int64_t now;
    bool any_scope; /* do not check scopes: to learn whose token it is */
};

/*
 * May this token be used?  Only OK is a yes.  INVALID_BEARER: the text is not
 * a bearer token, and the store was not opened.  REFUSED: a rule refuses the
 * token, *reason is the first one that does; or the text is MALFORMED, and the
 * store was not opened.  After NSS_UNAVAILABLE and all
 * other errors the answer is not known; treat them as a no.
 *   token   may be NULL.  The token, on OK, and on REFUSED for a reason from
 *           DISABLED to NETWORK: then the secret was right
 *   reason  TOKENSTORE_REASON_NONE unless REFUSED
 */
TOKENSTORE_CHECKED enum tokenstore_error tokenstore_verify(
    struct tokenstore *store, const struct tokenstore_request *request,
    struct tokenstore_token **token, enum tokenstore_reason *reason);

/*
 * Verify again a token that tokenstore_verify() returned: the same rules,
 * applied to what the store holds now.  The bearer of the request is not used.
 * REFUSED with REASON_UNKNOWN if the token is gone.
 */
TOKENSTORE_CHECKED enum tokenstore_error tokenstore_verify_again(
    struct tokenstore *store, const struct tokenstore_token *token,
    const struct tokenstore_request *request, enum tokenstore_reason *reason);

/* ---------------------------------------------------------------- last use
 *
 * When a token was last accepted, for what and from where: kept beside the
 * store's file, in PATH.last-use, by the programs that accept tokens.  Best
 * effort, so that no login waits for it: exact to the minute, and missing if
 * that file cannot be written.
 */
#define TOKENSTORE_USE_SERVICE_MAX 44 /* bytes of ASCII */
#define TOKENSTORE_USE_ADDRESS_MAX 47

struct tokenstore_use {
    int64_t time; /* TOKENSTORE_NEVER: never used */
    char service[TOKENSTORE_USE_SERVICE_MAX + 1]; /* "": not known */
    char address[TOKENSTORE_USE_ADDRESS_MAX + 1];
};

/*
 * Note that a token which tokenstore_verify() returned was accepted.  Written
 * at most once a minute for each token, and only if the process may write
 * files of any size (RLIMIT_FSIZE).  Takes no lock, reports no error, and
 * leaves the message of the handle alone.  Does nothing for a remote store,
 * whose server notes the uses. service  what it was used for: the name of a
 * PAM service, a scope address  of the peer, as in the request; NULL: not
 * known
 */
void tokenstore_note_use(struct tokenstore *store,
                         const struct tokenstore_token *token,
                         const char *service, const char *address,
                         int64_t now);

/*
 * Give back the disk space that the last uses of revoked tokens take.  The
 * file of a store with a token in every few ids gives little back, and one on
 * a file system that cannot do it nothing.  UNSUPPORTED for a remote store.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_discard_uses(struct tokenstore *store);

/* The last use of a token that get or list returned; false if it is not known.
 */
bool tokenstore_token_last_use(const struct tokenstore_token *token,
                               struct tokenstore_use *use);

/* ----------------------------------------------- check, backup and restore */

/* Room for the id of a store and its NUL: 32 hexadecimal digits. */
#define TOKENSTORE_STORE_ID_SIZE 33

/*
 * Read the id of the store: random, made with the store, kept by backup and
 * restore, so that a store knows its own backups.  "" if the store has none
 * yet; its next change gives it one.  UNSUPPORTED for a remote store.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_store_id(struct tokenstore *store,
                    char id[TOKENSTORE_STORE_ID_SIZE]);

/* Lines of text for people, in order. */
struct tokenstore_report;
size_t tokenstore_report_count(const struct tokenstore_report *report);
const char *tokenstore_report_line(const struct tokenstore_report *report,
                                   size_t index);
void tokenstore_report_free(struct tokenstore_report **report);

/*
 * Check the file, all records and all index entries, on a private copy in
 * memory of one consistent state; changes nothing.  DAMAGED if anything is
 * wrong, with a line for each finding.  On OK the lines say what was checked,
 * the id of the store, and how much space an interrupted change has left
 * unused, which is not damage.  NEWER_FORMAT, without a report, if a later
 * version wrote the file and nothing else is wrong.  A hostile file may crash
 * libtdb: call this in a process of its own, as the command accesstoken does.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_check(struct tokenstore *store, struct tokenstore_report **report);

/*
 * Write a complete, consistent copy of the store to a new file (0600).  EXISTS
 * if the file exists already, DAMAGED if the store is not sound.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_backup(struct tokenstore *store, const char *file);

/*
 * Write the same copy to a descriptor, from where it stands: to a pipe, a
 * socket or a file, which may be non-blocking.  Nothing is written unless the
 * copy is complete and the store sound; a copy in memory is made first.  Then
 * the call waits for the other end, as long as that takes, and holds no lock;
 * nothing is synced.  A closed pipe is SIGPIPE, as for write(2), or IO.
 *   size  how many bytes were written; may be NULL.  Also set on an error:
 *         they are no backup then
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_backup_to(struct tokenstore *store, int fd, uint64_t *size);

/*
 * Replace the store by a backup, atomically; the file is rebuilt in the
 * current format.  A damaged backup is refused (DAMAGED).  Only what the
 * current store cannot contradict comes back: tokens that were revoked in it
 * are left out, and of a token that both have, the current record stays whole.
 * The report names each token that is left out, that differs, and how, or that
 * is in the current store and not in the backup: it goes.  The next id becomes
 * the larger one of both stores plus 2^20.
 *
 * CONFLICT if the current store cannot be read or is missing; if the ids of
 * the store and the backup differ (one that has none does not differ); if the
 * backup's next id is above the store's; or if one token id stands for two
 * tokens, with another secret or creation_time.  With accept_revoked the
 * backup is restored nevertheless: tokens that were revoked since may then
 * become valid again.  Only if both have the same id does the current store
 * still say which tokens were revoked.  The store then has the backup's id.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_restore(struct tokenstore *store, const char *file,
                   bool accept_revoked, struct tokenstore_report **report);

/*
 * The same with a backup that is read from a descriptor, which may be
 * non-blocking, from where it stands to its end.  It is copied into the
 * directory of the store, as a file of mode 0600 without a name, and that copy
 * is judged; nobody can tell who else could have written it.  While this waits
 * for the other end, as long as that takes, it holds no lock.  IO if there is
 * no room for the copy; whatever happens, nothing is left of it.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_restore_from(struct tokenstore *store, int fd, bool accept_revoked,
                        struct tokenstore_report **report);

/* ------------------------------------------------------------------- files */

/*
 * Open a file for reading that nobody but root and the caller can have written
 * or exchanged: it must be a regular file that one of them owns and nobody
 * else can write, and so must each directory above it (a sticky directory may
 * be writable).  For configuration and keys; never for the file of a store.
 * MISSING, UNSAFE, PERMISSION ...
 *   fd       to be closed by the caller; -1 on an error
 *   message  one line about what is wrong, with the path; "" on success
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_open_trusted(const char *path, int *fd,
                        char message[TOKENSTORE_MESSAGE_SIZE]);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* TOKENSTORE_H */
