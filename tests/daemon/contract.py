"""contract.py - the daemon's real answers are those of doc/openapi.yaml.

Provokes every documented status of every documented route, and compares
status, headers and body with the document.  Fails if an answer differs from
the document, if an answer is not documented, and if a documented answer was
never seen.  The other tests in this folder prove in detail what each right and
each limit means.
"""
import os
import sys

import contract_questions
import contract_sorted
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
    """Environment variables for a daemon whose syncs fail on demand."""
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
        for module in (contract_tokens, contract_sorted, contract_trouble,
                       contract_questions):
            for name, test in vars(module).items():
                if name.startswith("test_"):
                    failed += not session.passes(name, test)
    if failed == 0:  # after a failure, some answers were never asked for
        for line in never_seen(document):
            print("FAIL: documented, but never seen: " + line)
            failed += 1
    print("%d of %d answers seen, %d failures" % (
        len(document.seen), len(document.documented()), failed))
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
