"""crowd.py - connections that are held open do not keep others out.  Of 300
connections of one user to the api socket, 256 are served and the others are
closed; on the verify socket no user has more than half of the places.  A
thousand connections that are idle, or send a byte now and then, do not stop
verification.  If all places are taken, the connection that has waited longest
is closed to make room.  A connection whose request takes too long is closed.
"""
import contextlib
import os
import resource
import sys
import traceback

import lib

HELD = 300
SERVED = 256
IDLE = 1000
LISTENERS = ("verify", 0)
ASK = b"GET /v1/auth/verify HTTP/1.1\r\nHost: x\r\n"
# With this many descriptors a daemon has 200 places on each socket.
FEW, PLACES = 1200, 200


def is_served(connection, more=b""):
    """Whether a request without a token gets its answer, 401."""
    try:
        connection.send(ASK + more + b"\r\n")
        return connection.answer().status == 401
    except (OSError, lib.http.client.HTTPException):
        return False


def verifies(daemon, token):
    """New connections are told whether a token is valid."""
    for listener in LISTENERS:
        for bearer, status in ((token, 200), (token[:-1] + "!", 401)):
            answer = daemon.request("GET", "/v1/auth/verify", token=bearer,
                                    listener=listener)
            assert answer.status == status, (listener, answer)


def hold(stack, daemon, listener, count, begin=b"", **caller):
    """Open this many connections that send only "begin"; returns them."""
    held = []
    for _ in range(count):
        connection = stack.enter_context(daemon.connect(listener, **caller))
        if begin:
            with contextlib.suppress(OSError):  # may be closed already
                connection.send(begin)
        held.append(connection)
    return held


def is_served_again(daemon, listener):
    """Wait until there is room: the daemon notices closed connections late."""
    for _ in range(lib.PATIENCE):
        with daemon.connect(listener) as connection:
            if is_served(connection):
                return True
        lib.time.sleep(1)
    return False


def test_one_user_does_not_fill_the_api_socket():
    with lib.Daemon(listen=1) as daemon:
        _, token = daemon.issue()
        with contextlib.ExitStack() as stack:
            served = sum(is_served(connection) for connection in
                         hold(stack, daemon, "api", HELD))
            assert served == SERVED, served
            verifies(daemon, token)
            if os.geteuid() == 0:
                for uid in (0, 2):
                    with daemon.connect("api", uid=uid) as connection:
                        assert is_served(connection), uid
        assert is_served_again(daemon, "api")


def test_one_user_does_not_fill_the_verify_socket():
    with lib.Daemon("--verify-socket-mode", "0666", listen=1,
                    descriptors=FEW) as daemon, \
            contextlib.ExitStack() as stack:
        served = sum(is_served(connection) for connection in
                     hold(stack, daemon, "verify", PLACES))
        assert served == PLACES // 2, served
        if os.geteuid() == 0:
            for uid in (0, 2):
                with daemon.connect("verify", uid=uid) as connection:
                    assert is_served(connection), uid
            # Two users do not fill it either.
            hold(stack, daemon, "verify", PLACES, uid=2)
            with daemon.connect("verify", uid=3) as connection:
                assert is_served(connection)


def test_idle_connections_do_not_stop_verification():
    with lib.Daemon(listen=1) as daemon, contextlib.ExitStack() as stack:
        _, token = daemon.issue()
        held = [connection for listener in LISTENERS for connection in
                hold(stack, daemon, listener, IDLE)]
        verifies(daemon, token)
        assert all(is_served(connection) for connection in held)
        verifies(daemon, token)


def test_slow_connections_do_not_stop_verification():
    with lib.Daemon(listen=1) as daemon, contextlib.ExitStack() as stack:
        _, token = daemon.issue()
        held = [connection
                for begin in (b"G", ASK, ASK + b"Content-Length: 9\r\n\r\n1")
                for listener in LISTENERS
                for connection in hold(stack, daemon, listener, IDLE // 3,
                                       begin)]
        verifies(daemon, token)
        for connection in held:  # the daemon may have closed some as too slow
            with contextlib.suppress(OSError):
                connection.send(b"E")
        verifies(daemon, token)


def test_the_last_to_come_is_served():
    """However many connections came before, and whatever they have sent."""
    with lib.Daemon(listen=1, descriptors=FEW) as daemon, \
            contextlib.ExitStack() as stack:
        _, token = daemon.issue()
        for begin in (b"", b"G", ASK):
            for _ in range(10):
                hold(stack, daemon, 0, PLACES // 5, begin)
                with daemon.connect(0) as connection:
                    assert is_served(connection)
        verifies(daemon, token)


def test_a_request_that_takes_too_long_is_closed():
    """A byte now and then does not prolong it."""
    with lib.Daemon() as daemon, daemon.connect("api") as connection:
        connection.send(ASK + b"X: ")
        for _ in range(lib.PATIENCE):
            try:
                connection.send(b"y")
            except OSError:
                return
            lib.time.sleep(1)
        raise AssertionError("the connection was never closed")


def main():
    failed = 0
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # Three sockets share half of the descriptors, and a caller may have half
    # of the places of one socket.
    assert most >= 2 * 3 * 2 * IDLE, \
        "too few descriptors (ulimit -Hn): %d" % most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            try:
                test()
                print("ok: " + name)
            except Exception:
                traceback.print_exc()
                print("FAIL: " + name)
                failed += 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
