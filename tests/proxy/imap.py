"""imap.py USER MECHANISM - log in with OAUTHBEARER or XOAUTH2 and the token on
standard input, and open the inbox."""
import imaplib
import sys

user, mechanism = sys.argv[1:]
token = sys.stdin.readline().rstrip("\n")
first = {"OAUTHBEARER": "n,a=%s,\1" % user, "XOAUTH2": "user=%s\1" % user}
answers = [(first[mechanism] + "auth=Bearer %s\1\1" % token).encode()]
imap = imaplib.IMAP4("127.0.0.1", timeout=60)
# If the server then sends an error, acknowledge it.
imap.authenticate(mechanism, lambda _: answers.pop() if answers else b"\1")
status, _ = imap.select("INBOX")
print("in as %s" % user if status == "OK" else status)
imap.logout()
