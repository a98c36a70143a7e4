"""contract.py - the daemon's real answers are those of doc/openapi.yaml.

Asks every documented route for every documented status, and holds status,
headers and body against the document.  Fails when an answer differs, when one
is not documented, and when a documented one was never seen.  What each right
and each limit means in detail is the business of the tests beside this one.
"""
import os
import sys

import contract_questions
import contract_tokens
import contract_trouble
import lib
import openapi
from contract_session import Session

def never_seen(document):
    return sorted(
        "%s %s: %s" % (method.upper(), path, status)
        for path, method, status in document.documented() - document.seen)


def failing_disk(daemon):
    """Variables for a daemon with syncs that fail on demand."""
    preload = os.path.join(lib.BUILD, "tests", "daemon", ".libs",
                           "preload.so")
    assert os.access(preload, os.R_OK), preload + " is not built"
    return {"LD_PRELOAD": preload,
            "ACCESSTOKEN_TEST_SYNC": daemon.directory + "/sync",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
            ":verify_asan_link_order=0"}


def main():
    document = openapi.document()
    failed = 0
    with lib.Daemon("--admin-group", lib.group(), listen=1) as daemon, \
            lib.Daemon(store=daemon.store) as others, \
            lib.Daemon("--admin-group", lib.group(), store=daemon.store,
                       variables=failing_disk(daemon)) as failing:
        session = Session(document, daemon, others, failing)
        for module in (contract_tokens, contract_trouble, contract_questions):
            for name, test in vars(module).items():
                if name.startswith("test_"):
                    failed += not session.passes(name, test)
    if failed == 0:  # else some were never asked for
        for line in never_seen(document):
            print("FAIL: documented, and never seen: " + line)
            failed += 1
    print("%d of %d answers seen, %d failures" % (
        len(document.seen), len(document.documented()), failed))
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
