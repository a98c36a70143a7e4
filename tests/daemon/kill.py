"""kill.py [short|full] - a killed daemon keeps every change that it has
acknowledged.

The daemon is killed at random instants while clients create, modify and revoke
tokens.  After the next start each token that was issued verifies until its
revocation was acknowledged, and never after that; each has the last name that
it was given.  A change that was under way at the kill is either done or not
done, and has no other effect.
"""
import http.client
import json
import os
import random
import sys
import threading

import lib
from contract_session import TOKENS, VERIFY

CLIENTS = 6
MANY = 50  # tokens of one client
ROUNDS = {"check": 8, "short": 30, "full": 200}
LONGEST = 0.2  # seconds until the kill


class Token:
    """What the client knows of a token.  While it is unknown whether the last
    request was done, the name may be one of several, and the token may be
    gone."""

    def __init__(self, made, name):
        self.id, self.bearer = made["id"], made["bearer_token"]
        self.names, self.gone = {name}, {False}


class Client(threading.Thread):
    """Changes tokens of its own until the daemon no longer answers."""

    def __init__(self, daemon, seed, tokens):
        super().__init__()
        self.random = random.Random(seed)
        # Not in the thread: connect() changes the uid of the whole process.
        self.connection = daemon.connect()
        self.tokens, self.made, self.creating = tokens, [], None
        self.done, self.trouble = 0, None

    def run(self):
        try:
            with self.connection:
                while True:
                    self.change(self.connection)
                    self.done += 1
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the daemon was killed; it may have cut a body short
        except AssertionError as trouble:
            self.trouble = trouble

    def ask(self, connection, method, target, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        connection.send(("%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: "
                         "application/json\r\nContent-Length: %d\r\n\r\n" % (
                             method, target, len(text))).encode() + text)
        answer = connection.answer(method)
        assert answer.status == 200, (method, target, answer)
        return answer

    def change(self, connection):
        what = self.random.choice("create modify revoke".split())
        name = "%032x" % self.random.getrandbits(128)
        mine = [token for token in self.tokens if token.gone == {False}]
        if len(mine) < 3 or what == "create" and len(mine) < MANY:
            self.creating = name
            made = self.ask(connection, "POST", TOKENS, {"name": name}).json()
            self.made.append(Token(made, name))
            self.tokens.append(self.made[-1])
            self.creating = None
            return
        token = self.random.choice(mine)
        if what != "modify":
            token.gone = {False, True}
            self.ask(connection, "DELETE", TOKENS + token.id)
            token.gone = {True}
        else:
            token.names = token.names | {name}
            self.ask(connection, "PATCH", TOKENS + token.id, {"name": name})
            token.names = {name}


def listed(daemon):
    """Every token in the store, by id."""
    found, target = {}, TOKENS + "?limit=1000"
    while target is not None:
        page = daemon.request("GET", target).json()
        found.update((entry["id"], entry) for entry in page["entries"])
        target = page["paging"]["next"]
    return found


def look(daemon, clients, found):
    """Prove that acknowledged changes are in the store, and note the outcome
    of the others."""
    for client in clients:
        assert client.trouble is None, client.trouble
        for token in client.tokens:
            gone = token.id not in found
            assert gone in token.gone, "%s: gone is %s" % (token.id, gone)
            token.gone = {gone}
            if not gone:
                name = found[token.id]["name"]
                assert name in token.names, (token.id, name, token.names)
                token.names = {name}
    for client in clients:
        for token in client.tokens[-20:]:
            answer = daemon.request("GET", VERIFY, token=token.bearer,
                                    listener="verify")
            assert answer.status == (401 if True in token.gone else 200), (
                token.id, answer)


def look_at_strangers(clients, found, strangers):
    """Prove that each token whose creation was not acknowledged is one that a
    client asked for."""
    known = {token.id for client in clients for token in client.tokens}
    asked = {client.creating for client in clients}
    for number, entry in found.items():
        if number not in known | strangers:
            assert entry["name"] in asked, entry
            asked.remove(entry["name"])
            strangers.add(number)


def main():
    rounds = ROUNDS[sys.argv[1] if len(sys.argv) > 1 else "check"]
    seed = int(os.environ.get("SOAK_SEED") or
               random.SystemRandom().randrange(1 << 32))
    print("seed %d" % seed)
    choice = random.Random(seed)
    owned = [[] for _ in range(CLIENTS)]
    done = under_way = latest = 0
    with lib.Daemon("--admin-group", lib.group()) as daemon:
        # There is a store, even if the first kill comes before any change.
        strangers = {str(daemon.issue()[0])}
        for _ in range(rounds):
            clients = [Client(daemon, choice.random(), tokens)
                       for tokens in owned]
            for client in clients:
                client.start()
            lib.time.sleep(choice.random() * LONGEST)
            daemon.kill()
            for client in clients:
                client.join()
            daemon.start()
            found = listed(daemon)
            look(daemon, clients, found)
            look_at_strangers(clients, found, strangers)
            made = [int(token.id) for client in clients
                    for token in client.made]
            assert all(number > latest for number in made), \
                "an id was used again"
            latest = max([latest, *made, *map(int, found)])
            done += sum(client.done for client in clients)
            under_way = len(strangers) - 1
        daemon.tool("check")
    assert done > 0, "nothing was acknowledged"
    print("%d kills, %d changes acknowledged, %d tokens created but not "
          "acknowledged" % (rounds, done, under_way))
    return False


if __name__ == "__main__":
    sys.exit(lib.run(main))
