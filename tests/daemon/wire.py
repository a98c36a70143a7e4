"""wire.py - malformed requests on every listener get one answer with the right
status and the daemon's own body; then the connection is closed, and no request
that follows on it is done.  Fails if libmicrohttpd writes the answer (HTML, or
two heads), and if a request is served that another program could read
differently.
"""
import base64
import os
import ssl
import struct
import subprocess
import sys
import traceback

import lib
import openapi

TOKENS = "/v1/auth/access-tokens/"
HOST = b"Host: x\r\n"
LINE = b"GET /v1/session/who-am-i HTTP/1.1\r\n"
END = b"\r\n"
HEAD_MAX = 65536
HEADERS_MAX = 1000
BODY_MAX = 65536


def get(*lines, target=b"/v1/session/who-am-i", version=b"HTTP/1.1"):
    """A request that is valid apart from these lines, target and version."""
    return b"GET %s %s\r\n" % (target, version) + HOST + b"".join(lines) + END


def post(*lines, body=b"{}"):
    return (b"POST /v1/auth/access-tokens/ HTTP/1.1\r\n" + HOST +
            b"Content-Type: application/json\r\n" + b"".join(lines) + END +
            body)


def targets():
    for target in (b"/heal%00thz", b"/healthz%2f", b"/healthz%2F", b"/a%0ab",
                   b"/a%7f", b"/a?b=%0d%0aX:y", b"/%", b"/%4", b"/%zz",
                   b"/a\x01b", b"/a\tb", b"/a\x7f", b"/\xc3\xa9", b"/a b",
                   b"/healthz\0", b"/healthz\0x", b"/healthz?a\0b",
                   b"/healthz#a", b"*", b"healthz", b"?a", b"x:443",
                   b"//x/..%2fhealthz", b"/healthz\0HTTP/1.1", b"http:/healthz",
                   b"http://", b"http:///healthz", b"http://u@x/healthz",
                   b"http://:80/healthz", b"http://x:y/healthz", b"ftp://x/y",
                   b"http://x\\y/healthz", b"http://[::1/healthz",
                   b"http://x/a%2fb", b"http://x#y", b"http://x/\x01",
                   b"http://x%00/healthz", b"https://\xc3\xa9/healthz"):
        yield b"target %r" % target, 400, get(target=target)
    for method in (b"CONNECT", b"HEAD", b"DELETE"):
        yield method + b" *", 400, method + b" * HTTP/1.1\r\n" + HOST + END
    yield b"authority", 400, b"CONNECT x:443 HTTP/1.1\r\n" + HOST + END


def lines():
    for version, status in (
            (b"HTTP/2.0", 505), (b"HTTP/0.9", 505), (b"HTTP/1.2", 505),
            (b"HTTP/3.0", 505), (b"HTTP/9.9", 505), (b"HTTP/1", 400),
            (b"HTTP/1.1.", 400), (b"HTTP/11.1", 400), (b"http/1.1", 400),
            (b"HTTX/1.1", 400), (b"HTTP/x.1", 400), (b"HTTP/-1.1", 400),
            (b"", 400), (b"HTTP/1.1 ", 400), (b" HTTP/1.1", 400)):
        yield b"version %r" % version, status, get(version=version)
    yield b"no version", 400, b"GET /healthz\r\n" + HOST + END
    yield b"no target", 400, b"GET  HTTP/1.1\r\n" + HOST + END
    yield b"two spaces", 400, LINE.replace(b" ", b"  ", 1) + HOST + END
    yield b"NUL in method", 400, LINE.replace(b"T", b"T\0", 1) + HOST + END
    # A line that does not begin with a method and a blank gets no answer.
    for noise in (b"GET\r\n", b" /healthz HTTP/1.1\r\n", b"\x16\x03\x01\r\n"):
        yield b"noise %r" % noise, None, noise + HOST + END


def ends():
    whole = get(b"X: y\r\n")
    for number in range(4):
        pieces = whole.split(b"\r\n")
        bare = (b"\r\n".join(pieces[:number + 1]) + b"\n" +
                b"\r\n".join(pieces[number + 1:]))
        yield b"bare LF after line %d" % number, 400, bare
    yield b"bare LF", 400, whole.replace(b"\r\n", b"\n")
    yield b"bare CR", 400, get(b"X: y\rZ: a\r\n")
    yield b"CR CR LF", 400, get(b"X: y\r\r\n")
    for fold in (b"X: y\r\n z\r\n", b"X: y\r\n\tz\r\n", b"X:\r\n y\r\n",
                 b"Author: Bearer x\r\n ization\r\n", b"X: y\r\n \r\n"):
        yield b"fold %r" % fold, 400, get(fold)
    # What a NUL hides makes up for line feeds without CR, there or elsewhere.
    for cancelled in (b"X: y\0\n", b"X: y\0\r", b"X:\0\n", b"X: y\0z\nZ: a\n",
                      b"X: y\0zzzz\nZ: a\nZ: b\nZ: c\nZ: d\n",
                      b"Z: a\nX: y\0z\n", b"Z: a\nX: y\0\r\n",
                      b"X: y\0 Z: a\r\n" + 6 * b"Z: a\n",
                      b"X: y\0\nContent-Length: 0\r\n",
                      b"X: y\0\nAuthorization: Bearer x\r\n"):
        yield b"cancelled %r" % cancelled, 400, get(cancelled)
        yield b"cancelled first %r" % cancelled, 400, (
            LINE + cancelled + HOST + END)
    yield b"NUL LF after the line", 400, (
        LINE.replace(b"\r\n", b"\0\n") + HOST + END)
    yield b"NUL LF at the end", 400, LINE + HOST + b"\0\n"
    yield b"NUL and bytes at the end", 400, LINE + b"X: y\n" + HOST + b"\0x\n"
    yield b"fold after line", 400, LINE + b" X: y\r\n" + HOST + END


def headers():
    for wrong in (b"X : y\r\n", b"X\t: y\r\n", b": y\r\n", b"X\r\n", b"X y: z"
                  b"\r\n", b"X(y): z\r\n", b"X\xff: y\r\n", b"X: y\x01\r\n",
                  b"X: y\x7f\r\n", b"X: y\x1b[0m\r\n", b"X: y\0\r\n",
                  b"X: y\0z\r\n", b"X\0y: z\r\n", b"\0\r\n", b"\0X: y\r\n",
                  b"X:\0y\r\n"):
        yield b"header %r" % wrong, 400, get(wrong)
    yield b"no Host", 400, LINE + END
    for again in (b"Host: x\r\n", b"Host: y\r\n", b"host: x\r\n"):
        yield b"two Hosts", 400, get(again)
    yield b"Host with a blank", 400, LINE + b"Host : x\r\n" + END
    for host in (b"a b", b"a/b", b"a@b", b"http://x", b"x:y", b"x:80:80",
                 b"x:-1", b":80", b"::1", b"[::1", b"[]", b"[::1]x", b"[x]",
                 b"a?b", b"a#b", b"a\\b", b"<x>", b'"x"', b"a|b", b"a^b",
                 b"\xc3\xa9", b"a\xff", b"a%", b"a%zz", b"a%00", b"a%0a"):
        yield b"Host %r" % host, 400, LINE + b"Host: " + host + b"\r\n" + END
    for name in (b"Authorization", b"AUTHORIZATION"):
        yield b"two Authorizations", 400, get(
            b"Authorization: Bearer x\r\n", name + b": Bearer y\r\n")
    yield b"two Content-Types", 400, post(
        b"Content-Type: text/plain\r\n", b"Content-Length: 2\r\n")


def bodies():
    for value, status in (
            (b"", 400), (b"x", 400), (b"-1", 400), (b"+1", 400), (b"1x", 400),
            (b"0x2", 400), (b"2 2", 400), (b"2,2", 400), (b"2, 2", 400),
            (b"2.0", 400), (b"1e1", 400), (b"\xb2", 400), (b"2\x0b", 400),
            (b"65537", 413), (b"4294967298", 413),
            (b"18446744073709551618", 413), (b"9" * 100, 413),
            (b"99999999999999999999x", 400)):
        yield b"length %r" % value, status, post(
            b"Content-Length: " + value + b"\r\n")
    for first, second in ((b"2", b"2"), (b"2", b"0"), (b"0", b"2"),
                          (b"x", b"2"), (b"2", b"x"), (b"2", b"65537")):
        yield b"lengths %s and %s" % (first, second), 400, post(
            b"Content-Length: " + first + b"\r\n",
            b"content-length: " + second + b"\r\n")
    chunks = b"2\r\n{}\r\n0\r\n\r\n"
    for coding in (b"chunked", b"Chunked", b"identity", b"gzip, chunked",
                   b"chunked, chunked", b"xchunked", b"", b"\x0bchunked"):
        status = 400 if b"\x0b" in coding else 411
        yield b"coding %r" % coding, status, post(
            b"Transfer-Encoding: " + coding + b"\r\n", body=chunks)
        for both in ((b"Content-Length: 12\r\n",
                      b"Transfer-Encoding: " + coding + b"\r\n"),
                     (b"Transfer-Encoding: " + coding + b"\r\n",
                      b"Content-Length: 0\r\n")):
            yield b"both, %r" % coding, 400, post(*both, body=chunks)
    for body in (b"x\r\n", b"\r\n", b"-1\r\n", b"fffffffffffffffff\r\n",
                 b"2;\r\n{}x"):
        yield b"chunk %r" % body, 411, post(
            b"Transfer-Encoding: chunked\r\n", body=body)
    yield b"large", 413, post(b"Content-Length: 65537\r\n",
                              body=b" " * (BODY_MAX + 1))


def sizes():
    yield b"target", 414, get(target=b"/" + b"a" * HEAD_MAX)
    yield b"long target", 414, get(target=b"/" + b"a" * 200000)
    yield b"parameters", 414, get(target=b"/healthz?" + b"a&" * 40000)
    yield b"header", 431, get(b"X: " + b"a" * HEAD_MAX + b"\r\n")
    yield b"long header", 431, get(b"X: " + b"a" * 200000 + b"\r\n")
    yield b"long name", 431, get(b"X" * 200000 + b": y\r\n")
    yield b"headers", 431, get(b"X: y\r\n" * HEADERS_MAX)
    yield b"many headers", 431, get(b"X: y\r\n" * 40000)
    # It has no method: whether it gets an answer depends on libmicrohttpd.
    yield b"endless line", 0, b"a" * 200000


def cases():
    for make in (targets, lines, ends, headers, bodies, sizes):
        yield from make()


def good():
    """Requests that are just within each rule, and so are not refused."""
    yield "plain", 200, get()
    yield "HTTP/1.0", 200, get(version=b"HTTP/1.0")
    yield "HTTP/1.0 without Host", 200, LINE.replace(b"1.1", b"1.0") + END
    for host in (b"", b"x:", b"x:80", b"a.b-c_d~e", b"192.0.2.1:8080",
                 b"[::1]", b"[2001:DB8::192.0.2.1]:443", b"%2Frun%2Fa.sock",
                 b"a!$&'()*+,;=b"):
        yield "Host %r" % host, 200, LINE + b"Host: " + host + b"\r\n" + END
    for place in (b"http://x", b"https://[::1]:8443", b"HTTP://a%20b:"):
        yield "absolute %r" % place, 200, get(
            target=place + b"/v1/session/who-am-i")
        yield "only %r" % place, 404, get(target=place)
        yield "query of %r" % place, 404, get(target=place + b"?a=b")
    yield "an empty line before", 200, b"\r\n" + get()
    yield "no blank", 200, LINE + b"Host:x\r\nX:\r\n" + END
    yield "blanks", 200, LINE + b"Host:\t x \t\r\nX: \t \r\n" + END
    yield "case", 200, LINE + b"hOST: x\r\n" + END
    yield "bytes", 200, get(b"X: \xc3\xa9\xff\r\n")
    yield "a percent sign", 404, get(target=b"/%41?a=%2f")
    yield "query", 400, get(target=b"/v1/session/who-am-i?" + b"a&" * 63)
    yield "parameters", 400, get(target=b"/healthz?" + b"a&" * 8000)
    yield "large target", 404, get(target=b"/" + b"a" * (HEAD_MAX - 50))
    yield "cookies", 200, get(b"Cookie: " + b"a=b; " * 12000 + b"\r\n")
    yield "wrong cookies", 200, get(b"Cookie: \"=;;=,\"a\r\n")
    yield "no body", 200, get(b"Content-Length: 0\r\n")
    yield "zeros", 400, post(b"Content-Length: 00000000000000000000002\r\n",
                             body=b"[]")
    for blanks in (b" ", b"\t", b" \t  "):
        yield "blanks around a length", 400, post(
            b"Content-Length:" + blanks + b"2" + blanks + b"\r\n",
            body=b"[]")
    yield "body", 400, post(b"Content-Length: %d\r\n" % BODY_MAX,
                            body=b"[" * BODY_MAX)
    yield "large head and body", 400, fill(
        post(b"Content-Length: %d\r\n" % BODY_MAX, body=b""),
        HEAD_MAX) + b"[" * BODY_MAX


def fill(head, size):
    """Makes a head this large, by a header that nobody knows."""
    return head[:-2] + b"X: " + b"a" * (size - len(head) - 5) + b"\r\n" + END


def multiply(head, count):
    """Gives a head this many headers, as large as there is room for."""
    missing = count - (head.count(b"\r\n") - 2)
    line = b"X: " + b"a" * ((HEAD_MAX - len(head)) // missing - 5) + b"\r\n"
    return head[:-2] + line * missing + END


def largest(head):
    """The largest heads that are permitted, on every listener."""
    yield "large head", fill(head, HEAD_MAX), 200
    yield "larger head", fill(head, HEAD_MAX + 1), 431
    yield "many headers", multiply(head, HEADERS_MAX), 200
    yield "more headers", multiply(head, HEADERS_MAX + 1), 431
    for size in (HEAD_MAX + 4096, 2 * HEAD_MAX, 3 * HEAD_MAX):
        yield "head of %d bytes" % size, fill(head, size), 431


class Subject:
    """A daemon, and a token that a request after each malformed one would
    revoke."""

    def __init__(self, daemon, listener, tls=None):
        self.daemon, self.listener, self.tls = daemon, listener, tls
        self.document = openapi.document()
        admin = daemon.issue("--scope", "tokens:admin")
        self.victim, _ = daemon.issue()
        self.bearer = ("Authorization: Bearer %s\r\n" % admin[1]).encode()
        # On api.sock the account administers without credentials.
        self.behind = (b"DELETE " + (TOKENS + self.victim).encode() +
                       b" HTTP/1.1\r\n" + HOST + (
                           b"" if listener == "api" else self.bearer) + END)

    def connect(self):
        connection = self.daemon.connect(self.listener)
        if self.tls is not None:
            connection = lib.Connection(self.tls.wrap_socket(
                connection.socket, suppress_ragged_eofs=True))
        return connection

    def send(self, connection, data):
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # the daemon may answer before it has read everything

    def answers(self, connection):
        try:
            return connection.incoming.peek(1) != b""
        except (ConnectionResetError, ssl.SSLError):
            return False

    def prepare(self, data):
        """Add credentials if the listener needs them, and ask for a path that
        it serves."""
        if self.listener != "api" and b"uthorization" not in data:
            data = data.replace(HOST, HOST + self.bearer, 1)
        if self.listener == "verify":
            data = data.replace(
                b"/v1/session/who-am-i",
                b"/v1/auth/verify?require_scope=tokens:admin")
        return data

    def refused(self, status, data):
        with self.connect() as connection:
            self.send(connection, data + self.behind)
            if status == 0:
                status = 414 if self.answers(connection) else None
            if status is not None:
                answer = connection.answer("HEAD" if data[:4] == b"HEAD"
                                           else "GET")
                assert answer.status == status, answer
                assert answer.headers["connection"] == "close", answer
                self.document.check_refusal(
                    data[:4].decode("latin-1").strip(), answer)
            rest = connection.rest()
            assert rest == b"", "bytes after the answer: %r" % rest[:500]

    def served(self, status, data):
        """Send a valid request byte by byte, and twice on one connection,
        which stays open."""
        with self.connect() as connection:
            for _ in range(1 if b"HTTP/1.0" in data else 2):
                for begin in range(min(300, len(data))):
                    connection.send(data[begin:begin + 1])
                if len(data) > 300:
                    connection.send(data[300:])
                answer = connection.answer()
                assert answer.status == status, answer
                assert b"HTTP/1.0" in data or \
                    "connection" not in answer.headers, answer

    def run(self):
        failed = 0
        for name, status, data in cases():
            failed += self.fails(name, self.refused, status,
                                 self.prepare(data))
        for name, data, status in largest(self.prepare(get())):
            failed += self.fails(name, self.served if status == 200 else
                                 self.refused, status, data)
        if self.listener == "api":
            for name, status, data in good():
                failed += self.fails(name, self.served, status, data)
        assert self.victim_lives(), "a request after a refused one was done"
        return failed

    def victim_lives(self):
        target = TOKENS + self.victim
        return self.daemon.request("GET", target).status == 200

    def fails(self, name, check, status, data):
        try:
            check(status, data)
            return False
        except Exception:
            traceback.print_exc()
            print("FAIL: %s, %s" % (self.listener, name))
            return True


# --------------------------------------------------------- single requests

def test_a_request_after_a_valid_one_is_done(subject):
    """The request that must not be done after a refused one is done here."""
    with subject.connect() as connection:
        connection.send(get() + get(target=b"/v1/nothing") + subject.behind)
        for status in (200, 404, 200):
            answer = connection.answer()
            assert answer.status == status, answer
    assert not subject.victim_lives()


def test_head_has_no_body(subject):
    with subject.connect() as connection:
        for target, status in ((b"/v1/session/who-am-i", 200), (b"/x", 404)):
            request = get(target=target)
            connection.send(request)
            got = connection.answer()
            connection.send(b"HEAD" + request[3:])
            head = connection.answer("HEAD")
            assert got.status == head.status == status, (got, head)
            assert got.body and not head.body, (got, head)
            for name in ("content-length", "content-type"):
                assert got.headers[name] == head.headers[name], (got, head)


def test_blanks_around_credentials(subject):
    """Blanks around a value do not belong to it; other characters do."""
    _, token = subject.daemon.issue()
    basic = base64.b64encode(b"%s:%s" % (lib.user().encode(),
                                         token.encode())).decode()
    with subject.connect() as connection:
        for status, before, after in (
                (200, " ", ""), (200, " ", " "), (200, "", "\t"),
                (200, "\t ", " \t  \t"), (401, " ", " x"),
                (401, " ", "\xa0"), (401, " ", "."), (401, " ", ",")):
            for scheme, word in (("Bearer", token), ("Basic", basic)):
                connection.send(get(("Authorization:%s%s %s%s\r\n" % (
                    before, scheme, word, after)).encode("latin-1")))
                answer = connection.answer()
                assert answer.status == status, (scheme, after, answer)
        for blanks in ("  ", " " * 100):
            for scheme, word in (("bEARER", token), ("Basic", basic)):
                connection.send(get(("Authorization: %s%s%s\r\n" % (
                    scheme, blanks, word)).encode()))
                assert connection.answer().status == 200, (scheme, blanks)
        for nothing in (b"", b" ", b" \t ", b" Bearer \t", b" Basic"):
            connection.send(get(b"Authorization:" + nothing + b"\r\n"))
            answer = connection.answer()
            assert answer.status == 401, (nothing, answer)


def test_options_allow(subject):
    with subject.connect() as connection:
        connection.send(b"OPTIONS /v1/session/who-am-i HTTP/1.1\r\n" + HOST +
                        END)
        answer = connection.answer()
        assert answer.status == 200 and answer.body == b"", answer
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS", answer
        assert not [name for name in answer.headers if "access-" in name]


def test_options_of_the_server(subject):
    for listener in ("api", "verify", 0):
        for target in (b"*", b"http://x", b"https://x:443"):
            with subject.daemon.connect(listener) as connection:
                connection.send(b"OPTIONS " + target + b" HTTP/1.1\r\n" +
                                HOST + END + get(target=b"/nowhere"))
                answer = connection.answer()
                assert answer.status == 200 and answer.body == b"", answer
                assert "OPTIONS" in answer.headers["allow"], answer
                assert connection.answer().status == 404


def test_expect_continue(subject):
    """The body is asked for, unless the request is refused without it."""
    expect = b"Expect: 100-continue\r\n"
    with subject.connect() as connection:
        connection.send(post(expect, b"Content-Length: 2\r\n", body=b""))
        line = connection.incoming.readline() + connection.incoming.readline()
        assert line == b"HTTP/1.1 100 Continue\r\n\r\n", line
        connection.send(b"[]")
        assert connection.answer().status == 400
    for lines_, status in (((b"Content-Length: 65537\r\n",), 413),
                           ((b"Transfer-Encoding: chunked\r\n",), 411),
                           ((b"Content-Length: x\r\n",), 400)):
        with subject.connect() as connection:
            connection.send(post(expect, *lines_, body=b""))
            line = connection.incoming.peek(12)
            assert line.startswith(b"HTTP/1.1 %d" % status), line


def test_interrupted(subject):
    """A request that does not arrive completely is not done."""
    target = b"DELETE " + (TOKENS + subject.daemon.issue()[0]).encode()
    whole = target + b" HTTP/1.1\r\n" + HOST + b"X: y\r\n" + END
    for length in range(1, len(whole)):
        with subject.connect() as connection:
            connection.send(whole[:length])
    with subject.connect() as connection:
        connection.send(whole)
        assert connection.answer().status == 200


def test_log(subject):
    """Refusals are logged, but not what was sent."""
    begin = len(subject.daemon.log())
    subject.refused(414, b"GET /secret" + b"a" * 200000)
    subject.refused(400, get(b"secret\r\n"))
    subject.refused(400, get(b"X: secret\0\r\n"))
    log = subject.daemon.log()[begin:]
    assert log.count("status=414") == 1, log
    assert log.count("status=400") == 2, log
    assert "secret" not in log, log


def test_count(subject):
    """Refusals are counted in /metrics."""
    subject.refused(414, b"GET /" + b"a" * 200000)
    subject.refused(431, get(b"X: " + b"a" * 200000 + b"\r\n"))
    subject.refused(505, get(version=b"HTTP/2.0"))
    text = subject.daemon.request("GET", "/metrics").body.decode()
    for status in (400, 411, 413, 414, 431, 505):
        line = 'accesstokend_requests_total{route="-",status="%d"} ' % status
        assert line in text, text


def certificate(directory, *kind):
    path = os.path.join(directory, "tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-subj",
         "/CN=localhost",
         "-keyout", path + ".key", "-out", path + ".pem", "-days", "2"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path + ".pem", path + ".key"


def anybody():
    """A client's TLS context that accepts any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def tls_daemon(*kind):
    daemon = lib.Daemon("--admin-group", lib.group(), listen=1)
    daemon.arguments += ["--tls-certificate", "", "--tls-key", ""]
    daemon.arguments[-3], daemon.arguments[-1] = certificate(
        daemon.directory, *kind)
    return daemon


def run_over_tls():
    with tls_daemon("ec", "-pkeyopt", "ec_paramgen_curve:P-256") as daemon:
        return Subject(daemon, 0, anybody()).run()


def bound_copy(library, to):
    """Copy a library and have it call its own functions rather than those of
    the program, as if it were linked with -Bsymbolic."""
    relative_count, symbolic = 0x6ffffff9, 16  # tags of <elf.h>
    with open(library, "rb") as file:
        data = bytearray(file.read())
    headers, = struct.unpack_from("@Q", data, 32)
    size, count = struct.unpack_from("@HH", data, 54)
    for at in range(headers, headers + size * count, size):
        kind, _, begin, _, _, length = struct.unpack_from("@IIQQQQ", data, at)
        if kind != 2:  # PT_DYNAMIC
            continue
        for entry in range(begin, begin + length, 16):
            if struct.unpack_from("@Q", data, entry)[0] == relative_count:
                struct.pack_into("@QQ", data, entry, symbolic, 0)
                with open(to, "wb") as file:
                    file.write(data)
                return
    raise lib.Skip("%s has nothing to replace" % library)


def refuses_to_be_deaf():
    """Does the daemon refuse to start if libmicrohttpd does not call its
    functions?"""
    with lib.Daemon() as daemon:
        daemon.stop()
        # Not /proc/PID/maps, which nobody but root may read of a process that
        # dumps no core.
        loaded = subprocess.run(
            ["ldd", lib.built("accesstokend")], check=True, text=True,
            stdout=subprocess.PIPE, env=lib.environment()).stdout
        library = [line.split()[2] for line in loaded.splitlines()
                   if "libmicrohttpd.so" in line][0]
        directory = daemon.path("lib")
        os.mkdir(directory)
        with open(library, "rb") as file:
            if file.read(5) != b"\x7fELF\x02":
                return True  # not the form that bound_copy() knows
        bound_copy(library, os.path.join(
            directory, "libmicrohttpd.so." +
            os.path.basename(library).split(".so.")[1].split(".")[0]))
        daemon.variables["LD_LIBRARY_PATH"] = "%s:%s" % (
            directory, lib.environment()["LD_LIBRARY_PATH"])
        said = daemon.refused()
        assert said.count("\n") == 1 and "does not call the functions of " \
            "accesstokend" in said, said
    return True


def accepts(daemon, version, ciphers):
    """Does the daemon agree to this version and one of these ciphers?"""
    context = anybody()
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    with daemon.connect(0) as connection:
        try:
            context.wrap_socket(connection.socket).close()
            return True
        except (ssl.SSLError, ConnectionError):
            return False


def ciphers_fail():
    """With a key of RSA, which every one of these ciphers could use."""
    with tls_daemon("rsa:2048") as daemon:
        wanted = {"ECDHE-RSA-AES128-GCM-SHA256": True,
                  "ECDHE-RSA-AES256-GCM-SHA384": True,
                  "ECDHE-RSA-CHACHA20-POLY1305": True,
                  "AES128-GCM-SHA256": False, "AES256-GCM-SHA384": False,
                  "AES128-SHA": False, "AES256-SHA256": False,
                  "ECDHE-RSA-AES128-SHA": False,
                  "ECDHE-RSA-AES256-SHA384": False,
                  "DHE-RSA-AES128-SHA256": False}
        failed = [name for name, good in wanted.items() if accepts(
            daemon, ssl.TLSVersion.TLSv1_2, name + ":@SECLEVEL=0") != good]
        if not accepts(daemon, ssl.TLSVersion.TLSv1_3, "ALL"):
            failed.append("TLS 1.3")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            if accepts(daemon, version, "ALL:@SECLEVEL=0"):
                failed.append(version.name)
    if failed:
        print("FAIL: ciphers: %s" % failed)
    return len(failed)


def main():
    failed = 0
    try:
        refuses_to_be_deaf()
        print("ok: refuses a libmicrohttpd that is bound to itself")
    except Exception:
        traceback.print_exc()
        print("FAIL: refuses a libmicrohttpd that is bound to itself")
        failed += 1
    with lib.Daemon("--admin-group", lib.group(), listen=1) as daemon:
        for listener in ("api", "verify", 0):
            failed += Subject(daemon, listener).run()
        subject = Subject(daemon, "api")
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                failed += subject.fails(name, lambda _, run: run(subject), 0,
                                        test)
    failed += run_over_tls() + ciphers_fail()
    print("%d malformed requests, %d failures" % (
        len(list(cases())), failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
