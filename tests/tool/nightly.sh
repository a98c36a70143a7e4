#!/bin/bash
# nightly.sh - nightly-backup makes a backup, removes the oldest of its own
# backups, and removes none if it fails.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

backups=$work/backups
mkdir -m 0700 "$backups" "$work/bin"

# Each call of date returns the next time, so that a night passes at once.
cat >"$work/bin/date" <<END
#!/bin/sh
echo x >>"$work/nights"
printf '20270101T0300%02dZ\n' "\$(wc -l <"$work/nights")"
END
chmod +x "$work/bin/date"

# nightly CODE KEEP: nightly-backup, which keeps KEEP backups, exits with CODE.
nightly() {
    local got=0
    PATH=$work/bin:$PATH "$source_dir/tools/accesstoken/nightly-backup" \
        "$tool" "$store" "$backups" "$2" >"$out" 2>"$err" || got=$?
    [ "$got" -eq "$1" ] || {
        cat "$out" "$err" >&2
        fail "exit $got, expected $1"
    }
}

# kept NIGHT...: the directory has the backups of these nights and the two
# other files, and nothing else.
kept() {
    printf 'nightly-20270101T03000%dZ.tdb\n' "$@" >"$work/want"
    printf '%s\n' 2026-12-31.tdb nightly-notes.tdb >>"$work/want"
    (cd "$backups" && printf '%s\n' *) | sort >"$work/got"
    sort "$work/want" | diff - "$work/got" || fail "the wrong files are kept"
}
touch "$backups/nightly-notes.tdb" "$backups/2026-12-31.tdb"

issue root
nightly 0 2
first=$backups/nightly-20270101T030001Z.tdb
same "$(cat "$out")" "wrote $first; kept 1 of at most 2 backups"
lines "$err" 0
kept 1
expect 0 --store "$first" list
has "$out" root
same "$(stat -c %a "$first")" 600

# The oldest backup is removed if there are more than KEEP.
nightly 0 2
kept 1 2
nightly 0 2
kept 2 3

# KEEP has to be a number, 1 or more.
for keep in 0 '' -1 two 01; do
    nightly 2 "$keep"
    has "$err" "KEEP=$keep:"
done
kept 2 3

# Without a store, nothing is removed.
mv "$store" "$work/away"
nightly 7 1
kept 2 3
mv "$work/away" "$store"

# The backup of a damaged store does not replace a good one.
at=$(grep -abo root "$store" | head -n 1 | cut -d : -f 1)
printf R | dd of="$store" bs=1 seek="$at" conv=notrunc status=none
nightly 1 1
for night in 2 3; do
    [ -e "$backups/nightly-20270101T03000${night}Z.tdb" ] ||
        fail "the backup of night $night is gone"
done
