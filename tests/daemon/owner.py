"""owner.py - the daemon, if root starts it, becomes the store's owner and
keeps none of root's rights.  Run by users.sh."""
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
    """A daemon whose store belongs to "owner", a uid."""

    def __init__(self, *options, owner=OWNER.pw_uid, **arguments):
        super().__init__(*options, **arguments)
        state = os.path.dirname(self.store)
        os.mkdir(state, 0o700)
        os.chown(state, owner, -1)

    def status(self):
        """The fields of the daemon's /proc/PID/status."""
        with open("/proc/%d/status" % self.process.pid,
                  encoding="utf-8") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file
                        if ":\t" in line)


class Stopped(Owned):
    """A daemon that the with block does not start."""

    def __enter__(self):
        return self


def becomes():
    """uid, gid and groups become the owner's, and no capability is left"""
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
    """The daemon writes no core file, and only root can read its memory."""
    path = "/proc/%d/mem" % daemon.process.pid
    assert os.stat(path).st_uid == 0, "its own user can trace it"
    with open("/proc/%d/limits" % daemon.process.pid,
              encoding="utf-8") as file:
        core = [line for line in file if line.startswith("Max core")][0]
    assert core.split()[4:6] == ["0", "0"], core


def store():
    """the files that it makes belong to the owner"""
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
        # The tool works on the store, too, if root runs it.
        out, _ = daemon.tool("list", "--no-header")
        assert out.split()[0] == "1" and "jane" in out


def use_run(daemon):
    """Move the daemon's sockets into a directory of their own, which is still
    to be made; returns it."""
    run = daemon.path("run")
    for name in daemon.sockets:
        daemon.sockets[name] = os.path.join(run, name + ".sock")
        daemon.arguments += ["--%s-socket" % name, daemon.sockets[name]]
    return run


def sockets():
    """its sockets have the right modes and groups, and the end removes them"""
    group = pwd.getpwnam("bob").pw_gid
    with Stopped("--verify-socket-group", "bob") as daemon:
        run = use_run(daemon)
        daemon.start()
        status = os.stat(run)
        assert status.st_uid == OWNER.pw_uid, status
        assert stat.S_IMODE(status.st_mode) == 0o755, status
        for name, mode, gid in (("api", 0o666, 0), ("verify", 0o660, group)):
            status = os.stat(daemon.sockets[name])
            assert stat.S_IMODE(status.st_mode) == mode, (name, status)
            assert (status.st_uid, status.st_gid) == (OWNER.pw_uid, gid), \
                (name, status)
        # Which accounts may connect to the verify socket.
        for uid, gid, groups, opens in (
                (JANE.pw_uid, JANE.pw_gid, (), False),
                (JANE.pw_uid, group, (), True),
                (JANE.pw_uid, JANE.pw_gid, (group,), True),
                (OWNER.pw_uid, OWNER.pw_gid, (), True), (0, 0, (), True)):
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
    """in root's directory it takes over the sockets of the daemon before it"""
    with Owned() as daemon:
        daemon.stop()
        assert os.path.lexists(daemon.sockets["api"])  # it may not remove it
        daemon.start()
        assert daemon.request("GET", WHO).status == 200


def exchanged():
    """root touches no file that takes the place of a socket of its own"""
    for kind in ("new", "given", "roots"):
        with Stopped() as daemon:
            run = use_run(daemon)
            victim = daemon.path("victim")
            with open(victim, "w", encoding="utf-8"):
                pass
            os.chmod(victim, 0o600)
            if kind != "new":
                os.mkdir(run)
            if kind == "given":
                os.chown(run, OWNER.pw_uid, -1)
            before = os.stat(victim)
            daemon.variables["ACCESSTOKEN_TEST_SWAP"] = victim
            daemon.start()
            assert os.readlink(daemon.sockets["api"]) == victim
            daemon.stop()
            after = os.stat(victim)
            for field in ("st_mode", "st_uid", "st_gid", "st_ino"):
                assert getattr(after, field) == getattr(before, field), (
                    kind, field, before, after)


def somebody_elses():
    """root makes nothing in a directory that a third user owns"""
    with Stopped() as daemon:
        run = use_run(daemon)
        os.mkdir(run)
        os.chown(run, JANE.pw_uid, -1)
        said = daemon.refused()
        assert "cannot bind a socket to it: Permission denied" in said, said
        assert os.listdir(run) == []
        # The same through the parent, which is not root's either.
        for name in daemon.sockets:
            daemon.arguments += ["--%s-socket" % name,
                                 os.path.join(run, "in", name + ".sock")]
        said = daemon.refused()
        assert "cannot make it: Permission denied" in said, said
        assert os.listdir(run) == []


def set_group_id():
    """a directory that gives its group to all files is not used for another"""
    with Stopped("--verify-socket-group", "bob") as daemon:
        run = use_run(daemon)
        os.mkdir(run)
        os.chmod(run, 0o2755)
        assert "set-group-ID" in daemon.refused()
        assert os.listdir(run) == []


def certificate():
    """it starts with a key that only root may read, but cannot reload that"""
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
        assert "HTTPS keeps" not in daemon.reload()


def limits():
    """limits.conf has to belong to root or to the owner"""
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
    """it does not start if the owner has no account"""
    with Stopped(owner=991) as daemon:
        said = daemon.refused()
        assert "uid 991 owns the store and has no account" in said, said
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path


class By(Stopped):
    """A daemon that another account than root starts."""

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
    """it does not start for anybody but root and the owner"""
    with By(JANE, "--verify-socket", "none") as daemon:
        said = daemon.refused()
        assert "the store belongs to uid 990: run accesstokend as that " \
            "user, or as root" in said, said
        assert not os.path.lexists(daemon.sockets["api"])


def as_owner():
    """it starts for the owner, too"""
    with By(OWNER, "--verify-socket-group", "accesstoken") as daemon:
        daemon.start()
        assert daemon.request("GET", WHO, uid=JANE.pw_uid).json()["name"] == \
            "jane"
        daemon.stop()
        for path in daemon.sockets.values():
            assert not os.path.lexists(path), path


def main():
    failed = 0
    for test in (becomes, store, sockets, stale, exchanged, somebody_elses,
                 set_group_id, certificate, limits, no_account, not_root,
                 as_owner):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    lib.run(main)
