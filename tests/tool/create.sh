#!/bin/bash
# create.sh - create makes a token with the properties that were asked for,
# writes its secret to one place alone, and leaves neither token nor file if it
# refuses or fails.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python

# Standard output has the secret alone; standard error has one line about it.
expect 0 create root
lines "$out" 1
grep -Eqx 'pamat1_[A-Za-z0-9_-]{48}' "$out" || fail "not a bearer token"
lines "$err" 1
same "$(cat "$err")" "token 1 for root never expires"
first=$(cat "$out")
check_token "$first" 0
same "$(cat "$out")" "1 root"
TOKEN=$(accesstoken create root 2>/dev/null)
check_token "$TOKEN" 0
same "$(cat "$out")" "2 root"

# --json: exactly the two members of the schema.
expect 0 create root --json
conforms "$out" access_token
same "$(json "$out" 'sorted(d)')" "['bearer_token', 'id']"
same "$(json "$out" 'd["id"]')" 3
check_token "$(json "$out" 'd["bearer_token"]')" 0

# The token has every property that an option can set.
expect 0 create root --name 'Zoë "x" \ laptop' --scope imap --scope smtp \
    --scope imap --from 192.0.2.7/24 --from 2001:db8::1 \
    --expires 2099-12-31T23:30:00+02:00
same "$(cat "$err")" "token 4 for root expires 2099-12-31T21:30:00Z"
expect 0 show 4 --json
same "$(json "$out" 'd["name"]')" 'Zoë "x" \ laptop'
same "$(json "$out" 'd["scopes"]')" "['imap', 'smtp']"
same "$(json "$out" 'd["networks"]')" "['192.0.2.0/24', '2001:db8::1']"
same "$(json "$out" 'd["expiration_time"]')" "2099-12-31T21:30:00Z"
same "$(json "$out" 'd["enabled"]')" True
same "$(json "$out" 'd["user"]["uid"], d["user"]["auth_id"]')" "(0, '0')"
login=$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)
[ "$login" != 4294967295 ] || login=$(id -u)
same "$(json "$out" 'd["creator"]["uid"]')" "$login"

# Durations count from now.
expect 0 create root --expires 2w --json
id=$(json "$out" 'd["id"]')
expect 0 show "$id" --json
same "$(json "$out" '(lambda t: (t(d["expiration_time"])
    - t(d["creation_time"])).total_seconds())(
    __import__("datetime").datetime.fromisoformat
    if sys.version_info >= (3, 11) else
    lambda s: __import__("datetime").datetime.strptime(
        s, "%Y-%m-%dT%H:%M:%SZ"))')" 1209600.0
expect 0 create root --expires never
has "$err" "never expires"

# The forms of a user all name the same account.
for user in uid:0 auth_id:0 sid:S-1-22-1-0 local:root; do
    expect 0 create "$user"
    has "$err" "^token [0-9]+ for root "
done
expect 0 create mail.user@example.org --virtual
has "$err" "^token [0-9]+ for mail.user@example.org "
virtual=$(cat "$out")
check_token "$virtual" 0 --user mail.user@example.org
expect 0 list --json --user mail.user@example.org
same "$(json "$out" 'd["entries"][0]["user"]')" \
    "{'domain': 'API_NULL_DOMAIN', 'name': 'mail.user@example.org'}"

# refused CODE REGEX ARGUMENT...: create fails with this exit code and one line
# that names what is wrong, and prints nothing else.
expect 0 list --all
cp "$out" "$work/before"
refused() {
    local code=$1 what=$2
    shift 2
    expect "$code" create "$@"
    lines "$out" 0
    lines "$err" 1
    has "$err" "^accesstoken: $what"
}
refused 3 "user 'nosuchuser'.*--virtual" nosuchuser
refused 8 "user 'root'.*leave out --virtual" root --virtual
refused 2 "user 'group:root'" group:root
refused 2 "user 'gid:0'" gid:0
refused 2 "user ''" ""
refused 2 "--name '" root --name $'line\nbreak'
refused 2 "--name '" root --name $'\xff'
refused 2 "--name '" root --name "$(printf '%0129d' 0)"
refused 2 "--scope 'IMAP'" root --scope IMAP
refused 2 "--scope ''" root --scope ""
refused 2 "--from '192.0.2.1/33'" root --from 192.0.2.1/33
refused 2 "--from 'example.org'" root --from example.org
refused 2 "--expires 'tomorrow'" root --expires tomorrow
refused 2 "--expires '2001-01-01'" root --expires 2001-01-01
refused 2 "--expires '0s'" root --expires 0s
refused 2 "--expires '10000-01-01'" root --expires 10000-01-01
scopes=()
for i in $(seq 33); do scopes+=(--scope "s$i"); done
refused 2 "--scope 's33'" root "${scopes[@]}"
expect 0 list --all
cmp "$out" "$work/before"

# --output makes a new file with mode 0600, whatever the umask; the secret is
# written nowhere else.
umask 0
expect 0 create root --output "$work/secret"
umask 077
lines "$out" 0
has "$err" "^token [0-9]+ for root never expires$"
same "$(stat -c %a "$work/secret")" 600
same "$(stat -c %s "$work/secret")" 56
check_token "$(cat "$work/secret")" 0
expect 0 create root --output "$work/secret.json" --json
conforms "$work/secret.json" access_token
check_token "$(json "$work/secret.json" 'd["bearer_token"]')" 0

# Never over a file, nor through a link; no token is issued then.
expect 0 list --all
cp "$out" "$work/before"
cp "$work/secret" "$work/kept"
refused 8 "$work/secret: File exists" root --output "$work/secret"
cmp "$work/secret" "$work/kept"
ln -s "$work/nowhere" "$work/link"
refused 8 "$work/link: " root --output "$work/link"
[ ! -e "$work/nowhere" ] || fail "wrote through a symbolic link"
refused 1 "$work/none/file: No such" root --output "$work/none/file"
refused 3 "user 'nosuchuser'" nosuchuser --output "$work/unused"
[ ! -e "$work/unused" ] || fail "left a file without a token"
# A store that cannot be written to leaves no file either.
mkdir "$work/shared"
chmod 777 "$work/shared"
expect 7 --store "$work/shared/tokens.tdb" create root --output "$work/unused"
[ ! -e "$work/unused" ] || fail "left a file without a token"

# If the secret cannot be handed over, the token is revoked again.
handed_over() {
    has "$err" "is revoked again"
    lacks "$err" "pamat1_"
    expect 0 list --all
    cmp "$out" "$work/before"
}
got=0
accesstoken create root >/dev/full 2>"$err" || got=$?
same "$got" 1
handed_over
got=0
ACCESSTOKEN_TEST_FSYNC=$work/unused \
    accesstoken create root --output "$work/unused" 2>"$err" || got=$?
same "$got" 1
[ ! -e "$work/unused" ] || fail "left the secret of a revoked token"
handed_over

# A pipe without a reader is noticed before a token is issued.
mkfifo "$work/pipe"
: <"$work/pipe" &
exec 5>"$work/pipe"
wait $!
expect 0 list --all
got=0
accesstoken create root >&5 2>"$err" || got=$?
exec 5>&-
same "$got" 1
has "$err" "standard output: Broken pipe"
expect 0 list --all
cmp "$out" "$work/before"

# A scope that is nearly the name of a PAM service may be mistyped.
export ACCESSTOKEN_TEST_PLACES=$work
mkdir -p "$work/pam.d" "$work/lib/pam.d"
touch "$work/pam.d/sshd" "$work/pam.d/smtp" "$work/pam.d/ssj~"
touch "$work/lib/pam.d/cups"
expect 0 create root --scope ssh --scope imap --scope smtp --scope cusp
same "$(grep -v '^token' "$err")" \
    "no PAM service here is called ssh; did you mean sshd?
no PAM service here is called cusp; did you mean cups?"
expect 0 create root --scope ssh --quiet
lines "$err" 0
unset ACCESSTOKEN_TEST_PLACES

# The secret is neither in the log nor in the store.
lacks "$log" "pamat1_"
if grep -rlF "${first#pamat1_}" "$work/state"; then
    fail "the store holds a bearer token"
fi

# "-" is standard output.
expect 0 create root --output -
has "$out" "^pamat1_"
[ ! -e - ] || fail "a file is called -"
