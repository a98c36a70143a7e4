"""contract_questions.py - the requests of contract.py that do not manage
tokens: who-am-i, verify, introspect, healthz, metrics and unknown routes.
"""
import base64
import os
import pwd
import urllib.parse

import openapi
from contract_session import INTROSPECT, TOKENS, VERIFY, WHO
from contract_tokens import bodies


def test_who_am_i(session):
    account = pwd.getpwnam(session.name)
    who = session.ask(200, "GET", WHO).json()
    assert (who["uid"], who["name"]) == (account.pw_uid, account.pw_name)
    assert who["id"] == who["auth_id"] == str(account.pw_uid), who
    assert "access_token_id" not in who, who
    mine, bearer = session.issue("--scope", "imap")
    who["access_token_id"] = mine
    assert session.tcp(200, "GET", WHO, token=bearer).json() == who
    assert session.ask(200, "GET", WHO, token=bearer).json() == who
    _, virtual = session.issue("--virtual", name="no-such-account")
    assert "id" not in session.tcp(200, "GET", WHO, token=virtual).json()
    session.ask(400, "GET", WHO + "?color=red")
    session.ask(404, "GET", WHO + "/")
    session.tcp(401, "GET", WHO)
    for wrong in ("x", bearer[:-1], bearer + "x", bearer[:-9] + 9 * "A"):
        answer = session.ask(401, "GET", WHO, token=wrong)
        assert "invalid_token" in answer.headers["www-authenticate"]
        answer = session.ask(401, "GET", WHO, headers=basic(
            session.name, wrong))
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
    for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "Via"):
        session.ask(401, "GET", WHO, headers={name: "x"})


def basic(user, password):
    pair = base64.b64encode((user + ":" + password).encode()).decode()
    return {"Authorization": "Basic " + pair}


def test_verify(session):
    mine, bearer = session.issue()
    scoped, narrow = session.issue("--scope", "imap", "--scope", "smtp")
    _, disabled = disable(session)
    for method in (name.upper() for name in openapi.METHODS):
        for target in (VERIFY, VERIFY + "/any/thing"):
            verify_method(session, method, target, bearer, narrow)
    yes = session.ask(200, "GET", VERIFY, token=bearer)
    assert yes.headers["remote-user"] == session.name, yes
    assert yes.headers["x-token-id"] == mine, yes
    assert "x-token-scope" not in yes.headers, yes
    both = "?require_scope=imap&require_scope=smtp"
    yes = session.ask(200, "GET", VERIFY + both, token=narrow)
    assert yes.headers["x-token-id"] == scoped, yes
    assert yes.headers["x-token-scope"].split() == ["imap", "smtp"], yes
    for headers, status in ((basic(session.name, bearer), 200),
                            (basic("root", bearer), 401),
                            (basic(session.name, disabled), 401),
                            ({"Authorization": "Negotiate x"}, 401)):
        session.ask(status, "GET", VERIFY, headers=headers)
    for query in ("require_scope=", "require_scope=IMAP", "from=::1&from=::1",
                  "challenge=digest", "require_scope=imap&require_scope="):
        session.ask(400, "GET", VERIFY + "?" + query, token=bearer)
    session.ask(200, "GET", VERIFY + "?color=red", token=bearer)
    verify_paste(session, bearer)
    verify_challenges(session, bearer, narrow, disabled)
    verify_networks(session)
    verify_impostors(session, bearer)


def verify_paste(session, bearer):
    """blanks, tabs, CR and LF around a token do not count, anything else
    does"""
    for credentials, status in (
            (basic(session.name, " %s\r\n" % bearer), 200),
            (basic(session.name, "\t\n" + bearer), 200),
            ({"Authorization": "Bearer  \t" + bearer}, 200),
            (basic(session.name, '"%s"' % bearer), 401),
            (basic(session.name, bearer + "\u00a0"), 401),
            (basic(session.name, "Bearer " + bearer), 401),
            (basic(session.name, bearer[:-1]), 401),
            ({"Authorization": "Bearer " + bearer + bearer}, 401),
            ({"Authorization": "Bearer \"%s\"" % bearer}, 401)):
        session.ask(status, "GET", VERIFY, headers=credentials)


def disable(session):
    mine, bearer = session.issue()
    session.daemon.tool("modify", mine, "--disable")
    return mine, bearer


def verify_method(session, method, target, bearer, narrow):
    for listener in ("api", "verify", 0):
        def ask(status, query="", **request):
            session.ask(status, method, target + query, listener=listener,
                        **request)
        ask(200, token=bearer)
        ask(400, "?require_scope=", token=bearer)
        ask(401)
        ask(403, "?require_scope=pop3", token=narrow)


def verify_challenges(session, bearer, narrow, disabled):
    realm = 'Bearer realm="accesstoken"'
    for query, token, status, challenge in (
            ("", None, 401, realm),
            ("", disabled, 401, realm + ', error="invalid_token"'),
            ("?challenge=basic", None, 401,
             'Basic realm="accesstoken", charset="UTF-8"'),
            ("?challenge=basic", disabled, 401,
             'Basic realm="accesstoken", charset="UTF-8"'),
            ("?require_scope=pop3&require_scope=imap", narrow, 403, realm +
             ', error="insufficient_scope", scope="pop3 imap"'),
            ("?require_scope=tokens:admin", bearer, 403, realm +
             ', error="insufficient_scope", scope="tokens:admin"')):
        answer = session.ask(status, "GET", VERIFY + query, token=token)
        assert answer.headers["www-authenticate"] == challenge, answer


def verify_networks(session):
    _, bound = session.issue("--from", "127.0.0.0/8")
    for listener in ("api", "verify"):
        for query, status in (("", 403), ("?from=", 403), ("?from=unix:", 403),
                              ("?from=192.0.2.1", 403),
                              ("?from=127.0.0.2", 200)):
            answer = session.ask(status, "GET", VERIFY + query, token=bound,
                                 listener=listener)
            assert status == 200 or 'error="invalid_token"' in \
                answer.headers["www-authenticate"], answer
    # A link-local address counts without its zone, which has to be encoded.
    _, near = session.issue("--from", "fe80::/64")
    for query, status in (("?from=fe80::1%25eth0", 200),
                          ("?from=fe80::1%252", 200),
                          ("?from=fe80::1%25", 403),
                          ("?from=fe80::1%25..%2F", 403),
                          ("?from=fe80::1%25sixteen.letters.", 403)):
        session.ask(status, "GET", VERIFY + query, token=near,
                    listener="verify")
    # Over TCP the peer's address counts, whatever the query says.
    session.tcp(200, "GET", VERIFY + "?from=192.0.2.1", token=bound)
    _, elsewhere = session.issue("--from", "192.0.2.0/24")
    session.tcp(403, "GET", VERIFY + "?from=192.0.2.1", token=elsewhere)


def verify_impostors(session, bearer):
    """A header that an application could take for the proxy's is refused, and
    so is a Connection header that makes the proxy drop its own."""
    names = ("Remote-User", "remote_user", "REMOTE.USER", "Remote+User",
             "rEmOtE|x", "Remote-", "Remote~Groups", "X-Token-Id",
             "x_token_scope", "X.Token.Scope", "X-Token-", "x-token!id")
    others = ("Remote", "RemoteUser", "X-Remote-User", "X-Token", "XToken-Id",
              "X-Tokens", "A_b", "X.Y", "Token-Id", "Remotf-User")
    for listener in ("api", "verify", 0):
        def ask(status, headers):
            answer = session.ask(status, "GET", VERIFY, headers=headers,
                                 token=bearer, listener=listener)
            assert status == 200 or "remote-user" not in answer.headers
        for name in names:
            ask(400, {name: "root"})
            for value in ("%s", "close, %s", "close,%s ,x", "x\t,\t%s", ",,%s",
                          "close %s"):
                ask(400, {"CONNECTION": value % name})
        for name in others:
            ask(200, {name: "root", "CONNECTION": "close, " + name})
    # Only verifications are passed on.
    session.ask(200, "GET", WHO, headers={"Remote-User": "root"})


def introspect(session, status, fields, token=None, headers=()):
    """Ask the same question on every listener; returns the last answer."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = fields if isinstance(fields, bytes) else \
        urllib.parse.urlencode(fields).encode()
    for listener in ("api", "verify", 0):
        answer = session.ask(status, "POST", INTROSPECT, body,
                             {**kind, **dict(headers)}, token=token,
                             listener=listener)
    return answer.json()


def test_introspect(session):
    asker = session.tokens["introspect"]
    mine, bearer = session.issue("--scope", "imap", "--scope", "smtp",
                                 "--expires", "1d")
    told = introspect(session, 200, {"token": bearer}, asker)
    for field, value in (("active", True), ("sub", session.name),
                         ("username", session.name), ("scope", "imap smtp"),
                         ("scopes", ["imap", "smtp"]), ("jti", mine)):
        assert told[field] == value, (field, told)
    assert told["exp"] == told["iat"] + 86400, told
    told = introspect(session, 200, {"token": " %s\r\n" % bearer},
                      " %s" % asker)
    assert told["active"], told
    _, plain = session.issue()
    told = introspect(session, 200, {"token": plain}, asker)
    assert told["active"] and not {"scope", "scopes", "exp"} & set(told), told
    introspect_callers(session, asker, bearer)
    introspect_errors(session, asker, bearer)
    _, disabled = disable(session)
    _, bound = session.issue("--from", "127.0.0.0/8")
    gone, revoked = session.issue()
    session.daemon.tool("revoke", gone)
    for dead in (disabled, bound, revoked, "x", bearer[:-1]):
        told = introspect(session, 200, {"token": dead}, asker)
        assert told == {"active": False}, told


def introspect_errors(session, asker, bearer):
    """RFC 6749, section 5.2: the error's name, and the scheme that was
    used."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    scheme, basic_scheme = "Bearer realm=", "Basic realm="
    for token, headers, fields, status, error, challenge in (
            (None, {}, b"token=x", 401, "invalid_client", scheme),
            ("x", {}, b"token=x", 401, "invalid_client", scheme),
            (None, basic("jane", "x"), b"token=x", 401, "invalid_client",
             basic_scheme),
            (None, {"Authorization": "basic   !"}, b"token=x", 401,
             "invalid_client", basic_scheme),
            (None, {}, b"token=x&client_secret=x", 401, "invalid_client",
             basic_scheme),
            (bearer, {}, b"token=x", 403, "insufficient_scope", scheme),
            (asker, {}, b"color=red", 400, "invalid_request", None),
            (asker, {}, b"", 400, "invalid_request", None)):
        for listener in ("api", "verify", 0):
            answer = session.ask(status, "POST", INTROSPECT, fields,
                                 {**kind, **headers}, token=token,
                                 listener=listener)
            assert answer.json()["error"] == error, answer
            assert challenge is None or answer.headers[
                "www-authenticate"].startswith(challenge), answer
    # The other routes are no servers of OAuth.
    assert "error" not in session.tcp(401, "GET", WHO).json()


def introspect_callers(session, asker, bearer):
    asked = {"token": bearer, "token_type_hint": "access_token"}
    secret = {"client_secret": asker}
    introspect(session, 200, asked, headers=basic(session.name, asker))
    introspect(session, 200, {**asked, **secret})
    introspect(session, 200, {**asked, **secret, "client_id": session.name})
    empty = {**asked, "client_id": "", "client_secret": ""}
    introspect(session, 200, empty, asker)
    introspect(session, 401, empty)
    introspect(session, 200, {**asked, **secret, "client_id": ""})
    introspect(session, 200, {**asked, "client_secret": asker + "\n"})
    introspect(session, 401, {**asked, "client_secret": asker + "."})
    introspect(session, 401, {**asked, **secret, "client_id": "root"})
    introspect(session, 401, asked, headers=basic("root", asker))
    introspect(session, 401, asked)
    introspect(session, 401, asked, "x")
    introspect(session, 403, asked, bearer)
    introspect(session, 403, {**asked, "client_secret": bearer})
    for fields in ({}, {"token": ""}, {**asked, "color": "red"}, b"",
                   b"token=a&token=b", b"token=%zz", b"token=%00"):
        introspect(session, 400, fields, asker)
    introspect(session, 400, {**asked, **secret}, asker)
    session.ask(400, "POST", INTROSPECT + "?token=x", b"token=x", {
        "Content-Type": "application/x-www-form-urlencoded"}, token=asker)
    bodies(session, "POST", INTROSPECT, "application/x-www-form-urlencoded",
           token=asker)


# ---------------------------------------------------------------- operation

def test_operation(session):
    session.ask(200, "GET", "/healthz")
    session.tcp(200, "GET", "/healthz")
    session.ask(400, "GET", "/healthz?color=red")
    text = session.ask(200, "GET", "/metrics").body.decode()
    assert "# TYPE " in text and text.endswith("\n"), text
    session.ask(400, "GET", "/metrics?color=red")
    session.ask(401, "GET", "/metrics", headers={"Via": "1.1 x"})
    session.ordinary(403, "GET", "/metrics")
    session.tcp(404, "GET", "/metrics")


METHODS = {TOKENS: {"GET", "HEAD", "POST", "OPTIONS"},
           TOKENS[:-1]: {"GET", "HEAD", "POST", "OPTIONS"},
           TOKENS + "1": {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"},
           TOKENS + "1/rotate": {"POST", "OPTIONS"},
           WHO: {"GET", "HEAD", "OPTIONS"}, INTROSPECT: {"POST", "OPTIONS"},
           "/healthz": {"GET", "HEAD", "OPTIONS"},
           "/metrics": {"GET", "HEAD", "OPTIONS"}}


def test_methods(session):
    for target, methods in METHODS.items():
        allow = session.ask(200, "OPTIONS", target).headers["allow"]
        assert set(allow.split(", ")) == methods, (target, allow)
        for method in {"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT",
                       "TRACE", "BREW"} - methods:
            answer = session.ask(405, method, target)
            assert set(answer.headers["allow"].split(", ")) == methods, answer
    mine, _ = session.issue()
    for target in (TOKENS, TOKENS + mine, WHO, "/healthz"):
        got = session.ask(200, "GET", target)
        head = session.ask(200, "HEAD", target)
        for name in ("date", "content-length"):
            got.headers.pop(name, None)
            head.headers.pop(name, None)
        assert got.headers == head.headers, (got, head)
    session.ask(200, "HEAD", "/metrics")
    session.ask(404, "HEAD", TOKENS + "x")


def test_unknown_routes(session):
    for target in ("/", "/v1", "/v1/auth", "/v1/auth/access-token/", "//",
                   "/v1/auth/access-tokens//", "/V1/auth/verify", "/metrics/",
                   "/v1/auth/verifyx", "/v1/auth/introspect/", "/healthz/",
                   "/v1/auth/../auth/verify", "/v1//session/who-am-i"):
        for listener in ("api", "verify", 0):
            session.ask(404, "GET", target, listener=listener)
    for target in (TOKENS, TOKENS + "1", WHO, "/healthz", "/metrics"):
        session.ask(404, "GET", target, listener="verify")
        session.ask(404, "OPTIONS", target, listener="verify")
    session.ask(404, "POST", TOKENS, {}, listener="verify")


def test_order(session):
    """If several things are wrong, this one decides the status."""
    plain, kind = session.tokens["plain"], {"Content-Type": "text/plain"}
    chunks = {"Transfer-Encoding": "chunked"}
    for status, method, target, body, headers, token in (
            (413, "PUT", "/nowhere", b" " * 65537, kind, None),
            (411, "PUT", "/nowhere", None, chunks, None),
            (411, "POST", VERIFY, None, chunks, plain),
            (405, "PUT", TOKENS + "?color=red", b"{}", kind, None),
            (401, "POST", TOKENS + "?color=red", b"{", kind, None),
            (400, "POST", TOKENS + "?color=red", b"{", kind, plain),
            (403, "POST", TOKENS, b"{", kind, plain),
            (415, "POST", TOKENS + "9/rotate", b"{", kind, plain),
            (404, "POST", TOKENS + "9/rotate", b"", {}, plain),
            (200, "POST", VERIFY, b"{", kind, plain)):
        session.tcp(status, method, target, body, headers, token=token)


def test_malformed(session):
    """A malformed request gets the documented answer; wire.py has all kinds of
    malformed requests."""
    for request in (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    b"GET /heal%00thz HTTP/1.1\r\nHost: a\r\n\r\n"):
        with session.daemon.connect() as connection:
            connection.send(request)
            answer = connection.answer()
            assert answer.status == 400, answer
            malformed = session.document.root["x-elsewhere"]["malformed"]
            content = session.document.get(malformed)["content"]
            session.document.check_body("GET", content, answer)
            assert connection.rest() == b""


def test_new_machine(session):
    """If only the file is missing, there are no tokens; what needs the file is
    answered 503."""
    token = session.tokens["plain"]
    os.rename(session.daemon.store, session.daemon.store + ".away")
    try:
        assert session.ask(200, "GET", TOKENS).json()["entries"] == []
        assert session.ordinary(200, "GET", TOKENS).json()["entries"] == []
        session.ask(503, "GET", "/healthz")
        session.ask(503, "GET", TOKENS + "1")
        session.ask(503, "GET", VERIFY, token=token)
    finally:
        os.rename(session.daemon.store + ".away", session.daemon.store)


def test_broken_store(session):
    """If the store is unsafe, every route answers 503 and changes nothing.
    Must be the last test."""
    token = session.tokens["plain"]
    mine, _ = session.issue()
    state = os.path.dirname(session.daemon.store)
    os.chmod(state, 0o777)  # unsafe: others could change the store
    try:
        for method, target in (
                ("GET", TOKENS), ("GET", TOKENS + mine),
                ("DELETE", TOKENS + mine), ("POST", TOKENS + mine + "/rotate"),
                ("GET", "/healthz")):
            session.ask(503, method, target)
        # Strangers are not told where the store is and what to do.
        for frank, answer in (
                (True, session.ask(503, "GET", "/healthz")),
                (False, session.tcp(503, "GET", "/healthz")),
                (False, session.ordinary(503, "GET", "/healthz")),
                (False, session.tcp(503, "GET", WHO, token=token))):
            said = answer.json()["description"]
            assert said and (state in said) == frank, answer
        session.ask(503, "POST", TOKENS, {})
        session.ask(503, "PATCH", TOKENS + mine, {"name": "x"})
        session.ask(503, "GET", WHO, token=token)
        session.ask(503, "GET", "/metrics", token=token)
        introspect(session, 503, {"token": token}, token)
        for method in openapi.METHODS:
            for target in (VERIFY, VERIFY + "/x"):
                session.ask(503, method.upper(), target, token=token)
    finally:
        os.chmod(state, 0o700)
    session.ask(200, "GET", TOKENS + mine)
