"""contract.py - the daemon's real answers are those of doc/openapi.yaml.

Asks every documented route for every documented status, and holds status,
headers and body against the document.  Fails when an answer differs, when one
is not documented, and when a documented one was never seen.  What each right
and each limit means in detail is the business of the tests beside this one.
"""
import sys

import contract_questions
import contract_tokens
import lib
import openapi
from contract_session import Session

# What a test cannot bring about from outside.
UNPROVOKED = {
    "429": "needs more changes in waiting than a test should make",
    "500": "needs a disk that fails in the very last sync",
}


def never_seen(document):
    return sorted(
        "%s %s: %s" % (method.upper(), path, status)
        for path, method, status in document.documented() - document.seen
        if status not in UNPROVOKED)


def main():
    document = openapi.document()
    failed = 0
    with lib.Daemon("--admin-group", lib.group(), listen=1) as daemon, \
            lib.Daemon(store=daemon.store) as others:
        session = Session(document, daemon, others)
        for module in (contract_tokens, contract_questions):
            for name, test in vars(module).items():
                if name.startswith("test_"):
                    failed += not session.passes(name, test)
    if failed == 0:  # else some were never asked for
        for line in never_seen(document):
            print("FAIL: documented, and never seen: " + line)
            failed += 1
    for status, reason in UNPROVOKED.items():
        print("not asked for: %s, which %s" % (status, reason))
    print("%d of %d answers seen, %d failures" % (
        len(document.seen), len(document.documented()), failed))
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
