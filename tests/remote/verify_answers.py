"""verify_answers.py - of all answers to "may this token be used?" exactly one
form means yes.  A clear refusal means no.  Every other answer, complete or
not, means that the token could not be verified.  The same is true on both
ways: through a Unix socket, and with libcurl."""
import base64

from remote import Server, Tool, answer, error, in_parallel, run

YES = ["Remote-User: jane", "X-Token-Id: 1"]
UNKNOWN = 7
NO = 5


def yes(*lines, status=200, body=b""):
    return answer(status, body, *lines)


def bare(*lines):
    """These lines as they are; then the connection is closed."""
    return "\r\n".join(lines).encode("latin-1")


# What the server sends, and the exit status that must result.
ANSWERS = [
    ("a yes", yes(*YES), 0),
    ("a yes in another case", yes("remote-user: jane", "x-token-id: 1"), 0),
    ("a yes with scopes", yes(*YES, "X-Token-Scope: smtp imap"), 0),
    ("a yes after a 100", b"HTTP/1.1 100 Continue\r\n\r\n" + yes(*YES), 0),
    ("no id", yes(YES[0]), UNKNOWN),
    ("another id", yes(YES[0], "X-Token-Id: 2"), UNKNOWN),
    ("an id with a zero", yes(YES[0], "X-Token-Id: 01"), UNKNOWN),
    ("an id and more", yes(YES[0], "X-Token-Id: 1,2"), UNKNOWN),
    ("an id beyond 64 bits",
     yes(YES[0], "X-Token-Id: 18446744073709551617"), UNKNOWN),
    ("two ids", yes(*YES, "X-Token-Id: 1"), UNKNOWN),
    ("no user", yes(YES[1]), UNKNOWN),
    ("an empty user", yes("Remote-User:", YES[1]), UNKNOWN),
    ("another user", yes("Remote-User: root", YES[1]), UNKNOWN),
    ("two users", yes(*YES, "Remote-User: jane"), UNKNOWN),
    ("a user and more", yes("Remote-User: jane, root", YES[1]), UNKNOWN),
    ("a user with a control character",
     yes("Remote-User: jane\x01", YES[1]), UNKNOWN),
    ("a user that is not UTF-8",
     yes("Remote-User: jane\xff", YES[1]), UNKNOWN),
    ("a user without an end", yes("Remote-User: " + 5000 * "j", YES[1]),
     UNKNOWN),
    ("other scopes", yes(*YES, "X-Token-Scope: smtp"), UNKNOWN),
    ("an empty scope", yes(*YES, "X-Token-Scope:"), UNKNOWN),
    ("a scope that is none", yes(*YES, "X-Token-Scope: imap A"), UNKNOWN),
    ("scopes twice", yes(*YES, "X-Token-Scope: imap", "X-Token-Scope: imap"),
     UNKNOWN),
    ("content", yes(*YES, body=b"{}"), UNKNOWN),
    *[("status %d" % status, yes(*YES, status=status), UNKNOWN)
      for status in (201, 202, 204, 206, 226, 299, 300, 304, 400, 404, 405,
                     407, 429, 500, 502, 503, 504, 599, 999)],
    ("an error that says more", error(503, "yes", *YES), UNKNOWN),
    ("a redirect", yes("Location: /yes", *YES, status=302), UNKNOWN),
    ("no", answer(401, b"", 'WWW-Authenticate: Bearer realm="x"'), NO),
    ("no, in the headers of a yes", yes(*YES, status=401), NO),
    ("no, for its scope",
     answer(403, b"", 'WWW-Authenticate: Bearer realm="x", '
            'error="insufficient_scope", scope="imap"'), NO),
    ("no, for its network",
     answer(403, b"", 'WWW-Authenticate: Bearer error="invalid_token"'), NO),
    ("no, with content", error(401, "no"), NO),
    ("no, after the headers of a yes",
     bare("HTTP/1.1 103 Early Hints", *YES, "", "") + answer(401), NO),
    ("a yes without the headers of its hints",
     bare("HTTP/1.1 103 Early Hints", *YES, "", "") + answer(200), UNKNOWN),
    ("headers after the content",
     bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X",
          "", "0", *YES, "", ""), UNKNOWN),
    ("an answer after the content",
     bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "0",
          "HTTP/1.1 200: OK", *YES, "", ""), UNKNOWN),
    ("nothing", b"", UNKNOWN),
    ("half a status", b"HTTP/1.1 2", UNKNOWN),
    ("no status", b"yes\r\n\r\n", UNKNOWN),
    ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", UNKNOWN),
    ("half of the headers", bare("HTTP/1.1 200 OK", *YES), UNKNOWN),
    ("less than the Content-Length",
     bare("HTTP/1.1 200 OK", "Content-Length: 5", *YES, "", ""), UNKNOWN),
    ("chunks without an end",
     bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *YES, "", ""),
     UNKNOWN),
    ("a header without a colon", yes(*YES, "nonsense"), UNKNOWN),
    ("a header that goes on", yes(*YES, " and on"), UNKNOWN),
    ("a header with NUL", yes(*YES, "X: \0"), UNKNOWN),
    ("headers without an end", yes(*YES, *["X: " + 4000 * "x"] * 200),
     UNKNOWN),
]


def all_answers():
    """only the right answer is a yes"""
    with Tool() as tool:
        _, bearer = tool.issue("jane", "--virtual", "--scope", "imap")

        def ask(name, data, status, unix):
            with Server(lambda request: data, unix=unix) as server:
                out, err = tool.expect(
                    status, "--store", server.uri, "verify", "--user", "jane",
                    "--scope", "imap", stdin=bearer)
                assert (out == "1 jane\n") == (status == 0), (name, out, err)
                assert len(server.requests) == 1, (name, server.requests)
                assert "pamat1_" not in out + err

        assert len(ANSWERS) > 50
        for unix in (True, False):
            in_parallel(ask, [(*each, unix) for each in ANSWERS])


def what_is_asked():
    """the request is what the contract describes"""
    with Tool() as tool, Server(lambda request: yes(*YES)) as server:
        _, bearer = tool.issue("jane", "--virtual")
        tool.expect(0, "--store", server.uri, "verify", "--user", "jane",
                    "--scope", "imap", "--scope", "a:b.c_d-e", "--from",
                    "2001:DB8::1%eth0", stdin=bearer)
        tool.expect(0, "--store", server.uri, "verify", stdin=bearer)
        first, second = server.requests
        assert first.method == "GET"
        assert first.target == ("/v1/auth/verify?require_scope=imap"
                                "&require_scope=a%3Ab.c_d-e"
                                "&from=2001%3Adb8%3A%3A1"), first.target
        assert first.headers["authorization"] == "Basic " + base64.b64encode(
            ("jane:" + bearer).encode()).decode()
        assert second.target == "/v1/auth/verify", second.target
        assert second.headers["authorization"] == "Bearer " + bearer
        for request in (first, second):
            assert request.headers["host"] == "localhost"
            assert request.body == b""
            assert "content-type" not in request.headers


def reasons():
    """the reason is what the server says"""
    with Tool() as tool:
        _, bearer = tool.issue("jane", "--virtual")
        for status, challenge, reason in (
                (401, "Bearer error=\"invalid_token\"", "invalid"),
                (401, "Basic realm=\"x\"", "invalid"),
                (403, "Bearer error=\"insufficient_scope\"", "scope"),
                (403, "Bearer error=\"invalid_token\"", "network")):
            with Server(lambda request: answer(
                    status, b"", "WWW-Authenticate: " + challenge)) as server:
                tool.expect(5, "--store", server.uri, "verify", stdin=bearer,
                            says="refused: %s\n" % reason)


def not_asked():
    """a text that is not an access token is refused and not sent"""
    with Tool() as tool, Server(lambda request: yes(*YES)) as server:
        _, bearer = tool.issue("jane", "--virtual")
        for text in ("hunter2", bearer[:-1], bearer[:-1] + "~", bearer + "x"):
            tool.expect(5, "--store", server.uri, "verify", stdin=text)
        assert not server.requests


run([all_answers, what_is_asked, reasons, not_asked])
