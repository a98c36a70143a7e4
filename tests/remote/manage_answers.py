"""manage_answers.py - the tool judges each answer of a server to list, show,
create, modify, revoke and rotate correctly: it is right, it is an error with
the server's own text, or it is not to be trusted.  A new token that cannot be
looked at is revoked again, and a change whose outcome is not known is reported
as such."""
import copy

from remote import TOKENS, Server, Tool, answer, error, in_parallel, run

ENTRY = {
    "id": "7", "user": {"domain": "LOCAL", "auth_id": "1000", "uid": 1000,
                        "gid": 1000, "sid": "S-1-22-1-1000", "name": "jane"},
    "creator": {"domain": "LOCAL", "auth_id": "0", "uid": 0, "name": "root"},
    "creation_time": "2026-11-24T00:00:00Z",
    "expiration_time": "2030-01-01T00:00:00Z", "enabled": True,
    "name": "mail", "scopes": ["imap"], "networks": ["192.0.2.0/24"]}

UNKNOWN, FAILED, USAGE, MISSING, DENIED, CONFLICT = 7, 1, 2, 3, 4, 8


def entry(**changes):
    """The entry with fields changed, or left out if they are None."""
    changed = {**copy.deepcopy(ENTRY), **changes}
    return {key: value for key, value in changed.items() if value is not None}


def user(**changes):
    return entry(user={**ENTRY["user"], **changes})


def raw(text):
    """An answer with this text as its JSON, unchanged."""
    return answer(200, text.encode("utf-8", "surrogatepass"))


# Entries that are accepted, and a line that show prints.
GOOD = [
    ("all of it", entry(), "scopes: imap"),
    ("no more than the schema", entry(name=None, scopes=None, networks=None,
                                      creator=None), "scopes: any"),
    ("no end", entry(expiration_time=None), "expires: never"),
    ("an empty end", entry(expiration_time=""), "expires: never"),
    ("null", {**ENTRY, "expiration_time": None, "name": None, "scopes": None},
     "expires: never"),
    ("another offset", entry(creation_time="2026-11-24T01:30:00.123+01:30"),
     "created: 2026-11-24T00:00:00Z"),
    ("a field of tomorrow", entry(flavour={"a": [1]}), "user: jane"),
    ("a user of another cluster",
     user(auth_id="18446744073709551615", uid=None, gid=None,
          sid="S-1-5-21-1-2-3-500", name="AD\\jane"), "user: AD\\\\jane sid="),
    ("a last use", entry(last_use={"time": "2026-11-25T00:00:00Z",
                                   "service": "imap", "address": "::1"}),
     "last used: 2026-11-25T00:00:00Z service=imap address=::1"),
    ("no more than its time", entry(last_use={"time": "2026-11-25T00:00:00Z"}),
     "last used: 2026-11-25T00:00:00Z"),
    ("no use so far", {**ENTRY, "last_use": None}, "last used: never"),
    ("issuers", entry(issued_by="6", first_issuer="2"),
     "issued by: token 6, first issuer token 2"),
    ("a creator who is no user",
     entry(creator={"domain": "API_INTERNAL_DOMAIN"}), "name: mail"),
]

# Answers to show that are not accepted.
BAD = [
    ("another id", answer(200, entry(id="8"))),
    ("an id that is a number", answer(200, entry(id=7))),
    ("an id with a zero", answer(200, entry(id="07"))),
    ("an empty id", answer(200, entry(id=""))),
    ("an id that leads upwards", answer(200, entry(id=".."))),
    ("an id that leads on", answer(200, entry(id="7/rotate"))),
    ("an id with a query", answer(200, entry(id="7?x"))),
    ("an id that is encoded", answer(200, entry(id="%37"))),
    ("an id of two lines", answer(200, entry(id="7\n8"))),
    ("an id without an end", answer(200, entry(id=65 * "7"))),
    ("no id", answer(200, entry(id=None))),
    ("no user", answer(200, entry(user=None))),
    ("an empty user", answer(200, entry(user={}))),
    ("a user that is a text", answer(200, entry(user="jane"))),
    ("a uid that is a text", answer(200, user(uid="1000"))),
    ("a uid below 0", answer(200, user(uid=-1))),
    ("a uid of nobody", answer(200, user(uid=4294967295))),
    ("a uid with a point", answer(200, user(uid=1000.5))),
    ("a domain of no schema", answer(200, user(domain="HERE"))),
    ("a name with an escape", answer(200, user(name="ja\x1b[2Jne"))),
    ("a name with a newline", answer(200, user(name="ja\nne"))),
    ("a name without an end", answer(200, user(name=300 * "j"))),
    ("a name that is a number", answer(200, entry(name=5))),
    ("a title with a control", answer(200, entry(name="a\x85b"))),
    ("enabled as a text", answer(200, entry(enabled="true"))),
    ("enabled left out", answer(200, entry(enabled=None))),
    ("a date", answer(200, entry(creation_time="2026-11-24"))),
    ("a duration", answer(200, entry(expiration_time="90d"))),
    ("never", answer(200, entry(expiration_time="never"))),
    ("the 30th of February",
     answer(200, entry(creation_time="2026-02-30T00:00:00Z"))),
    ("scopes as a text", answer(200, entry(scopes="imap"))),
    ("a scope that is none", answer(200, entry(scopes=["IMAP"]))),
    ("a scope that is a number", answer(200, entry(scopes=[5]))),
    ("too many scopes",
     answer(200, entry(scopes=["s%d" % i for i in range(33)]))),
    ("a network that is none", answer(200, entry(networks=["here"]))),
    ("a last use as a text", answer(200, entry(last_use="today"))),
    ("a last use at no time", answer(200, entry(last_use={"service": "x"}))),
    ("a last use never", answer(200, entry(last_use={"time": "never"}))),
    ("a last use for something long",
     answer(200, entry(last_use={"time": "2026-11-25T00:00:00Z",
                                 "service": 45 * "x"}))),
    ("a last use from a terminal",
     answer(200, entry(last_use={"time": "2026-11-25T00:00:00Z",
                                 "address": "\x1b[2J"}))),
    ("an issuer that is a number", answer(200, entry(issued_by=6,
                                                     first_issuer=6))),
    ("an issuer that is itself", answer(200, entry(issued_by="7",
                                                   first_issuer="6"))),
    ("an issuer without a first", answer(200, entry(issued_by="6"))),
    ("a first issuer alone", answer(200, entry(first_issuer="6"))),
    ("a first issuer after it", answer(200, entry(issued_by="5",
                                                  first_issuer="6"))),
    ("an issuer 0", answer(200, entry(issued_by="0", first_issuer="0"))),
    ("an array", answer(200, [entry()])),
    ("a text", answer(200, "yes")),
    ("nothing", answer(200)),
    ("no JSON", raw('{"id":"7"')),
    ("more than JSON", raw('{"id":"7"} {}')),
    ("a key twice", raw('{"id":"7","id":"7","user":{"name":"jane"},'
                        '"enabled":true}')),
    ("a key twice inside", raw('{"id":"7","user":{"name":"root",'
                               '"name":"jane"},"enabled":true}')),
    ("NUL", raw('{"id":"7\\u0000","user":{"name":"jane"},"enabled":true}')),
    ("half a surrogate",
     raw('{"id":"7","user":{"name":"\\ud800"},"enabled":true}')),
    ("no UTF-8", answer(200, b'{"id":"7","user":{"name":"j\xff"},'
                             b'"enabled":true}')),
    ("depth", raw("[" * 30000)),
    ("another type", answer(200, entry(), kind="text/html")),
    ("two types", answer(200, entry(), "Content-Type: application/json")),
    ("no type", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    ("a type that only begins so",
     answer(200, entry(), kind="application/jsonp")),
    ("more than 64 KiB", answer(200, entry(pad=70000 * "x"))),
    ("201", answer(201, entry())),
    ("a redirect", answer(302, b"", "Location: /v1/auth/access-tokens/7")),
]

# Errors, the exit status that results, and what the tool prints.
ERRORS = [
    (error(400, "name: too long"), USAGE, "name: too long"),
    (error(401, "who are you?"), DENIED, "who are you"),
    (error(403, "not root's"), DENIED, "not root's"),
    (error(409, "no, that changed"), CONFLICT, "that changed"),
    (error(413, "too much"), USAGE, "too much"),
    (error(429, "later", "Retry-After: 1"), UNKNOWN, "later"),
    (error(503, "busy", "Retry-After: 1"), UNKNOWN, "busy"),
    (error(503, "broken"), UNKNOWN, "broken"),
    (answer(500, b"<html>", kind="text/html"), UNKNOWN, "status 500"),
    (error(500, "two\nlines"), UNKNOWN, "status 500"),
    (error(500, "\x1b]0;x"), UNKNOWN, "status 500"),
    (error(500, 5000 * "x"), UNKNOWN, "status 500"),
    (answer(500, {"description": 5}), UNKNOWN, "status 500"),
    (answer(418), UNKNOWN, "status 418"),
]


def shown():
    """a valid answer is shown"""
    with Tool() as tool:
        for name, document, line in GOOD:
            with Server(lambda request: answer(200, document)) as server:
                out, _ = tool.expect(0, "--store", server.uri, "show", "7")
                assert line.replace("\\\\", "\\") in out, (name, out)
                assert server.requests[0].target == TOKENS + "7"
                tool.expect(0, "--store", server.uri, "show", "7", "--json")


def disbelieved():
    """an invalid answer is not shown"""
    with Tool() as tool:
        def show(_, data):
            with Server(lambda request: data) as server:
                out, _ = tool.expect(UNKNOWN, "--store", server.uri, "show",
                                     "7")
                assert out == ""

        in_parallel(show, BAD)


def errors():
    """errors are printed in the server's words, if these are one line"""
    with Tool() as tool:
        for data, status, says in ERRORS:
            with Server(lambda request: data) as server:
                _, err = tool.expect(status, "--store", server.uri, "show",
                                     "7", says=says)
                assert err.count("\n") == 1 and "\x1b" not in err, err


def missing():
    """a token that does not exist, at servers with and without show"""
    def only_a_list(request):
        if request.target.startswith(TOKENS + "?"):
            found = [entry(id="9")] if "after=8" in request.target else []
            return answer(200, {"entries": found})
        return answer(404)

    with Tool() as tool:
        with Server(lambda request: error(404, "no token 7")) as server:
            tool.expect(USAGE, "--store", server.uri, "show", "7",
                        says="has no /v1/auth")
        with Server(only_a_list) as server:
            tool.expect(MISSING, "--store", server.uri, "show", "7",
                        says="no token 7")
            tool.expect(0, "--store", server.uri, "show", "9")


# ----------------------------------------------------------------- lists

def page(*ids, following=None, after=None):
    return {"entries": [entry(id=str(i)) for i in ids],
            "paging": {"next": following, "after": after}}


def listed():
    """pages are read to the last one, by the key in the URI"""
    def serve(request):
        if "after=" not in request.target:
            return answer(200, page(
                1, 5, following=TOKENS + "?after=5&limit=2", after="5"))
        if "after=5" in request.target:
            return answer(200, page(
                6, following=TOKENS + "?user=jane&limit=2&after=60"))
        assert "after=60" in request.target, request.target
        return answer(200, {"entries": []})

    with Tool() as tool, Server(serve) as server:
        out, _ = tool.expect(0, "--store", server.uri, "list", "--all",
                             "--no-header")
        assert [line.split()[0] for line in out.splitlines()] == [
            "1", "5", "6"], out
        assert len(server.requests) == 3
        _, err = tool.expect(0, "--store", server.uri, "list", "--user",
                             "ad:jane doe", "--limit", "2")
        assert server.requests[3].target == (
            TOKENS + "?limit=2&user=ad%3Ajane%20doe"), server.requests[3].target
        assert "--after 5" in err
        # If the server tells no last uses, no token counts as unused.
        out, err = tool.expect(0, "--store", server.uri, "list", "--all",
                               "--unused-for", "1d")
        assert out == "" and err.startswith("left out 3 tokens"), err


def words():
    """keys that are words are sent unchanged, to the same server"""
    def serve(request):
        ways.append(request.target)
        return answer(200, page(*pages[len(ways) - 1][0], **{
            "following": pages[len(ways) - 1][1], "after": "any key"}))

    query = "?user=jane&after=%2Fa+b%3D&x=[\"{y}\\"
    pages = [(("12345678901234567890123", "x"), TOKENS + query),
             # After a word, a number is a word too.
             (("7",), TOKENS[:-1] + "?after=3"),
             (("8",), "http://localhost" + TOKENS + "?after=2"),
             (("9",), "")]
    for last in ("", None):
        pages[3] = (("9",), last)
        ways = []
        with Tool() as tool, Server(serve) as server:
            out, _ = tool.expect(0, "--store", server.uri, "list", "--all",
                                 "--no-header")
            assert [line.split()[0] for line in out.splitlines()] == [
                "12345678901234567890123", "x", "7", "8", "9"], out
            assert ways[1:] == [TOKENS + query, TOKENS[:-1] + "?after=3",
                                TOKENS + "?after=2"], ways


def circle(length, lead):
    """A list that never ends, because its pages form a circle."""
    def serve(request):
        served.append(request.target)
        place = len(served) - 1
        if place >= lead:
            place = lead + (place - lead) % length
        return answer(200, page("x%d" % len(served),
                                following=TOKENS + "?after=k%d" % place))

    served = []
    with Tool() as tool, Server(serve) as server:
        tool.expect(UNKNOWN, "--store", server.uri, "list", "--all",
                    says="in a circle")
        assert len(served) <= 4 * (length + lead) + 4, len(served)


def odd_lists():
    """lists that are wrong or lead elsewhere"""
    bad = [
        ("no entries", {"paging": {"next": None}}),
        ("entries that are an object", {"entries": {}}),
        ("one entry of two", {"entries": [entry(), {"id": "8"}]}),
        ("more than asked for", page(1, 2, 3, 4)),
        ("nowhere", page(1, following="/elsewhere")),
        ("back", page(1, following=TOKENS + "?after=3")),
        ("the list of another path", page(1, following="/x?after=abc")),
        ("a list of as long a name",
         page(1, following="/v1/auth/access-grants/?after=abc")),
        ("a path below the list", page(1, following=TOKENS + "8?after=abc")),
        ("no query", page(1, following=TOKENS)),
        ("an empty query", page(1, following=TOKENS + "?")),
        ("another server", page(1, following="http://127.0.0.1:9" + TOKENS +
                                "?after=abc")),
        ("a server of a longer name",
         page(1, following="http://localhost.example" + TOKENS + "?after=x")),
        ("a user of the server", page(1, following="http://localhost@example" +
                                      TOKENS + "?after=x")),
        ("a newline", page(1, following=TOKENS + "?after=x\r\nA: b")),
        ("a blank", page(1, following=TOKENS + "?after=x y")),
        ("a fragment", page(1, following=TOKENS + "?after=x#y")),
        ("no end", page(1, following=TOKENS + "?after=" + 2048 * "x")),
        ("a word without entries", page(following=TOKENS + "?after=abc")),
        ("a word as id, that leads upwards", page("..")),
        ("two keys", page(1, following=TOKENS + "?after=9", after="8")),
        ("no text", page(1, following=9)),
    ]
    with Tool() as tool:
        def ask(_, document):
            with Server(lambda request: answer(200, document)) as server:
                tool.expect(UNKNOWN, "--store", server.uri, "list", "--after",
                            "3", "--limit", "3")

        in_parallel(ask, bad)
        in_parallel(circle, [(length, lead) for length in (1, 2, 7)
                             for lead in (0, 5)])

        # A page of the largest size, and a larger one.
        def large(size):
            document = {"entries": [], "pad": ""}
            document["pad"] = (size - len(answer(200, document))) * "x"
            return answer(200, document)

        for size, status in ((4 << 20, 0), ((4 << 20) + 200, UNKNOWN)):
            with Server(lambda request: large(size)) as server:
                tool.expect(status, "--store", server.uri, "list")


# --------------------------------------------------------------- changes

def creating(made, shown_as=None, seen=None):
    """A server that creates a token and then shows this."""
    def serve(request):
        if seen is not None:
            seen.append(request)
        if request.method == "POST":
            return made
        if request.method == "DELETE":
            return answer(200)
        if isinstance(shown_as, bytes):
            return shown_as
        return answer(200, entry(**(shown_as or {})))
    return serve


FOREIGN = "access-v1:bm90YXRva2Vu+/=="
MADE = answer(200, {"id": "7", "bearer_token": FOREIGN})


def created():
    """the token of another server is printed"""
    seen = []
    with Tool() as tool, Server(creating(MADE, seen=seen)) as server:
        out, err = tool.expect(
            0, "--store", server.uri, "create", "local:jane", "--scope",
            "imap", "--from", "192.0.2.1/24", "--name", "mail", "--expires",
            "2030-01-01")
        assert out == FOREIGN + "\n", out
        assert "token 7 for jane expires 2030-01-01T00:00:00Z" in err
        assert seen[0].json() == {
            "user": {"domain": "LOCAL", "name": "jane"}, "name": "mail",
            "expiration_time": "2030-01-01T00:00:00Z", "scopes": ["imap"],
            "networks": ["192.0.2.0/24"]}, seen[0].json()
        assert [request.method for request in seen] == ["POST", "GET"]
        lines = tool.audit()
        assert len(lines) == 1 and "action=create result=ok id=7 user=jane" \
            in lines[0] and "store=unix:" in lines[0], lines
        assert FOREIGN not in lines[0]


def users():
    """the user is sent as it was named, and the server looks it up"""
    for words, body in (
            (["jane"], {"name": "jane"}),
            (["uid:1000"], {"uid": 1000}),
            (["auth_id:1000"], {"auth_id": "1000"}),
            (["sid:S-1-5-21-1"], {"sid": "S-1-5-21-1"}),
            (["AD\\jane"], {"domain": "ACTIVE_DIRECTORY",
                            "name": "AD\\jane"}),
            (["jane", "--virtual"], {"domain": "API_NULL_DOMAIN",
                                     "name": "jane"})):
        seen = []
        shown_as = {"user": {**ENTRY["user"], "sid": "S-1-5-21-1",
                             "name": body.get("name", "jane")}}
        with Tool() as tool, Server(creating(
                MADE, {**shown_as, "scopes": []}, seen)) as server:
            tool.expect(0, "--store", server.uri, "create", *words)
            assert seen[0].json() == {"user": body}, (words, seen[0].json())


def taken_back():
    """a token that is not what was requested is revoked again"""
    cases = [
        ("scopes", {"scopes": None}, "does not take scopes"),
        ("more scopes", {"scopes": ["imap", "smtp"]}, "take scopes"),
        ("networks", {"networks": None}, "take networks"),
        ("name", {"name": None}, "take name"),
        ("expiry", {"expiration_time": None}, "take expiration_time"),
        ("enabled", {"enabled": False}, "take enabled"),
        ("user", {"user": {"name": "bob"}}, "take the user"),
        ("another id", {"id": "8"}, "another token's id"),
        ("an error", error(503, "broken"), "broken"),
        ("nonsense", answer(200, b"{"), "not a JSON object"),
        ("nothing", b"", "Empty reply"),
    ]
    with Tool() as tool:
        def ask(_, shown_as, says):
            seen = []
            with Server(creating(MADE, shown_as, seen)) as server:
                out, _ = tool.expect(
                    USAGE if "take" in says else UNKNOWN, "--store",
                    server.uri, "create", "jane", "--scope", "imap", "--from",
                    "192.0.2.0/24", "--name", "mail", "--expires",
                    "2030-01-01", says=says + ".*token 7 is revoked again")
                assert out == ""
                assert seen[-1].method == "DELETE" and \
                    seen[-1].target == TOKENS + "7"

        in_parallel(ask, cases)
        # If that also fails, it is reported.
        with Server(lambda request: MADE if request.method == "POST"
                    else error(503, "broken")) as server:
            tool.expect(FAILED, "--store", server.uri, "create", "jane",
                        says="broken; token 7 was issued and cannot be")


def taken_back_by_a_word():
    """the same with an id that is a word and is in no list"""
    made = answer(200, {"id": "12345678901234567890123",
                        "bearer_token": FOREIGN})

    def serve(request):
        seen.append(request)
        if request.method == "GET":
            return answer(200, {"entries": [entry(id="7")]}) \
                if "?" in request.target else answer(404)
        return made if request.method == "POST" else gone

    with Tool() as tool:
        for gone, status, says in (
                (answer(200), MISSING, "no token 12345678901234567890123; "
                 "token 12345678901234567890123 is revoked again"),
                (answer(405), FAILED, "token 12345678901234567890123 was "
                 "issued and cannot be revoked again")):
            seen = []
            with Server(serve) as server:
                out, _ = tool.expect(status, "--store", server.uri, "create",
                                     "jane", says=says)
                assert out == "" and [
                    request.target for request in seen
                    if request.method == "DELETE"] == [
                        TOKENS + "12345678901234567890123"], seen
        # A token that was issued and cannot be printed is reported.
        with Server(creating(made, {"id": "12345678901234567890123",
                                    "scopes": []})) as server:
            with open("/dev/full", "w", encoding="utf-8") as full:
                tool.expect(FAILED, "--store", server.uri, "create", "jane",
                            stdout=full, says="token 12345678901234567890123 "
                            "was issued, but its secret is lost: revoke it")


def odd_secrets():
    """answers to create that contain no valid secret"""
    ours = "pamat1_AAAAAAAAAAGcowG67_biqX161XqmU7g9UZI4XKXVagT-suVN"
    bad = [
        ("no token", {"id": "7"}),
        ("no id", {"bearer_token": FOREIGN}),
        ("an empty token", {"id": "7", "bearer_token": ""}),
        ("a token of two words", {"id": "7", "bearer_token": "a b"}),
        ("a token with a newline", {"id": "7", "bearer_token": "a\n"}),
        ("a token beyond ASCII", {"id": "7", "bearer_token": "\u00e4"}),
        ("a token without an end", {"id": "7", "bearer_token": 600 * "x"}),
        ("another id's", {"id": "7", "bearer_token": ours}),
        ("ours, of a word", {"id": "07", "bearer_token": ours}),
        ("an id that leads upwards", {"id": "..", "bearer_token": FOREIGN}),
        ("ours, with a typing mistake",
         {"id": "1", "bearer_token": ours[:-1] + "M"}),
    ]
    with Tool() as tool:
        def ask(_, document):
            with Server(creating(answer(200, document))) as server:
                out, err = tool.expect(
                    FAILED, "--store", server.uri, "create", "jane",
                    says="may or may not stand")
                assert out == "" and ours[8:] not in err

        in_parallel(ask, bad)
        with Server(creating(answer(200, {"id": "1", "bearer_token": ours}),
                             {"id": "1", "scopes": None})) as server:
            out, _ = tool.expect(0, "--store", server.uri, "create", "jane")
            assert out == ours + "\n"


def outcomes():
    """the outcome of a change that was not answered as it must be"""
    cases = [
        ("nothing", b"", FAILED, "may or may not stand"),
        ("500", error(500, "lost it"), FAILED, "lost it"),
        ("502", answer(502), FAILED, "status 502"),
        ("201", answer(201), FAILED, "status 201"),
        ("400", error(400, "no"), USAGE, "no"),
        ("403", error(403, "no"), DENIED, "no"),
        ("503", error(503, "no"), UNKNOWN, "no"),
        ("a redirect", answer(307, b"", "Location: /x"), UNKNOWN, "307"),
    ]
    changes = (["create", "jane"], ["modify", "7", "--disable"],
               ["revoke", "7"], ["rotate", "7"])
    with Tool() as tool:
        def ask(_, data, status, says, command):
            def serve(request):
                return answer(200, entry()) if request.method == "GET" \
                    else data

            with Server(serve) as server:
                tool.expect(status, "--store", server.uri, *command,
                            says=says)
                asked = [request.method for request in server.requests
                         if request.method != "GET"]
                assert len(asked) == 1, asked  # never twice

        in_parallel(ask, [(*case, command) for case in cases
                          for command in changes])
        tool.expect(UNKNOWN, "--store", "unix:" + tool.path("none"), "create",
                    "jane", says="no such socket")


def modified():
    """modify reports a change that the server did not make"""
    with Tool() as tool:
        def serve(request):
            assert request.method == "PATCH" and request.json() == {
                "name": "", "scopes": ["smtp"], "networks": [],
                "enabled": False, "expiration_time": None}, request.json()
            return answer(200, entry(
                name=None, scopes=["smtp"], networks=None, enabled=False,
                expiration_time=None))

        words = ["modify", "7", "--name", "", "--scope", "smtp",
                 "--any-network", "--disable", "--expires", "never"]
        with Server(serve) as server:
            tool.expect(0, "--store", server.uri, *words)
        with Server(lambda request: answer(200, entry(
                name=None, networks=None, enabled=False,
                expiration_time=None))) as server:
            tool.expect(USAGE, "--store", server.uri, *words,
                        says="does not take scopes")
        with Server(lambda request: answer(200, entry(id="8"))) as server:
            tool.expect(FAILED, "--store", server.uri, *words,
                        says="another token's id")


def gone_meanwhile():
    """modify that adds a scope reports what its last attempt met"""
    def serve(request):
        if request.method == "PATCH":
            return error(409, "somebody else changes it")
        gets = [r for r in server.requests if r.method == "GET"]
        return answer(200, entry()) if len(gets) == 1 \
            else error(403, "no longer yours")

    with Tool() as tool, Server(serve) as server:
        _, err = tool.expect(DENIED, "--store", server.uri, "modify", "7",
                             "--add-scope", "smtp", says="no longer yours")
        assert "somebody else" not in err, err


def revoked():
    """revoke by id, and by user only the tokens of that user"""
    def serve(request):
        if request.method == "DELETE":
            return answer(200)
        if "?" in request.target:
            return answer(200, {"entries": [] if gone else [
                entry(), entry(id="8", user={"name": other})]})
        number = request.target.rsplit("/", 1)[1]
        return answer(200, entry(id=number)) if number != "3" \
            else answer(404)

    with Tool() as tool, Server(serve) as server:
        gone, other = True, "bob"
        tool.expect(MISSING, "--store", server.uri, "revoke", "1", "3",
                    says="no token 3")
        assert all(request.method == "GET" for request in server.requests)
        assert "id=3" in tool.audit()[0]
        tool.expect(0, "--store", server.uri, "revoke", "1", "7")
        assert [line.split("id=")[1].split()[0] for line in tool.audit()] \
            == ["1", "7"]
        gone = False
        before = len(server.requests)
        tool.expect(USAGE, "--store", server.uri, "revoke", "--user", "jane",
                    says="token 8 of another user")
        assert all(request.method == "GET"
                   for request in server.requests[before:])


def rotated():
    """rotate, also at servers without it, and by a token without rights"""
    made = answer(200, {"id": "9", "bearer_token": FOREIGN})

    with Tool() as tool:
        def serve(request):
            if request.method == "POST":
                assert request.target == TOKENS + "7/rotate"
                bodies.append(request.body)
                return made
            number = request.target.rsplit("/", 1)[1]
            return answer(200, entry(id=number))

        bodies = []
        with Server(serve) as server:
            out, err = tool.expect(0, "--store", server.uri, "rotate", "7")
            assert out == FOREIGN + "\n" and "token 9 for jane expires" in err
            tool.expect(0, "--store", server.uri, "rotate", "7", "--grace",
                        "2m")
            assert bodies == [b"", b'{"grace":120}'], bodies
        for status in (404, 405, 501):
            with Server(lambda request: answer(status) if request.method ==
                        "POST" else answer(200, entry())) as server:
                tool.expect(USAGE, "--store", server.uri, "rotate", "7",
                            says="does not rotate")

        # The old secret may be gone, so the new one is printed even if the
        # new token cannot be looked at.
        def narrow(request):
            if request.method == "POST":
                return made
            if request.target == "/v1/session/who-am-i":
                return answer(200, ENTRY["user"])
            return answer(403)

        with Server(narrow) as server:
            out, err = tool.expect(0, "--store", server.uri, "rotate", "7")
            assert out == FOREIGN + "\n", out
            assert "token 9 for jane; token 7 is revoked" in err, err
        with Server(lambda request: answer(200, {
                "id": "7", "bearer_token": FOREIGN}) if request.method ==
                    "POST" else answer(200, entry())) as server:
            tool.expect(FAILED, "--store", server.uri, "rotate", "7",
                        says="the id has not changed")


def myself():
    """create --self is for the user as which the server knows the caller"""
    def serve(request):
        if request.target == "/v1/session/who-am-i":
            return answer(200, ENTRY["user"])
        if request.method == "POST":
            assert request.json()["user"] == ENTRY["user"], request.json()
            return MADE
        return answer(200, entry(scopes=None))

    with Tool() as tool:
        with Server(serve) as server:
            tool.expect(0, "--store", server.uri, "create", "--self",
                        says="token 7 for jane")
        with Server(lambda request: answer(404)) as server:
            tool.expect(USAGE, "--store", server.uri, "create", "--self",
                        says="name the user")
        with Server(lambda request: answer(200, {"name": ""})) as server:
            tool.expect(UNKNOWN, "--store", server.uri, "create", "--self",
                        says="no identity")


def not_remote():
    """commands that need the file are refused"""
    with Tool() as tool, Server(lambda request: answer(404)) as server:
        for command in (["check"], ["backup", "x"], ["restore", "x"]):
            tool.expect(USAGE, "--store", server.uri, *command,
                        says="not for a remote store")
        assert not server.requests


run([shown, disbelieved, errors, missing, listed, words, odd_lists, created,
     users, taken_back, taken_back_by_a_word, odd_secrets, outcomes, modified,
     gone_meanwhile, revoked, rotated, myself, not_remote])
