"""contract_tokens.py - the requests of contract.py that manage tokens."""
import pwd

from contract_session import NOWHERE, TOKENS, VERIFY, WHO

LARGE = b" " * 65537


def test_list(session):
    for _ in range(3):
        session.issue()
    ids, target = [], TOKENS + "?limit=2&user=" + session.name
    while target is not None:
        answer = session.ask(200, "GET", target)
        paging, link = answer.json()["paging"], answer.headers.get("link")
        ids += [int(entry["id"]) for entry in answer.json()["entries"]]
        target = paging["next"]
        assert link == (target and '<%s>; rel="next"' % target), link
        assert (target is None) == (paging["after"] is None), paging
        assert target is None or int(paging["after"]) == ids[-1], paging
    assert len(ids) >= 3 and ids == sorted(set(ids)), ids
    answer = session.ask(200, "GET", "%s?after=%d&user=%s" % (
        TOKENS, ids[0], session.name))
    assert [int(entry["id"]) for entry in answer.json()["entries"]] == ids[1:]
    entry = session.ask(200, "GET", "%s?user=%s" % (
        TOKENS, session.name)).json()["entries"][0]
    for user in ("sid:" + entry["user"]["sid"], entry["user"]["sid"]):
        assert session.ask(200, "GET", "%s?limit=1&user=%s" % (
            TOKENS, user)).json()["entries"] == [entry], user
        session.ordinary(200, "GET", TOKENS + "?user=" + user)
    # The path without the final slash means the same.
    assert session.ask(200, "GET", TOKENS[:-1]).body == \
        session.ask(200, "GET", TOKENS).body
    for query in ("limit=0", "limit=x", "limit=", "limit=1&limit=1", "after=x",
                  "after=", "user=", "user=group%3Ax", "user=WORLD",
                  "user=S-1-1-0", "user=S-1-22-2-7",
                  "issued_by=0", "issued_by=x", "issued_by=", "color=red",
                  "status=x", "status=", "scope=A", "scope=", "q=",
                  "q=" + 129 * "x", "name=" + 129 * "x",
                  "name=x&name=y"):
        session.ask(400, "GET", TOKENS + "?" + query)
    session.tcp(401, "GET", TOKENS)
    session.tcp(403, "GET", TOKENS, token=session.tokens["plain"])
    session.ordinary(200, "GET", TOKENS + "?user=" + session.name)
    session.ordinary(403, "GET", TOKENS + "?user=root")


def test_issued_by(session):
    scopes = ["--scope", "tokens:admin", "--scope", "imap"]
    issuer, bearer = session.issue(*scopes)
    # Its user is a virtual one, so this token is not the ordinary user's.
    hidden = session.tcp(200, "POST", TOKENS, {
        "user": {"domain": "API_NULL_DOMAIN", "name": "kiosk"},
        "scopes": ["imap"]}, token=bearer).json()["id"]
    mine = session.tcp(200, "POST", TOKENS, {
        "user": session.name, "scopes": ["imap"]}, token=bearer).json()["id"]
    entry = session.ask(200, "GET", TOKENS + mine).json()
    assert entry["issued_by"] == entry["first_issuer"] == issuer, entry
    query = TOKENS + "?limit=1&issued_by=" + issuer
    for ask, expected in ((session.ask, [hidden, mine]),
                          (session.ordinary, [mine])):
        target, ids = query, []
        while target is not None:
            page = ask(200, "GET", target).json()
            ids += [entry["id"] for entry in page["entries"]]
            target = page["paging"]["next"]
        assert ids == expected, ids
    session.tcp(403, "GET", query, token=session.tokens["plain"])


def test_filters(session):
    made = {}
    for name, scopes, enabled in (("filter one", ["imap"], True),
                                  ("filter two", ["imap", "filter-x"], True),
                                  ("filter one", ["smtp"], False)):
        number = session.ask(200, "POST", TOKENS, {
            "user": session.name, "name": name, "scopes": scopes,
            "enabled": enabled}).json()["id"]
        made[number] = name
    one, two, three = made
    hidden = session.ask(200, "POST", TOKENS, {
        "user": {"domain": "API_NULL_DOMAIN", "name": "tester-narrow"},
        "name": "filter one", "scopes": ["imap"]}).json()["id"]
    for query, ids in (("name=filter%20one", [one, three, hidden]),
                       ("name=filter", []),
                       ("q=filter", [one, two, three, hidden]),
                       ("q=ilter-", [two]),
                       ("q=r-narr", [hidden]),
                       ("scope=filter-x", [two]),
                       ("status=disabled&q=filter", [three]),
                       ("status=expired&q=filter", []),
                       ("status=active&scope=imap&q=filter",
                        [one, two, hidden])):
        for ask, expected in (
                (session.ask, ids),
                (session.ordinary, [i for i in ids if i != hidden])):
            target, found = TOKENS + "?limit=1&" + query, []
            while target is not None:
                page = ask(200, "GET", target).json()
                assert len(page["entries"]) == 1 or not expected, page
                found += [entry["id"] for entry in page["entries"]]
                target = page["paging"]["next"]
            assert found == expected, (query, found, expected)


def test_create(session):
    full = {"user": session.name, "name": "phone \u00fc", "enabled": False,
            "expiration_time": "2099-12-31T23:59:59+01:00",
            "scopes": ["imap", "smtp"], "networks": ["192.0.2.0/24"]}
    made = session.ask(200, "POST", TOKENS, full).json()
    entry = session.ask(200, "GET", TOKENS + made["id"]).json()
    assert entry["user"]["name"] == session.name
    assert entry["creator"]["name"] == session.name
    assert entry["expiration_time"] == "2099-12-31T22:59:59Z"
    for field in ("name", "enabled", "scopes", "networks"):
        assert entry[field] == full[field], field
    account = pwd.getpwnam(session.name)
    for user in ({"name": account.pw_name}, {"uid": account.pw_uid},
                 {"auth_id": str(account.pw_uid)}, entry["user"],
                 "uid:%d" % account.pw_uid):
        made = session.ask(200, "POST", TOKENS, {"user": user}).json()
        again = session.ask(200, "GET", TOKENS + made["id"]).json()
        assert again["user"] == entry["user"], again
    for request in ({}, {"expiration_time": None}):  # user is the caller
        made = session.ask(200, "POST", TOKENS[:-1], request).json()
        again = session.ask(200, "GET", TOKENS + made["id"]).json()
        assert again["user"] == entry["user"], again
        assert "expiration_time" not in again, again
    virtual = {"domain": "API_NULL_DOMAIN", "name": "no-such-account"}
    made = session.ask(200, "POST", TOKENS, {"user": virtual}).json()
    assert session.ask(200, "GET", TOKENS + made["id"]).json()["user"] == \
        virtual
    refused_creates(session, account)
    named_like_tokens(session)


def named_like_tokens(session):
    """a token that somebody gives as a name is shown by its id alone"""
    mine, bearer = session.issue()
    shown = "x pamat1_...id:" + mine
    body = {"name": "x " + bearer}
    made = session.ask(200, "POST", TOKENS, body).json()
    entry = session.ask(200, "GET", TOKENS + made["id"]).json()
    assert entry["name"] == shown, entry
    entry = session.ask(200, "PATCH", TOKENS + mine, body).json()
    assert entry["name"] == shown, entry
    virtual = {"domain": "API_NULL_DOMAIN", "name": bearer}
    session.ask(400, "POST", TOKENS, {"user": virtual})


def refused_creates(session, account):
    for request in (
            [], {"user": 7}, {"user": "no-such-account"}, {"color": "red"},
            {"user": {"color": "red"}}, {"user": {"domain": "WORLD"}},
            {"user": {"uid": 1.5}}, {"user": {}}, {"scopes": "imap"},
            {"scopes": ["IMAP"]}, {"scopes": [7]}, {"networks": ["x"]},
            {"enabled": "yes"}, {"name": 7}, {"name": "\u0001"},
            {"expiration_time": "2001-01-01T00:00:00Z"},
            {"expiration_time": "90d"}, {"expiration_time": 7}):
        session.ask(400, "POST", TOKENS, request)
    kind = {"Content-Type": "application/json"}
    for body in (b"", b"{", b'{"name":"a","name":"b"}', b"{} {}",
                 b'{"name":"\xff"}', b'{"user":{"uid":1,"uid":1}}'):
        session.ask(400, "POST", TOKENS, body, kind)
    session.ask(400, "POST", TOKENS + "?user=x", {})
    types(session)
    foreign_pages(session)
    session.tcp(401, "POST", TOKENS, {})
    session.tcp(403, "POST", TOKENS, {}, token=session.tokens["plain"])
    session.ordinary(403, "POST", TOKENS, {"user": "root"})
    session.ask(403, "POST", TOKENS, {"scopes": ["tokens:admin"]})
    session.ask(409, "POST", TOKENS, {
        "user": {"name": account.pw_name, "uid": account.pw_uid + 1}})
    session.ask(409, "POST", TOKENS, {
        "user": {"domain": "API_NULL_DOMAIN", "name": account.pw_name}})
    bodies(session, "POST", TOKENS, "application/json")


def types(session):
    """Every spelling of UTF-8 is taken, and no other parameter."""
    for status, parameters in (
            (200, ("", ";", " ;", "; charset=UTF-8", ";charset=utf-8",
                   "\t;\tCHARSET=Utf-8\t", '; charset="utf-8"',
                   '; charset="UTF\\-8" ', "; ; charset=utf-8;",
                   ";charset=utf-8 ; charset=UTF-8")),
            (415, (" charset=utf-8", "; charset", "; charset=", "; charset=x",
                   "; charset=utf-16", "; charset=utf-8x", "; charset=utf-",
                   '; charset="utf-8', '; charset="utf-8\\', "; charset=''",
                   '; charset="utf-8"x', "; charset =utf-8", "; boundary=x",
                   "; charset=utf-8, text/plain", "; charset=utf-8; q=1",
                   "x", "/json", ", application/json"))):
        for text in parameters:
            session.ask(status, "POST", TOKENS, b"{}",
                        {"Content-Type": "application/json" + text})
    session.ask(200, "POST", TOKENS, b"{}",
                {"Content-Type": "APPLICATION/JSON"})


def foreign_pages(session):
    """A page of another origin changes nothing, with any credentials; it may
    ask what changes nothing."""
    _, admin = session.issue("--scope", "tokens:admin")
    here = "127.0.0.1:%d" % session.daemon.ports[0]
    foreign = ({"Origin": "http://example.org"}, {"Origin": "null"},
               {"Origin": ""}, {"Origin": "https://" + here},
               {"Origin": "http://" + here + "0"}, {"Origin": "http://x"},
               {"Origin": "http://" + here + "/"}, {"Origin": here},
               {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "x"},
               {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": ""},
               {"Origin": "http://" + here, "origin": "http://" + here},
               {"Origin": "http://" + here, "Sec-Fetch-Site": "cross-site"},
               {"Sec-Fetch-Site": "none", "sec-fetch-site": "none"})
    own = ({}, {"Origin": "http://" + here}, {"ORIGIN": "HTTP://" + here},
           {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
           {"Origin": "http://" + here, "Sec-Fetch-Site": "same-origin"})
    mine, _ = session.issue("--scope", "tokens:admin")
    target = TOKENS + mine
    user = {"user": session.name, "scopes": ["tokens:admin"]}
    for headers in foreign:
        for method, path, body in (
                ("POST", TOKENS, user), ("PATCH", target, {"name": "x"}),
                ("POST", target + "/rotate", {}), ("DELETE", target, None)):
            session.tcp(403, method, path, body, headers, token=admin,
                        host=here)
            session.ask(403, method, path, body, headers, host=here)
        session.tcp(200, "GET", target, None, headers, token=admin, host=here)
        session.ask(401, "GET", VERIFY, None, headers, host=here)
    for headers in own:
        session.tcp(200, "PATCH", target, {"enabled": True}, headers,
                    token=admin, host=here)
    # On a Unix socket no page is served, whatever Host says.
    session.ask(403, "PATCH", target, {"name": "x"}, {
        "Origin": "http://" + here}, host=here)
    session.ask(200, "PATCH", target, {"name": "y"})


def bodies(session, method, target, kind, **request):
    """Every body needs the right type, a length, and a permitted size."""
    session.ask(415, method, target, b"{}", **request)
    session.ask(415, method, target, b"{}", {"Content-Type": "text/plain"},
                **request)
    session.ask(411, method, target, None, {
        "Content-Type": kind, "Transfer-Encoding": "chunked"}, **request)
    session.ask(413, method, target, LARGE, {"Content-Type": kind}, **request)


def test_show(session):
    for wrong in ("0", "01", "x", "-1", "1x", "4294967296", "1/", "1/x",
                  "9" * 40):
        session.ask(404, "GET", TOKENS + wrong)
    mine, _ = session.issue()
    entry = session.ask(200, "GET", TOKENS + mine).json()
    assert entry["id"] == mine and "name" not in entry
    assert session.ordinary(200, "GET", TOKENS + mine).json() == entry
    session.ask(404, "GET", NOWHERE)
    session.ordinary(404, "GET", TOKENS + session.tokens["of root"])
    session.ask(400, "GET", TOKENS + mine + "?color=red")
    session.tcp(401, "GET", TOKENS + mine)
    session.tcp(403, "GET", TOKENS + mine, token=session.tokens["plain"])


def test_modify(session):
    mine, _ = session.issue("--scope", "imap", "--from", "192.0.2.0/24",
                            "--expires", "1d", "--name", "x")
    target = TOKENS + mine
    for request, field, value in (
            ({"enabled": False}, "enabled", False),
            ({"enabled": True}, "enabled", True),
            ({"name": "y"}, "name", "y"), ({"name": None}, "name", None),
            ({"name": ""}, "name", None),
            ({"scopes": ["smtp"]}, "scopes", ["smtp"]),
            ({"scopes": []}, "scopes", None),
            ({"networks": ["::1"]}, "networks", ["::1"]),
            ({"networks": []}, "networks", None),
            ({"expiration_time": "2099-01-01T00:00:00.5Z"}, "expiration_time",
             "2099-01-01T00:00:00Z"),
            ({"expiration_time": None}, "expiration_time", None)):
        entry = session.ask(200, "PATCH", target, request).json()
        assert entry.get(field) == value, (request, entry)
        assert session.ask(200, "GET", target).json() == \
            {**entry, "last_use": None}
    modify_nothing(session, target)
    for request in ([], {"color": "red"}, {"enabled": None},
                    {"enabled": 1}, {"scopes": None}, {"networks": None},
                    {"scopes": ["a b"]}, {"user": "root"}, {"id": "1"},
                    {"expiration_time": "2001-01-01T00:00:00Z"}):
        session.ask(400, "PATCH", target, request)
    session.tcp(401, "PATCH", target, {"name": "z"})
    session.tcp(403, "PATCH", target, {"name": "z"},
                token=session.tokens["plain"])
    session.ask(403, "PATCH", TOKENS + session.tokens["of root"],
                {"name": "z"})
    session.ordinary(404, "PATCH", TOKENS + session.tokens["of root"],
                     {"name": "z"})
    session.ask(404, "PATCH", NOWHERE, {"name": "z"})
    bodies(session, "PATCH", target, "application/json")


def modify_nothing(session, target):
    """Qumulo's clients may send no member at all: nothing changes."""
    before = session.ask(200, "GET", target).json()
    assert session.ask(200, "PATCH", target, {}).json() == before
    assert session.ordinary(200, "PATCH", target, {}).json() == before
    assert session.ask(200, "GET", target).json() == before
    of_root = TOKENS + session.tokens["of root"]
    session.ask(403, "PATCH", of_root, {})
    session.ordinary(404, "PATCH", of_root, {})
    session.ask(404, "PATCH", NOWHERE, {})
    session.tcp(401, "PATCH", target, {})
    session.tcp(403, "PATCH", target, {}, token=session.tokens["plain"])
    session.ask(400, "PATCH", target, b"", {
        "Content-Type": "application/json"})


def test_revoke(session):
    mine, _ = session.issue()
    session.ask(400, "DELETE", TOKENS + mine + "?color=red")
    session.ask(400, "DELETE", TOKENS + mine, b"{}")
    session.tcp(401, "DELETE", TOKENS + mine)
    session.tcp(404, "DELETE", TOKENS + mine, token=session.tokens["plain"])
    session.ask(403, "DELETE", TOKENS + session.tokens["of root"])
    session.ordinary(404, "DELETE", TOKENS + session.tokens["of root"])
    session.ordinary(200, "DELETE", TOKENS + mine)
    session.ask(404, "DELETE", TOKENS + mine)
    mine, bearer = session.issue()  # this token revokes itself
    session.tcp(200, "DELETE", TOKENS + mine, token=bearer)
    session.tcp(401, "DELETE", TOKENS + mine, token=bearer)


def test_rotate(session):
    for request in (None, {}, {"grace": 0}, {"grace": 60}, {"grace": "24h"}):
        mine, old = session.issue()
        made = session.ask(200, "POST", TOKENS + mine + "/rotate", request)
        new, graceful = made.json(), request and request.get("grace")
        assert int(new["id"]) > int(mine), new
        session.ask(200 if graceful else 401, "GET", VERIFY, token=old)
        session.ask(200, "GET", VERIFY, token=new["bearer_token"])
    target = TOKENS + new["id"] + "/rotate"
    for request in ([], {"grace": -1}, {"grace": "x"}, {"grace": None},
                    {"grace": 1.5}, {"color": "red"}):
        session.ask(400, "POST", target, request)
    session.ask(400, "POST", target + "?grace=1")
    session.tcp(401, "POST", target)
    session.tcp(404, "POST", target, token=session.tokens["plain"])
    of_root = TOKENS + session.tokens["of root"] + "/rotate"
    session.ask(403, "POST", of_root)
    session.ordinary(404, "POST", of_root)
    session.ask(404, "POST", NOWHERE + "/rotate")
    session.ask(404, "POST", target + "/")
    bodies(session, "POST", target, "application/json")
    for options in ([], ["--scope", "tokens:admin"]):
        mine, old = session.issue(*options)  # this token rotates itself
        itself = TOKENS + mine + "/rotate"
        for grace in ("365d", 1):
            refused = session.tcp(403, "POST", itself, {"grace": grace},
                                  token=old).json()["description"]
            assert "may not ask for a grace period" in refused, refused
            session.ask(200, "GET", WHO, token=old)
        session.tcp(200, "POST", itself, {"grace": 0}, token=old)
        session.ask(401, "GET", WHO, token=old)
