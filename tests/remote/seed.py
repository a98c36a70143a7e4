"""seed.py - servers that know what the seed of this project describes, and no
more: list and create; and one that has the rest of Qumulo's verbs.  Every
request and every answer is valid by the seed's schemas."""
import itertools
import json
import os

import jsonschema

from remote import TOKENS, Server, Tool, answer, error, run

SCHEMAS = os.path.join(os.environ.get("srcdir", "."), "tests", "schemas")


def schema(name):
    with open(os.path.join(SCHEMAS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


CREATE = schema("access_token_create_request")
LIST = schema("access_tokens_list")


class Cluster:
    """Tokens in memory.  more: show, change and delete single ones, too."""

    def __init__(self, more):
        self.more = more
        self.tokens = {}
        self.ids = itertools.count(1)

    def __call__(self, request):
        path, _, query = request.target.partition("?")
        if path == TOKENS and request.method == "GET":
            return self.list(dict(part.split("=") for part in
                                  query.split("&") if part))
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
        numbers = [number for number in self.tokens
                   if int(number) > int(query.get("after", "0")) and
                   self.tokens[number]["user"]["name"] ==
                   query.get("user", self.tokens[number]["user"]["name"])]
        limit = min(int(query["limit"]), 2)  # "may choose a smaller limit"
        page = {"entries": [self.tokens[number]
                            for number in numbers[:limit]]}
        jsonschema.validate(page, LIST)
        page["paging"] = {"next": None}
        if len(numbers) > limit:
            page["paging"]["next"] = "%s?limit=%d&after=%s" % (
                TOKENS, limit, numbers[limit - 1])
        return answer(200, page)

    def create(self, asked):
        jsonschema.validate(asked, CREATE)
        number = str(next(self.ids))
        name = asked["user"]["name"]
        self.tokens[number] = {
            "id": number,
            "user": {"domain": "LOCAL", "auth_id": "10%s" % number,
                     "sid": "S-1-5-21-8-8-8-10%s" % number, "name": name},
            "creator": {"domain": "LOCAL", "auth_id": "500", "sid": "S-1-5-21-8-8-8-500",
                        "name": "admin"},
            "creation_time": "2026-11-24T01:02:03.456789Z",
            "expiration_time": asked.get("expiration_time", ""),
            "enabled": True}
        return answer(200, {"id": number,
                            "bearer_token": "access-v1:%s==" % number})


def whole(cluster):
    """What goes with every such server."""
    with Tool() as tool, Server(cluster) as server:
        store = ["--store", server.uri]
        for name, expires in (("jane", "2030-01-01"), ("bob", None),
                              ("jane", None), ("kim", None), ("jane", None)):
            out, _ = tool.expect(
                0, *store, "create", name,
                *(["--expires", expires] if expires else []))
            assert out.startswith("access-v1:")
        out, _ = tool.expect(0, *store, "list", "--all", "--no-header")
        assert [line.split()[:2] for line in out.splitlines()] == [
            ["1", "jane"], ["2", "bob"], ["3", "jane"], ["4", "kim"],
            ["5", "jane"]], out
        out, _ = tool.expect(0, *store, "list", "--all", "--user", "jane",
                             "--json")
        assert [token["id"] for token in json.loads(out)["entries"]] == [
            "1", "3", "5"]
        out, _ = tool.expect(0, *store, "show", "1")
        assert "expires: 2030-01-01T00:00:00Z" in out
        assert "created: 2026-11-24T01:02:03Z" in out
        tool.expect(3, *store, "show", "9", says="no token 9")
        # What is ours is known to be missing.
        for words in (["--scope", "imap"], ["--name", "x"],
                      ["--from", "::1"]):
            count = len(cluster.tokens)
            # The seed's schema does not know these words: it lets them by.
            _, err = tool.expect(2 if cluster.more else 1, *store, "create",
                                 "jane", *words, says="does not take")
            if cluster.more:
                assert len(cluster.tokens) == count
                assert "is revoked again" in err
            else:
                assert "cannot be revoked again: see to it" in err
        return tool, server


def seed_alone():
    """a server with a list and a create"""
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
        tool.expect(0, *store, "revoke", "2", "4")
        tool.expect(0, *store, "revoke", "--user", "jane",
                    says="revoked 3 tokens of jane")
        assert not cluster.tokens


run([seed_alone, qumulo])
