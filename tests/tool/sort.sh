#!/bin/bash
# sort.sh - list --sort prints tokens in the order of each field and in the
# reverse, with ids between equals and missing values at the end, as a table and
# as JSON, page by page and with --all.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_TIME=1800000000 # 2027-01-15T08:00:00Z
now=$ACCESSTOKEN_TEST_TIME
day=86400

# listed IDS ARGUMENT...: list prints these tokens in this order.
listed() {
    local ids=$1
    shift
    expect 0 list --json --all "$@"
    lists "$ids" "$out"
    same "$(json "$out" 'd["paging"]')" "{'next': None, 'after': None}"
    expect 0 list "$@"
    lines "$err" 0
    same "$(awk 'NR > 1 { print $1 }' "$out" | paste -sd ' ')" "$ids"
    same "$(head -n1 "$out" | cut -d ' ' -f 1,2)" "ID USER"
}
# both IDS FIELD ARGUMENT...: these tokens in this order, and in the reverse.
both() {
    local ids=$1 field=$2
    shift 2
    listed "$ids" --sort "$field" "$@"
    listed "$(tr ' ' '\n' <<<"$ids" | tac | paste -sd ' ')" \
        --sort "-$field" "$@"
    listed "$(tr ' ' '\n' <<<"$ids" | tac | paste -sd ' ')" \
        "--sort=-$field" "$@"
}

mkdir "$work/state" # a new machine
expect 0 list --sort name
lines "$out" 0
expect 0 list --json --sort name
same "$(json "$out" 'd["entries"], d["paging"]["after"]')" "([], None)"

create() { # AGE USER NAME EXPIRES
    ACCESSTOKEN_TEST_TIME=$((now - $1)) issue "$2" --virtual --name "$3" \
        --expires "$4"
}
create 50 tester-b laptop never
create 60 tester-a phone 2027-03-01
create 60 tester-b '' 2027-02-01
create 40 tester-c laptop never
create 70 tester-a Laptop 2027-03-01
create 50 tester-c '' 2027-02-01
used() { # ID TIME, of a token that was created AGE seconds ago
    "$python" "$source_dir/tests/tool/use.py" "$store" "$1" \
        $((now - $3)) "$2"
}
used 4 $((now + day)) 40
used 2 $((now + 2 * day)) 60
used 5 $((now + day)) 70
export ACCESSTOKEN_TEST_TIME=$((now + 3 * day))

both "1 2 3 4 5 6" id
both "2 5 1 3 4 6" user
both "5 1 4 2 3 6" name
both "3 6 2 5 1 4" expires
both "5 2 3 1 6 4" created
both "4 5 2 1 3 6" used
listed "6 5 4 3 2 1" --sort name --sort -id # the last one counts

# Filters, and options of the table.
both "1 3" name --user tester-b
both "1 4" created --name laptop
both "3 6 2 5" expires --expires-within 60d
expect 0 modify 4 --disable
both "5 1 2 3 6" name --status active
both "4 5 1 3 6" used --unused-for 2d
expect 2 list --sort name --all --limit 3
expect 0 list --sort name --no-header --wide
lines "$out" 6
has "$out" "^ 5 tester-a Laptop any +any "
cp "$out" "$work/piped"
COLUMNS=50 expect 0 list --sort name --no-header --wide
cmp "$out" "$work/piped"

# Pages: --after takes the key that list gave, with the same order.
for order in -id user -user name -name expires -expires created -created used \
    -used; do
    expect 0 list --json --all --sort "$order"
    ids=$(json "$out" '" ".join(e["id"] for e in d["entries"])')
    for limit in 1 4 6; do
        [ $limit != 1 ] || [ "$order" = -name ] || continue
        pages='' key='' after=()
        while [ "$key" != None ]; do
            expect 0 list --json --sort "$order" --limit $limit "${after[@]}"
            key=$(json "$out" 'd["paging"]["after"]')
            page=$(json "$out" '[e["id"] for e in d["entries"]], \
d["paging"]["next"]')
            next="'/v1/auth/access-tokens/?after=$key&limit=$limit&sort=$order'"
            [ "$key" != None ] || next=None
            same "${page##*, }" "$next)"
            pages+=" $(grep -oE "'[0-9]+'" <<<"$page" | tr -d "'" | xargs)"
            after=(--after "$key")
            [[ $key =~ ^[A-Za-z0-9_-]+$ ]] || fail "not base64url: $key"
        done
        same "$pages" " $ids"
    done
done
expect 0 list --sort name --limit 2
lines "$err" 1
key=$(sed -n 's/^more tokens follow: use --after \([^ ]*\) or --all$/\1/p' \
    "$err")
expect 0 list --sort name --no-header --after "$key"
same "$(awk '{ print $1 }' "$out" | xargs)" "4 2 3 6"
# The token that the key names may be gone, and others may be new.
expect 0 revoke 1
ACCESSTOKEN_TEST_TIME=$now issue tester-d --virtual --name laptop
expect 0 list --sort name --no-header --after "$key" --all
same "$(awk '{ print $1 }' "$out" | xargs)" "4 7 2 3 6"
for wrong in "--sort -name --after $key" "--sort user --after $key" \
    "--after $key" "--sort id --after $key" "--sort name --after ${key%?}" \
    "--sort name --after ${key}A" "--sort name --after 4" \
    "--sort -id --after 4"; do
    # shellcheck disable=SC2086
    expect 2 list $wrong
    lines "$out" 0
    lines "$err" 1
done
listed "5 6 7" --sort id --after 4
listed "7 6 5 4 3 2" --sort -id

# An unknown field is refused with the fields that there are, and the nearest.
fields="id, user, name, expires, created or used"
for wrong in "nmae:name" "expiry:expires" "creat:created" "-usr:-user" "zzz:" ":" \
    "-:" "name,id:" "NAME:"; do
    expect 2 list --sort "${wrong%:*}"
    lines "$out" 0
    lines "$err" 1
    if [ -n "${wrong#*:}" ]; then
        has "$err" "not $fields; did you mean '${wrong#*:}'\?$"
    else
        has "$err" "not $fields$"
    fi
done
expect 2 list --sort
expect 2 show 4 --sort name
expect 0 list --help
tr -s '\n ' ' ' <"$out" >"$work/help"
has "$work/help" "--sort FIELD .*ascending.*'-'.*descending: $fields"

# --all needs one heading, and one place for each column, also for many tokens.
"$build/tests/tool/seed" "$store" 2500 7 >"$work/seeded"
expect 0 list --all --sort user
same "$(grep -c STATUS "$out")" 1
lines "$out" $((2500 + 6 + 1))
tail -n +2 "$out" | awk '{ print $2, $1 }' >"$work/users"
LC_ALL=C sort -k1,1 -k2,2n "$work/users" | cmp - "$work/users"
expect 0 list --all --json --sort -created
conforms "$out" access_tokens_list
same "$(json "$out" '(lambda k: k == sorted(k, reverse=True))(
    [(e["creation_time"], int(e["id"])) for e in d["entries"]])')" True
