"""default_store.py - without --store, the tool uses the local database if the
caller may open it, and otherwise the daemon's socket if there is one.  Without
both, it prints the error of the database and one line about the daemon."""
import os
import pwd

from remote import Server, Tool, answer, error, run

PAGE = {"entries": [], "paging": {"next": None, "after": None}}
ROOT = os.geteuid() == 0
# Somebody who cannot open root's database.
SOMEBODY = pwd.getpwnam("daemon") if ROOT else None


class Places(Tool):
    """The directory that preload.c uses instead of /var/lib and /run."""

    def __init__(self):
        super().__init__()
        os.chmod(self.directory, 0o755)
        self.environment["ACCESSTOKEN_TEST_PLACES"] = self.directory
        self.socket = self.path("api.sock")
        open(self.log, "w", encoding="utf-8").close()
        os.chmod(self.log, 0o666)

    def serve(self, server):
        """Put the socket of the server where the daemon's would be."""
        if os.path.lexists(self.socket):
            os.unlink(self.socket)
        os.rename(server.uri[len("unix:"):], self.socket)
        os.chmod(self.socket, 0o666)

    def hide_store(self):
        """Hide the store, also from its owner if that is not root."""
        os.chmod(os.path.dirname(self.store), 0o700 if ROOT else 0)


def database():
    """callers who may open the database use it, even if a daemon serves"""
    with Places() as tool, Server(lambda request: answer(200, PAGE)) as server:
        tool.serve(server)
        tool.issue("jane", "--virtual")
        out, _ = tool.expect(0, "list", "--no-header")
        assert "jane" in out and not server.requests
        if ROOT:
            # Also if there is none yet: root creates it.
            os.rename(os.path.dirname(tool.store), tool.path("away"))
            tool.expect(0, "list", says="there is no store")
            tool.expect(0, "create", "jane", "--virtual")
            assert os.path.exists(tool.store) and not server.requests


def daemon():
    """callers who may not open the database ask the daemon"""
    with Places() as tool, Server(lambda request: answer(200, PAGE)) as server:
        tool.serve(server)
        tool.expect(0, "list", account=SOMEBODY)
        assert len(server.requests) == 1  # there is no database
        tool.issue("jane", "--virtual")
        tool.hide_store()
        tool.expect(0, "list", account=SOMEBODY)
        assert len(server.requests) == 2
        assert "authorization" not in server.requests[1].headers
        # The token in the environment is for servers on TCP.
        tool.expect(0, "list", account=SOMEBODY,
                    ACCESSTOKEN_TOKEN_FILE=tool.path("none"))
        assert len(server.requests) == 3
        # A store that is named is used, or none is.
        tool.expect(4, "--store", tool.store, "list", account=SOMEBODY)
        assert len(server.requests) == 3
        os.chmod(os.path.dirname(tool.store), 0o700)


def dead():
    """a daemon that does not answer is an error; no other store is tried"""
    with Places() as tool:
        with Server(lambda request: answer(200, PAGE)) as server:
            tool.serve(server)
        tool.expect(7, "list", account=SOMEBODY,
                    says="Connection refused: is accesstokend running")


def stranger():
    """a daemon that does not know the caller is not reported as missing"""
    with Places() as tool, \
            Server(lambda request: error(401, "who?")) as server:
        tool.serve(server)
        _, err = tool.expect(4, "list", account=SOMEBODY, says=": who\\?")
        assert len(server.requests) == 1 and err.count("\n") == 1, err


def neither():
    """without both, the daemon is what is missing"""
    with Places() as tool:
        _, err = tool.expect(7, "list", account=SOMEBODY,
                             says="accesstokend is not running \\(no ")
        assert err.count("\n") == 1, err
        tool.issue("jane", "--virtual")
        tool.hide_store()
        _, err = tool.expect(4, "list", account=SOMEBODY,
                             says="accesstokend is not running \\(no ")
        assert err.count("\n") == 1, err
        _, err = tool.expect(4, "--store", tool.store, "list",
                             account=SOMEBODY)
        assert err.count("\n") == 1, err
        os.chmod(os.path.dirname(tool.store), 0o700)


run([database, daemon, dead, stranger, neither])
