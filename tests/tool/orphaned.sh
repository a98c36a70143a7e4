#!/bin/bash
# orphaned.sh - prune --orphaned removes the tokens whose account is gone or has
# another uid, and nothing if the name service is silent about one of the
# users; status counts them; userdel's hook revokes a deleted user's tokens.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

find_python
export ACCESSTOKEN_TEST_ACCOUNTS="ann:70001 ben:70002 ken:70003"
export ACCESSTOKEN_TEST_PLACES=$work
mkdir -p "$work/pam.d" "$work/lib/pam.d"

# left IDS: these tokens are left.
left() {
    expect 0 list --all --no-header
    same "$(awk '{ print $1 }' "$out" | paste -sd' ')" "$1"
}

expect 7 prune --orphaned --yes
has "$err" 'there is no store'
issue ann
issue ben
issue ken
issue ann
issue jane --virtual

# ------------------------------------------------------------------- no orphan
expect 0 prune --orphaned --yes
lines "$out" 0
lines "$err" 0
expect 0 status
lacks "$out" '^orphaned'
expect 0 status --json
same "$(json "$out" 'd["tokens"]["orphaned"], d["tokens"]["account_unknown"]')" \
    "(0, 0)"

# ------------------------- one account is gone, one was made with another uid
export ACCESSTOKEN_TEST_ACCOUNTS="ben:71002 ken:70003 jane:70009"
expect 0 status
has "$out" '^orphaned:  3 tokens whose account is gone or has another uid; run: accesstoken prune --orphaned$'
expect 0 status --json
same "$(json "$out" 'd["tokens"]["orphaned"]')" 3
expect 0 prune --orphaned --dry-run
same "$(awk '{ print $1 }' "$out" | paste -sd' ')" "ID 1 2 4"
same "$(cat "$err")" "would prune 3 tokens"
expect 0 prune --orphaned --dry-run --json
same "$(json "$out" '[e["id"] for e in d["entries"]]')" "['1', '2', '4']"
expect 0 prune --orphaned --user ben --dry-run
same "$(cat "$err")" "would prune 1 token"

# A silent name service: nothing is removed, whatever else is known.
ACCESSTOKEN_TEST_NSS_DOWN=ken expect 7 prune --orphaned --yes
lines "$out" 0
same "$(cat "$err")" "accesstoken: ken: the name service does not say whether \
the user exists; see passwd: in /etc/nsswitch.conf; nothing was removed"
ACCESSTOKEN_TEST_NSS_DOWN=ken expect 7 prune --orphaned --dry-run
ACCESSTOKEN_TEST_NSS_DOWN=ken expect 0 status
has "$out" '^orphaned:  3 tokens whose account'
has "$out" '^ +not known for 1 token: the name service does not say'
# A virtual user's token has no uid, so nobody is asked about it.
ACCESSTOKEN_TEST_NSS_DOWN=jane expect 0 prune --orphaned --dry-run
left "1 2 3 4 5"

# Without a terminal it needs --yes; on one it asks.
expect 2 prune --orphaned
has "$err" '^accesstoken: --yes is missing, and standard input is not a terminal'
expect 2 prune --orphaned --json
expect 2 prune
expect 2 prune --orphaned --older-than 1d
left "1 2 3 4 5"

# answer TEXT CODE: prune asks on a terminal and gets this answer.
answer() {
    local got=0
    SEND=$1 LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log \
        "$python" "$source_dir/tests/tool/terminal.py" \
        "$tool" --store "$store" prune --orphaned >"$out" || got=$?
    same "$got" "$2"
}
for no in '' n no Y yess maybe; do
    answer "$no" 1
    has "$out" 'accesstoken: nothing was removed'
done
left "1 2 3 4 5"
: >"$log"
answer yes 0
has "$out" '^ *1 ann '
has "$out" 'pruned 3 tokens'
left "3 5"
same "$(grep -c 'action=prune result=ok' "$log")" 3

# ------------------------------------------------------------- --yes, and JSON
export ACCESSTOKEN_TEST_ACCOUNTS=
issue kim --virtual
expect 0 prune --orphaned --yes --json
same "$(json "$out" '[e["id"] for e in d["entries"]]')" "['3']"
left "5 6"

# ------------------------------------------------------------- userdel's hook
hook=$source_dir/tools/accesstoken/revoke-deleted-user
mkdir "$work/bin"
cat >"$work/bin/accesstoken" <<END
#!/bin/sh
LD_PRELOAD=$preload ACCESSTOKEN_TEST_LOG=$log exec "$tool" --store "$store" "\$@"
END
chmod +x "$work/bin/accesstoken"

# deleted NAME CODE: the hook runs after this account was deleted.
deleted() {
    local got=0
    SUBJECT=$1 ACTION=userdel PATH=$work/bin:$PATH "$hook" \
        >"$out" 2>"$err" || got=$?
    same "$got" "$2"
}
export ACCESSTOKEN_TEST_ACCOUNTS="ann:70001 annabel:70005"
issue ann
issue annabel
issue ann
export ACCESSTOKEN_TEST_ACCOUNTS="annabel:70005"
deleted ann 0
same "$(cat "$out")" "revoked 2 tokens of ann"
lines "$err" 0
left "5 6 8"
deleted ann 0
lines "$out" 0
lines "$err" 0
chmod 640 "$store"
deleted annabel 7
lines "$out" 0
has "$err" 'run: accesstoken revoke --user annabel$'
chmod 600 "$store"
deleted '' 2
rm -r "$work/state"
deleted annabel 0
lines "$out" 0
lines "$err" 0
