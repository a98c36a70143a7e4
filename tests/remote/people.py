"""people.py - users and tokens at the daemon, with the tool: an ordinary user
issues, lists, rotates and revokes only their own tokens, and a bearer token
rotates and revokes itself."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "daemon"))
# pylint: disable=wrong-import-position
import lib
from remote import Tool, run

ME = lib.account()
LIMITS = ("self_service_scopes = imap smtp\n"
          "tokens_per_user = 2\nlifetime_max = 30d\nlifetime_default = 7d\n")


def ordinary():
    """an ordinary user manages only their own tokens"""
    with Tool() as tool, lib.Daemon(limits=LIMITS) as daemon:
        os.chmod(tool.directory, 0o755)
        open(tool.log, "w", encoding="utf-8").close()
        os.chmod(tool.log, 0o666)
        daemon.issue("--scope", "imap", "--expires", "1d",
                     name="nobody-of-this-name", *["--virtual"])
        who = ME if os.geteuid() == 0 else None

        def expect(status, *arguments, **options):
            return tool.expect(status, "--store",
                               "unix:" + daemon.sockets["api"], *arguments,
                               account=who, **options)

        out, _ = expect(0, "create", "--self", "--scope", "imap", "--name",
                        "phone", says="token 2 for %s expires" % ME.pw_name)
        assert out.startswith("pamat1_")
        # The user may be named in different ways; other users are refused.
        expect(4, "create", "--self", says="scope")
        expect(4, "create", "--self", "--scope", "sudo")
        expect(4, "create", "--self", "--scope", "imap", "--expires", "90d",
               says="30")
        expect(4, "create", "nobody-of-this-name", "--virtual", "--scope",
               "imap")
        expect(0, "create", ME.pw_name, "--scope", "smtp")
        expect(4, "create", "uid:%d" % ME.pw_uid, "--scope", "smtp",
               says="2 active tokens a user")
        out, _ = expect(0, "list", "--no-header")
        assert [line.split()[0] for line in out.splitlines()] == ["2", "3"]
        out, _ = expect(0, "status")
        assert "\ntokens:    2: 2 active, 0 disabled, 0 expired\n" in out, out
        assert "\nusers:     1: %s 2\n" % ME.pw_name in out, out
        for words in (["show", "1"], ["modify", "1", "--name", "x"],
                      ["rotate", "1"], ["revoke", "1"], ["revoke", "1", "2"]):
            expect(3, *words, says="no token 1")
        out, err = expect(0, "rotate", "2")
        assert "token 4 for %s" % ME.pw_name in err
        expect(0, "modify", "4", "--name", "tablet")
        expect(0, "revoke", "3")
        out, _ = expect(0, "show", "4")
        assert "name: tablet" in out and "scopes: imap" in out
        expect(0, "revoke", "--user", ME.pw_name, says="revoked 1 token")
        out, _ = expect(0, "list", "--all", "--no-header")
        assert out == ""
        lines = tool.audit()
        assert any("action=create result=ok id=2 user=%s" % ME.pw_name in line
                   and "uid=%d" % ME.pw_uid in line for line in lines), lines
        assert any("action=create result=failed exit=4 by=" in line
                   for line in lines), lines
        assert sum("action=revoke result=ok" in line for line in lines) == 2
        assert all("pamat1_" not in line for line in lines)


def bearers():
    """a token over TCP can only rotate and revoke itself"""
    with Tool() as tool, lib.Daemon(listen=1) as daemon:
        store = ["--store", "http://127.0.0.1:%d" % daemon.ports[0]]
        number, bearer = daemon.issue("--scope", "imap", "--expires", "1d")
        other, _ = daemon.issue("--scope", "imap")
        store += ["--token-file", tool.write("token", bearer + "\n")]
        tool.expect(4, *store, "list")
        tool.expect(4, *store, "show", number)
        tool.expect(4, *store, "modify", number, "--disable")
        tool.expect(4, *store, "create", "--self", "--scope", "imap")
        tool.expect(3, *store, "rotate", other)
        tool.expect(3, *store, "revoke", other)
        tool.expect(0, "--store", daemon.store, "show", other)
        out, err = tool.expect(0, *store, "rotate", number, "--output", "new")
        assert out == "" and "token 3 for %s; token %s is revoked" % (
            ME.pw_name, number) in err, err
        tool.expect(4, *store, "revoke", "3", says="")
        store[-1] = tool.path("new")
        tool.expect(0, *store, "revoke", "3", says="revoked token 3")
        tool.expect(3, "--store", daemon.store, "show", "3")
        tool.expect(0, "--store", daemon.store, "show", other)


def nobody():
    """callers whom the daemon does not know are refused"""
    with Tool() as tool, lib.Daemon(listen=1) as daemon:
        store = ["--store", "http://127.0.0.1:%d" % daemon.ports[0]]
        for words in (["list"], ["show", "1"], ["create", "jane"],
                      ["revoke", "1"], ["rotate", "1"],
                      ["modify", "1", "--disable"]):
            tool.expect(4, *store, *words)
        tool.expect(2, "--store", "unix:" + daemon.sockets["verify"], "list",
                    says="has no /v1/auth/access-tokens/")


def far_away():
    """what a token issued is found and ended from another machine"""
    with Tool() as tool, lib.Daemon(listen=1) as daemon:
        def store(bearer):
            return ["--store", "http://127.0.0.1:%d" % daemon.ports[0],
                    "--token-file", tool.write("token", bearer + "\n")]

        def issued(top):
            out, _ = tool.expect(0, *rescue, "list", "--issued-by", top,
                                 "--no-header")
            return [line.split()[0] for line in out.splitlines()]

        scopes = ["--scope", "tokens:admin", "--scope", "imap"]
        _, bearer = daemon.issue(*scopes)
        number, stolen = daemon.issue(*scopes)
        assert number == "2"
        for _ in range(2):
            tool.expect(0, *store(stolen), "create", ME.pw_name, "--scope",
                        "imap")
        tool.expect(4, *store(stolen), "rotate", "2", "--grace", "1h",
                    says="may not ask for a grace period")
        tool.expect(0, *store(stolen), "rotate", "2", "--output", "new")
        rescue = store(bearer)
        assert issued("2") == ["3", "4", "5"]
        assert issued("3") == []
        out, _ = tool.expect(0, *rescue, "show", "5")
        assert "\nissued by: token 2, first issuer token 2\n" in out, out
        tool.expect(0, *rescue, "revoke", "--issued-by", "2",
                    says="revoked 3 tokens that token 2 issued")
        assert issued("2") == []
        tool.expect(0, *rescue, "revoke", "--issued-by", "2",
                    says="there is no token 2, and none that it issued")
        tool.expect(0, "--store", daemon.store, "show", "1")


def glance():
    """status finds the daemon at both of its sockets"""
    with Tool() as tool, lib.Daemon() as daemon:
        daemon.issue("--scope", "imap", "--expires", "1d")
        tool.environment["ACCESSTOKEN_TEST_PLACES"] = daemon.directory

        def states():
            out, _ = tool.expect(0, "--store", daemon.store, "status",
                                 "--json")
            return [place["state"] for place in json.loads(out)["daemon"]]

        assert states() == ["ok", "ok"]
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            assert states() == ["silent", "silent"]
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        assert states() == ["ok", "ok"]


def main():
    run([ordinary, bearers, nobody, far_away, glance])


lib.run(main)
