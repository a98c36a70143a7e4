/*
 * tokenstore.h - the public interface of libtokenstore: issue, list, modify,
 * revoke, rotate and verify access tokens.  The one header that programs and
 * the PAM module may include; nothing outside tokenstore/ sees another.
 *
 * Conventions
 *   Errors     Functions that can fail return enum tokenstore_error, 0 on
 *              success.  On failure no output is touched, except that an
 *              output pointer to an object is set to NULL.
 *   Ownership  An object returned through a T ** belongs to the caller, who
 *              frees it with the _free (or _close) function of its type; those
 *              take a T **, set it to NULL and accept NULL.  A string or
 *              object returned by an accessor belongs to the object asked and
 *              lives as long as that is neither changed nor freed.  Arguments
 *              are copied; nothing keeps a caller's pointer.
 *   Threads    Different threads may use different objects at once, store
 *              handles of the same file included.  One object is used by one
 *              thread at a time.  Functions without an object are thread-safe.
 *              None is async-signal-safe.  fork() is safe at any time.
 *   Times      int64_t, whole seconds since 1970-01-01T00:00:00Z.  The caller
 *              brings the clock: "now" is always a parameter.
 *   Secrets    A bearer token is returned once, by what issues it.  Wipe it
 *              with tokenstore_wipe().  No error text ever contains one.
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

/* The library is built with hidden symbols; what is declared here is not. */
#pragma GCC visibility push(default)

/* What went wrong.  New values are added at the end. */
enum tokenstore_error {
    TOKENSTORE_OK = 0,
    TOKENSTORE_ERROR_INVALID_ARGUMENT,  /* a parameter outside its range */
    TOKENSTORE_ERROR_INVALID_BEARER,    /* not the shape of a bearer token */
    TOKENSTORE_ERROR_INVALID_IDENTITY,  /* not an identity */
    TOKENSTORE_ERROR_INVALID_TIME,      /* neither a time nor a duration */
    TOKENSTORE_ERROR_INVALID_NAME,      /* not UTF-8, too long, or controls */
    TOKENSTORE_ERROR_INVALID_SCOPE,     /* not [a-z0-9._:-]{1,64} */
    TOKENSTORE_ERROR_INVALID_NETWORK,   /* neither address nor CIDR block */
    TOKENSTORE_ERROR_TIME_RANGE,        /* in the past, or beyond year 9999 */
    TOKENSTORE_ERROR_TOO_MANY,          /* scopes or networks */
    TOKENSTORE_ERROR_NO_SUCH_USER,      /* the identity has no account */
    TOKENSTORE_ERROR_USER_EXISTS,       /* a virtual user's name resolves */
    TOKENSTORE_ERROR_NOT_A_USER,        /* a group, WORLD, a special domain */
    TOKENSTORE_ERROR_IDENTITY_MISMATCH, /* given fields contradict NSS */
    TOKENSTORE_ERROR_NSS_UNAVAILABLE,   /* the name service gave no answer */
    TOKENSTORE_ERROR_NOT_FOUND,         /* no token has this id */
    TOKENSTORE_ERROR_REFUSED,           /* verify says no; see the reason */
    TOKENSTORE_ERROR_MISSING,           /* there is no store at the path */
    TOKENSTORE_ERROR_PERMISSION,        /* the caller may not open the store */
    TOKENSTORE_ERROR_UNSAFE,            /* others could read or change it */
    TOKENSTORE_ERROR_UNAVAILABLE,       /* cannot be read or written now */
    TOKENSTORE_ERROR_BUSY,              /* no turn within 5 seconds */
    TOKENSTORE_ERROR_DAMAGED,           /* the file contradicts itself */
    TOKENSTORE_ERROR_NEWER_FORMAT,      /* written by a later version */
    TOKENSTORE_ERROR_FULL,              /* no ids, or 3.5 GiB reached */
    TOKENSTORE_ERROR_EXISTS,            /* the file to write is there */
    TOKENSTORE_ERROR_CONFLICT,          /* refused without an explicit yes */
    TOKENSTORE_ERROR_OUTCOME_UNKNOWN,   /* the change may or may not stand */
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

/* Room for a message: a line about what went wrong, and its NUL. */
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
 * Read the id out of a bearer token without a store.  Proves the token's
 * shape and checksum, nothing else: everybody can make one that passes.
 * INVALID_BEARER when it is not an access token.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_bearer_id(const char *text, size_t length, uint64_t *id);

/* Overwrite a secret in a way that the compiler keeps.  NULL is allowed. */
void tokenstore_wipe(void *secret, size_t length);

/* ------------------------------------------------------------------- times */

/* The expiration time of a token that has none: later than every time. */
#define TOKENSTORE_NEVER INT64_MAX

/* The latest time that can be stored, 9999-12-31T23:59:59Z. */
#define TOKENSTORE_TIME_MAX INT64_C(253402300799)

/* Room for a formatted time and its NUL: "2027-01-31T00:00:00Z". */
#define TOKENSTORE_TIME_SIZE 21

/*
 * Parse a point in time: RFC 3339 with any offset (a fraction of a second is
 * cut off), a date (midnight UTC), a duration counted from now, or "never".
 * INVALID_TIME when it is none of these, TIME_RANGE before 1970 or beyond
 * TOKENSTORE_TIME_MAX.
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
 * Write a duration as tokenstore_duration_parse reads it, in the largest of
 * d, h, m, s that leaves no remainder.  TIME_RANGE when it is negative.
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
 * Parse what a person types: a name, "uid:1000", "auth_id:1000",
 * "sid:S-1-22-1-1000", "local:jane", "ad:jane" or "AD\jane".  Looks nothing
 * up.  INVALID_IDENTITY when it is none of these, NOT_A_USER for a "group:"
 * or "gid:" form or WORLD.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_parse(const char *text,
                          struct tokenstore_identity **identity);

/* A new identity with no field set. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_new(struct tokenstore_identity **identity);

/*
 * Set one field by its name in the schema ("domain", "auth_id", "uid",
 * "gid", "sid", "name"); numbers in decimal.  INVALID_IDENTITY for an unknown
 * field or a malformed value or one that contradicts a field already set,
 * NOT_A_USER for the domain of a group or WORLD.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_set(struct tokenstore_identity *identity,
                        const char *field, const char *value);

/*
 * Complete an identity from the account that it names, through NSS (the
 * reentrant calls; this may block as long as NSS does).  Every field given
 * must agree with the account (IDENTITY_MISMATCH).  The domain becomes LOCAL
 * when the account stands in /etc/passwd, stays ACTIVE_DIRECTORY where asked
 * for, else becomes POSIX_USER.  NO_SUCH_USER when NSS says that there is
 * none, NSS_UNAVAILABLE when it does not say.
 *
 * With virtual_user the identity must be a bare name that does not resolve
 * (else USER_EXISTS); the result has that name and domain API_NULL_DOMAIN.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_identity_resolve(const struct tokenstore_identity *given,
                            bool virtual_user,
                            struct tokenstore_identity **resolved);

/* The schema's fields.  Text is NULL where unset; numbers return false. */
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
 * The record.  The same object describes a token to create, carries the new
 * values of a modify, and is what get, list and verify return.
 */
#define TOKENSTORE_NAME_MAX 128    /* bytes of UTF-8 */
#define TOKENSTORE_SCOPE_MAX 64    /* bytes of a scope */
#define TOKENSTORE_SCOPES_MAX 32   /* scopes of a token */
#define TOKENSTORE_NETWORKS_MAX 32 /* networks of a token */

/* Room for the text of an id and its NUL: of another server's, too. */
#define TOKENSTORE_ID_SIZE 65

struct tokenstore_token;

/* A new token: no user, enabled, never expires, no name, scope, network. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_new(struct tokenstore_token **token);

void tokenstore_token_free(struct tokenstore_token **token);

/* Whom the token is for, and who issues it (which decides nothing). */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_user(struct tokenstore_token *token,
                          const struct tokenstore_identity *user);
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_creator(struct tokenstore_token *token,
                             const struct tokenstore_identity *creator);

/* Free text, at most 128 bytes of UTF-8 without control characters; "" is
 * none.  INVALID_NAME. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_name(struct tokenstore_token *token, const char *name);

/* A time, or TOKENSTORE_NEVER.  TIME_RANGE. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_set_expiration_time(struct tokenstore_token *token,
                                     int64_t time);

void tokenstore_token_set_enabled(struct tokenstore_token *token,
                                  bool enabled);

/* Add a scope, [a-z0-9._:-]{1,64}; one it has already is not added again.
 * INVALID_SCOPE, TOO_MANY. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_add_scope(struct tokenstore_token *token, const char *scope);

/*
 * Add a network: an IPv4 or IPv6 address or CIDR block (RFC 4632, RFC 4291);
 * host bits are cleared, an IPv4-mapped block of /96 or longer becomes IPv4,
 * and one it has already is not added again.  INVALID_NETWORK, TOO_MANY.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_token_add_network(struct tokenstore_token *token,
                             const char *network);

/* 0 for one that has none yet, or one of a remote store that is no number. */
uint64_t tokenstore_token_id(const struct tokenstore_token *token);
/* The id to show to people: in decimal, or as the server of a remote store
 * writes it; "" for one that has none yet.  Returns text. */
const char *tokenstore_token_id_text(const struct tokenstore_token *token,
                                     char text[TOKENSTORE_ID_SIZE]);
const struct tokenstore_identity *
tokenstore_token_user(const struct tokenstore_token *token);
const struct tokenstore_identity *
tokenstore_token_creator(const struct tokenstore_token *token);
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
/* name is "" where there is none; an index out of range returns NULL. */

enum tokenstore_status {
    TOKENSTORE_STATUS_ACTIVE,
    TOKENSTORE_STATUS_DISABLED, /* wins over expired */
    TOKENSTORE_STATUS_EXPIRED,  /* from the very second of expiration_time */
};

enum tokenstore_status
tokenstore_token_status(const struct tokenstore_token *token, int64_t now);

/* ------------------------------------------------------------------- store
 *
 * A handle keeps no file open between calls, so a store replaced by restore
 * is seen at once.  A call waits at most 5 seconds for others (BUSY).
 */
struct tokenstore;

/* The format of a store's file, so far the only one (doc/FORMAT.md): one that
 * is NEWER_FORMAT to this library has a larger number. */
#define TOKENSTORE_FORMAT 1

/* The path used when none is given, "/var/lib/accesstoken/tokens.tdb". */
const char *tokenstore_default_path(void);

/*
 * Make a handle for the store that a path or "tdb:PATH" names, or for a remote
 * one: "unix:/PATH" is spoken to through that socket, "https://HOST[:PORT]"
 * over TLS, "http://..." only at a loopback address.  NULL is the default.
 * Opens nothing yet.  INVALID_ARGUMENT for an unknown scheme, an empty path,
 * or more in a URI than a host and a port.  A relative path is taken from the
 * current directory at once.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_open(const char *uri, struct tokenstore **store);

void tokenstore_close(struct tokenstore **store);

/* The absolute path of the store's file, or the URI of a remote store. */
const char *tokenstore_path(const struct tokenstore *store);

/*
 * One line about the last call on this handle that failed: what and which
 * path, and what to do.  Never NULL, "" after success; overwritten by the
 * next call.
 */
const char *tokenstore_message(const struct tokenstore *store);

/*
 * What an administrator permits, the same in all calls below that issue or
 * change tokens.  Zero: no limit.
 */
struct tokenstore_limits {
    uint32_t tokens_per_user; /* active ones, of one user; and of those that
                                 are not, 1,000 */
    int64_t lifetime_max;     /* seconds from now to the expiration_time */
    bool name_required;
};

/*
 * Let this handle remember up to so many tokens that tokenstore_verify()
 * found good (0: none, as at first), about 6 KB each: for a daemon that is
 * asked for the same ones all the time.  A token is taken from memory for a
 * second at most, and only where the store is proved not to have changed
 * since it was read; so a revocation counts at once, as without.  What the
 * name service said of its user's account is as old as that.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_set_memory(struct tokenstore *store, size_t tokens);

/*
 * Limit what this handle does (NULL: no more): LIMIT is the error then, and
 * the message says which and what to do.  They hold inside the transaction,
 * so at the same moment for everybody who has set them.
 *   create  is held to all three; a disabled token to no number
 *   rotate  likewise, for the new token, but a lifetime that is too long is
 *           cut; without a grace the old one does not count
 *   modify  may not take a needed name away, nor set an expiration_time
 *           beyond; what makes a token active again is held to the number and
 *           the lifetime
 * Other changes are free: what breaks a limit that is newer stays usable.
 */
void tokenstore_set_limits(struct tokenstore *store,
                           const struct tokenstore_limits *limits);

/*
 * Issue a token for the user, name, scopes, networks, enabled flag and
 * expiration_time that "token" describes; creation_time is now.  A missing
 * store, and its last directory (0700), are made.  Durable on success.
 * TIME_RANGE when the expiration_time is not after now.
 *   bearer   the secret, shown this once
 *   created  the record as stored; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_create(struct tokenstore *store,
                  const struct tokenstore_token *token, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created);

/* One token by its id.  NOT_FOUND. */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_get(struct tokenstore *store, uint64_t id,
               struct tokenstore_token **token);

/* What list's limit becomes when it asks for more. */
#define TOKENSTORE_LIMIT_MAX 1000
#define TOKENSTORE_LIMIT_DEFAULT 100

struct tokenstore_list;

/*
 * A page of tokens in id order: those after the id "after" (which need not
 * exist; 0 for the first page), at most "limit" (1 or more; above
 * TOKENSTORE_LIMIT_MAX is lowered), of one user or (NULL) of all.
 *
 * A user matches by the stored identity: name, uid or sid, whichever "user"
 * has set; an identity that resolves is looked up too, so that every token of
 * the account is found under either form.  One without an account still
 * matches what is stored.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_list(struct tokenstore *store,
                const struct tokenstore_identity *user, uint64_t after,
                uint32_t limit, struct tokenstore_list **list);

size_t tokenstore_list_count(const struct tokenstore_list *list);
/* NULL when the index is out of range.  Belongs to the list. */
const struct tokenstore_token *
tokenstore_list_token(const struct tokenstore_list *list, size_t index);
/* What list() of a remote store takes, and tokenstore_list_next() returns,
 * where a server has keys of its own: the page behind the last one that this
 * handle has got. */
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
 * Replace the chosen fields of a token.  NOT_FOUND; TIME_RANGE for a new
 * expiration_time that is not after now and the creation.
 *   modified  the record as stored; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_modify(struct tokenstore *store, uint64_t id, unsigned int fields,
                  const struct tokenstore_token *values, int64_t now,
                  struct tokenstore_token **modified);

/*
 * Revoke tokens: delete their records.  When any id is missing nothing is
 * changed (NOT_FOUND, the message names them).  More than 1,000 ids are
 * revoked in several transactions, each atomic.
 *   revoked  the records as they were, in id order; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_revoke(struct tokenstore *store, const uint64_t *ids, size_t count,
                  struct tokenstore_list **revoked);

/*
 * Revoke the user's tokens (matched as tokenstore_list matches), at most
 * TOKENSTORE_LIMIT_MAX a call, lowest ids first.  Call until the list that
 * comes back is empty: then none was left at that moment.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_revoke_user(struct tokenstore *store,
                       const struct tokenstore_identity *user,
                       struct tokenstore_list **revoked);

/*
 * Replace a token: a new secret under a new id for the same user, name,
 * scopes, networks and enabled flag, with the old one's lifetime counted from
 * now.  The old record is deleted in the same transaction (grace 0), or its
 * expiration_time lowered to now + grace seconds, never raised.
 *   creator  who asks; NULL keeps the old token's creator
 *   created  the new record; may be NULL
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_rotate(struct tokenstore *store, uint64_t id, int64_t grace,
                  const struct tokenstore_identity *creator, int64_t now,
                  struct tokenstore_bearer *bearer,
                  struct tokenstore_token **created);

/*
 * Many changes in one transaction, whose cost they share.
 *
 * tokenstore_approve is asked inside the transaction about a change that is
 * about to be made: about the token as it is (NULL: create) and as it will be
 * (NULL: revoke; rotate: the new one).  Anything but OK refuses this change,
 * before anything else that may be wrong with it is said; a NOT_FOUND reads
 * like that of a token that is not there.  It may be asked again about the
 * same change, and must not use any store.
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

/* Zero-initialise, then set what the kind needs. */
struct tokenstore_change {
    enum tokenstore_change_kind kind;
    uint64_t id;                               /* all but create */
    const struct tokenstore_token *values;     /* create, modify */
    unsigned int fields;                       /* modify */
    int64_t grace;                             /* rotate */
    const struct tokenstore_identity *creator; /* rotate; NULL keeps it */
    bool keep_expiration; /* rotate: the time itself, not the lifetime */
    tokenstore_approve *approve; /* NULL: whatever it is */
    void *argument;              /* for approve */

    /* What came of it. */
    enum tokenstore_error error;
    char message[TOKENSTORE_MESSAGE_SIZE]; /* as tokenstore_message's */
    struct tokenstore_token *token;  /* as it is now; as it was, for revoke;
                                        NULL on an error.  The caller frees */
    struct tokenstore_bearer bearer; /* create, rotate.  The caller wipes */
};

/* The most changes that one call takes. */
#define TOKENSTORE_CHANGES_MAX 1000

/*
 * Make changes, one after the other, in one transaction.  Each is by itself:
 * one that is refused, or cannot be made, is left out, and the others stand.
 * Each does as the call of its name (revoke: for one id), and sees what those
 * before it did.
 *   OK     each change has its own outcome; those that are OK are durable
 *   else   what the changes met together (BUSY, IO, OUTCOME_UNKNOWN ...):
 *          the error of each, but of those that were left out by themselves
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_apply(struct tokenstore *store, struct tokenstore_change *changes,
                 size_t count, int64_t now);

/* ----------------------------------------------------------- remote stores
 *
 * Behind HTTP: what accesstokend serves, or another server that speaks the
 * seed of it (list and create).  The calls are those above and below, with
 * these differences:
 *   - Users, rights, limits and the clock are the server's: "now" and the
 *     handle's limits are not looked at, a creator is not sent.
 *   - create: a token without a user is for whoever asks; an expiration_time
 *     that was never set is the server's default.  A new token that is not
 *     what was asked for, or cannot be looked at, is revoked again.
 *   - Another server's ids may be words, of letters, digits and "._:-", which
 *     only tokenstore_token_id_text() says.  Such tokens are created, listed, and revoked with all of their user's; what
 *     takes an id takes a number.
 *   - list gives 500 at most.  Where a server goes on by keys that are no ids,
 *     tokenstore_list_next() is TOKENSTORE_AFTER_LAST: pages are to be had one
 *     after the other, with the user and the limit of the first one.
 *   - apply and revoke are a series of single requests; apply
 *     with an approve function is UNSUPPORTED.
 *   - A record that the server does not show to the caller (of a token that
 *     revoked or rotated itself) has an id and what else is known; times that
 *     are not known are TOKENSTORE_NEVER.
 *   - verify: the record on a yes has id, user's name and scopes, and is wiped
 *     when it is freed, because it keeps the secret for verify_again.  There
 *     is none on a no.  A server on TCP judges by the address that it is asked
 *     from: another one is UNSUPPORTED, as is any_scope.
 *   - check, backup and restore are UNSUPPORTED.
 * What concerns one token takes 5 seconds at most, all in all: UNAVAILABLE, or
 * OUTCOME_UNKNOWN where a change may stand.  A server's refusals are
 * PERMISSION (it wants to know who asks), FORBIDDEN, CONFLICT, BUSY,
 * INVALID_ARGUMENT or NOT_FOUND, with its words as the message; UNSUPPORTED is
 * what it lacks.  An answer that is not just as it has to be is UNAVAILABLE.
 *
 * The first call loads libcurl and what it needs, for good; where the plugin
 * that does is missing, unsafe or of another version, the call is UNAVAILABLE
 * or UNSAFE.  It changes no signal handler, and uses no proxy, .netrc or key
 * log that the environment names.
 */

/* What opens the door.  Zero-initialise, then set; NULL where not needed. */
struct tokenstore_remote {
    const char *ca_file; /* PEM: whom to believe, instead of the system's */
    const char *client_certificate; /* PEM; needs its key */
    const char *client_key;         /* PEM, without a passphrase */
    const char *token_file;         /* a bearer token, alone on its line */
};

/*
 * Set that for a handle, all of it at once; the files are read in each call.
 * The key and the token have to be in files of the caller's or root's that
 * nobody else has access to (UNSAFE).  INVALID_ARGUMENT for a store that is a
 * file, and for certificates where there is no TLS.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_set_remote(struct tokenstore *store,
                      const struct tokenstore_remote *options);

/* ------------------------------------------------------------------ verify */

/* Why a token was refused: the first rule that failed.  For logs; tell the
 * one who presented it only "no". */
enum tokenstore_reason {
    TOKENSTORE_REASON_NONE = 0,
    TOKENSTORE_REASON_UNKNOWN, /* no such id: never issued, or revoked */
    TOKENSTORE_REASON_SECRET,  /* the id exists, the secret is another */
    TOKENSTORE_REASON_DISABLED,
    TOKENSTORE_REASON_EXPIRED,
    TOKENSTORE_REASON_USER, /* another user's, or the account changed */
    TOKENSTORE_REASON_SCOPE,
    TOKENSTORE_REASON_NETWORK,
    TOKENSTORE_REASON_INVALID, /* one of the first five: the server of a remote
                                  store does not say which */
};

/* The word for logs: "unknown", "secret", ... ("none").  Static. */
const char *tokenstore_reason_name(enum tokenstore_reason reason);

/* What is asked.  Zero-initialise, then set. */
struct tokenstore_request {
    const char *bearer; /* what was presented; need not be terminated */
    size_t bearer_length;
    const char *user; /* whom it must belong to; NULL: to whoever owns it */
    const char *const *scopes; /* all must be the token's */
    size_t scope_count;
    const char *address; /* the peer, textual; NULL: not known */
    int64_t now;
    bool any_scope; /* do not ask about scopes: to learn whose it is */
};

/*
 * May this token be used?  One function for every front; OK is the only yes.
 * INVALID_BEARER: not an access token, the store was not touched.  REFUSED:
 * a rule said no, *reason is the first that did.  NSS_UNAVAILABLE and every
 * store error: nobody knows; treat as no.
 *   token   the record, on OK, and on REFUSED for every reason after the
 *           secret (disabled ... network): then the caller holds the right
 *           secret; may be NULL
 *   reason  TOKENSTORE_REASON_NONE unless REFUSED
 */
TOKENSTORE_CHECKED enum tokenstore_error tokenstore_verify(
    struct tokenstore *store, const struct tokenstore_request *request,
    struct tokenstore_token **token, enum tokenstore_reason *reason);

/*
 * Ask again about a token that tokenstore_verify() returned: the same rules
 * on what the store holds now.  The request's bearer is not looked at.
 * REASON_UNKNOWN when the token is gone.
 */
TOKENSTORE_CHECKED enum tokenstore_error tokenstore_verify_again(
    struct tokenstore *store, const struct tokenstore_token *token,
    const struct tokenstore_request *request, enum tokenstore_reason *reason);

/* ---------------------------------------------------------------- last use
 *
 * When a token was last accepted, and where: kept beside a store's file, in
 * PATH.last-use, by those who accept tokens.  As good as can be had without
 * holding up anybody: to the minute, and not at all where that file cannot be
 * written.
 */
#define TOKENSTORE_USE_SERVICE_MAX 44 /* bytes, all of them plain ASCII */
#define TOKENSTORE_USE_ADDRESS_MAX 47

struct tokenstore_use {
    int64_t time; /* TOKENSTORE_NEVER: it never was */
    char service[TOKENSTORE_USE_SERVICE_MAX + 1]; /* "": not known */
    char address[TOKENSTORE_USE_ADDRESS_MAX + 1];
};

/*
 * Note that a token which tokenstore_verify() returned was accepted.  At most
 * once a minute for a token, and only where the process may write files of any
 * size (RLIMIT_FSIZE).  Takes no lock, and fails in silence; what is said of
 * the handle's last call stays.  Does nothing for a remote store, whose server
 * notes what it answers.
 *
 *   service  for what: a PAM service's name, a scope
 *   address  the peer, as in the request; NULL: not known
 */
void tokenstore_note_use(struct tokenstore *store,
                         const struct tokenstore_token *token,
                         const char *service, const char *address,
                         int64_t now);

/*
 * The last use of a token that get or list returned; false where it is not
 * known.
 */
bool tokenstore_token_last_use(const struct tokenstore_token *token,
                               struct tokenstore_use *use);

/* ----------------------------------------------- check, backup and restore */

/* Lines of text for a person, in order. */
struct tokenstore_report;
size_t tokenstore_report_count(const struct tokenstore_report *report);
const char *tokenstore_report_line(const struct tokenstore_report *report,
                                   size_t index);
void tokenstore_report_free(struct tokenstore_report **report);

/*
 * Verify the file, every record and every index entry, both ways, on a
 * private copy in memory of one consistent state; changes nothing.  DAMAGED
 * when anything is wrong, with a line for each finding; on OK the lines say
 * what was checked, and how much space an interrupted change has left unused,
 * which is no damage.  NEWER_FORMAT, without a report, when all that is wrong
 * is that a later version wrote it.  A hostile file may crash libtdb: run this
 * in a process of its own (the admin tool forks).
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_check(struct tokenstore *store, struct tokenstore_report **report);

/*
 * Write a complete, consistent copy of the store to a new file (0600).
 * EXISTS when the file is there already.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_backup(struct tokenstore *store, const char *file);

/*
 * Replace the store by a backup, atomically; rebuilds the file in the current
 * format.  A damaged backup is refused.  Ids that the current store has
 * handed out and no longer holds are left out, tokens that it holds as
 * disabled come back disabled, and no token's expiration_time becomes later
 * than it is now; the report names them.  The next id becomes the larger of
 * both stores' plus 2^20.
 *
 * CONFLICT when the current store cannot be read, unless accept_revoked is
 * set: tokens revoked since the backup may then come to life again.  A
 * missing current store counts as one that cannot be read.
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_restore(struct tokenstore *store, const char *file,
                   bool accept_revoked, struct tokenstore_report **report);

/* ------------------------------------------------------------------- files */

/*
 * Open a file for reading that nobody but root and the caller can have
 * written or exchanged: a regular file, theirs and writable for nobody else,
 * and so is every directory above it (a sticky one aside).  For configuration
 * and keys; never for the file of a store.  MISSING, UNSAFE, PERMISSION ...
 *   fd       the caller closes it; -1 on an error
 *   message  one line that says what is wrong, with the path; "" on success
 */
TOKENSTORE_CHECKED enum tokenstore_error
tokenstore_open_trusted(const char *path, int *fd,
                        char message[TOKENSTORE_MESSAGE_SIZE]);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* TOKENSTORE_H */
