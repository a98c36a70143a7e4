#!/bin/sh
# The conversations of tests/pam/ once more, with the module asking a daemon
# through its socket: the same codes, prompts, delays and lines, except that
# the daemon does not say which of the first rules a token broke.
set -u

source=${srcdir:-.}/tests/pam
work=$(mktemp -d "${TMPDIR:-/tmp}/accesstoken-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

# What hangs on the driver's clock or name service, which the daemon does not
# share, or on the file, is in remote-*.conv instead.
for name in success success-options success-virtual refused refused-nodelay \
    scopes first-pass use-first-pass retry hostile-names \
    user-asked conversation stack-tokens-only; do
    {
        echo serve
        # Names that no account can have are refused without asking.
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
