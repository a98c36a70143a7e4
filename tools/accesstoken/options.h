/*
 * options.h - the options of all commands: one table, one parser.  Parsing
 * opens no store and looks up no user.
 */
#ifndef TOOLS_ACCESSTOKEN_OPTIONS_H
#define TOOLS_ACCESSTOKEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/accesstoken/errors.h"
#include "tools/common/long_options.h"
#include "tools/common/token_filter.h"
#include "tools/common/token_order.h"

/* One bit for each command: the table says with them which commands take an
 * option. */
enum {
    COMMAND_CREATE = 1 << 0,
    COMMAND_LIST = 1 << 1,
    COMMAND_SHOW = 1 << 2,
    COMMAND_MODIFY = 1 << 3,
    COMMAND_REVOKE = 1 << 4,
    COMMAND_PRUNE = 1 << 5,
    COMMAND_ROTATE = 1 << 6,
    COMMAND_VERIFY = 1 << 7,
    COMMAND_STATUS = 1 << 8,
    COMMAND_LIMITS = 1 << 9,
    COMMAND_CHECK = 1 << 10,
    COMMAND_BACKUP = 1 << 11,
    COMMAND_RESTORE = 1 << 12,
    COMMAND_PAM = 1 << 13,
    COMMAND_DOCTOR = 1 << 14,
};

/* No command yet: for an option that may stand before the command. */
#define COMMAND_NONE (1U << 31)

/* For an option that every command takes, and that may stand before it. */
#define COMMAND_EVERY (~0U)

/* What the options say.  Texts belong to argv. */
struct options {
    /* Every command. */
    const char *store;               /* NULL: not given */
    struct tokenstore_remote remote; /* credentials for a remote store */
    bool quiet;
    bool help;
    bool version;

    /* The token to issue, what to change in one, or what to verify. */
    struct tokenstore_token *token;
    unsigned int fields; /* TOKENSTORE_FIELD_*: which are given */
    struct tokenstore_token *added, *removed; /* single scopes, networks */
    bool enable;
    bool disable;
    bool any_scope;
    bool any_network;
    bool self;
    bool virtual_user;
    const char *address; /* of the peer, or NULL */
    int64_t grace;       /* seconds */

    /* Which tokens. */
    struct tokenstore_identity *user; /* not looked up; NULL: not given */
    const char *user_text;            /* as typed */
    uint64_t issued_by;               /* an id; 0: not given */
    int64_t expires_within;           /* seconds; -1: not given */
    int64_t unused_for;               /* seconds; -1: not given */
    int64_t older_than;               /* seconds; -1: not given */
    bool orphaned;
    struct token_filter filter;
    struct token_order order;
    const char *after; /* an id or a key; NULL: from the beginning */
    uint32_t limit;    /* 0: not given */
    bool all;

    /* How. */
    const char *limits; /* NULL: the default file */
    const char *output; /* NULL: standard output */
    bool accept_revoked;
    bool dry_run;
    bool yes; /* do not ask */
    bool json;
    bool no_header;
    bool wide;

    int64_t now; /* when parsing began: "--expires 1h" counts from here */

    /* The arguments that are not options. */
    char **arguments;
    int argument_count;
};

struct option_rule {
    const char *name;
    const char *argument; /* its name in --help; NULL: a switch */
    enum exit_code (*take)(struct options *options,
                           const struct option_rule *rule, const char *value);
    size_t field;          /* offset in struct options, for "take" */
    unsigned int commands; /* that take it */
    const char *help;      /* a sentence */
};

extern const struct option_rule option_rules[];
extern const size_t option_rule_count;

/* Prepares for options_parse().  EXIT_FAILED without memory, with a message;
 * call options_free() in any case. */
enum exit_code options_begin(struct options *options);

/* Returns whether a command, or COMMAND_NONE, takes an option. */
bool options_apply(const struct option_rule *rule, unsigned int command);

/*
 * Takes the options of a command out of argv[1] and what follows.  With
 * COMMAND_NONE only the options that may stand before a command are known, and
 * parsing stops at the first argument that is not an option.  It also stops
 * after --help and --version.  Returns EXIT_USAGE with "error" set for an
 * option that is not known or lacks its argument; prints the error of a value
 * that is refused, leaves "error" empty, and returns its exit code.
 */
enum exit_code options_parse(struct options *options, unsigned int command,
                             int argc, char **argv,
                             char error[static LONG_OPTIONS_ERROR_SIZE]);

void options_free(struct options *options);

#endif
