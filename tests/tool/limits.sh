#!/bin/bash
# limits.sh - limits.conf limits the commands that issue or change a token; if
# the file cannot be read or understood, these commands are refused; all other
# commands ignore it.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
limits=$work/limits.conf

# limit LINE...: write limits.conf.
limit() { printf '%s\n' "$@" >"$limits"; }

# refused CODE REGEX ARGUMENT...: the tool exits with CODE and one line, and no
# token has changed.
refused() {
    local code=$1 what=$2
    shift 2
    expect 0 list --all --json
    cp "$out" "$work/before"
    expect "$code" "$@" --limits "$limits"
    lines "$out" 0
    lines "$err" 1
    has "$err" "^accesstoken: $what\$"
    expect 0 list --all --json
    cmp "$out" "$work/before"
}

issue jane --virtual                   # 1, before there were limits
first=$bearer
issue root --name old --expires 2h     # 2

# ----------------------------------------------------------------- the limits
limit 'tokens_per_user = 2' 'lifetime_max = 30d' 'lifetime_default = 7d' \
    'name_required = yes'
name='limits require a name; give the token one'
life='limits permit a lifetime of 30d; give the token an earlier expiration time'
two='limits permit 2 active tokens a user; revoke one first, of root'

refused 4 "$name" create root
refused 4 "$life" create root --name x --expires never
refused 4 "$life" create root --name x --expires 31d
expect 0 create root --name x --limits "$limits"   # 3
expect 0 show 3 --json
same "$(json "$out" '(lambda t: (t(d["expiration_time"])
    - t(d["creation_time"])).total_seconds())(
    lambda s: __import__("datetime").datetime.strptime(
        s, "%Y-%m-%dT%H:%M:%SZ"))')" 604800.0
refused 4 "$two" create root --name x
refused 4 "$life" modify 3 --expires 31d
refused 4 "$life" modify 3 --expires never
refused 4 "$name" modify 3 --name ''
expect 0 modify 3 --name y --expires 30d --limits "$limits"
refused 4 "$two" rotate 3 --grace 1h
expect 0 rotate 3 --limits "$limits"               # 4
expect 0 modify 4 --disable --limits "$limits"
expect 0 create root --name x --limits "$limits"   # 5
refused 4 "$two" modify 4 --enable
# Tokens from before the limits stay valid, but are renewed only within them.
check_token "$first" 0
refused 4 "$name" rotate 1
expect 0 modify 1 --name z --limits "$limits"
refused 4 "$life" rotate 1
has "$log" 'action=rotate result=failed exit=4 id=1 '

# If create fails, it leaves no file for the secret.
refused 4 "$two" create root --name x --output "$work/unused"
[ ! -e "$work/unused" ] || fail "left a file without a token"

# ------------------------------------------------------- the command "limits"
expect 0 limits --limits "$limits"
same "$(cat "$out")" "file: $limits
tokens_per_user: 2
lifetime_max: 30d
lifetime_default: 7d
creation_burst: 20
creation_interval: 10s
name_required: yes
self_service_scopes: none"
limit 'self_service_scopes = imap smtp'
expect 0 limits --limits "$limits" --json
same "$(json "$out" 'sorted(d.items())')" \
    "[('creation_burst', 20), ('creation_interval', 10),\
 ('file', '$limits'), ('found', True), ('name_required', False),\
 ('self_service_scopes', ['imap', 'smtp'])]"
expect 0 limits --limits "$limits"
has "$out" '^self_service_scopes: imap smtp$'
has "$out" '^tokens_per_user: none$'
limit 'tokens_per_user = 50' 'lifetime_max = 90s'
expect 0 limits --limits "$limits" --json
same "$(json "$out" 'd["tokens_per_user"], d["lifetime_max"]')" '(50, 90)'
# No other command takes the option.
for command in list verify check "revoke 5" "show 5" "backup $work/b" \
    "restore $work/b"; do
    # shellcheck disable=SC2086 # words
    expect 2 $command --limits "$limits"
done

limit 'creation_burst = 3' 'creation_interval = 1h'
expect 0 limits --limits "$limits"
has "$out" '^creation_burst: 3$'
has "$out" '^creation_interval: 1h$'
# They do not limit who may write to the store.
for _ in 1 2 3 4 5; do
    expect 0 create root --limits "$limits"
done

# The example file sets no limit; without its "#" it is the manual's example.
cp "$source_dir/doc/limits.conf" "$limits"
expect 0 limits --limits "$limits"
sed -i '/^creation_/d' "$out"  # these have defaults
lacks "$out" ': (yes|[0-9])'
sed -i 's/^#\([a-z_]* = \)/\1/' "$limits"
chmod 644 "$limits"
expect 0 limits --limits "$limits"
cp "$out" "$work/example"
has "$out" '^self_service_scopes: imap smtp$'
has "$out" '^name_required: yes$'
sed -n '/^\.Bd/,/^\.Ed/{/^\./d;p}' \
    "$source_dir/doc/accesstoken-limits.conf.5" >"$limits"
expect 0 limits --limits "$limits"
cmp "$out" "$work/example"

# ------------------------------------------------------- errors in the file
# broken REGEX: changes are refused with this line.
broken() {
    refused 7 "$1" create root
    refused 7 "$1" modify 5 --name q
    refused 7 "$1" modify 5 --enable
    refused 7 "$1" modify 5 --disable --name q
    refused 7 "$1" rotate 5
    expect 7 limits --limits "$limits"
    lines "$out" 0
    has "$err" "^accesstoken: $1\$"
    refused 7 "$1" create root --output "$work/unused"
    [ ! -e "$work/unused" ] || fail "left a file without a token"
}
limit '# limits' 'tokens_per_user = many'
broken "$limits:2: tokens_per_user: 'many': not a number, 1 or more"
limit 'creation_burst = 0'
broken "$limits:1: creation_burst: '0': not a number, 1 or more"
limit 'creation_interval = 10'
broken "$limits:1: creation_interval: '10': not a duration such as 90d or 12h"
limit '# limits' 'tokens_per_user = PAMAT1_AAAABBBB'
broken "$limits:2: tokens_per_user: 'pamat1_\\.\\.\\.': not a number, 1 or more"
# Disabling a token does not depend on the file.
expect 0 modify 5 --disable --limits "$limits"
expect 0 modify 5 --enable
limit 'name_required = yes'
chmod 666 "$limits"
broken "no limits: $limits: unsafe: writable by its group or by others; run: chmod go-w $limits"
rm "$limits"
broken "no limits: $limits: open: No such file or directory"
mkfifo -m 600 "$limits"
broken "no limits: $limits: unsafe: not a regular file; put a regular file in its place"
rm "$limits"
printf 'name_required = \033[31m\n' >"$limits"
broken "$limits:1: a control character"
expect 2 create root --limits

# ------------------------------------------------------------ the default file
# tests/tool/preload.c makes its directory a link to the test's directory.
expect 0 limits
same "$(head -n 1 "$out")" \
    "file: /etc/accesstoken/limits.conf (does not exist)"
has "$out" '^creation_burst: 20$'
sed -i '/^creation_/d' "$out"
lacks "$out" ': (yes|[0-9])'
expect 0 limits --json
same "$(json "$out" 'd["found"]')" False
export ACCESSTOKEN_TEST_CONFDIR=$work
limit 'name_required = yes'
expect 0 limits
has "$out" '^file: /etc/accesstoken/limits.conf$'
has "$out" '^name_required: yes$'
expect 0 status
lacks "$out" '^limits:'
expect 4 create root
expect 4 modify 5 --name ''
limit 'rubbish'
expect 7 create root
has "$err" "^accesstoken: /etc/accesstoken/limits.conf:1: not of the form"
# This is what is in force, and status and limits say so.
force="no token is issued or changed: /etc/accesstoken/limits.conf:1: not of"
expect 7 limits
lines "$out" 0
lines "$err" 1
has "$err" "^accesstoken: $force"
expect 0 status
lines "$err" 0
has "$out" "^limits:    $force"
expect 0 status --json
same "$(json "$out" 'd["limits_problem"].rsplit(":", 1)[0]')" \
    "/etc/accesstoken/limits.conf:1"
chmod 666 "$limits"
expect 7 limits
has "$err" "^accesstoken: no token is issued or changed: no limits: .*; run: chmod go-w"
expect 0 status
has "$out" "^limits:    no token is issued or changed: no limits: .*; run: chmod go-w"
chmod 644 "$limits"
expect 7 rotate 5
expect 7 modify 5 --enable
# The other commands do not read the file.
expect 0 list
expect 0 show 5
check_token "$first" 0
expect 0 modify 5 --disable
expect 0 check
expect 0 backup "$work/backup.tdb"
expect 0 revoke 5
expect 0 restore "$work/backup.tdb"
unset ACCESSTOKEN_TEST_CONFDIR

# ---------------------------------------------------------- reserved scopes
# root, and users in stores of their own, may grant them; a system user, which
# may own the system's store, may not.
expect 0 create root --scope tokens:admin
for command in "create root" "modify 1"; do
    # shellcheck disable=SC2086 # words
    ACCESSTOKEN_TEST_EUID=999 expect 4 $command --scope imap \
        --scope tokens:introspect
    has "$err" "^accesstoken: --scope 'tokens:introspect': only root may grant it"
done
# To verify with a reserved scope is not to grant it.
printf '%s\n' "$first" |
    ACCESSTOKEN_TEST_EUID=999 accesstoken verify --scope tokens:admin \
        >"$out" 2>"$err" || true
lacks "$err" "only root may grant"

# "-" is standard input.
printf 'name_required = yes\n' >"$limits"
got=0
accesstoken create root --limits - <"$limits" >"$out" 2>"$err" || got=$?
same "$got" 4
has "$err" "limits require a name"
accesstoken limits --limits - <"$limits" >"$out"
has "$out" "^name_required: yes$"
got=0
echo "name_required = perhaps" |
    accesstoken limits --limits - >"$out" 2>"$err" || got=$?
same "$got" 7
has "$err" "standard input"
lines "$out" 0
[ ! -e - ] || fail "a file is called -"
