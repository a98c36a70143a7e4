"""issued.py - a thief has a token that administers, and multiplies it.  The
owner finds and ends everything that the thief issued with it, also where
tokens in between are gone, and nothing is issued after that."""
import json
import sys
import threading

import lib

TOKENS = "/v1/auth/access-tokens/"
WHO = "/v1/session/who-am-i"
ADMIN = ["--scope", "tokens:admin", "--scope", "imap"]


class Crime:
    """A daemon, and what the thief does there over TCP."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.secrets = {}

    def ask(self, status, method, target, body=None, token=None):
        answer = self.daemon.request(method, target, body, token=token,
                                     listener=0)
        assert answer.status == status, (method, target, body, answer)
        return answer

    def note(self, made):
        self.secrets[made["id"]] = made["bearer_token"]
        return made["id"]

    def given(self, *options):
        """Issue a token as the owner of the store; returns its id."""
        number, self.secrets[number] = self.daemon.issue(*options)
        return number

    def create(self, issuer, scopes=("imap",)):
        """Create a token in the name of another; returns its id."""
        return self.note(self.ask(
            200, "POST", TOKENS, {"user": lib.user(), "scopes": scopes},
            token=self.secrets[issuer]).json())

    def rotate(self, number, issuer=None, body=None):
        """Rotate a token, which ends it, in its own name or another's."""
        return self.note(self.ask(
            200, "POST", TOKENS + number + "/rotate", body,
            token=self.secrets[issuer or number]).json())

    def alive(self):
        """The ids of the secrets that the daemon still accepts."""
        return [number for number in sorted(self.secrets, key=int)
                if self.daemon.request("GET", WHO, listener=0,
                                       token=self.secrets[number]).status
                == 200]

    def entry(self, number):
        out, _ = self.daemon.tool("show", number, "--json")
        return json.loads(out)

    def listed(self, *arguments):
        out, err = self.daemon.tool("list", "--json", "--all", *arguments)
        return [entry["id"] for entry in json.loads(out)["entries"]], err

    def pages(self, query, status=200, token=None):
        """The ids on all pages of the endpoint."""
        target, ids = TOKENS + "?" + query, []
        while target is not None:
            answer = self.ask(status, "GET", target, token=token)
            if status != 200:
                return answer
            ids += [entry["id"] for entry in answer.json()["entries"]]
            target = answer.json()["paging"]["next"]
            assert target is None or query.split("&")[0] in target, target
        return ids


def tree(crime):
    """What a thief can make of a token; returns its first owner's id, what the
    thief has, and what is of others."""
    others = [crime.given(*ADMIN), crime.given("--scope", "imap")]
    owned = crime.given(*ADMIN)
    others.append(crime.create(others[0]))
    # The attack: a second token, while the first one goes on working.
    for grace in (1, "3650d"):
        refused = crime.ask(403, "POST", TOKENS + owned + "/rotate",
                            {"grace": grace}, token=crime.secrets[owned])
        assert "may not ask for a grace period" in \
            refused.json()["description"], refused
    direct = crime.create(owned)
    stolen = crime.rotate(owned)
    thiefs = [direct, stolen, crime.create(stolen)]
    # The links from these to the top are gone.
    thiefs.append(crime.rotate(crime.rotate(crime.create(stolen))))
    # With a grace, of a token that was there before: the new one is known.
    before = crime.given("--scope", "imap")
    others.append(before)
    thiefs.append(crime.rotate(before, stolen, {"grace": "1h"}))
    # Whoever replaces a token without a token replaces it in the tree.
    out, _ = crime.daemon.tool("rotate", crime.create(stolen), "--json")
    thiefs.append(crime.note(json.loads(out)))
    return owned, sorted(thiefs, key=int), others


def the_whole_tree_ends(daemon):
    """a stolen token that administers ends with all that it issued"""
    crime = Crime(daemon)
    owned, thiefs, others = tree(crime)
    everything = sorted(thiefs + others, key=int)
    assert crime.alive() == everything
    for number in thiefs:
        entry = crime.entry(number)
        assert entry["first_issuer"] == owned, entry
        assert int(entry["issued_by"]) < int(number), entry
    for number in others:
        issuers = {"issued_by", "first_issuer"} & set(crime.entry(number))
        assert len(issuers) == (2 if number == others[2] else 0), issuers
    assert crime.listed("--issued-by", owned) == (thiefs, "")
    admin = crime.secrets[others[0]]
    for limit in (1, 2, 1000):
        query = "issued_by=%s&limit=%d" % (owned, limit)
        assert crime.pages(query, token=admin) == thiefs
    assert crime.pages("issued_by=%s&after=%s" % (owned, thiefs[1]),
                       token=admin) == thiefs[2:]
    assert crime.pages("issued_by=%s&user=root" % owned, token=admin) == \
        (thiefs if lib.user() == "root" else [])
    assert crime.pages("issued_by=%s" % others[1], token=admin) == []
    for query in ("issued_by=0", "issued_by=x", "issued_by=-1", "issued_by=",
                  "issued_by=1&issued_by=2"):
        crime.pages(query, 400, admin)
    crime.pages("issued_by=" + owned, 403, crime.secrets[thiefs[0]])
    _, err = daemon.tool("revoke", "--issued-by", owned)
    assert err == "revoked %d tokens that token %s issued\n" % (
        len(thiefs), owned), err
    assert crime.alive() == sorted(others, key=int)
    assert crime.listed("--issued-by", owned) == ([], "")
    _, err = daemon.tool("revoke", "--issued-by", owned)
    assert err == "there is no token %s, and none that it issued\n" % owned
    _, err = daemon.tool("revoke", "--issued-by", others[0])
    assert err == "revoked the token and 1 token that token %s issued\n" % (
        others[0]), err
    assert crime.alive() == sorted([others[1], others[3]], key=int)


def a_token_in_the_middle(daemon):
    """what a token in the middle of a chain issued ends, as far as it can be
    known, and the rest is named"""
    crime = Crime(daemon)
    first = crime.given(*ADMIN)
    elder = crime.create(first)
    middle = crime.rotate(first)  # the owner renews it, as every month
    child = crime.create(middle)
    thiefs = crime.rotate(middle)  # the thief renews it
    grandchild = crime.create(thiefs)
    assert crime.listed("--issued-by", middle) == \
        ([child, thiefs, grandchild], "")
    # Now a token in between goes: what it issued is below the first one.
    latest = crime.rotate(thiefs)
    hint = ("token %s may have issued more, through a token that is gone: see "
            "'accesstoken list --issued-by %s'\n" % (middle, first))
    assert crime.listed("--issued-by", middle) == ([child], hint)
    assert crime.pages("issued_by=" + middle, token=crime.secrets[latest]) == \
        [child]
    _, err = daemon.tool("revoke", "--issued-by", middle)
    assert err == ("revoked 1 token that token %s issued\n" % middle) + hint, \
        err
    assert crime.alive() == [elder, grandchild, latest]
    assert crime.listed("--issued-by", first) == \
        ([elder, grandchild, latest], "")
    daemon.tool("revoke", "--issued-by", first)
    assert crime.alive() == []


class Thief(threading.Thread):
    """Issues tokens in the name of one, as fast as possible, until it is told
    that this one is not valid."""

    def __init__(self, daemon, token):
        super().__init__(daemon=True)
        self.connection = daemon.connect(0)
        self.token = token
        self.made = []
        self.last = None
        self.begun = threading.Event()

    def run(self):
        body = json.dumps({"user": lib.user(), "scopes": ["imap"]}).encode()
        head = ("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % (TOKENS, self.token, len(body))).encode()
        while True:
            self.connection.send(head + body)
            self.last = self.connection.answer("POST")
            if self.last.status != 200:
                return
            self.made.append(self.last.json()["id"])
            if len(self.made) == 3:
                self.begun.set()


def nothing_is_issued_afterwards(daemon):
    """tokens that are issued while the tree is revoked end as well"""
    crime = Crime(daemon)
    for _ in range(5):
        # The first token is not asked about, so what the middle one issued is
        # found by its issuer alone.  Root lets the middle one administer.
        top = crime.rotate(crime.given(*ADMIN))
        middle = crime.create(top)
        daemon.tool("modify", middle, "--scope", "tokens:admin", "--scope",
                    "imap")
        thieves = [Thief(daemon, crime.secrets[number])
                   for number in (top, middle, top, middle)]
        for thief in thieves:
            thief.start()
        for thief in thieves:
            assert thief.begun.wait(lib.PATIENCE), thief.last
        daemon.tool("revoke", "--issued-by", top)
        for thief in thieves:
            thief.join(lib.PATIENCE)
            assert thief.last.status == 401, thief.last
        out, _ = daemon.tool("list", "--all", "--json")
        assert json.loads(out)["entries"] == [], out


def main():
    failed = False
    for test in (the_whole_tree_ends, a_token_in_the_middle,
                 nothing_is_issued_afterwards):
        with lib.Daemon("--threads", "4", listen=1) as daemon:
            def run(test=test, daemon=daemon):
                test(daemon)
            run.__doc__ = test.__doc__
            failed = not lib.passes(run) or failed
    return failed


if __name__ == "__main__":
    sys.exit(lib.run(main))
