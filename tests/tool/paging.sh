#!/bin/bash
# paging.sh - list shows each of 10,000 tokens of 100 users once, page by page,
# while other tokens are created and revoked.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
"$build/tests/tool/seed" "$store" 10000 100 >"$work/seeded"
lines "$work/seeded" 10000
expect 0 list --json
conforms "$out" access_tokens_list
same "$(json "$out" 'len(d["entries"]), d["paging"]')" \
    "(100, {'next': '/v1/auth/access-tokens/?after=100&limit=100', \
'after': '100'})"

LD_PRELOAD='' ACCESSTOKEN_TEST_LOG=$log "$python" \
    "$source_dir/tests/tool/walk_pages.py" "$tool" "$preload" "$store" \
    "$build/tests/tool/seed" "$work/seeded"

# --all shows every token once, as a table and as JSON.
expect 0 list --all --json
conforms "$out" access_tokens_list
json "$out" '"\n".join(e["id"] for e in d["entries"])' >"$work/ids"
expect 0 modify "$(head -n1 "$work/ids")" --name 'a name on the first page'
expect 0 list --all
same "$(grep -c STATUS "$out")" 1
tail -n +2 "$out" | awk '{ print $1 }' | cmp - "$work/ids"
sort -nu "$work/ids" | cmp - "$work/ids"
# Columns stay where they are on the next page.  They move only when an id has
# one more digit, which happens once here.
awk '{ n = index($0, NR == 1 ? "STATUS" : "active") } n == 0 || n < last \
    { bad++ } n > last { last = n; places++ } END { exit bad || places > 2 }' \
    "$out" || fail "columns move between pages"
expect 0 check
