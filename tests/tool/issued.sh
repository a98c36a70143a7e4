#!/bin/bash
# issued.sh - list and revoke the tokens that a token has issued, directly or
# through others, also if some of those in between are gone.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python

# issue_by ISSUER create|rotate ARGUMENT...: in the name of a token.
issue_by() {
    "$build/tests/tool/issue_by" "$store" "$@" >"$work/issued"
}

# issued ID IDS ARGUMENT...: list shows these ids, in a line, below a token.
issued() {
    local top=$1 want=$2
    shift 2
    expect 0 list --issued-by "$top" --no-header "$@"
    same "$(awk '{ printf "%s%s", sep, $1; sep = " " }' "$out")" "$want"
}

# 1 issues 2, which issues 4 and 5; 4 issues 6.  3 and 7 are others'.
issue root
issue_by 1 create
issue root
issue_by 2 create 2
issue_by 4 create
issue root
issued 1 "2 4 5 6"
lines "$err" 0
issued 2 "4 5 6"
issued 4 "6"
issued 6 ""
issued 3 ""
issued 99 ""
lines "$err" 0
expect 0 show 6
has "$out" '^issued by: token 4, first issuer token 1$'
expect 0 show 3
lacks "$out" 'issue'
expect 0 show 6 --json
same "$(json "$out" 'd["issued_by"], d["first_issuer"]')" "('4', '1')"

# Pages: those before --after count as well, although they are not shown.
issued 1 "2 4" --limit 2
same "$(cat "$err")" "more tokens follow: use --after 4 or --all"
issued 1 "5 6" --after 4
issued 2 "6" --after 5
issued 1 "" --after 6
expect 0 list --issued-by 1 --limit 3 --json
conforms "$out" access_tokens_list
same "$(json "$out" '[e["id"] for e in d["entries"]], d["paging"]')" \
    "(['2', '4', '5'], {'next': \
'/v1/auth/access-tokens/?after=5&limit=3&issued_by=1', 'after': '5'})"
issued 1 "" --expires-within 1d
issued 1 "2 4 5 6" --unused-for 0s

# A token in between goes, in the name of which 6 was issued.
expect 0 revoke 4
issued 1 "2 5 6"
lines "$err" 0
issued 2 "5"
doubt="token 2 may have issued more, through a token that is gone: see \
'accesstoken list --issued-by 1'"
same "$(cat "$err")" "$doubt"
issued 4 "6"
: >"$log"
expect 0 revoke --issued-by 2
lines "$out" 0
same "$(cat "$err")" "revoked the token and 1 token that token 2 issued
$doubt"
same "$(grep -c 'action=revoke result=ok id=[25] user=tester-issued' "$log")" 2
lines "$log" 2
issued 1 "6"
expect 0 revoke --issued-by 1
same "$(cat "$err")" "revoked the token and 1 token that token 1 issued"
expect 0 list --no-header
same "$(awk '{ printf "%s ", $1 }' "$out")" "3 7 "
expect 0 revoke --issued-by 1
same "$(cat "$err")" "there is no token 1, and none that it issued"

# Whoever rotates a token without one leaves it where it is; a token that
# rotates another takes it over; and one that rotates itself issues the next.
issue_by 3 create 2 # 8 and 9
expect 0 rotate 8   # 10
issue_by 7 rotate 9 # 11
issue_by 3 rotate 3 # 12
issue_by 12 rotate 12
same "$(cat "$work/issued")" 13
issue_by 13 create
issued 3 "10 13 14"
issued 7 "11"
issued 12 "13 14"
expect 0 revoke --issued-by 3
same "$(cat "$err")" "revoked 3 tokens that token 3 issued"
expect 0 list --no-header
same "$(awk '{ printf "%s ", $1 }' "$out")" "7 11 "

# More than one transaction has room for, and more than one page.
"$build/tests/tool/seed" "$store" 500 1 >"$work/seeded"
issue_by 11 create 600
issue_by "$(tail -n1 "$work/issued")" create 1300
"$build/tests/tool/seed" "$store" 500 1 >>"$work/seeded"
issue_by "$(head -n1 "$work/issued")" create 300
expect 0 list --issued-by 11 --all --no-header
lines "$out" 2200
: >"$log"
expect 0 revoke --issued-by 11
same "$(cat "$err")" "revoked the token and 2200 tokens that token 11 issued"
lines "$log" 2201
expect 0 list --all --no-header
lines "$out" 1001 # 7 and those that nobody issued
expect 0 check

# One question at a time, and ids alone.
expect 2 list --issued-by
expect 2 revoke --issued-by
for arguments in "--issued-by 0" "--issued-by x" "--issued-by 07" \
    "--issued-by 4294967296" "--issued-by -1"; do
    # shellcheck disable=SC2086
    expect 2 list $arguments
    # shellcheck disable=SC2086
    expect 2 revoke $arguments
    lines "$err" 1
done
expect 2 list --issued-by 7 --user root
for arguments in "7 --issued-by 7" "--user root --issued-by 7"; do
    # shellcheck disable=SC2086
    expect 2 revoke $arguments
    has "$err" 'give either ids, --user or --issued-by'
done
expect 0 show 7

# A failure is told, and nothing is said to be done.
: >"$log"
store=$work/nowhere/tokens.tdb
expect 7 revoke --issued-by 7
lines "$err" 1
has "$log" 'action=revoke result=failed exit=7 id=7 by='
expect 7 list --issued-by 7
