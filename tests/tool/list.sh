#!/bin/bash
# list.sh - list prints the table with aligned columns and colour, the JSON
# object of the schema, pages, and the tokens of one user.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
issue root --name 'Zoë' --scope imap --scope smtp --expires 2099-01-31
issue 'a b&c+d%é' --virtual --name '日本'
issue root
expect 0 modify 3 --disable

# The columns are aligned by what a terminal shows, not by bytes.
expect 0 list
lines "$out" 4
lines "$err" 0
heading=$(head -n1 "$out")
[[ $heading =~ ^ID\ USER\ +NAME\ +SCOPES\ +CREATED\ +EXPIRES\ +LAST\ USED\ +STATUS$ ]] ||
    fail "wrong heading: $heading"
has "$out" "^ 1 root +Zoë +imap,smtp .* 2099-01-31T00:00:00Z never +active$"
has "$out" "^ 2 .* any +20.* never +active$"
has "$out" "^ 3 root .* never +disabled$"
"$python" - "$out" <<'PYTHON'
import sys, unicodedata
def column(line, text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line[:line.index(text)])
rows = open(sys.argv[1], encoding="utf-8").read().splitlines()
columns = [column(row, word) for row, word in
           zip(rows, ("STATUS", "active", "active", "disabled"))]
assert len(set(columns)) == 1, columns
PYTHON
expect 0 list --no-header
lines "$out" 3
lacks "$out" "STATUS"

# Colour is used only on a terminal, and not if NO_COLOR is set.
escape=$'\033'
expect 0 list
lacks "$out" "$escape"
on_terminal() {
    LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log TERM=$1 "$python" \
        "$source_dir/tests/tool/terminal.py" "$tool" --store "$store" list \
        >"$out"
}
on_terminal xterm
has "$out" "$escape\[[0-9;]*33m.*disabled"
NO_COLOR=1 on_terminal xterm
lacks "$out" "$escape"
has "$out" "disabled"
on_terminal dumb
lacks "$out" "$escape"

# On a terminal the table fits it: long values end with an ellipsis, and times
# are local and short.  Whoever reads a pipe gets everything.
shown() {
    local width=$1 code=0
    shift
    COLUMNS=$width WIDTH=$width LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
        TERM=dumb "$python" "$source_dir/tests/tool/terminal.py" "$tool" \
        --store "$store" "$@" >"$work/shown" || code=$?
    same "$code" 0
    tr -d '\r' <"$work/shown" >"$out"
}
fits() {
    "$python" - "$out" "$1" <<'PYTHON'
import sys, unicodedata
for row in open(sys.argv[1], encoding="utf-8").read().splitlines():
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
                for c in row)
    assert width <= int(sys.argv[2]), (width, row)
PYTHON
}
name='the laptop in the kitchen, and 日本語日本語'
expect 0 modify 1 --name "$name" --from 192.0.2.0/24 \
    --scope imap --scope smtp --scope a-very-long-scope.of-a-service
for zone in UTC0:31 XXX+5:30; do # west of Greenwich it is the day before
    TZ=${zone%:*} shown 80 list
    lines "$out" 4
    fits 80
    has "$out" "^ID USER +NAME +SCOPES +CREATED +EXPIRES +LAST USED STATUS *$"
    has "$out" \
        "^ 1 root +the [^…]*… imap[^…]*… +[0-9:-]+ +2099-01-${zone#*:} never "
done
has "$out" "^ 2 .* any +[0-9:-]+ +never +never +active"
ACCESSTOKEN_TEST_TIME=4073587199 TZ=UTC0 shown 80 list # that day's last second
has "$out" "^ 1 .* 00:00 +never +expired"
ACCESSTOKEN_TEST_TIME=4073587199 TZ=XXX+1 shown 80 list # the day before, there
has "$out" "^ 1 .* 2099-01-30 +never +expired"
for width in 50 64; do
    TZ=UTC0 shown $width list
    fits $width
    has "$out" "^ 1 root +the [^…]*… imap[^…]*… +2099-01-31"
done
TZ=UTC0 shown 50 list
has "$out" "^ID USER +NAME +SCOPES +EXPIRES +STATUS *$"
LC_ALL=C shown 80 list
has "$out" "^ 1 root +the [^.]*\.\.\. imap[^.]*\.\.\. "
shown 50 list --wide
has "$out" "^ID USER +NAME +SCOPES +NETWORKS +CREATED "
has "$out" "^ 1 root +$name imap,smtp,a-very-long-scope.of-a-service 192.0.2.0/24"
has "$out" "^ 3 root +any +any +"
COLUMNS=50 WIDTH=50 expect 0 list
has "$out" "$name imap,smtp,a-very-long-scope.of-a-service +20.*Z 2099-01-31T0"
lacks "$out" "192.0.2|NETWORKS"
expect 0 list --wide
has "$out" "imap,smtp,a-very-long-scope.of-a-service +192.0.2.0/24 +20.*Z 2099"
expect 0 modify 1 --name 'Zoë' --any-network --scope imap --scope smtp

# Filters; the next page has them too.
for filter in "--name Zoë:1" "--name Zo:" "--scope smtp:1" "--scope smt:" \
    "--status active:1 2" "--status disabled:3" "--status expired:" \
    "--status active --scope imap --name Zoë:1" "--status disabled --name Zoë:"; do
    # shellcheck disable=SC2086
    expect 0 list --no-header ${filter%:*}
    same "$(awk '{ print $1 }' "$out" | xargs)" "${filter##*:}"
done
expect 0 list --json --status active --limit 1
same "$(json "$out" 'd["paging"]')" \
    "{'next': '/v1/auth/access-tokens/?after=1&limit=1&status=active', \
'after': '1'}"
expect 0 list --json --status active --limit 1 --after 1
same "$(json "$out" 'd["entries"][0]["id"], d["paging"]["next"]')" "('2', None)"

# The JSON object is valid by the schema, and has our additional members.
expect 0 list --json
lines "$out" 1
conforms "$out" access_tokens_list
same "$(json "$out" 'sorted(d), sorted(d["paging"])')" \
    "(['entries', 'paging'], ['after', 'next'])"
same "$(json "$out" 'd["paging"]')" "{'next': None, 'after': None}"
same "$(json "$out" '[e["id"] for e in d["entries"]]')" "['1', '2', '3']"
same "$(json "$out" 'd["entries"][0]["scopes"], d["entries"][0]["name"]')" \
    "(['imap', 'smtp'], 'Zoë')"
same "$(json "$out" 'd["entries"][0]["expiration_time"]')" \
    "2099-01-31T00:00:00Z"
same "$(json "$out" 'sorted(d["entries"][2])')" \
    "['creation_time', 'creator', 'enabled', 'id', 'last_use', 'user']"
same "$(json "$out" '[e["enabled"] for e in d["entries"]]')" \
    "[True, True, False]"
same "$(json "$out" 'd["entries"][1]["user"]["name"]')" 'a b&c+d%é'
grep -q 'Zoë' "$out" || fail "UTF-8 is not printed unchanged"
cp "$out" "$work/page"
expect 0 list --json --all
cmp "$out" "$work/page"
expect 0 list --json --no-header
cmp "$out" "$work/page"

# Pages: "after" and "next" lead to the next page, and are null on the last.
expect 0 list --json --limit 2
same "$(json "$out" 'd["paging"]')" \
    "{'next': '/v1/auth/access-tokens/?after=2&limit=2', 'after': '2'}"
expect 0 list --json --limit 2 --after 2
same "$(json "$out" 'd["entries"][0]["id"], d["paging"]["after"]')" \
    "('3', None)"
expect 0 list --json --limit 3
same "$(json "$out" 'd["paging"]')" "{'next': None, 'after': None}"
expect 0 list --json --after 3
same "$(json "$out" 'd["entries"]')" "[]"
conforms "$out" access_tokens_list
expect 0 list --json --after 2 --all
same "$(json "$out" '[e["id"] for e in d["entries"]]')" "['3']"
expect 0 list --json --limit 5000
same "$(json "$out" 'len(d["entries"])')" 3
expect 0 list --limit 2
lines "$out" 3
has "$err" "--after 2"

# --user takes every form of a user, and "next" has it with URI escapes.
expect 0 list --json --user root
same "$(json "$out" '[e["id"] for e in d["entries"]]')" "['1', '3']"
expect 0 list --json --user uid:0 --limit 1
same "$(json "$out" 'd["paging"]["next"]')" \
    "/v1/auth/access-tokens/?after=1&limit=1&user=uid%3A0"
issue 'a b&c+d%é' --virtual
expect 0 list --json --user 'a b&c+d%é' --limit 1
same "$(json "$out" 'd["paging"]["next"]')" \
    "/v1/auth/access-tokens/?after=2&limit=1&user=a%20b%26c%2Bd%25%C3%A9"
same "$(json "$out" '__import__("urllib.parse").parse.parse_qs(
    d["paging"]["next"].split("?")[1])["user"]')" "['a b&c+d%é']"
expect 0 list --user nobody-has-this-name
lines "$out" 0

# An expired token has the status "expired".
expect 0 create root --expires 1s
for _ in $(seq 100); do
    expect 0 list --after 4
    grep -q expired "$out" && break
    sleep 0.1
done
has "$out" "^ *5 .* expired$"

# A pipe without a reader is an error that the tool reports, and survives.
mkfifo "$work/pipe"
: <"$work/pipe" &
exec 5>"$work/pipe"
wait $!
for arguments in "" "--json" "--all"; do
    got=0
    # shellcheck disable=SC2086
    accesstoken list $arguments >&5 2>"$err" || got=$?
    same "$got" 1
    has "$err" "standard output: Broken pipe"
done
exec 5>&-

for arguments in "--limit 0" "--limit -1" "--limit x" "--limit 1x" \
    "--limit 01" "--after x" "--after -1" "--after 4294967296" \
    "--status x" "--scope A" "--all --limit 5" "--limit 5 --all" "--user group:root"; do
    # shellcheck disable=SC2086
    expect 2 list $arguments
    lines "$out" 0
    lines "$err" 1
done
