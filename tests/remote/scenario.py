"""scenario.py - one scenario over three transports: the store's file, the
daemon's socket, and TLS.  The tool prints the same over each of them.  Only
the creator and issuer of a token, and the ids in errors, are not compared."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "daemon"))
# pylint: disable=wrong-import-position
import lib
from certificates import Authority
from remote import Tool, run

SCOPES = ["imap", "smtp", "sieve"]


def normalise(text):
    """Remove everything that differs between runs."""
    text = re.sub(r"pamat1_\S+", "SECRET", text)
    text = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z",
                  lambda found: found.group()[:10]
                  if found.group().startswith("2099") else "TIME", text)
    text = re.sub(r"^creator: .*$", "creator: X", text, flags=re.M)
    text = re.sub(r'"creator":\{[^}]*\},?', "", text)
    # Over TLS, the administrator's token is used, and issues the others.
    text = re.sub(r"^issued by: token 1, first issuer token 1\n", "", text,
                  flags=re.M)
    text = re.sub(r'"issued_by":"1","first_issuer":"1",', "", text)
    text = re.sub(r'"last_use":\{"time":"TIME","service":"api"[^}]*\}',
                  '"last_use":null', text)
    text = re.sub("^( 1 administrator.*) TIME active$", r"\1 never active",
                  re.sub(" +", " ", text), flags=re.M)
    return re.sub(r"^accesstoken: \S*(unix|https):\S+ ", "accesstoken: ", text)


def scenario(tool, store, extra=()):
    """Run the scenario; returns the output and exit status of each step."""
    story = []
    me = lib.user()

    def step(*arguments, stdin=""):
        code, out, err = tool.run("--store", store, *extra, *arguments,
                                  stdin=stdin)
        story.append((arguments, code, normalise(out), normalise(err)))
        return out

    def secret(*arguments):
        return json.loads(step(*arguments, "--json"))["bearer_token"]

    first = secret("create", me, "--name", "laptop \u00e9", "--scope", "imap",
                   "--scope", "smtp", "--from", "192.0.2.1/24", "--expires",
                   "2099-01-31T12:00:00+01:00")
    secret("create", "nobody-of-this-name", "--virtual", "--scope", "imap",
           "--expires", "2099-01-01")
    step("create", "nobody-of-this-name")
    step("create", me, "--scope", "imap", "--virtual")
    step("list")
    step("list", "--json")
    step("list", "--limit", "1", "--user", me)
    step("list", "--expires-within", "40000d", "--limit", "1")
    step("list", "--expires-within", "40000d", "--user", me, "--json")
    step("list", "--expires-within", "14d")
    step("list", "--unused-for", "0s", "--limit", "2")
    step("list", "--unused-for", "0s", "--user", me, "--json")
    step("list", "--unused-for", "1d")
    step("list", "--all", "--user", "nobody-of-this-name", "--no-header")
    step("list", "--sort", "-name")
    step("list", "--sort", "expires", "--scope", "imap", "--json")
    step("list", "--sort", "user", "--limit", "1")
    step("show", "2")
    step("show", "2", "--json")
    step("show", "9")
    step("modify", "2", "--name", "desk", "--scope", "sieve", "--disable",
         "--any-network", "--expires", "2099-02-01")
    step("show", "2")
    step("modify", "9", "--name", "x")
    step("verify", "--scope", "sieve", stdin=first)
    step("modify", "2", "--enable")
    step("verify", "--scope", "sieve", stdin=first)
    step("verify", "--scope", "imap", stdin=first)
    step("verify", "--user", me, "--scope", "sieve", stdin=first)
    step("verify", "--user", "root" if me != "root" else "daemon",
         "--scope", "sieve", stdin=first)
    second = secret("rotate", "2", "--grace", "1h")
    step("verify", "--scope", "sieve", stdin=first)
    step("verify", "--scope", "sieve", stdin=second)
    step("rotate", "9")
    step("revoke", "2", "9")
    step("revoke", "2", "3")
    step("verify", "--scope", "sieve", stdin=first)
    step("revoke", "--user", me)
    step("revoke", "--user", me)
    step("list", "--all")
    return story


# Reduce a story to what a server tells as exactly as the file.
def coarse(story):
    for arguments, code, out, err in story:
        if arguments[0] == "verify":
            err = re.sub(r"refused: (unknown|secret|disabled|expired|user)$",
                         "refused: invalid", err.rstrip("\n")) + "\n"
        if code not in (0, 5):
            err = ""
            if arguments[0] == "create":
                code = "an error"
        yield arguments, code, out, err


def administrator(issue):
    """Issue the first token in each store, so that the ids are the same."""
    return issue("administrator-of-this-test", "--virtual", "--scope",
                 "tokens:admin",
                 *[word for scope in SCOPES for word in ("--scope", scope)])


def over_https(tool):
    authority = Authority(tool, "authority")
    certificate, key = authority.sign("server", "IP:127.0.0.1")
    with lib.Daemon("--tls-certificate", certificate, "--tls-key", key,
                    listen=1) as daemon:
        _, bearer = administrator(
            lambda name, *options: daemon.issue(*options, name=name))
        token = tool.write("admin", bearer + "\n")
        return scenario(tool, "https://127.0.0.1:%d" % daemon.ports[0],
                        ["--ca-file", authority.file, "--token-file", token])


def over_socket(tool):
    with lib.Daemon("--admin-group", lib.group()) as daemon:
        administrator(lambda name, *options: daemon.issue(*options, name=name))
        return scenario(tool, "unix:" + daemon.sockets["api"])


def the_same():
    """the tool prints the same over all transports"""
    with Tool() as tool:
        administrator(tool.issue)
        file = list(coarse(scenario(tool, tool.store)))
        assert len(file) > 25
        for story in (over_socket(tool), over_https(tool)):
            for ours, theirs in zip(file, coarse(story)):
                assert ours == theirs, "\n%r\n%r" % (ours, theirs)
            assert len(story) == len(file)


def main():
    run([the_same])


lib.run(main)
