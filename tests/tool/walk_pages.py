# walk_pages.py TOOL PRELOAD STORE SEED SEEDED - pages through a store with the
# tool, by the after key and the next URI, over all tokens and over those of
# each user, while tokens are created and revoked between the pages.  SEEDED
# has a line "ID USER" for each token of the store.  Fails if an entry comes
# twice or out of order, or if a token is missing that existed all the time.
import json
import os
import random
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

tool, preload, store, seed, seeded = sys.argv[1:]
with open(seeded, encoding="ascii") as lines:
    standing = dict((int(i), user) for i, user in map(str.split, lines))
environment = dict(os.environ, LD_PRELOAD=preload)
choice = random.Random(20270131)


def run(*arguments):
    return subprocess.run([tool, "--store", store, *arguments], check=True,
                          env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def churn(cursor):
    """Revoke the cursor and others before and after it; create new ones."""
    victims = choice.sample(sorted(standing), 9)
    if cursor in standing:
        victims.append(cursor)
    for victim in victims:
        standing.pop(victim, None)
    run("revoke", *sorted(set(map(str, victims))))
    created = subprocess.run([seed, store, "10", "10"], check=True,
                             stdout=subprocess.PIPE).stdout
    assert len(created.splitlines()) == 10


def pages(user, between):
    """Follow the pages to their end; returns all ids."""
    arguments = ["list", "--json"]
    if user is not None:
        arguments += ["--user", user]
    query, ids = [], []
    while True:
        page = json.loads(run(*arguments, *query))
        ids += [int(entry["id"]) for entry in page["entries"]]
        for entry in page["entries"]:
            assert user in (None, entry["user"]["name"]), entry
        following, after = page["paging"]["next"], page["paging"]["after"]
        if following is None:
            assert after is None
            return ids
        asked = {key: value[0] for key, value
                 in parse_qs(urlsplit(following).query).items()}
        assert after == asked["after"] == str(ids[-1]), page["paging"]
        assert asked.get("user") == user
        query = ["--after", asked["after"], "--limit", asked["limit"]]
        between(ids[-1])


def prove(ids, expected):
    assert all(a < b for a, b in zip(ids, ids[1:])), "an id twice or out of order"
    lost = expected - set(ids)
    assert not lost, "lost: %r" % sorted(lost)[:10]


found = pages(None, churn)
prove(found, set(standing))
assert len(found) > 9000

for number in range(1, 101):
    name = "tester-%d" % number
    prove(pages(name, churn),
          {i for i, user in standing.items() if user == name})
