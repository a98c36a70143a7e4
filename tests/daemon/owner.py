"""owner.py - started by root, the daemon becomes the store's owner, with
nothing of root left; run by users.sh."""
import os
import pwd
import stat
import sys

import lib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "remote"))
# pylint: disable=wrong-import-position
from certificates import Authority

OWNER = pwd.getpwnam("accesstoken")
JANE = pwd.getpwnam("jane")
WHO = "/v1/session/who-am-i"


class Owned(lib.Daemon):
    """A daemon whose store is somebody's."""

    def __init__(self, *options, owner=OWNER.pw_uid, **arguments):
        super().__init__(*options, **arguments)
        state = os.path.dirname(self.store)
        os.mkdir(state, 0o700)
        os.chown(state, owner, -1)

    def status(self):
        """What the kernel says of it."""
        with open("/proc/%d/status" % self.process.pid,
                  encoding="utf-8") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file
                        if ":\t" in line)


class Stopped(Owned):
    """One that is not started at once."""

    def __enter__(self):
        return self


def becomes():
    """uid, gid and groups are the owner's, and no capability is left"""
    before = os.getgroups()
    os.setgroups([0, 4, JANE.pw_gid])
    try:
        with Owned() as daemon:
            status = daemon.status()
            assert status["Uid"].split() == 4 * [str(OWNER.pw_uid)], status
            assert status["Gid"].split() == 4 * [str(OWNER.pw_gid)], status
            assert status["Groups"].split() == [str(OWNER.pw_gid)], status
            for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
                assert int(status[name], 16) == 0, status
            assert_secret(daemon)
    finally:
        os.setgroups(before)


def assert_secret(daemon):
    """No core file, and its memory is root's to look at."""
    path = "/proc/%d/mem" % daemon.process.pid
    assert os.stat(path).st_uid == 0, "it can be traced by its own user"
    with open("/proc/%d/limits" % daemon.process.pid,
              encoding="utf-8") as file:
        core = [line for line in file if line.startswith("Max core")][0]
    assert core.split()[4:6] == ["0", "0"], core


def store():
    """what it makes is the owner's"""
    with Owned(limits="self_service_scopes = imap\n") as daemon:
        answer = daemon.request("POST", "/v1/auth/access-tokens/",
                                {"scopes": ["imap"]}, uid=JANE.pw_uid)
        assert answer.status == 200, answer
        state = os.path.dirname(daemon.store)
        files = os.listdir(state)
        assert "tokens.tdb" in files and "tokens.tdb.lock" in files, files
        for name in files:
            status = os.stat(os.path.join(state, name))
            assert status.st_uid == OWNER.pw_uid, name
            assert stat.S_IMODE(status.st_mode) == 0o600, name
        # And root's tool works on it, too.
        out, _ = daemon.tool("list", "--no-header")
        assert out.split()[0] == "1" and "jane" in out


def sockets():
    """its sockets have their rights, and go when it goes"""
    group = pwd.getpwnam("bob").pw_gid
    with Stopped("--verify-socket-group", "bob") as daemon:
        run = os.path.join(daemon.directory, "run")
        for name in daemon.sockets:
            daemon.sockets[name] = os.path.join(run, name + ".sock")
            daemon.arguments += ["--%s-socket" % name, daemon.sockets[name]]
        daemon.start()
        status = os.stat(run)
        assert status.st_uid == OWNER.pw_uid, status
        assert stat.S_IMODE(status.st_mode) == 0o755, status
        for name, mode, gid in (("api", 0o666, 0), ("verify", 0o660, group)):
            status = os.stat(daemon.sockets[name])
            assert stat.S_IMODE(status.st_mode) == mode, (name, status)
            assert (status.st_uid, status.st_gid) == (0, gid), (name, status)
        # Who may open it, and who may not.
        for uid, gid, groups, opens in (
                (JANE.pw_uid, JANE.pw_gid, (), False),
                (JANE.pw_uid, group, (), True),
                (JANE.pw_uid, JANE.pw_gid, (group,), True),
                (OWNER.pw_uid, OWNER.pw_gid, (), False), (0, 0, (), True)):
            try:
                answer = daemon.request("GET", "/v1/auth/verify",
                                        listener="verify", uid=uid, gid=gid,
                                        groups=groups)
                assert opens and answer.status == 401, (uid, gid, answer)
            except PermissionError:
                assert not opens, (uid, gid)
        daemon.stop()
        assert os.listdir(run) == [], os.listdir(run)


def stale():
    """in a directory of root's it takes over what the one before it left"""
    with Owned() as daemon:
        daemon.stop()
        assert os.path.lexists(daemon.sockets["api"])  # it may not
        daemon.start()
        assert daemon.request("GET", WHO).status == 200


def certificate():
    """a key that root alone may read is good for the start"""
    with Stopped(listen=1) as daemon:
        pair = Authority(daemon, "authority").sign("one", "IP:127.0.0.1")
        daemon.arguments += ["--tls-certificate", pair[0], "--tls-key",
                             pair[1]]
        os.chmod(pair[1], 0o600)
        daemon.start()
        said = daemon.reload()
        assert pair[1] + ": Permission denied" in said, said
        assert "HTTPS keeps the certificate that it had before" in said, said
        os.chown(pair[1], OWNER.pw_uid, -1)
        assert "HTTPS goes on" not in daemon.reload()


def limits():
    """limits are root's or the owner's to set, and nobody else's"""
    with Owned(limits="self_service_scopes = imap\n") as daemon:
        def create():
            return daemon.request("POST", "/v1/auth/access-tokens/",
                                  {"scopes": ["imap"]}, uid=JANE.pw_uid)
        for owner, good in ((0, True), (JANE.pw_uid, False),
                            (OWNER.pw_uid, True), (991, False)):
            os.chown(daemon.limits, owner, -1)
            said = daemon.reload()
            assert ("changes are refused" not in said) == good, (owner, said)
            answer = create()
            assert answer.status == (200 if good else 503), (owner, answer)
            if not good:
                assert "%s: unsafe: owned by uid %d" % (
                    daemon.limits, owner) in answer.json()["description"]


def no_account():
    """an owner who has no account: it does not start"""
    with Stopped(owner=991) as daemon:
        said = daemon.refused()
        assert "uid 991 owns the store and has no account" in said, said
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path


class By(Stopped):
    """Started by somebody who is not root."""

    def __init__(self, account, *options):
        super().__init__(*options)
        self.account = account
        os.chown(self.directory, account.pw_uid, account.pw_gid)

    def spawn(self, command, log):
        return lib.subprocess.Popen(
            command, env=lib.environment(), stdin=lib.subprocess.DEVNULL,
            stdout=log, stderr=log, user=self.account.pw_uid,
            group=self.account.pw_gid, extra_groups=[])


def not_root():
    """neither root nor the owner: it does not start"""
    with By(JANE, "--verify-socket", "none") as daemon:
        said = daemon.refused()
        assert "the store belongs to uid 990: run accesstokend as that " \
            "user, or as root" in said, said
        assert not os.path.lexists(daemon.sockets["api"])


def as_owner():
    """the owner may start it, too"""
    with By(OWNER, "--verify-socket-group", "accesstoken") as daemon:
        daemon.start()
        assert daemon.request("GET", WHO, uid=JANE.pw_uid).json()["name"] == \
            "jane"
        daemon.stop()
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path


def main():
    failed = 0
    for test in (becomes, store, sockets, stale, certificate, limits,
                 no_account, not_root, as_owner):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
