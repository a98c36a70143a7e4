"""revoked.py - a verification that begins after a revocation was acknowledged
never succeeds.  Many clients ask on every socket about a token whose
verification the daemon has just remembered; it is then revoked, rotated or
disabled in every way, while other tokens are created and revoked."""
import json
import sys
import threading

import lib

TOKENS = "/v1/auth/access-tokens/"
ROUNDS = 4
CONNECTIONS = 3  # of each asker, so that several threads of the daemon answer
SCOPE = {"scopes": ["imap"]}


class Asker(threading.Thread):
    """Asks about the current day's token, on one socket."""

    def __init__(self, daemon, listener):
        super().__init__(daemon=True)
        self.connections = [daemon.connect(listener)
                            for _ in range(CONNECTIONS)]
        self.day = None
        self.over = False
        self.failure = None

    def run(self):
        try:
            while not self.over:
                for connection in self.connections:
                    self.ask(connection, self.day)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def ask(self, connection, day):
        late = day.gone.is_set()
        connection.send(day.question)
        status = connection.answer().status
        if late:
            assert status in (401, 503), "%d, after %s" % (status, day.way)
            day.no[self] += status == 401
        else:
            # The token may be valid, just revoked, or the store too busy.
            assert status in (200, 401, 503), status
            day.yes[self] += status == 200


class Day:
    """A token, and for each asker how often it was told yes before the token
    was revoked, and no after that."""

    def __init__(self, way, token, askers):
        self.way = way
        self.gone = threading.Event()
        self.question = ("GET /v1/auth/verify?require_scope=imap HTTP/1.1\r\n"
                         "Host: x\r\nAuthorization: Bearer %s\r\n\r\n" %
                         token).encode()
        self.yes = dict.fromkeys(askers, 0)
        self.no = dict.fromkeys(askers, 0)

    def wait(self, heard):
        def done():
            failures = [asker.failure for asker in heard if asker.failure]
            assert not failures, failures
            return min(heard.values()) >= 2 * CONNECTIONS
        lib.wait_until(done)


class Client:
    """Changes tokens on a connection that is made in advance: connect()
    changes the uid of the whole process, so that a thread may not call it."""

    def __init__(self, daemon, listener="api"):
        self.connection = daemon.connect(listener)

    def must(self, method, target, body=None, token=None):
        lines = ["%s %s HTTP/1.1" % (method, target), "Host: x"]
        body = b"" if body is None else json.dumps(body).encode()
        if body:
            lines.append("Content-Type: application/json")
        if token:
            lines.append("Authorization: Bearer " + token)
        lines += ["Content-Length: %d" % len(body), "", ""]
        self.connection.send("\r\n".join(lines).encode() + body)
        answer = self.connection.answer(method)
        assert answer.status == 200, answer
        return answer


class Crowd(threading.Thread):
    """Creates and revokes other tokens meanwhile, so that changes share
    commits."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.client = Client(daemon)
        self.over = False
        self.failure = None

    def run(self):
        try:
            while not self.over:
                made = self.client.must("POST", TOKENS, SCOPE).json()
                self.client.must("DELETE", TOKENS + made["id"])
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure


def revoke(town, number, _):
    town.api.must("DELETE", TOKENS + number)


def revoke_itself(town, number, token):
    town.tcp.must("DELETE", TOKENS + number, token=token)


def rotate_itself(town, number, token):
    town.tcp.must("POST", TOKENS + number + "/rotate", token=token)


def rotate(town, number, _):
    town.api.must("POST", TOKENS + number + "/rotate")


def disable(town, number, _):
    town.api.must("PATCH", TOKENS + number, {"enabled": False})


def tool_revoke(town, number, _):
    town.daemon.tool("revoke", number)


def tool_disable(town, number, _):
    town.daemon.tool("modify", number, "--disable")


WAYS = (revoke, revoke_itself, rotate_itself, rotate, disable, tool_revoke,
        tool_disable)


class Town:
    """The daemon and all clients that ask or change something."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.api, self.tcp = Client(daemon), Client(daemon, 0)
        self.askers = [Asker(daemon, listener) for listener in
                       ("api", "verify", 0) for _ in range(2)]
        self.crowd = [Crowd(daemon) for _ in range(2)]

    def one_day(self, way):
        made = self.api.must("POST", TOKENS, SCOPE).json()
        day = Day(way.__name__, made["bearer_token"], self.askers)
        for asker in self.askers:
            asker.day = day
            if not asker.is_alive():
                asker.start()
        day.wait(day.yes)
        way(self, made["id"], made["bearer_token"])
        day.gone.set()
        day.wait(day.no)

    def end(self):
        for thread in self.askers + self.crowd:
            thread.over = True
        for thread in self.askers + self.crowd:
            thread.join(lib.PATIENCE)
            assert thread.failure is None, thread.failure


def main():
    with lib.Daemon("--threads", "4", listen=1,
                    limits="self_service_scopes = imap\n"
                    "creation_burst = 1000\n") as daemon:
        daemon.issue()  # creates the store
        town = Town(daemon)
        for turn in range(ROUNDS):
            for way in WAYS:
                town.one_day(way)
            # The first turns test remembered verifications alone; the others
            # test them while the store changes all the time.
            if turn == ROUNDS // 2:
                for thread in town.crowd:
                    thread.start()
        town.end()
        print("%d tokens revoked, and none verified after that" % (
            ROUNDS * len(WAYS)))


if __name__ == "__main__":
    sys.exit(lib.run(main))
