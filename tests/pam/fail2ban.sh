#!/bin/sh
# Prove that the filter for fail2ban finds refused tokens, and nothing else.
set -eu
exec python3 "${srcdir:-.}/tests/pam/fail2ban_lines.py" \
    "${srcdir:-.}/doc/fail2ban/pam-accesstoken.conf"
