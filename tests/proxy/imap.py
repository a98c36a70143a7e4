"""imap.py USER MECHANISM - log in by OAUTHBEARER or XOAUTH2 with the token on
standard input, and open the inbox."""
import imaplib
import sys

user, mechanism = sys.argv[1:]
token = sys.stdin.readline().rstrip("\n")
first = {"OAUTHBEARER": "n,a=%s,\1" % user, "XOAUTH2": "user=%s\1" % user}
answers = [(first[mechanism] + "auth=Bearer %s\1\1" % token).encode()]
imap = imaplib.IMAP4("127.0.0.1", timeout=60)
# What follows is the error that the server tells, which is acknowledged.
imap.authenticate(mechanism, lambda _: answers.pop() if answers else b"\1")
status, _ = imap.select("INBOX")
print("in as %s" % user if status == "OK" else status)
imap.logout()
