#!/bin/sh
# The shipped fail2ban filter finds refused tokens, and only those.
set -eu
exec python3 "${srcdir:-.}/tests/pam/fail2ban_lines.py" \
    "${srcdir:-.}/doc/fail2ban/pam-accesstoken.conf"
