#!/bin/bash
# Prove what the nightly backup keeps and what it removes.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

backups=$work/backups
mkdir -m 0700 "$backups" "$work/bin"

# Nights follow each other quickly here.
cat >"$work/bin/date" <<END
#!/bin/sh
echo x >>"$work/nights"
printf '20270101T0300%02dZ\n' "\$(wc -l <"$work/nights")"
END
chmod +x "$work/bin/date"

# nightly CODE KEEP
nightly() {
    local got=0
    PATH=$work/bin:$PATH "$source_dir/tools/accesstoken/nightly-backup" \
        "$tool" "$store" "$backups" "$2" >"$out" 2>"$err" || got=$?
    [ "$got" -eq "$1" ] || {
        cat "$out" "$err" >&2
        fail "exit $got, expected $1"
    }
}

# kept NIGHT...: the backups of these are there, and what is none of them.
kept() {
    printf 'nightly-20270101T03000%dZ.tdb\n' "$@" >"$work/want"
    printf '%s\n' 2026-12-31.tdb nightly-notes.tdb >>"$work/want"
    (cd "$backups" && printf '%s\n' *) | sort >"$work/got"
    sort "$work/want" | diff - "$work/got" || fail "not what should be kept"
}
touch "$backups/nightly-notes.tdb" "$backups/2026-12-31.tdb"

issue root
nightly 0 2
lines "$out" 0
lines "$err" 0
kept 1
first=$backups/nightly-20270101T030001Z.tdb
expect 0 --store "$first" list
has "$out" root
same "$(stat -c %a "$first")" 600

# The oldest go, once there are more than KEEP.
nightly 0 2
kept 1 2
nightly 0 2
kept 2 3

# A number to keep that would keep none, or is none.
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

# What a damaged store gives pushes no good backup out.
at=$(grep -abo root "$store" | head -n 1 | cut -d : -f 1)
printf R | dd of="$store" bs=1 seek="$at" conv=notrunc status=none
nightly 1 1
for night in 2 3; do
    [ -e "$backups/nightly-20270101T03000${night}Z.tdb" ] ||
        fail "the backup of night $night is gone"
done
