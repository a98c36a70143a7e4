"""two_users.py - on the api socket, two users with real uids: neither sees,
changes or guesses the other's tokens, by any route or verb of
doc/openapi.yaml.  Also proves as whom other peers are treated.  Run by
users.sh, as root.

tests/daemon/test_rights.c proves every decision of rights.c; this proves that
requests over a socket reach those decisions with the right caller.
"""
import base64
import contextlib
import hashlib
import json
import os
import pwd
import sys
import urllib.parse

import lib
import openapi

TOKENS = "/v1/auth/access-tokens/"
WHO = "/v1/session/who-am-i"
VERIFY = "/v1/auth/verify"
INTROSPECT = "/v1/auth/introspect"
NOWHERE = "4294967295"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

ADMINS = pwd.getpwnam("accesstoken").pw_gid
SELF_SERVICE = "self_service_scopes = imap\ncreation_burst = 1000\n"


def person(name, groups=()):
    """The ids with which an account connects."""
    account = pwd.getpwnam(name)
    return {"uid": account.pw_uid, "gid": account.pw_gid, "groups": groups}


# The kernel's groups of the peer count, whatever /etc/group says of jane.
JANE, BOB, ROOT = person("jane"), person("bob"), person("root")
OPER = person("oper", (4, ADMINS, 70001))


class Town:
    """A daemon, and the tokens of each user."""

    def __init__(self, limits):
        self.daemon = lib.Daemon("--admin-group", "accesstoken", listen=1,
                                 limits=limits)
        state = os.path.dirname(self.daemon.store)
        os.mkdir(state, 0o700)
        os.chown(state, pwd.getpwnam("accesstoken").pw_uid, -1)
        self.tokens = {}

    def __enter__(self):
        self.daemon.__enter__()
        try:
            for key, name, options in (
                    ("jane's", "jane", ["--scope", "imap"]),
                    ("bob's", "bob", ["--scope", "imap"]),
                    ("jane's other", "jane", []),
                    ("root's", "root", ["--scope", "tokens:admin"]),
                    ("bob's other", "bob", ["--expires", "1d"]),
                    ("kiosk's", "kiosk", ["--virtual"])):
                self.tokens[key] = self.daemon.issue(*options, name=name)
        except BaseException:
            self.daemon.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *failure):
        self.daemon.__exit__(*failure)

    def id(self, key):
        return self.tokens[key][0]

    def bearer(self, key):
        return self.tokens[key][1]

    def ask(self, who, method, target, body=None, headers=(), **request):
        return self.daemon.request(method, target, body, headers, **who,
                                   **request)

    def must(self, status, who, method, target, *question, **request):
        answer = self.ask(who, method, target, *question, **request)
        assert answer.status == status, (method, target, question, answer)
        return answer

    def records(self):
        """All tokens but jane's, without their last use."""
        out, _ = self.daemon.tool("list", "--json")
        entries = json.loads(out)
        entries = entries["entries"] if isinstance(entries, dict) else entries
        for entry in entries:
            entry.pop("last_use", None)
        return [entry for entry in entries
                if entry["user"].get("name") != "jane"]


@contextlib.contextmanager
def untouched(town):
    """Prove that no token but jane's changes in the with block."""
    before = town.records()
    yield
    assert town.records() == before


def told(answer, number):
    """All that a caller learns, with the id that they sent left out."""
    headers = {name: value for name, value in answer.headers.items()
               if name not in ("date", "content-length")}
    return answer.status, headers, answer.body.replace(
        b"token " + number.encode() + b'"', b"token ID\"")


# ------------------------------------------------- each route of the document

BODIES = (None, {}, {"enabled": False}, {"enabled": True}, {"name": "x"},
          {"scopes": ["imap"]}, {"networks": []}, {"expiration_time": None},
          {"grace": 60}, {"color": "red"}, b"{")


def no_such_id(method, rest=""):
    """To jane, the id of another user's token looks like one that does not
    exist."""
    def attack(town):
        for key in ("bob's", "root's", "kiosk's", "bob's other"):
            for request in ({}, {"token": town.bearer("jane's")},
                            {"token": town.bearer("jane's"), "listener": 0}):
                for body in BODIES:
                    alike(town, request, method, town.id(key), rest, body)
    return attack


def alike(town, request, method, number, rest, body):
    kind = {"Content-Type": "application/json"} if body == b"{" else {}
    answers = [told(town.ask(JANE, method, TOKENS + number + rest, body,
                             kind, **request), number)
               for number in (number, NOWHERE)]
    assert answers[0] == answers[1], (method, rest, body, answers)
    assert answers[0][0] in (400, 403, 404, 405, 503) or \
        method == "OPTIONS", answers


def identities(account):
    """Every way to name an account, in a query and in a body."""
    uid, name = account.pw_uid, account.pw_name
    texts = [name, "uid:%d" % uid, "auth_id:%d" % uid,
             "sid:S-1-22-1-%d" % uid, "local:" + name]
    objects = [{"name": name}, {"uid": uid}, {"auth_id": str(uid)},
               {"sid": "S-1-22-1-%d" % uid}, {"name": name, "uid": uid},
               {"domain": "POSIX_USER", "name": name},
               {"domain": "POSIX_USER", "uid": uid},
               {"domain": "LOCAL", "name": name}]
    return texts, objects


def lists(town):
    """jane lists her own tokens alone, however she asks"""
    own = {town.id("jane's"), town.id("jane's other")}
    refused = set()
    for account in (pwd.getpwnam("bob"), pwd.getpwnam("root")):
        for text in [*identities(account)[0], "no-such-account",
                     "uid:4000000000", "kiosk"]:
            refused.add(told(town.must(
                403, JANE, "GET", TOKENS + "?user=" + urllib.parse.quote(
                    text)), "0")[2])
    assert len(refused) == 1, refused
    for text in identities(pwd.getpwnam("jane"))[0]:
        assert own <= listed(town, "?user=" + urllib.parse.quote(text)), text
    assert own <= listed(town, "")
    for after in range(int(town.id("kiosk's")) + 1):
        for limit in (1, 2, 1000):
            listed(town, "?after=%d&limit=%d" % (after, limit))
    # A page in another order begins where she says, and has nothing else.
    for field in ("id", "user", "name", "expires", "created", "used"):
        for order in (field, "-" + field):
            assert own <= listed(town, "?limit=1&sort=" + order), order
            key = town.must(200, ROOT, "GET", TOKENS + "?limit=1&sort=" +
                            order).json()["paging"]["after"]
            listed(town, "?limit=1&sort=%s&after=%s" % (order, key))
    # With one of her tokens she lists nothing.
    for key in ("jane's", "jane's other"):
        town.must(403, JANE, "GET", TOKENS, token=town.bearer(key))


def listed(town, query):
    """The ids on all pages; proves that all of them, and the ids that lead to
    the next page, are jane's."""
    target, ids = TOKENS + query, set()
    while target is not None:
        answer = town.must(200, JANE, "GET", target)
        page = answer.json()
        for entry in page["entries"]:
            assert entry["user"]["name"] == "jane", entry
            assert entry["user"]["uid"] == JANE["uid"], entry
            ids.add(entry["id"])
        target, after = page["paging"]["next"], page["paging"]["after"]
        assert (target is None) == (after is None)
        assert after is None or after in ids or "sort=" in query, page
        assert ("link" in answer.headers) == (target is not None), answer
    return ids


def creates(town):
    """jane issues tokens for herself alone, however she names the user"""
    refused = set()
    strangers = [{"domain": "API_NULL_DOMAIN", "name": "kiosk"},
                 {"domain": "API_NULL_DOMAIN", "name": "jane"},
                 {"name": "jane", "uid": BOB["uid"]},
                 {"name": "bob", "uid": JANE["uid"]},
                 {"name": "no-such-account"}, {"uid": 4000000000},
                 "no-such-account", "kiosk"]
    for user in strangers + sum(identities(pwd.getpwnam("bob")), []):
        refused.add(town.must(403, JANE, "POST", TOKENS, {
            "user": user, "scopes": ["imap"]}).body)
    assert len(refused) == 1, refused
    for user in sum(identities(pwd.getpwnam("root")), []):
        town.must(403, JANE, "POST", TOKENS, {"user": user,
                                              "scopes": ["imap"]})
    for field in ("creator", "id", "bearer_token"):
        town.must(400, JANE, "POST", TOKENS, {
            "scopes": ["imap"], field: "root"})
    for user in [None, *sum(identities(pwd.getpwnam("jane")), [])]:
        request = {"scopes": ["imap"], **({"user": user} if user else {})}
        issued_to_jane(town, town.must(200, JANE, "POST", TOKENS, request))
    for key in ("jane's", "jane's other"):
        town.must(403, JANE, "POST", TOKENS, {"scopes": ["imap"]},
                  token=town.bearer(key))


def issued_to_jane(town, answer):
    """Prove that a new token is jane's alone, and revoke it."""
    number = answer.json()["id"]
    for who, status in ((JANE, 200), (BOB, 404)):
        town.must(status, who, "GET", TOKENS + number)
    entry = town.must(200, ROOT, "GET", TOKENS + number).json()
    for field in ("user", "creator"):
        assert entry[field]["name"] == "jane", entry
        assert entry[field]["uid"] == JANE["uid"], entry
    town.must(404, BOB, "DELETE", TOKENS + number)
    town.must(200, JANE, "DELETE", TOKENS + number)


def who(town):
    """the caller is jane or, with a token, the token's user"""
    answer = town.must(200, JANE, "GET", WHO).json()
    assert (answer["name"], answer["uid"]) == ("jane", JANE["uid"]), answer
    answer = town.must(200, JANE, "GET", WHO,
                       token=town.bearer("bob's")).json()
    assert (answer["name"], answer["access_token_id"]) == \
        ("bob", town.id("bob's")), answer
    for name in ("user", "uid", "as"):
        town.must(400, JANE, "GET", WHO + "?%s=bob" % name)
    for guess in guesses(town):
        town.must(401, JANE, "GET", WHO, token=guess)


def forged(number):
    """A bearer token with this id, a random secret and a valid checksum, so
    that only the store can tell that it is wrong."""
    inside = int(number).to_bytes(8, "big") + os.urandom(24)
    checksum = hashlib.blake2b(b"pamat1_" + inside, digest_size=32,
                               person=b"accesstoken-csum").digest()[:4]
    return "pamat1_" + base64.urlsafe_b64encode(inside + checksum).decode()


def guesses(town):
    own, other = town.bearer("jane's"), town.bearer("bob's")
    return (forged(town.id("bob's")), forged(NOWHERE), own[:-5] + other[-5:],
            own[:18] + other[18:], other[:18] + own[18:])


def verifies(method, target):
    """A wrong token is told nothing, not even whether its id exists."""
    def attack(town):
        for listener in ("api", "verify"):
            request = {"listener": listener}
            for peer in (ROOT, JANE) if listener == "api" else (ROOT,):
                town.must(401, peer, method, target, **request)
            answers = [told(town.must(401, ROOT, method, target, token=guess,
                                      **request), "0")
                       for guess in guesses(town)]
            assert all(answer == answers[0] for answer in answers), answers
            yes = town.must(200, ROOT, method, target + "?require_scope=imap",
                            token=town.bearer("bob's"), **request)
            assert yes.headers["remote-user"] == "bob", yes
            # Her token with his name is refused.
            pair = base64.b64encode(("bob:" + town.bearer(
                "jane's")).encode()).decode()
            town.must(401, ROOT, method, target + "?require_scope=imap",
                      headers={"Authorization": "Basic " + pair}, **request)
    return attack


def introspects(town):
    """introspection needs a token with its scope, even for root"""
    asked = ("token=" + town.bearer("bob's")).encode()
    for peer in (JANE, BOB, OPER, ROOT):
        town.must(401, peer, "POST", INTROSPECT, asked, FORM)
    town.must(401, ROOT, "POST", INTROSPECT, asked, FORM, listener="verify")
    for key in ("jane's", "jane's other", "bob's", "root's"):
        town.must(403, JANE, "POST", INTROSPECT, asked, FORM,
                  token=town.bearer(key))
        town.must(403, JANE, "POST", INTROSPECT,
                  asked + b"&client_secret=" + town.bearer(key).encode(),
                  FORM)
    for guess in guesses(town):
        town.must(401, JANE, "POST", INTROSPECT, asked, FORM, token=guess)


def health(town):
    town.must(200, JANE, "GET", "/healthz")


def metrics(town):
    for key in (None, "jane's", "root's"):
        town.must(403, JANE, "GET", "/metrics",
                  token=town.bearer(key) if key else None)
    assert b"jane" not in town.must(200, OPER, "GET", "/metrics").body


# An attack for every route and method of the document.
ROUTES = {
    (TOKENS, "get"): lists,
    (TOKENS, "post"): creates,
    (TOKENS + "{id}", "get"): no_such_id("GET"),
    (TOKENS + "{id}", "patch"): no_such_id("PATCH"),
    (TOKENS + "{id}", "delete"): no_such_id("DELETE"),
    (TOKENS + "{id}/rotate", "post"): no_such_id("POST", "/rotate"),
    (WHO, "get"): who,
    (INTROSPECT, "post"): introspects,
    ("/healthz", "get"): health,
    ("/metrics", "get"): metrics,
    **{(VERIFY + path, method): verifies(method.upper(), VERIFY + target)
       for path, target in (("", ""), ("/{path}", "/any/where"))
       for method in openapi.METHODS},
}


def documented():
    return {(path, method) for path, method, _ in
            openapi.document().documented()}


def every_route():
    """jane reaches bob's tokens by no route of the document"""
    assert set(ROUTES) == documented(), set(ROUTES) ^ documented()
    with Town(SELF_SERVICE) as town, untouched(town):
        for attack in ROUTES.values():
            attack(town)
        for key in ("jane's", "bob's"):  # they are still valid
            town.must(200, ROOT, "GET", VERIFY + "?require_scope=imap",
                      token=town.bearer(key))


def every_verb():
    """jane reaches bob's tokens by no other verb, and under no other limits"""
    verbs = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
             "TRACE", "BREW")
    for limits in ("", "rubbish\n"):
        with Town(limits) as town, untouched(town):
            for verb in verbs:
                for rest in ("", "/rotate", "?user=bob", "/"):
                    for body in BODIES[:5]:
                        alike(town, {}, verb, town.id("bob's"), rest, body)


# ------------------------------------------------------------------ callers

# Only a known caller may ask these.
QUESTIONS = [(method.upper(), path.replace("{id}", "1"))
             for path, method in sorted(ROUTES)
             if not path.startswith((VERIFY, INTROSPECT, "/healthz"))]


def unknown(town, peer, headers=()):
    for method, target in QUESTIONS:
        body = {"enabled": False} if method == "PATCH" else None
        answer = town.must(401, peer, method, target, body, headers)
        assert answer.headers["www-authenticate"] == \
            'Bearer realm="accesstoken"', answer


def nobody():
    """uid 65534, in any group, and a uid without an account are unknown"""
    with Town(SELF_SERVICE) as town, untouched(town):
        unknown(town, {"uid": 65534, "gid": 65534})
        unknown(town, {"uid": 65534, "gid": ADMINS, "groups": (ADMINS, 0)})
        unknown(town, {"uid": 70009, "gid": 70009})
        # With a token such a caller is the token's user.
        town.must(200, {"uid": 65534, "gid": 65534}, "GET", WHO,
                  token=town.bearer("jane's"))


def proxied():
    """a request that a proxy passes on has no known peer, not even root"""
    with Town(SELF_SERVICE) as town, untouched(town):
        for header in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto",
                       "X-Forwarded-Host", "x-forwarded-by", "Via"):
            for value in ("for=192.0.2.1", ""):
                for peer in (JANE, OPER, ROOT):
                    unknown(town, peer, {header: value})
            answer = town.must(200, ROOT, "GET", WHO, None,
                               {header: "for=192.0.2.1"},
                               token=town.bearer("bob's"))
            assert answer.json()["name"] == "bob", answer


def verify_socket():
    """on the verify socket, even root can only ask about tokens"""
    with Town(SELF_SERVICE) as town, untouched(town):
        for method, target in QUESTIONS + [("GET", "/healthz")]:
            for token in (None, town.bearer("root's")):
                town.must(404, ROOT, method, target, listener="verify",
                          token=token)


def over_tcp():
    """over TCP, callers are known by their token alone"""
    with Town(SELF_SERVICE) as town, untouched(town):
        for method, target in QUESTIONS:
            town.must(404 if target == "/metrics" else 401, ROOT, method,
                      target, listener=0)


# ------------------------------------------------------------ administrators

def group():
    """the group administers all tokens but root's; root administers all"""
    with Town("") as town:
        mine = town.id("root's")
        primary = {"uid": JANE["uid"], "gid": ADMINS, "groups": ()}
        with untouched(town):
            for peer in (OPER, primary):
                refused_to_the_group(town, peer, mine)
        for peer in (OPER, primary):
            town.must(200, peer, "GET", TOKENS + mine)
            number = town.must(200, peer, "POST", TOKENS,
                               {"user": "bob"}).json()["id"]
            entry = town.must(200, BOB, "GET", TOKENS + number).json()
            assert entry["creator"]["uid"] == peer["uid"], entry
            for method, rest, body in (
                    ("GET", "", None), ("PATCH", "", {"enabled": False}),
                    ("PATCH", "", {"enabled": True, "scopes": []})):
                town.must(200, peer, method, TOKENS + number + rest, body)
            number = town.must(200, peer, "POST",
                               TOKENS + number + "/rotate").json()["id"]
            town.must(200, peer, "DELETE", TOKENS + number)
        # In the group in /etc/group, but not for the kernel: no administrator.
        town.must(404, JANE, "GET", TOKENS + mine)
        entry = town.must(200, ROOT, "GET", TOKENS + mine).json()
        assert entry["scopes"] == ["tokens:admin"] and entry["enabled"]
        town.must(200, ROOT, "PATCH", TOKENS + mine, {"enabled": False})
        town.must(200, ROOT, "PATCH", TOKENS + mine, {"enabled": True})
        town.must(200, ROOT, "POST", TOKENS, {
            "user": "bob", "scopes": ["tokens:introspect"]})
        town.must(200, ROOT, "POST", TOKENS + mine + "/rotate")


def refused_to_the_group(town, peer, mine):
    for method, rest, body in (
            ("PATCH", "", {"name": "x"}), ("PATCH", "", {"enabled": False}),
            ("PATCH", "", {"enabled": True}), ("DELETE", "", None),
            ("POST", "/rotate", {})):
        town.must(403, peer, method, TOKENS + mine + rest, body)
    for user in sum(identities(pwd.getpwnam("root")), []):
        town.must(403, peer, "POST", TOKENS, {"user": user})
    for scope in ("tokens:admin", "tokens:introspect", "tokens:x"):
        town.must(403, peer, "POST", TOKENS, {
            "user": "bob", "scopes": ["imap", scope]})
        town.must(403, peer, "PATCH", TOKENS + town.id("bob's"), {
            "scopes": ["imap", scope]})


def self_service():
    """users issue scopes that limits.conf lists, and revoke their tokens"""
    with Town("") as town, untouched(town):
        mine = TOKENS + town.id("jane's")
        for scopes in ([], ["imap"]):
            town.must(403, JANE, "POST", TOKENS, {"scopes": scopes})
        town.must(403, JANE, "POST", mine + "/rotate")
        town.must(403, JANE, "PATCH", mine, {"scopes": []})
        for scope in ("sudo", "sudo-i", "su", "su-l", "login", "polkit-1",
                      "doas", "tokens:admin"):
            town.daemon.write_limits("self_service_scopes = imap %s\n" % scope)
            assert "'%s' is not for users to issue" % scope in \
                town.daemon.reload()
            for scopes in ([scope], ["imap"]):
                town.must(503, JANE, "POST", TOKENS, {"scopes": scopes})
            town.must(200, JANE, "GET", mine)
        town.daemon.write_limits(SELF_SERVICE)
        town.daemon.reload()
        for scopes in (None, [], ["sudo"], ["imap", "sudo"], ["smtp"],
                       ["tokens:admin"]):
            town.must(403, JANE, "POST", TOKENS,
                      {} if scopes is None else {"scopes": scopes})
        issued_to_jane(town, town.must(200, JANE, "POST", TOKENS,
                                       {"scopes": ["imap"]}))
        town.must(200, JANE, "PATCH", mine, {"enabled": False})
        town.must(403, JANE, "PATCH", mine, {"enabled": True})
        town.daemon.write_limits("rubbish\n")
        town.daemon.reload()
        town.must(200, JANE, "DELETE", mine)
        town.must(404, JANE, "GET", mine)


def main():
    failed = 0
    for test in (every_route, every_verb, nobody, proxied, verify_socket,
                 over_tcp, group, self_service):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
