#!/usr/bin/env python3
"""fail2ban_lines.py FILTER - prove that the filter finds the right address.

Uses the pattern of the filter as fail2ban does: <HOST> stands for an address,
and the lines have no time stamp.  The conversations in this directory prove that
the module logs such lines.
"""
import configparser
import re
import sys

HOST = r"(?P<host>[0-9]+(?:\.[0-9]+){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]+)"
BEGIN = " mail dovecot[77]: pam_accesstoken(imap:auth): "
FAILURE = (
    "authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=jane"
    " rhost={} user={} token=42 reason={}"
)
PG = ": pam_accesstoken(postgresql:auth): " + FAILURE.format(
    "10.0.0.1", "jane", "secret"
)

FOUND = [
    (BEGIN + FAILURE.format("10.0.0.1", "jane", "expired"), "10.0.0.1"),
    (BEGIN + FAILURE.format("2001:db8::1", "jane", "unknown"), "2001:db8::1"),
    # The scope that the token does not have.
    (
        BEGIN + FAILURE.format("10.0.0.1", "jane", "scope scope=su-l"),
        "10.0.0.1",
    ),
    (BEGIN + FAILURE.format("fe80::1", "jane", "malformed"), "fe80::1"),
    (BEGIN + FAILURE.format(r"fe80::1\x25eth0", "jane", "secret"), "fe80::1"),
    (
        " sshd[1]: pam_accesstoken(sshd:auth): "
        + FAILURE.format("10.0.0.1", r"x\x20rhost\x3d10.9.9.9", "secret"),
        "10.0.0.1",
    ),
    # A link-local address with its zone.
    (BEGIN + FAILURE.format(r"fe80::1\x25eth0", "jane", "secret"), "fe80::1"),
    # The end of PostgreSQL's process title, as syslog and journald show it; how
    # much is missing at the beginning depends on the length of its path.
    (" db tgres 10.0.0.1(34672) authentication" + PG, "10.0.0.1"),
    (" db  10.0.0.1(34672) authentication" + PG, "10.0.0.1"),
    (" db 672) authentication" + PG, "10.0.0.1"),
    (" db ) authentication" + PG, "10.0.0.1"),
    (" db tication" + PG, "10.0.0.1"),
    (" db " + PG, "10.0.0.1"),
    (" db jane a b fe80::1%eth0(7) authentication" + PG, "10.0.0.1"),
    (" db postgres[7]: jane x 10.9.9.9(1) authentication" + PG, "10.0.0.1"),
]
NOT_FOUND = [
    # A success, a login at the console, a failure of another module.
    BEGIN + "authentication success; logname= uid=0 euid=0 tty= ruser="
    " rhost=10.0.0.1 user=jane token=42",
    BEGIN + FAILURE.format("", "jane", "expired"),
    # What is no zone.
    BEGIN + FAILURE.format(r"fe80::1\x25", "jane", "expired"),
    BEGIN + FAILURE.format(r"fe80::1\x25..\x2f", "jane", "expired"),
    BEGIN + FAILURE.format(r"fe80::1\x25sixteen.letters.", "jane", "expired"),
    " sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0"
    " euid=0 tty=ssh ruser= rhost=10.0.0.1  user=jane",
    # Text that a client made another program log.
    " ftpd[9]: user said: pam_accesstoken(imap:auth): "
    + FAILURE.format("10.0.0.1", "jane", "expired"),
    " ftpd[9]: said: pam_accesstoken(imap:auth): "
    + FAILURE.format("10.0.0.1", "jane", "expired"),
    " mail ftpd[9]: x y 10.0.0.1(1) authentication" + PG,
    " ftpd[9]: 10.0.0.1(1) authentication" + PG,
    " db postgres[7]: LOG: 10.0.0.1(1) authentication" + PG,
    " db postgres[7]: in: jane x 10.9.9.9(1) authentication" + PG,
    BEGIN + FAILURE.format("10.0.0.1", "x rhost=10.9.9.9", "secret"),
    BEGIN + FAILURE.format(r"10.0.0.1\x20rhost\x3d10.9.9.9", "x", "secret"),
    BEGIN + FAILURE.format("10.0.0.1", "jane", "secret") + " and more",
]


def main():
    parser = configparser.RawConfigParser()
    if not parser.read(sys.argv[1]):
        sys.exit(f"cannot read {sys.argv[1]}")
    pattern = re.compile(
        parser["Definition"]["failregex"].replace("<HOST>", HOST)
    )
    wrong = 0
    for line, host in FOUND:
        match = pattern.search(line)
        if not match or match["host"] != host:
            print(f"not found, or not {host}: {line}")
            wrong += 1
    for line in NOT_FOUND:
        if pattern.search(line):
            print(f"found: {line}")
            wrong += 1
    sys.exit(1 if wrong else 0)


main()
