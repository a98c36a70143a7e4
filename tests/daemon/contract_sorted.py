"""contract_sorted.py - the requests of contract.py for lists in other orders
than that of the ids."""
import base64
import subprocess
import sys
from datetime import datetime

import lib
from contract_session import TOKENS

VALUES = {
    "id": lambda entry: "",
    "user": lambda entry: entry["user"].get("name", ""),
    "name": lambda entry: entry.get("name", ""),
    "expires": lambda entry: entry.get("expiration_time", ""),
    "created": lambda entry: entry["creation_time"],
    "used": lambda entry: (entry["last_use"] or {}).get("time", ""),
}
ORDERS = [sign + field for field in VALUES for sign in ("", "-")]
NAMES = ["b", "a", "", "b", "B", "\u00e4", "a b", "", "b", "a"]
EXPIRES = [None, "2099-01-01T00:00:00Z", "2098-01-01T00:00:00Z", None]


def place(order):
    """What sorted() compares; times in this form are in order as texts."""
    value = VALUES[order.lstrip("-")]
    return lambda entry: (value(entry) == "", value(entry).encode(),
                          int(entry["id"]))


def in_order(entries, order):
    return sorted(entries, key=place(order), reverse=order[0] == "-")


def use(session, number, created, time):
    """Record a last use of a token."""
    subprocess.run([sys.executable, lib.SOURCE + "/tests/tool/use.py",
                    session.daemon.store, number, str(created), str(time)],
                   check=True)


def make(session, count):
    """Tokens with equal values and without them, the word "sorted" in their
    scopes; returns their ids."""
    made = []
    for i in range(count):
        user = [session.name, {"domain": "API_NULL_DOMAIN",
                               "name": "tester-sort-%d" % (i % 2)}][i % 3 > 0]
        asked = {"user": user, "scopes": ["sorted"],
                 "name": NAMES[i % len(NAMES)],
                 "expiration_time": EXPIRES[i % len(EXPIRES)]}
        entry = session.ask(200, "POST", TOKENS, asked).json()
        made.append(entry["id"])
    for number in made[::2]:
        entry = session.ask(200, "GET", TOKENS + number).json()
        created = datetime.fromisoformat(
            entry["creation_time"].replace("Z", "+00:00"))
        use(session, number, int(created.timestamp()),
            1900000000 + int(number) % 3 * 60)
    return made


def pages(ask, query, between=lambda entries: None):
    """All entries of all pages.  "between" is called before each next page."""
    target, entries = TOKENS + "?" + query, []
    while target is not None:
        answer = ask(200, "GET", target)
        page, link = answer.json(), answer.headers.get("link")
        entries += page["entries"]
        target = page["paging"]["next"]
        assert link == (target and '<%s>; rel="next"' % target), link
        assert (target is None) == (page["paging"]["after"] is None), page
        if target is not None:
            assert "after=" + page["paging"]["after"] in target.split("?")[
                1].split("&"), page
            between(entries)
    return entries


def test_sorted_pages(session):
    """Every order, with every length of a page, has each token once."""
    make(session, 20)
    for ask in (session.ask, session.ordinary):
        everything = pages(ask, "limit=1000")
        some = pages(ask, "limit=1000&scope=sorted")
        assert len(some) < len(everything)
        for order in ORDERS:
            for query, entries, limits in (
                    ("", everything, (7, 1000)),
                    ("&scope=sorted", some, (1, 3, len(some), 1000)),
                    ("&q=test&scope=sorted&status=active", [
                        entry for entry in some
                        if "test" in entry["user"]["name"]], (2,)),
                    ("&user=%s&name=b" % session.name, [
                        entry for entry in everything
                        if entry["user"]["name"] == session.name and
                        entry.get("name") == "b"], (1,))):
                for limit in limits:
                    found = pages(ask, "sort=%s&limit=%d%s" % (
                        order, limit, query))
                    assert found == in_order(entries, order), (order, limit)
    # Callers see their own tokens only; there are others.
    assert {entry["user"]["name"] for entry in everything} == {session.name}


def test_sorted_pages_are_full(session):
    for ask in (session.ask, session.ordinary):
        for order in ORDERS:
            page = ask(200, "GET", "%s?sort=%s&limit=2" % (
                TOKENS, order)).json()
            assert len(page["entries"]) == 2 and page["paging"]["next"], page


def test_sorted_by_id(session):
    """sort=id is the default: its "after" is an id."""
    usual = session.ask(200, "GET", TOKENS + "?limit=2").json()
    asked = session.ask(200, "GET", TOKENS + "?limit=2&sort=id").json()
    assert asked["entries"] == usual["entries"]
    assert asked["paging"]["after"] == usual["paging"]["after"] == \
        usual["entries"][1]["id"]
    session.ask(400, "GET", TOKENS + "?sort=-id&after=2")


def test_sorted_changes_between_pages(session):
    """What is created and revoked between two pages, be it the last token of
    a page, neither repeats nor hides another one."""
    for order in ORDERS:
        standing = set(make(session, 12))
        gone = set()

        def change(entries):
            make(session, 1)
            seen = [entry["id"] for entry in entries]
            for victim in (seen[-1], seen[0], max(standing, key=int)):
                if victim not in gone:
                    session.ask(200, "DELETE", TOKENS + victim)
                gone.add(victim)
                standing.discard(victim)

        found = []
        target = TOKENS + "?limit=4&scope=sorted&sort=" + order
        while target is not None and len(found) < 1000:
            page = session.ask(200, "GET", target).json()
            found += page["entries"]
            target = page["paging"]["next"]
            if target is not None and len(gone) < 9:
                change(page["entries"])
        ids = [entry["id"] for entry in found]
        assert len(ids) == len(set(ids)), (order, ids)
        assert standing <= set(ids), (order, standing - set(ids))
        assert found == in_order(found, order), order


def test_sorted_keys(session):
    """A key is taken whole, and only in its own order."""
    make(session, 2)
    for order in ORDERS[1:]:
        key = session.ask(200, "GET", "%s?sort=%s&limit=1" % (
            TOKENS, order)).json()["paging"]["after"]
        plain = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        damaged = [key[:-1], key[1:], key + "A", key + "=", key + "%20",
                   "%20" + key, key[::-1], "", "A", "2", "x" * 2000,
                   base64.urlsafe_b64encode(plain[:-4]).decode().rstrip("="),
                   base64.urlsafe_b64encode(plain[:-4] + b"0000").decode()]
        damaged += [key[:i] + ("A" if key[i] != "A" else "B") + key[i + 1:]
                    for i in range(len(key))]
        for text in damaged:
            session.ask(400, "GET", "%s?sort=%s&after=%s" % (
                TOKENS, order, text))
        for other in ORDERS:
            session.ask(200 if other == order else 400, "GET",
                        "%s?sort=%s&after=%s" % (TOKENS, other, key))
        session.ask(400, "GET", TOKENS + "?after=" + key)
        session.ordinary(200, "GET", "%s?sort=%s&after=%s" % (
            TOKENS, order, key))


def test_sorted_requests(session):
    for query in ("sort=", "sort=-", "sort=x", "sort=--name", "sort=Name",
                  "sort=%2Bname", "sort=name,id", "sort=name&sort=name",
                  "sort=expiration_time", "sort=name&limit=0"):
        said = session.ask(400, "GET", TOKENS + "?" + query).json()
        assert query.startswith("sort=name&") or query == "sort=" or \
            "id, user, name, expires, created or used" in \
            said["description"], said
    target = TOKENS + "?sort=-name&limit=1"
    head = session.ask(200, "HEAD", target)
    got = session.ask(200, "GET", target)
    for name in ("link", "content-type", "content-length"):
        assert head.headers[name] == got.headers[name], (head, got)
    session.tcp(401, "GET", target)
    session.tcp(403, "GET", target, token=session.tokens["plain"])
    session.ordinary(403, "GET", target + "&user=root")


def test_sorted_issued_by(session):
    issuer, bearer = session.issue("--scope", "tokens:admin",
                                   "--scope", "imap")
    made = [session.tcp(200, "POST", TOKENS, {
        "user": session.name, "name": name, "scopes": ["imap"]},
        token=bearer).json()["id"]
        for name in ("b", "a", "c")]
    found = pages(session.ask, "limit=1&sort=name&issued_by=" + issuer)
    assert [entry["id"] for entry in found] == [made[1], made[0], made[2]]


def test_sorted_page_ends_after_a_megabyte(session):
    scopes = ["%064d" % number for number in range(32)]
    names = ["big %03d" % i for i in range(600)]
    for name in reversed(names):
        session.ask(200, "POST", TOKENS, {
            "user": session.name, "name": name, "scopes": scopes})
    first = session.ask(200, "GET", TOKENS +
                        "?sort=name&limit=1000&q=big%20").json()
    assert 400 < len(first["entries"]) < 600, len(first["entries"])
    found = pages(session.ask, "sort=name&limit=1000&q=big%20")
    assert [entry["name"] for entry in found] == names
