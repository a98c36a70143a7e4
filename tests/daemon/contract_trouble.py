"""contract_trouble.py - the requests of contract.py while something is wrong:
one user sends more requests than their share, and the disk fails.
"""
import contextlib
import fcntl
import os
import select
import struct

import lib
from contract_session import TOKENS

SHARE = 128  # requests of one user that are served at the same time
MORE = 12
F_OFD_SETLK = 37
WRITER_BYTE = 8  # of the lock file; locked while a process changes the store


@contextlib.contextmanager
def nobody_changes(store):
    """Hold the writer lock: changes wait, and give up after a while."""
    with open(store + ".lock", "r+b") as file:
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET,
                           WRITER_BYTE, 1, 0)
        fcntl.fcntl(file, F_OFD_SETLK, lock)
        yield


def ask_for_much(session, stack, target, **caller):
    """Send more changes than one user may have under way; returns their
    connections."""
    body = b'{"name":"x"}'
    request = (b"PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/"
               b"json\r\nContent-Length: %d\r\n\r\n" % (
                   target.encode(), len(body))) + body
    asked = [stack.enter_context(session.daemon.connect(**caller))
             for _ in range(SHARE + MORE)]
    for connection in asked:
        connection.send(request)
    return asked


def ask_for_too_much(session, stack, target):
    """Ask until requests are refused.  Returns an answer other than 429 if
    there is one: when waiting requests gave up, there is room again."""
    asked = ask_for_much(session, stack, target)
    waiting = {connection.socket: connection for connection in asked}
    for _ in range(MORE):
        ready, _, _ = select.select(list(waiting), [], [], lib.PATIENCE)
        answer = waiting.pop(ready[0]).answer("PATCH")
        session.document.check("PATCH", target, answer)
        if answer.status != 429:
            return answer
    return None


def questions(session, target):
    """Every request for which the document has the status 429."""
    for path, method, status in sorted(session.document.documented()):
        if status == "429":
            path = path.replace(TOKENS + "{id}", target)
            yield method.upper(), path, {} if method in (
                "post", "patch") else None


def not_refused(session, target):
    """Returns an answer to a request beyond the share that is not 429, or
    None."""
    with contextlib.ExitStack() as stack, \
            nobody_changes(session.daemon.store):
        answer = ask_for_too_much(session, stack, target)
        if answer is not None:
            return answer
        for method, path, body in questions(session, target):
            answer = session.daemon.request(method, path, body)
            session.document.check(method, path, answer)
            if answer.status != 429:
                return method, path, answer
        # Only this user on this socket is refused, and verifying is not.
        token = session.tokens["plain"]
        session.tcp(200, "GET", "/v1/session/who-am-i", token=token)
        session.ask(200, "GET", "/v1/auth/verify", token=token)
        session.ask(200, "GET", "/v1/auth/verify", token=token,
                    listener="verify")
        if os.geteuid() == 0:
            session.ask(200, "GET", target, uid=0)
            session.ask(200, "GET", "/healthz", uid=2)
        return None


def test_too_many_requests(session):
    mine, _ = session.issue()
    # If a slow machine lets the changes give up first, try again.
    for _ in range(10):
        answer = not_refused(session, TOKENS + mine)
        lib.wait_until(lambda: session.daemon.request(
            "GET", TOKENS + mine).status == 200)  # requests are served again
        if answer is None:
            return
    raise AssertionError("a request was not refused: %r" % (answer,))


def test_root_may_ask_for_much(session):
    if os.geteuid() != 0:
        print("test_root_may_ask_for_much is skipped: it needs root")
        return
    mine, _ = session.issue()
    with contextlib.ExitStack() as stack:
        with nobody_changes(session.daemon.store):
            asked = ask_for_much(session, stack, TOKENS + mine, uid=0)
            session.ask(200, "GET", TOKENS + mine, uid=0)
        for connection in asked:
            answer = connection.answer("PATCH")
            assert answer.status in (200, 503), answer


def arm(session, number):
    with open(session.sync, "w", encoding="utf-8") as file:
        file.write(str(number))


def test_failing_disk(session):
    """The Nth sync of a change fails: the change is done as a whole or not at
    all, and the answer does not claim the opposite."""
    for method, action, body in (("POST", None, {}),
                                 ("PATCH", "", {"name": "later"}),
                                 ("POST", "/rotate", None),
                                 ("DELETE", "", None)):
        seen = set()
        for number in range(1, 10):
            mine, _ = session.issue()
            target = TOKENS + ("" if action is None else mine + action)
            arm(session, number)
            answer = session.failing.request(method, target, body)
            session.document.check(method, target, answer)
            seen.add(answer.status)
            left = session.daemon.request("GET", TOKENS + mine)
            if answer.status == 200:
                break  # there are no more syncs
            assert left.status == 200 or answer.status == 500, answer
            assert left.status == 404 or answer.status == 500 or \
                "name" not in left.json(), left
        arm(session, 0)
        assert seen == {200, 500, 503}, (method, action, seen)
