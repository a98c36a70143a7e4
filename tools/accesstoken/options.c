/*
 * options.c - the table of options and its parser.
 */
#include <config.h>

#include "tools/accesstoken/options.h"

#include <time.h>

#include "tools/accesstoken/option_values.h"
#include "tools/common/long_options.h"

/* ------------------------------------------------------------------- table */

#define FIELD(name) offsetof(struct options, name)

/* In the order of --help. */
const struct option_rule option_rules[] = {
    {"name", "TEXT", take_name, 0, COMMAND_CREATE,
     "Describe what the token is for, in at most 128 bytes."},
    {"name", "TEXT", take_name, 0, COMMAND_MODIFY,
     "Change the description; an empty one removes it."},
    {"name", "TEXT", take_name, 0, COMMAND_REVOKE,
     "Revoke only the tokens of --user with exactly this name."},
    {"scope", "WORD", take_granted_scope, 0, COMMAND_CREATE,
     "Restrict the token to a scope, such as the name of a PAM service. "
     "May be given up to 32 times."},
    {"scope", "WORD", take_granted_scope, 0, COMMAND_MODIFY,
     "Replace the scopes that the token has. May be given up to 32 times."},
    {"scope", "WORD", take_scope, 0, COMMAND_VERIFY,
     "Require this scope. Without this option only a token without scopes is "
     "accepted."},
    {"add-scope", "WORD", take_added_scope, 0, COMMAND_MODIFY,
     "Add a scope to those that the token has. May be given several times."},
    {"remove-scope", "WORD", take_removed_scope, 0, COMMAND_MODIFY,
     "Remove a scope, but not the last one. May be given several times."},
    {"any-scope", NULL, take_switch, FIELD(any_scope), COMMAND_MODIFY,
     "Remove all scopes, so that they no longer restrict the token."},
    {"from", "CIDR", take_network, 0, COMMAND_CREATE,
     "Restrict the token to a network or a single address. May be given up "
     "to 32 times."},
    {"from", "CIDR", take_network, 0, COMMAND_MODIFY,
     "Replace the networks that the token has. May be given up to 32 times."},
    {"from", "ADDRESS", take_address, 0, COMMAND_PAM,
     "Log in as if from a host at this address."},
    {"from", "ADDRESS", take_address, 0, COMMAND_VERIFY,
     "Verify the token as if a peer at this address presented it."},
    {"add-from", "CIDR", take_added_network, 0, COMMAND_MODIFY,
     "Add a network to those that the token has. May be given several times."},
    {"remove-from", "CIDR", take_removed_network, 0, COMMAND_MODIFY,
     "Remove a network, but not the last one. May be given several times."},
    {"any-network", NULL, take_switch, FIELD(any_network), COMMAND_MODIFY,
     "Remove all networks, so that they no longer restrict the token."},
    {"expires", "WHEN", take_expiry, 0, COMMAND_CREATE | COMMAND_MODIFY,
     "Set when the token expires: a date, a time, a duration from now such "
     "as 90d, or never."},
    {"enable", NULL, take_switch, FIELD(enable), COMMAND_MODIFY,
     "Accept the token again."},
    {"disable", NULL, take_switch, FIELD(disable), COMMAND_MODIFY,
     "Refuse the token until it is enabled again."},
    {"self", NULL, take_switch, FIELD(self), COMMAND_CREATE,
     "Issue the token for the user who runs the command."},
    {"virtual", NULL, take_switch, FIELD(virtual_user), COMMAND_CREATE,
     "Issue the token for a user who has no account."},
    {"user", "USER", take_user, 0, COMMAND_LIST,
     "List only the tokens of this user."},
    {"user", "USER", take_user, 0, COMMAND_REVOKE,
     "Revoke the tokens of this user."},
    {"user", "USER", take_user, 0, COMMAND_PRUNE,
     "Remove only tokens of this user."},
    {"user", "USER", take_user, 0, COMMAND_PAM, "Log in as this user."},
    {"user", "USER", take_user, 0, COMMAND_VERIFY,
     "Require that the token belongs to this user."},
    {"issued-by", "ID", take_issued_by, 0, COMMAND_LIST,
     "List only the tokens that this token has issued, directly or through "
     "others."},
    {"issued-by", "ID", take_issued_by, 0, COMMAND_REVOKE,
     "Revoke this token and all that it has issued, directly or through "
     "others."},
    {"status", "STATE", take_status, 0, COMMAND_LIST,
     "List only the tokens that are active, disabled or expired."},
    {"scope", "WORD", take_listed_scope, 0, COMMAND_LIST,
     "List only the tokens that have this scope."},
    {"name", "TEXT", take_text, FIELD(filter.name), COMMAND_LIST,
     "List only the tokens with exactly this name."},
    {"expires-within", "DURATION", take_duration, FIELD(expires_within),
     COMMAND_LIST,
     "List only the active tokens that expire within this time, such as "
     "14d."},
    {"unused-for", "DURATION", take_age, FIELD(unused_for), COMMAND_LIST,
     "List only the tokens that have not been used for this time, or "
     "longer."},
    {"sort", "FIELD", take_sort, 0, COMMAND_LIST,
     "List in the order of this field, ascending, or with '-' before it "
     "descending: " TOKEN_ORDER_FIELDS "."},
    {"after", "ID", take_text, FIELD(after), COMMAND_LIST,
     "Continue after the token with this id or, with --sort, after the key "
     "that the page before gave."},
    {"limit", "N", take_limit, 0, COMMAND_LIST,
     "List at most so many tokens: 100 by default, at most 1000."},
    {"all", NULL, take_switch, FIELD(all), COMMAND_LIST,
     "List all tokens instead of one page."},
    {"older-than", "DURATION", take_age, FIELD(older_than), COMMAND_PRUNE,
     "Remove the tokens that expired this long ago, or earlier."},
    {"orphaned", NULL, take_switch, FIELD(orphaned), COMMAND_PRUNE,
     "Remove the tokens whose account is gone or has another uid."},
    {"yes", NULL, take_switch, FIELD(yes), COMMAND_PRUNE | COMMAND_REVOKE,
     "Remove the tokens without asking."},
    {"dry-run", NULL, take_switch, FIELD(dry_run),
     COMMAND_PRUNE | COMMAND_REVOKE,
     "Show which tokens would be removed, and change nothing."},
    {"dry-run", NULL, take_switch, FIELD(dry_run), COMMAND_PAM,
     "Show what would be changed, and change nothing."},
    {"grace", "DURATION", take_duration, FIELD(grace), COMMAND_ROTATE,
     "Keep the old token valid for this time. Without this option it is "
     "revoked."},
    {"output", "FILE", take_text, FIELD(output),
     COMMAND_CREATE | COMMAND_ROTATE,
     "Write the secret to this new file instead of standard output (-)."},
    {"accept-revoked", NULL, take_switch, FIELD(accept_revoked),
     COMMAND_RESTORE,
     "Restore even if the present store is missing or unreadable. Tokens that "
     "were revoked since the backup work again."},
    {"limits", "FILE", take_text, FIELD(limits),
     COMMAND_CREATE | COMMAND_MODIFY | COMMAND_ROTATE | COMMAND_LIMITS,
     "Read the limits from this file, or standard input (-), instead "
     "of " CONFDIR "/limits.conf."},
    {"json", NULL, take_switch, FIELD(json),
     COMMAND_NONE | COMMAND_CREATE | COMMAND_ROTATE,
     "Print the id and the secret as JSON."},
    {"json", NULL, take_switch, FIELD(json),
     COMMAND_NONE | COMMAND_CHECK | COMMAND_BACKUP | COMMAND_RESTORE |
         COMMAND_LIST | COMMAND_MODIFY | COMMAND_REVOKE | COMMAND_SHOW |
         COMMAND_PRUNE | COMMAND_VERIFY | COMMAND_STATUS | COMMAND_LIMITS |
         COMMAND_PAM | COMMAND_DOCTOR,
     "Print JSON."},
    {"wide", NULL, take_switch, FIELD(wide), COMMAND_LIST,
     "Show networks as well, and cut no value to fit the terminal."},
    {"no-header", NULL, take_switch, FIELD(no_header), COMMAND_LIST,
     "Leave out the headings of the table."},
    {"store", "URI", take_text, FIELD(store), COMMAND_EVERY,
     "Use this store: a path, tdb:PATH, unix:/SOCKET or "
     "https://HOST[:PORT]."},
    {"token-file", "FILE", take_text, FIELD(remote.token_file), COMMAND_EVERY,
     "Present the bearer token in this file, or on standard input (-), to a "
     "remote store."},
    {"ca-file", "FILE", take_text, FIELD(remote.ca_file), COMMAND_EVERY,
     "Trust the certificate authorities in this file (PEM) instead of the "
     "system's."},
    {"client-certificate", "FILE", take_text, FIELD(remote.client_certificate),
     COMMAND_EVERY,
     "Present this client certificate (PEM) to a remote store."},
    {"client-key", "FILE", take_text, FIELD(remote.client_key), COMMAND_EVERY,
     "Use this private key (PEM, without a passphrase) with it."},
    {"quiet", NULL, take_switch, FIELD(quiet), COMMAND_EVERY,
     "Print no notices, only results and errors."},
    {"help", NULL, take_switch, FIELD(help), COMMAND_EVERY,
     "Print this help."},
    {"version", NULL, take_switch, FIELD(version), COMMAND_EVERY,
     "Print the version."},
};

const size_t option_rule_count = sizeof(option_rules) / sizeof(*option_rules);

/* ------------------------------------------------------------------ parser */

#define RULE_COUNT (sizeof(option_rules) / sizeof(*option_rules))

/* The value of the first rule: above every letter of a short option. */
#define FIRST_VALUE 256

bool options_apply(const struct option_rule *rule, unsigned int command) {
    return (rule->commands & command) != 0;
}

/* The rules that apply to a command, as getopt_long() wants them. */
static void select_rules(unsigned int command,
                         struct option known[static RULE_COUNT + 1]) {
    size_t count = 0;

    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct option_rule *rule = &option_rules[i];

        if (options_apply(rule, command))
            known[count++] = (struct option){
                .name = rule->name,
                .has_arg =
                    rule->argument != NULL ? required_argument : no_argument,
                .val = FIRST_VALUE + (int)i,
            };
    }
    known[count] = (struct option){.name = NULL};
}

enum exit_code options_begin(struct options *options) {
    *options = (struct options){
        .expires_within = -1,
        .unused_for = -1,
        .older_than = -1,
        .now = time(NULL),
    };
    return tokenstore_token_new(&options->token) == TOKENSTORE_OK &&
                   tokenstore_token_new(&options->added) == TOKENSTORE_OK &&
                   tokenstore_token_new(&options->removed) == TOKENSTORE_OK
               ? EXIT_OK
               : out_of_memory();
}

enum exit_code options_parse(struct options *options, unsigned int command,
                             int argc, char **argv,
                             char error[static LONG_OPTIONS_ERROR_SIZE]) {
    /* "+": stop at the first argument; ":": tell what is missing. */
    const char *letters = command == COMMAND_NONE ? "+:hV" : ":hV";
    struct option known[RULE_COUNT + 1];
    enum exit_code code = EXIT_OK;
    int value;

    *error = '\0';
    select_rules(command, known);
    optind = 0; /* glibc: start over */
    while (code == EXIT_OK && !options->help && !options->version &&
           (value = long_options_next(argc, argv, letters, known, error)) !=
               LONG_OPTIONS_END) {
        if (value == LONG_OPTIONS_UNKNOWN || value == LONG_OPTIONS_WRONG)
            return EXIT_USAGE;
        if (value == 'h')
            options->help = true;
        else if (value == 'V')
            options->version = true;
        else
            code = option_rules[value - FIRST_VALUE].take(
                options, &option_rules[value - FIRST_VALUE], optarg);
    }
    options->arguments = argv + optind;
    options->argument_count = argc - optind;
    return code;
}

void options_free(struct options *options) {
    tokenstore_identity_free(&options->user);
    tokenstore_token_free(&options->token);
    tokenstore_token_free(&options->added);
    tokenstore_token_free(&options->removed);
}
