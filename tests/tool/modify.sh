#!/bin/bash
# modify.sh - modify changes only what it is asked to change, or nothing if it
# is refused; show prints every property of a token.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
issue root --name old --scope imap --from 192.0.2.0/24 --expires 2099-01-01
secret=$bearer

# show prints a line for each property, and the same as JSON.
expect 0 show 1
for line in "id: 1" "status: active" "name: old" "scopes: imap" \
    "networks: 192.0.2.0/24" "expires: 2099-01-01T00:00:00Z"; do
    grep -Fqx "$line" "$out" || fail "show: no line '$line'"
done
has "$out" "^user: root uid=0 .*domain=LOCAL$"
has "$out" "^created: 20[0-9-]*T[0-9:]*Z$"
has "$out" "^creator: "
lacks "$out" "pamat1_"
expect 0 show 1 --json
printf '{"entries":[%s],"paging":{}}' "$(cat "$out")" >"$work/list"
conforms "$work/list" access_tokens_list
issue root
expect 0 show 2
for line in "scopes: any" "networks: any" "expires: never"; do
    grep -Fqx "$line" "$out" || fail "show: no line '$line'"
done
lacks "$out" "^name:"

# entry EXPRESSION EXPECTED: the expression has this value for token 1 now.
entry() {
    expect 0 show 1 --json
    same "$(json "$out" "$1")" "$2"
}

# Each field changes alone; the others stay, and the secret stays valid.
entry 'd["creation_time"] != ""' True
expect 0 modify 1 --name 'new – näme'
lines "$out" 0
lines "$err" 1
has "$err" "^modified token 1 for root, name new – näme: enabled, expires 2099"
entry 'd["name"], d["scopes"], d["networks"], d["expiration_time"]' \
    "('new – näme', ['imap'], ['192.0.2.0/24'], '2099-01-01T00:00:00Z')"
expect 0 modify 1 --name ''
has "$err" "^modified token 1 for root, no name: enabled"
entry '"name" in d' False
expect 0 modify 1 --disable
has "$err" "disabled"
entry 'd["enabled"], d["scopes"]' "(False, ['imap'])"
check_token "$secret" 5 --scope imap --from 192.0.2.1
has "$err" "^accesstoken: refused: disabled$"
expect 0 modify 1 --enable
check_token "$secret" 0 --scope imap --from 192.0.2.1
expect 0 modify 1 --expires never
has "$err" "never expires"
entry '"expiration_time" in d' False
expect 0 modify 1 --expires 2098-01-01
entry 'd["expiration_time"]' "2098-01-01T00:00:00Z"

# Scopes and networks are replaced as a whole, or cleared.
expect 0 modify --scope smtp --scope pop3 1
entry 'd["scopes"], d["networks"]' "(['smtp', 'pop3'], ['192.0.2.0/24'])"
expect 0 modify 1 --from 2001:db8::/32
entry 'd["scopes"], d["networks"]' "(['smtp', 'pop3'], ['2001:db8::/32'])"
expect 0 modify 1 --any-scope
entry '"scopes" in d, d["networks"]' "(False, ['2001:db8::/32'])"
expect 0 modify 1 --any-network
entry '"networks" in d' False
check_token "$secret" 0

# Single scopes and networks are added and removed, but never the last one: a
# token must not become valid everywhere by losing a scope.
expect 0 modify 2 --scope imap --from 192.0.2.0/24
expect 0 modify 2 --add-scope smtp --add-scope imap --add-from 2001:db8::1 \
    --name both --json
same "$(json "$out" 'd["scopes"], d["networks"], d["name"]')" \
    "(['imap', 'smtp'], ['192.0.2.0/24', '2001:db8::1'], 'both')"
expect 0 modify 2 --remove-scope imap --add-scope sieve --disable --json
same "$(json "$out" 'd["scopes"], d["networks"], d["enabled"], d["name"]')" \
    "(['smtp', 'sieve'], ['192.0.2.0/24', '2001:db8::1'], False, 'both')"
expect 0 modify 2 --remove-from 192.0.2.0/24 --enable --json
same "$(json "$out" 'd["scopes"], d["networks"], d["enabled"]')" \
    "(['smtp', 'sieve'], ['2001:db8::1'], True)"
has "$err" "^modified token 2 for .*, network 2001:db8::1: enabled, "

# A refused command changes nothing, not even what is right in it.
expect 0 show 1 --json
cp "$out" "$work/before"
refused() {
    local code=$1 what=$2
    shift 2
    expect "$code" modify "$@"
    lines "$err" 1
    has "$err" "^accesstoken: .*$what"
}
refused 2 "nothing to change" 1
refused 2 "--enable and --disable" 1 --enable --disable
refused 2 "--scope and --any-scope" 1 --scope a --any-scope
refused 2 "--from and --any-network" 1 --any-network --from 192.0.2.1
refused 2 "--expires '2001-01-01'" 1 --name x --expires 2001-01-01
refused 2 "--scope 'A'" 1 --name x --scope A
refused 2 "--from 'x'" 1 --name x --from x
refused 2 "--name '" 1 --disable --name $'a\tb'
refused 2 "too many arguments" 1 2 --disable
refused 3 "99" 99 --disable
refused 3 "99" 99 --add-scope a
refused 2 "token 1 is valid for every service: use --scope" 1 --add-scope a
refused 2 "token 1 is valid from everywhere: use --from" 1 \
    --remove-from 192.0.2.1
refused 2 "give either all scopes" 1 --scope a --add-scope b
refused 2 "give either all scopes" 1 --any-scope --remove-scope b
refused 2 "give either all networks" 1 --any-network --add-from 192.0.2.1
refused 2 "--add-scope 'A'" 1 --add-scope A
expect 0 show 2 --json
cp "$out" "$work/second"
refused 2 "token 2 does not have the scope 'imap'" 2 --remove-scope imap
refused 2 "token 2 does not have the network" 2 --remove-from 192.0.2.0/24
refused 2 "no scope left and be valid for every service" 2 \
    --remove-scope smtp --remove-scope sieve
refused 2 "no network left and be valid from everywhere" 2 \
    --remove-from 2001:db8::1
expect 0 show 2 --json
cmp "$out" "$work/second"
expect 3 show 99
has "$err" "99"
expect 0 show 1 --json
cmp "$out" "$work/before"

# Somebody else adds a scope between our reading and writing: both stay.
export ACCESSTOKEN_TEST_MEANWHILE="
    unset ACCESSTOKEN_TEST_MEANWHILE
    '$tool' --store '$store' modify 2 --add-scope third"
expect 0 modify 2 --add-scope fourth
unset ACCESSTOKEN_TEST_MEANWHILE
expect 0 show 2 --json
same "$(json "$out" 'sorted(d["scopes"])')" \
    "['fourth', 'sieve', 'smtp', 'third']"

# Months and years are those of the calendar, on the command line only.
# Noon on 31 January 2027, 29 February 2028, and 31 August 2027.
for times in "1801396800 1mo 2027-02-28" "1801396800 13mo 2028-02-29" \
    "1835438400 1y 2029-02-28" "1835438400 4y 2032-02-29" \
    "1819713600 6mo 2028-02-29" "1819713600 0y 2027-08-31"; do
    read -r now duration day <<<"$times"
    [ "$duration" != 0y ] || continue # not later than now
    ACCESSTOKEN_TEST_TIME=$now expect 0 modify 2 --expires "$duration"
    expect 0 show 2
    has "$out" "^expires: ${day}T12:00:00Z$"
done
for duration in 0mo 6m 1mo2d 1Y 1.5y y mo -1y "1 y" 8000y 99999999999999mo; do
    [ "$duration" != 6m ] || continue # minutes
    expect 2 modify 2 --expires="$duration"
    lines "$err" 1
done
