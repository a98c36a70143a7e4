"""signals.py - the daemon tells its manager what it does, and when it has to
reload or to end, it answers every request that has begun."""
import fcntl
import http.client
import json
import os
import signal
import ssl
import struct
import sys
import threading
import time

import lib
from manager import Managed

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "remote"))
# pylint: disable=wrong-import-position
from certificates import Authority

TOKENS = "/v1/auth/access-tokens/"
WHO = "/v1/session/who-am-i"
SOON = 200000  # microseconds; the daemon gives signs of life twice as often
# A request may take ten seconds to arrive, and its answer ten to leave.  If a
# slow machine took most of that, a failure proves nothing.
SHOWN = 6
ATTEMPTS = 20


def in_time(attempt):
    """Call attempt(), again if it failed after more than SHOWN seconds."""
    for _ in range(ATTEMPTS):
        begin = time.monotonic()
        try:
            return attempt()
        except (AssertionError, OSError, http.client.HTTPException):
            if time.monotonic() - begin < SHOWN:
                raise
    raise AssertionError("this machine is too slow for this test")


# ------------------------------------------------------------------ messages

def messages():
    """the manager is told when it is ready, reloads, is alive and stops"""
    with Managed(watchdog=SOON) as daemon:
        assert daemon.hear("READY=1") == []
        assert daemon.request("GET", WHO).status == 200
        daemon.pings(3)
        daemon.reload()
        assert set(daemon.hear("RELOADING=1")) <= {"WATCHDOG=1"}
        assert daemon.hear("READY=1") == []
        daemon.pings()
        daemon.stop()
        assert set(daemon.hear("STOPPING=1")) <= {"WATCHDOG=1"}
        assert daemon.said.empty()


def watchdog():
    """it gives signs of life as often as it is asked to"""
    with Managed(watchdog=20000) as daemon:
        # A hundred signs within the wait: one every two seconds is too few.
        lib.wait_until(lambda: daemon.said.qsize() > 100)


# ------------------------------------------------------------------- end

CREATE = (b"POST " + TOKENS.encode() + b" HTTP/1.1\r\nHost: x\r\n"
          b"Content-Type: application/json\r\nContent-Length: %d\r\n"
          b"Expect: 100-continue\r\n\r\n")


def begin(connection, body):
    """Send a request without its body, and wait until the daemon asks for
    that."""
    connection.send(CREATE % len(body))
    line = connection.incoming.readline()
    assert line.startswith(b"HTTP/1.1 100 "), line
    assert connection.incoming.readline() == b"\r\n"


def body_of_a_create():
    return json.dumps({"scopes": ["imap"]}).encode()


def drain():
    """before it ends, it answers requests that have begun, and no others"""
    for sig in (signal.SIGTERM, signal.SIGINT):
        in_time(lambda: end_with(sig))  # pylint: disable=cell-var-from-loop


def end_with(sig):
    body = body_of_a_create()
    with Managed(listen=1, limits="self_service_scopes = imap\n") as daemon:
        daemon.issue()
        with daemon.connect() as asking, daemon.connect() as idle, \
                daemon.connect(0) as tcp:
            begin(asking, body)
            tcp.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert tcp.answer().status == 200
            daemon.process.send_signal(sig)
            daemon.hear("STOPPING=1")
            lib.wait_until(lambda: not os.path.lexists(
                daemon.sockets["verify"]))
            for listener in ("api", "verify", 0):
                try:
                    daemon.connect(listener)
                except OSError:
                    continue
                # The port is closed right after the sockets are removed.
                assert listener == 0
                lib.wait_until(lambda: not connects(daemon))
            assert daemon.process.poll() is None
            asking.send(body)
            answer = asking.answer("POST")
            assert answer.status == 200, answer
            assert answer.headers["connection"] == "close", answer
            assert asking.rest() == b""
            assert idle.rest() == b"" and tcp.rest() == b""
        daemon.stop(sig)
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path
        daemon.tool("show", answer.json()["id"])


def connects(daemon):
    try:
        daemon.connect(0).socket.close()
    except OSError:
        return False
    return True


class Writer:
    """Holds the writer lock: other processes that change the store wait."""

    def __init__(self, store):
        self.file = open(store + ".lock", "r+b")

    def __enter__(self):
        # struct flock: byte 8, from the file's beginning.
        fcntl.fcntl(self.file, fcntl.F_OFD_SETLK, struct.pack(
            "hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 8, 1, 0))
        return self

    def __exit__(self, *_):
        self.file.close()


def threads(daemon):
    return len(os.listdir("/proc/%d/task" % daemon.process.pid))


def drain_changes():
    """before it ends, it finishes the changes that it has begun"""
    in_time(end_in_changes)


def end_in_changes():
    with Managed(limits="self_service_scopes = imap\n") as daemon:
        daemon.issue()
        before = threads(daemon)
        body = body_of_a_create()
        with daemon.connect() as first, daemon.connect() as other:
            with Writer(daemon.store):
                for count, connection in enumerate((first, other), 1):
                    begin(connection, body)
                    connection.send(body)
                    lib.wait_until(
                        lambda: threads(daemon) >= before + count)
                daemon.process.send_signal(signal.SIGTERM)
                daemon.hear("STOPPING=1")
            answers = [connection.answer("POST")
                       for connection in (first, other)]
        daemon.stop()
        assert [answer.status for answer in answers] == [200, 200], answers
        for answer in answers:
            daemon.tool("show", answer.json()["id"])


# -------------------------------------------------------------------- limits

def limits():
    """a reload reads the new limits; if they are wrong, changes are refused"""
    imap = {"scopes": ["imap"]}
    with lib.Daemon() as daemon:
        mine, token = daemon.issue("--scope", "imap")
        other, _ = daemon.issue("--scope", "imap")

        def create(status):
            answer = daemon.request("POST", TOKENS, imap)
            assert answer.status == status, answer
            return answer.json()

        create(403)
        begin_of_log = len(daemon.log())
        daemon.write_limits("self_service_scopes = imap\n")
        create(200)  # without a reload
        assert "limits.conf has changed" in daemon.log(begin_of_log)
        assert "changes are refused" not in daemon.reload()
        create(200)
        answer = daemon.request("POST", TOKENS, {"scopes": ["smtp"]})
        assert answer.status == 403 and answer.json()["description"] == \
            "the token must name scopes, and only these: imap", answer
        broken = "%s:2: tokens_per_user: 'many': not a number, 1 or more" % \
            daemon.limits
        daemon.write_limits("self_service_scopes = imap\n"
                            "tokens_per_user = many\n")
        assert create(503)["description"] == broken
        assert "changes are refused: " + broken in daemon.reload()
        assert create(503)["description"] == broken
        only_changes_are_refused(daemon, mine, other, token, broken)
        daemon.write_limits("self_service_scopes = imap\n")
        create(200)
        os.chmod(daemon.limits, 0o666)
        said = daemon.reload()
        assert "changes are refused: no limits: %s: unsafe" % daemon.limits \
            in said, said
        create(503)
        os.unlink(daemon.limits)
        daemon.reload()
        assert daemon.limits in create(503)["description"]
        # With such a file it starts, and logs that changes are refused.
        daemon.stop()
        begin_of_log = len(daemon.log())
        daemon.write_limits("rubbish\n")
        daemon.start()
        assert "changes are refused: %s:1: not of the form" % daemon.limits \
            in daemon.log(begin_of_log)
        assert daemon.limits + ":1: " in create(503)["description"]
        assert daemon.request("GET", "/v1/auth/verify?require_scope=imap",
                              token=token).status == 200
        daemon.write_limits("tokens_per_user = 1\n"
                            "self_service_scopes = imap\n")
        daemon.reload()
        assert "permit 1 " in create(403)["description"]


def only_changes_are_refused(daemon, mine, other, token, why):
    """Prove that changes are refused, but not reading, verifying, revoking."""
    for method, target, body in (
            ("PATCH", TOKENS + mine, {"enabled": False}),
            ("PATCH", TOKENS + mine, {"name": "x"}),
            ("POST", TOKENS + mine + "/rotate", {})):
        answer = daemon.request(method, target, body)
        assert answer.status == 503, answer
        assert answer.json()["description"] == why
    for target in (TOKENS, TOKENS + mine, WHO, "/healthz"):
        assert daemon.request("GET", target).status == 200, target
    for listener in ("api", "verify"):
        assert daemon.request("GET", "/v1/auth/verify?require_scope=imap",
                              token=token, listener=listener).status == 200
    assert daemon.request("DELETE", TOKENS + other).status == 200
    assert daemon.request("GET", TOKENS + other).status == 404


# -------------------------------------------------------------------- HTTPS

class Https(Managed):
    """A daemon with HTTPS, and two certificates to choose from."""

    def __init__(self, **arguments):
        super().__init__(listen=1, watchdog=SOON, **arguments)
        authority = Authority(self, "authority")
        self.pairs = [authority.sign(name, "IP:127.0.0.1")
                      for name in ("one", "two")]
        self.pair = self.path("chain"), self.path("key")
        self.use(0)
        self.arguments += ["--tls-certificate", self.pair[0], "--tls-key",
                           self.pair[1]]
        self.context = ssl.create_default_context(cafile=authority.file)
        # GnuTLS 3.7 leaks memory if the key does not fit the certificate.
        leaks = self.path("leaks")
        with open(leaks, "w", encoding="utf-8") as file:
            file.write("leak:libgnutls\nleak:libtasn1\n")
        self.environment["LSAN_OPTIONS"] = "suppressions=" + leaks

    def use(self, chain, key=None):
        """Write the certificate of one pair and the key of this or another
        pair where the daemon reads them."""
        key = chain if key is None else key
        for number, from_pair in enumerate((chain, key)):
            with open(self.pairs[from_pair][number], "rb") as file:
                self.write(number, file.read())

    def write(self, number, content):
        path = self.pair[number]
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)

    def connect(self, listener="api", **caller):
        connection = super().connect(listener, **caller)
        if listener != 0:
            return connection
        return lib.Connection(self.context.wrap_socket(
            connection.socket, server_hostname="127.0.0.1"))

    def name(self):
        """The common name of the certificate that a new connection gets."""
        with self.connect(0) as connection:
            subject = connection.socket.getpeercert()["subject"]
            connection.send(b"GET " + WHO.encode() +
                            b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.answer().status == 401
            return dict(pair for part in subject for pair in part)[
                "commonName"]


def certificate():
    """a reload reads the new certificate, and keeps the old one if the new one
    is wrong"""
    with Https() as daemon:
        assert daemon.name() == "one"
        daemon.use(1)
        assert daemon.name() == "one"  # not yet reloaded
        assert "HTTPS keeps" not in daemon.reload()
        assert daemon.name() == "two"
        with open(daemon.pairs[1][0], "rb") as file:
            half = file.read()[:300]
        for what, spoil, why in (
                ("of another key", lambda: daemon.use(0, 1),
                 "certificate and key are PEM and belong together"),
                ("no PEM", lambda: daemon.write(0, b"rubbish\n"),
                 "certificate and key are PEM and belong together"),
                ("half of it", lambda: daemon.write(0, half),
                 "certificate and key are PEM"),
                ("empty", lambda: daemon.write(1, b""),
                 daemon.pair[1] + ": cannot be read as PEM"),
                ("missing", lambda: os.unlink(daemon.pair[0]),
                 daemon.pair[0] + ": No such file or directory")):
            daemon.use(0)
            spoil()
            for _ in range(2):
                said = daemon.reload()
                assert why in said, (what, said)
                assert "HTTPS keeps the certificate that it had before" in said
                assert daemon.name() == "two", what
        daemon.use(0)
        assert "HTTPS keeps" not in daemon.reload()
        assert daemon.name() == "one"
        daemon.reload()
        assert daemon.name() == "one"
        assert "BEGIN" not in daemon.log()


def no_certificate():
    """it does not start with a wrong certificate"""
    with Https() as daemon:
        daemon.stop()
        daemon.use(0, 1)
        assert "certificate and key are PEM and belong together" in \
            daemon.refused()
        os.unlink(daemon.pair[1])
        assert daemon.pair[1] + ": No such file" in daemon.refused()
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path


def old_connections():
    """connections from before a reload are answered after it"""
    in_time(reload_between)


def reload_between():
    ask = b"GET " + WHO.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with Https() as daemon, daemon.connect(0) as new, \
            daemon.connect(0) as kept, daemon.connect(0) as half:
        kept.send(ask)
        answer = kept.answer()
        assert answer.status == 401 and "connection" not in answer.headers
        half.send(ask[:20])
        for chain in (1, 0):
            daemon.use(chain)
            daemon.reload()
            daemon.pings()
        half.send(ask[20:])
        for connection in (new, kept):
            connection.send(ask)
        for connection in (new, kept, half):
            answer = connection.answer()
            assert answer.status == 401, answer
            # An old connection is closed; the next request makes a new one.
            assert answer.headers["connection"] == "close", answer
            assert connection.rest() == b""
        # A reload, and the end while a request has begun.
        with daemon.connect(0) as last:
            body = body_of_a_create()
            begin(last, body)
            daemon.use(1)
            daemon.reload()
            daemon.process.send_signal(signal.SIGTERM)
            daemon.hear("STOPPING=1")
            time.sleep(0.2)  # time in which a wrong daemon would exit
            last.send(body)
            assert last.answer("POST").status == 401
        daemon.stop()


class Asker(threading.Thread):
    """Asks again and again; keep: on one connection, until the daemon closes
    it, as a client does that reuses its connection."""

    def __init__(self, daemon, token, keep):
        super().__init__(daemon=True)
        self.daemon_asked, self.token, self.keep = daemon, token, keep
        self.over = threading.Event()
        self.count = 0
        self.failure = None

    def run(self):
        try:
            while not self.over.is_set():
                self.ask_on_one()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def ask_on_one(self):
        request = ("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s"
                   "\r\n\r\n" % (WHO, self.token)).encode()
        with self.daemon_asked.connect(0) as connection:
            while not self.over.is_set():
                connection.send(request)
                answer = connection.answer()
                assert answer.status == 200, answer
                self.count += 1
                if not self.keep or "connection" in answer.headers:
                    return


def busy():
    """no request is lost while it reloads, again and again"""
    with Https() as daemon:
        _, token = daemon.issue()
        askers = [Asker(daemon, token, keep) for keep in (False, True)]
        for asker in askers:
            asker.start()
        for turn in range(12):
            count = [asker.count for asker in askers]
            daemon.use(turn % 2)
            daemon.write_limits("tokens_per_user = %d\n" % (turn + 1))
            daemon.reload()
            lib.wait_until(lambda: all(
                asker.failure or asker.count > before + 2
                for asker, before in zip(askers, count)))
        for asker in askers:
            asker.over.set()
        for asker in askers:
            asker.join(lib.PATIENCE)
            assert asker.failure is None, asker.failure
        assert daemon.name() == "two"


def main():
    failed = 0
    for test in (messages, watchdog, drain, drain_changes, limits,
                 certificate, no_certificate, old_connections, busy):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
