#!/bin/bash
# usage.sh - every command has help and a version, refuses wrong usage and
# secrets among its arguments, survives closed descriptors, and reports errors
# of the store with the right exit code.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

commands="create list show modify revoke prune rotate verify status limits check backup"
commands="$commands restore pam doctor"

# The tool and every command print help and version on standard output.
expect 0 --help
cp "$out" "$work/help"
lacks "$out" '.{80}'
expect 0 help
cmp "$out" "$work/help"
for words in "-h" "--json --help"; do
    # shellcheck disable=SC2086 # words are meant
    expect 0 $words
    cmp "$out" "$work/help"
done
"$tool" | cmp - "$work/help"
expect 0 --version
version=$(cat "$out")
expect 0 -V
same "$(cat "$out")" "$version"
[[ $version =~ ^accesstoken\ [0-9]+\.[0-9]+ ]] || fail "not a version: $version"
for command in $commands; do
    has "$work/help" "^  $command +[a-z]"
    expect 0 "$command" --help
    has "$out" "^usage: accesstoken \[--store URI\] $command"
    lacks "$out" '.{80}'
    cp "$out" "$work/help.$command"
    for words in "help $command" "$command -h"; do
        # shellcheck disable=SC2086 # words are meant
        expect 0 $words
        cmp "$out" "$work/help.$command"
    done
    lines "$err" 0
    # A line for each option, and then examples.
    has "$out" "^  -h, --help  "
    sed -n '/^Options of every command:$/,/^Examples:$/p' "$out" |
        grep -q -e '^  --quiet ' || fail "$command: options or examples are missing"
    has "$out" "^  \\$ accesstoken $command"
    expect 0 "$command" -V
    same "$(cat "$out")" "$version"
    expect 0 "$command" --version
    same "$(cat "$out")" "$version"
done

# bad REGEX ARGUMENT...: the tool exits with 2, prints nothing on standard
# output, and one line on standard error that says what is wrong.
bad() {
    local what=$1
    shift
    expect 2 "$@"
    lines "$out" 0
    lines "$err" 1
    has "$err" "^accesstoken: .*$what"
}
# unknown REGEX USAGE ARGUMENT...: the same, but the usage follows, which
# begins with this.
unknown() {
    local what=$1 usage=$2
    shift 2
    expect 2 "$@"
    lines "$out" 0
    same "$(grep -c '^accesstoken: ' "$err")" 1
    has "$err" "^accesstoken: $what$"
    same "$(sed -n 2p "$err" | cut -c "1-${#usage}")" "$usage"
}
usage="usage: accesstoken [--store URI]"
bad "COMMAND is missing"
unknown "unknown command 'frob'" "$usage COMMAND" frob
unknown "unknown command 'frob'" "$usage COMMAND" help frob
unknown "unknown command ''" "$usage COMMAND" ""
unknown "unknown command 'lsit'; did you mean 'list'\?" "$usage COMMAND" lsit
unknown "unknown command 'rev'; did you mean 'revoke'\?" "$usage COMMAND" rev
bad "too many arguments" help list show
unknown "unknown option '--frobnicate'" "$usage COMMAND" --frobnicate
unknown "unknown option '--sto'; did you mean '--store'\?" "$usage COMMAND" \
    --sto=/none list
for command in $commands; do
    unknown "unknown option '--frobnicate'" "$usage $command" \
        "$command" --frobnicate
    unknown "unknown option '-x'" "$usage $command" "$command" -x
    unknown "option '--store' requires an argument" "$usage $command" \
        "$command" --store
    unknown "option '--quiet' takes no argument" "$usage $command" \
        "$command" --quiet=yes
    # An abbreviation is refused, whether or not it is clear what is meant.
    unknown "unknown option '--hel'; did you mean '--help'\?" \
        "$usage $command" "$command" --hel
    unknown "unknown option '--c'; did you mean '--ca-file'\?" \
        "$usage $command" "$command" --c x
done
unknown "unknown option '--uesr'; did you mean '--user'\?" "$usage list" \
    list --uesr root
unknown "unknown option '--expires'; did you mean '--expires-within'\?" \
    "$usage list" list --expires=1d
unknown "unknown option '--long-options-may-be-too-long'" "$usage list" \
    list --long-options-may-be-too-long
bad "USER is missing" create
bad "too many arguments" create root root
bad "ID is missing" show
bad "ID is missing" modify --disable
bad "ID is missing" rotate
bad "give either --older-than or --orphaned" prune
bad "FILE is missing" backup
bad "FILE is missing" restore
bad "too many arguments" check now
bad "too many arguments" list all
bad "too many arguments" verify token
for id in 0 -- -1 +1 01 1x 0x1 4294967296 99999999999999999999999 "" " 1" \
    "1 "; do
    [ "$id" = -- ] && continue
    [ "$id" = -1 ] && continue
    bad "id '" show "$id"
    bad "id '" rotate "$id"
    bad "id '" revoke "$id"
    bad "id '" modify "$id" --disable
done
unknown "unknown option '-1'" "$usage show" show -1

# A secret among the arguments is refused in any place, and not repeated.  Any
# text with the prefix of a token counts as one.
secret=pamat1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
for arguments in "verify $secret" "$secret" "create root --name=$secret" \
    "create root --name x$secret" "--store $secret list" "revoke $secret"; do
    # shellcheck disable=SC2086 # words are meant
    expect 2 $arguments
    has "$err" "revoke it"
    lacks "$err" "pamat1_"
    lines "$out" 0
done
for arguments in "show PAMAT1_${secret#pamat1_}" "show pamat1%5Fx"; do
    # shellcheck disable=SC2086 # words are meant
    expect 2 $arguments
    has "$err" "revoke it by its id; verify"
    lacks "$err" "x$|AAAA"
done
[ ! -e "$work/state" ] || fail "a refused command made a store"

# Control characters in an argument are printed escaped.
expect 2 show $'\033[31m1'
has "$err" '\\x1b\[31m'
for byte in '\302\233' '\233' '\200' '\302\205' '\342\200\256' '\342\201\246' \
    '\342\200\250'; do
    # shellcheck disable=SC2059 # these are escapes
    expect 2 show "$(printf "$byte")31m1"
    # shellcheck disable=SC2059
    LC_ALL=C grep -qF "$(printf "$byte")" "$err" && fail "$byte is printed"
    has "$err" '\\x[0-9a-f][0-9a-f]31m1'
done

# Errors of the store name the path and have their exit codes.
expect 7 list
has "$err" "$work/state"
expect 7 show 1
expect 7 revoke --user root
expect 7 prune --older-than 1d
[ ! -e "$work/state" ] || fail "a command other than create made a store"
expect 2 --store ldap:x list
has "$err" "--store 'ldap:x'"
issue root
[ "$(stat -c %a "$work/state")" = 700 ] || fail "the directory's mode is not 700"
expect 0 list --store "tdb:$store"
expect 7 --store "$store" list --store "$work/other/none"
has "$err" "$work/other"
chmod 640 "$store"
expect 7 list
has "$err" "$store"
chmod 600 "$store"
# The message must not advise a chmod that would lock everybody out of / or
# /tmp.
for directory in / /tmp; do
    for command in list "create root"; do
        # shellcheck disable=SC2086 # words
        expect 7 --store "${directory%/}/none.tdb" $command
        has "$err" "^accesstoken: $directory: unsafe: .* a directory of its own"
        lacks "$err" "run:"
    done
done
mkfifo -m 600 "$work/state/fifo"
expect 7 --store "$work/state/fifo" list
if [ "$(id -u)" -ne 0 ]; then
    chmod 0 "$work/state"
    expect 4 list
    expect 4 create root
    chmod 700 "$work/state"
fi

# If standard output is closed, the tool fails; whichever standard descriptors
# are closed, the store stays sound.
for redirection in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    got=0
    eval "accesstoken create root >/dev/null $redirection" || got=$?
    case $redirection in
    *'>&- '* | '>&-') same "$got" 1 ;;
    *) same "$got" 0 ;;
    esac
done
expect 0 check
got=0
accesstoken list 2>"$err" >&- || got=$?
same "$got" 1
has "$err" "^accesstoken: standard output: "
for command in "list" "list --json" "list --all --json" "show $id" "--help" \
    "check"; do
    got=0
    # shellcheck disable=SC2086
    accesstoken $command >/dev/full 2>"$err" || got=$?
    same "$got" 1
    has "$err" "^accesstoken: standard output: "
done

# A file that the tool opens never becomes a standard descriptor: proven with a
# check whose child hangs.
ACCESSTOKEN_TEST_CHILD=hang ACCESSTOKEN_TEST_LOG=$log LD_PRELOAD=$preload \
    "$tool" --store "$store" check <&- >&- 2>&- &
child=$!
for fd in 0 1 2; do
    for _ in $(seq 100); do
        opened=$(readlink /proc/$child/fd/$fd || true)
        [ "$opened" = /dev/null ] && break
        sleep 0.1
    done
    same "$opened" /dev/null
done
kill "$child"
wait "$child" || true

# --json may stand anywhere, ls and rm are names of commands, and --quiet
# leaves results and errors.
for words in "--json list" "list --json" "ls --json" "--json --quiet ls"; do
    # shellcheck disable=SC2086 # words are meant
    expect 0 $words
    has "$out" '^\{"entries":\['
done
expect 0 create root --quiet
has "$out" "^pamat1_"
lines "$err" 0
issue root
expect 0 --quiet rm "$id"
lines "$out" 0
lines "$err" 0
expect 3 --quiet rm "$id"
lines "$err" 1

# The environment cannot make libtdb skip its syncs: tests/tool/preload.c
# aborts if the variable is still set.
TDB_NO_FSYNC=1 expect 0 create root
