#!/bin/sh
# The conversations of tests/pam/ again, with a module that asks a daemon
# through its socket: the codes, prompts, delays and log lines are the same,
# except that the daemon does not say which of the first rules a token breaks.
set -u

source=${srcdir:-.}/tests/pam
work=$(mktemp -d "${TMPDIR:-/tmp}/accesstoken-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

# Conversations that depend on the file, or on the driver's clock or name
# service, which the daemon does not share, are in remote-*.conv instead.
for name in success success-options success-virtual refused refused-nodelay \
    scopes first-pass use-first-pass retry hostile-names \
    user-asked conversation stack-tokens-only; do
    {
        echo serve
        # The module refuses names that no account can have without asking.
        sed 's/@module/@remote/g
            /^ *\(auth\|account\) /s/store=@store/store=@verify/g
            /user=[^ ]*\(\\x\|\.\.\.\) /!s/reason=\(unknown\|secret\|disabled\|expired\|user\)$/reason=invalid/' \
            "$source/$name.conv"
    } >"$work/$name.conv"
    grep -q 'store=@verify' "$work/$name.conv" || {
        echo "FAILED: $name does not ask the daemon"
        failed=1
    }
    if tests/pam/pam_driver "$work/$name.conv" >"$work/out" 2>&1; then
        echo "ok: $name"
    else
        echo "FAILED: $name"
        cat "$work/out"
        failed=1
    fi
done
exit $failed
