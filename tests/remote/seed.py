"""seed.py - servers that have only what the seed of this project describes,
list and create, and servers that have the rest of Qumulo's verbs.  Their ids
are numbers in order, or words without an order; in the latter case, the keys
of pages are words too.  Every request and every answer is valid by the seed's
schemas."""
import hashlib
import itertools
import json
import os
import re
import urllib.parse

import jsonschema

from remote import TOKENS, Server, Tool, answer, error, run

SCHEMAS = os.path.join(os.environ.get("srcdir", "."), "tests", "support",
                       "schemas")


def schema(name):
    with open(os.path.join(SCHEMAS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


CREATE = schema("access_token_create_request")
LIST = schema("access_tokens_list")


def word(number):
    """An id of a cluster whose ids are words: more than 64 bits, in no order.
    Two of them are not numbers of ours for another reason."""
    digits = str(int(hashlib.sha256(b"%d" % number).hexdigest(), 16))[:23]
    return {2: "0b8c-4e:%s.x_" % digits, 3: "007"}.get(number, "9" + digits)


class Cluster:
    """Tokens in memory.  more: single tokens can be shown, changed and
    deleted.  words: ids and keys are words."""

    def __init__(self, more, words=False):
        self.more = more
        self.words = words
        self.tokens = {}
        self.ids = itertools.count(1)

    def __call__(self, request):
        path, _, query = request.target.partition("?")
        if path == TOKENS and request.method == "GET":
            return self.list(dict(urllib.parse.parse_qsl(query)))
        if path == TOKENS and request.method == "POST":
            return self.create(request.json())
        number = path[len(TOKENS):]
        if not self.more:
            return error(404, "no such resource")
        if number not in self.tokens:
            return error(404, "Access token %s was not found" % number)
        if request.method == "DELETE":
            del self.tokens[number]
            return answer(200)
        if request.method == "PATCH":
            for key, value in request.json().items():
                if key in ("enabled", "expiration_time"):
                    self.tokens[number][key] = value
        elif request.method != "GET":
            return error(405, "Method not allowed")
        return answer(200, self.tokens[number])

    def list(self, query):
        assert set(query) <= {"user", "after", "limit"}, query
        places = {number: place for place, number in enumerate(self.tokens)}
        after = query.get("after")
        if self.words:
            if after is not None and not after.startswith("key/+= "):
                return error(400, "after: no key of ours")
            first = int(after[len("key/+= "):]) if after else 0
        else:
            first = places[after] + 1 if after in places else 0
            if after not in (None, "0") and after not in places:
                first = len(places)
        numbers = [number for number in self.tokens
                   if places[number] >= first and
                   self.tokens[number]["user"]["name"] ==
                   query.get("user", self.tokens[number]["user"]["name"])]
        limit = min(int(query["limit"]), 2)  # "may choose a smaller limit"
        page = {"entries": [self.tokens[number]
                            for number in numbers[:limit]]}
        jsonschema.validate(page, LIST)
        page["paging"] = {"next": None}
        if len(numbers) > limit:
            last = numbers[limit - 1]
            page["paging"]["next"] = TOKENS + "?" + urllib.parse.urlencode({
                "limit": limit, **({"user": query["user"]}
                                   if "user" in query else {}),
                "after": "key/+= %d" % (places[last] + 1)
                         if self.words else last})
        return answer(200, page)

    def create(self, asked):
        jsonschema.validate(asked, CREATE)
        count = next(self.ids)
        number = word(count) if self.words else str(count)
        name = asked["user"]["name"]
        self.tokens[number] = {
            "id": number,
            "user": {"domain": "LOCAL", "auth_id": "10%d" % count,
                     "sid": "S-1-5-21-8-8-8-10%d" % count, "name": name},
            "creator": {"domain": "LOCAL", "auth_id": "500", "sid": "S-1-5-21-8-8-8-500",
                        "name": "admin"},
            "creation_time": "2026-11-24T01:02:03.456789Z",
            "expiration_time": asked.get("expiration_time", ""),
            "enabled": True}
        return answer(200, {"id": number,
                            "bearer_token": "access-v1:%s==" % number})


def whole(cluster):
    """The checks that every such server passes."""
    ids = [word(i) if cluster.words else str(i) for i in range(1, 6)]
    with Tool() as tool, Server(cluster) as server:
        store = ["--store", server.uri]
        for number, name, expires in zip(
                ids, ("jane", "bob", "jane", "kim", "jane"),
                ("2030-01-01", None, None, None, None)):
            out, err = tool.expect(
                0, *store, "create", name,
                *(["--expires", expires] if expires else []))
            assert out.startswith("access-v1:")
            assert "token %s for %s " % (number, name) in err, err
            lines = tool.audit()
            assert len(lines) == 1 and " id=%s " % number in lines[0], lines
        out, _ = tool.expect(0, *store, "list", "--all", "--no-header")
        assert [line.split()[:2] for line in out.splitlines()] == [
            [ids[0], "jane"], [ids[1], "bob"], [ids[2], "jane"],
            [ids[3], "kim"], [ids[4], "jane"]], out
        out, _ = tool.expect(0, *store, "list", "--all", "--user", "jane",
                             "--json")
        assert [token["id"] for token in json.loads(out)["entries"]] == [
            ids[0], ids[2], ids[4]]
        assert json.loads(out)["paging"] == {"next": None, "after": None}
        # The tool sorts what the server lists, and pages through it.
        by_user, after = [ids[1], ids[0], ids[2], ids[4], ids[3]], []
        for place in range(0, 5, 2):
            out, _ = tool.expect(0, *store, "list", "--sort", "user",
                                 "--limit", "2", "--json", *after)
            assert [token["id"] for token in json.loads(out)["entries"]] == \
                by_user[place:place + 2], out
            after = ["--after", json.loads(out)["paging"]["after"]]
        assert after == ["--after", None], out
        out, _ = tool.expect(0, *store, "create", "kim", "--json")
        assert json.loads(out)["id"] in cluster.tokens, out
        tool.expect(3, *store, "show", "9", says="no token 9")
        if cluster.words:
            more_than_words(tool, store, ids)
        else:
            out, _ = tool.expect(0, *store, "show", "1")
            assert "expires: 2030-01-01T00:00:00Z" in out
            assert "created: 2026-11-24T01:02:03Z" in out
        # The tool notices that our own fields are missing.
        for words in (["--scope", "imap"], ["--name", "x"],
                      ["--from", "::1"]):
            count = len(cluster.tokens)
            # The seed's schema does not know these fields, and permits them.
            _, err = tool.expect(2 if cluster.more else 1, *store, "create",
                                 "jane", *words, says="does not take")
            if cluster.more:
                assert len(cluster.tokens) == count
                assert "is revoked again" in err
            else:
                assert "cannot be revoked again: revoke it" in err
        return tool, server


def more_than_words(tool, store, ids):
    """What the tool can and cannot do with ids that are not numbers."""
    out, err = tool.expect(0, *store, "list", "--limit", "2", "--no-header")
    assert [line.split()[0] for line in out.splitlines()] == ids[:2], out
    assert err == "more tokens follow: use --all\n", err
    out, _ = tool.expect(0, *store, "list", "--limit", "2", "--json")
    assert json.loads(out)["paging"] == {"next": None, "after": ids[1]}, out
    out, _ = tool.expect(0, *store, "list", "--limit", "3", "--json",
                         "--expires-within", "9000d")
    assert [token["id"] for token in json.loads(out)["entries"]] == ids[:1]
    for command in (["show"], ["revoke"], ["rotate"],
                    ["modify", "--disable"]):
        tool.expect(2, *store, *command, ids[0],
                    says="not an id, 1 to 4294967295")


def seed_alone():
    """a server that has only list and create"""
    whole(Cluster(more=False))
    with Tool() as tool, Server(Cluster(more=False)) as server:
        store = ["--store", server.uri]
        tool.expect(0, *store, "create", "jane")
        tool.expect(3, *store, "revoke", "9", says="no token 9")
        tool.expect(2, *store, "revoke", "1", says="does not revoke tokens")
        tool.expect(2, *store, "revoke", "--user", "jane",
                    says="does not revoke tokens")
        tool.expect(2, *store, "rotate", "1", says="does not rotate")
        tool.expect(2, *store, "modify", "1", "--disable",
                    says="does not modify")
        tool.expect(3, *store, "modify", "9", "--disable",
                    says="no such resource")


def words_alone():
    """the same with ids and keys that are words"""
    cluster = Cluster(more=False, words=True)
    whole(cluster)
    with Tool() as tool, Server(cluster) as server:
        tool.expect(2, "--store", server.uri, "revoke", "--user", "jane",
                    says="does not revoke tokens")


def words_of_qumulo():
    """the rest of Qumulo's verbs, with ids that are words"""
    cluster = Cluster(more=True, words=True)
    whole(cluster)
    names = [token["user"]["name"] for token in cluster.tokens.values()]
    with Tool() as tool, Server(cluster) as server:
        store = ["--store", server.uri]
        tool.expect(0, *store, "revoke", "--user", "jane",
                    says="revoked %d tokens of jane" % names.count("jane"))
        assert [token["user"]["name"] for token in cluster.tokens.values()] \
            == [name for name in names if name != "jane"]
        audit = " ".join(tool.audit())
        assert word(1) in audit and word(3) in audit, audit


def qumulo():
    """a server with the rest of Qumulo's verbs"""
    cluster = Cluster(more=True)
    whole(cluster)
    with Tool() as tool, Server(cluster) as server:
        store = ["--store", server.uri]
        tool.expect(0, *store, "modify", "1", "--disable", says="disabled")
        assert not cluster.tokens["1"]["enabled"]
        tool.expect(0, *store, "modify", "1", "--enable", "--expires",
                    "2031-01-01")
        assert cluster.tokens["1"]["expiration_time"] == \
            "2031-01-01T00:00:00Z"
        tool.expect(2, *store, "modify", "1", "--name", "x",
                    says="does not take name")
        tool.expect(2, *store, "rotate", "1", says="does not rotate")
        assert "1" in cluster.tokens
        tool.expect(0, *store, "revoke", "2", "4", "6")
        tool.expect(0, *store, "revoke", "--user", "jane",
                    says="revoked 3 tokens of jane")
        assert not cluster.tokens


run([seed_alone, qumulo, words_alone, words_of_qumulo])
