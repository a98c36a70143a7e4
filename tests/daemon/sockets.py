"""sockets.py - the daemon listens on the sockets that systemd hands over or on
names of its own; these have the right modes and groups, and it takes none away
from a program that listens there."""
import contextlib
import os
import resource
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import warnings

import lib
from manager import Managed, listening

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "remote"))
# pylint: disable=wrong-import-position
from certificates import Authority

WHO = "/v1/session/who-am-i"


# ----------------------------------------------------------- names of its own

def modes():
    """the api socket is open to everybody, the verify socket as options say"""
    with lib.Daemon() as daemon:
        check(daemon.sockets["api"], 0o666, os.getegid())
        check(daemon.sockets["verify"], 0o660, gid())
    with lib.Daemon("--verify-socket-mode", "0600") as daemon:
        check(daemon.sockets["api"], 0o666, os.getegid())
        check(daemon.sockets["verify"], 0o600, gid())


def command_line():
    """help and version have letters, help fits 80 columns, an abbreviation is
    refused and the nearest option is suggested"""
    def run(*arguments):
        done = subprocess.run([lib.built("accesstokend"), *arguments],
                              capture_output=True, text=True, check=False,
                              env=lib.environment(), timeout=lib.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    for letter, word in (("-h", "--help"), ("-V", "--version")):
        code, printed, errors = run(word)
        assert (code, errors) == (0, "") and printed, errors
        assert max(map(len, printed.splitlines())) < 80, printed
        assert run(letter) == (code, printed, errors)
    for wrong, said in (
            (["--lis", "x"],
             "unknown option '--lis'; did you mean '--listen'?"),
            (["--tls-kye=x"],
             "unknown option '--tls-kye'; did you mean '--tls-key'?"),
            (["--frobnicate"], "unknown option '--frobnicate'"),
            (["-x"], "unknown option '-x'"),
            (["--insecure=yes"], "option '--insecure' takes no argument"),
            (["--listen"], "option '--listen' requires an argument")):
        assert run(*wrong) == (2, "", "accesstokend: %s\n"
                               "usage: accesstokend [OPTION]...\n" % said), \
            run(*wrong)


def gid():
    return lib.account().pw_gid


def check(path, mode, group):
    status = os.lstat(path)
    assert stat.S_ISSOCK(status.st_mode), path
    assert stat.S_IMODE(status.st_mode) == mode, oct(status.st_mode)
    assert status.st_gid == group, status


def no_group():
    """if the group does not exist, it does not start and leaves no socket"""
    with Stopped("--verify-socket-group", "no-such-group") as daemon:
        assert "no-such-group: no such group" in daemon.refused()
        assert_no_names(daemon)


def directory():
    """a missing directory is made, and everybody may pass through it"""
    with Stopped() as daemon:
        inside = os.path.join(daemon.directory, "run")
        daemon.sockets["api"] = os.path.join(inside, "api.sock")
        daemon.arguments += ["--api-socket", daemon.sockets["api"]]
        daemon.start()
        assert stat.S_IMODE(os.stat(inside).st_mode) == 0o755
        assert daemon.request("GET", WHO).status == 200
        daemon.stop()
        assert_no_names(daemon)


def assert_no_names(daemon):
    for path in daemon.sockets.values():
        assert not os.path.lexists(path), path


class Stopped(lib.Daemon):
    """A daemon that the with block does not start."""

    def __enter__(self):
        return self


def second():
    """a second daemon takes no name from the first, and leaves no name"""
    with lib.Daemon() as first, Stopped() as other:
        names = {name: os.lstat(path).st_ino
                 for name, path in first.sockets.items()}
        own = other.sockets["api"]
        for taken, options in (
                ("api", ["--api-socket", first.sockets["api"]]),
                ("verify", ["--api-socket", own, "--verify-socket",
                            first.sockets["verify"]])):
            other.arguments += options
            said = other.refused()
            assert first.sockets[taken] + ": another program listens there" \
                in said, said
            assert not os.path.lexists(own)
        assert first.request("GET", WHO).status == 200
        assert first.request("GET", WHO, listener="verify").status == 404
        # Also if the first is stopped and its queue of connections is full.
        other.arguments += ["--api-socket", first.sockets["api"],
                            "--verify-socket", "none"]
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        first.process.send_signal(lib.signal.SIGSTOP)
        try:
            with contextlib.ExitStack() as stack:
                while queues(first.sockets["api"], stack):
                    pass
                assert "another program listens there" in other.refused()
        finally:
            first.process.send_signal(lib.signal.SIGCONT)
        for name, path in first.sockets.items():
            assert os.lstat(path).st_ino == names[name], name


def queues(path, stack):
    """Add a connection to the queue; returns False if the queue is full."""
    connection = stack.enter_context(socket.socket(socket.AF_UNIX))
    connection.setblocking(False)
    try:
        connection.connect(path)
    except BlockingIOError:
        return False
    return True


def stale():
    """names that a killed daemon left are taken over"""
    with lib.Daemon() as daemon:
        daemon.kill()
        for path in daemon.sockets.values():
            assert stat.S_ISSOCK(os.lstat(path).st_mode)
        daemon.start()
        assert daemon.request("GET", WHO).status == 200
        assert daemon.request("GET", WHO, listener="verify").status == 404
        daemon.stop()
        assert_no_names(daemon)


def in_the_way():
    """a file or link in place of the socket is left as it is"""
    with Stopped() as daemon:
        path = daemon.sockets["api"]
        with open(path, "w", encoding="utf-8") as file:
            file.write("precious")
        assert "exists and is not a socket" in daemon.refused()
        with open(path, encoding="utf-8") as file:
            assert file.read() == "precious"
        os.rename(path, path + ".old")
        os.symlink(path + ".old", path)
        assert "exists and is not a socket" in daemon.refused()
        assert os.path.islink(path)


def not_its_own():
    """a name that another daemon has taken is not removed"""
    with lib.Daemon() as first, Stopped() as other:
        os.unlink(first.sockets["api"])
        other.sockets["api"] = first.sockets["api"]
        other.arguments += ["--api-socket", first.sockets["api"]]
        other.start()
        first.stop()
        assert other.request("GET", WHO).status == 200
        assert not os.path.lexists(first.sockets["verify"])


# ------------------------------------------------------------------------ TCP

CLEAR = "tokens would cross the network unencrypted"
FORM = "not an address and port such as"


def tcp():
    """plain HTTP is served on loopback, and elsewhere only with --insecure"""
    for address, said in (
            ("0.0.0.0:0", CLEAR), ("[::]:0", CLEAR), ("192.0.2.1:0", CLEAR),
            ("[::ffff:127.0.0.1]:0", CLEAR), ("128.0.0.1:0", CLEAR),
            ("localhost:0", FORM), (":0", FORM), ("127.0.0.1", FORM),
            ("::1:0", FORM), ("127.0.0.1:x", FORM), ("127.0.0.1:", FORM),
            ("127.0.0.1:65536", FORM), ("127.0.0.1:4294967297", FORM),
            ("127.0.0.1:+1", FORM), ("127.0.0.1: 1", FORM),
            ("127.0.0.1:0 ", FORM), ("[]:0", FORM), ("", FORM)):
        with Stopped("--listen", "127.0.0.1:0", "--listen", address) as daemon:
            heard = daemon.refused()
            assert said in heard and address + ": " in heard, (address, heard)
            assert_no_names(daemon)
    for address in ("127.0.0.2:0", "0.0.0.0:0"):
        options = ["--insecure"] if address[0] == "0" else []
        with lib.Daemon("--listen", address, *options) as daemon:
            connection = socket.create_connection(
                ("127.0.0.2", daemon.ports[0]), lib.PATIENCE)
            with lib.Connection(connection) as connection:
                connection.send(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" %
                                WHO.encode())
                assert connection.answer().status == 401
            with Stopped("--listen", "%s:%d" % (
                    address[:-2], daemon.ports[0]), *options) as other:
                assert "Address already in use" in other.refused()


def https():
    """HTTPS is served on any address, and needs both certificate and key"""
    with Stopped() as daemon:
        authority = Authority(daemon, "authority")
        pair = authority.sign("one", "IP:127.0.0.1")
        daemon.arguments += ["--listen", "0.0.0.0:0"]
        for option, file in (("certificate", pair[0]), ("key", pair[1])):
            daemon.arguments += ["--tls-" + option, file]
            if option == "certificate":
                assert "must be given together" in daemon.refused(2)
        daemon.start()
        context = ssl.create_default_context(cafile=authority.file)
        # Plain HTTP gets no answer there.
        with daemon.connect(0) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"HTTP" not in connection.rest()
        for version, served in ((ssl.TLSVersion.TLSv1_3, True),
                                (ssl.TLSVersion.TLSv1_2, True),
                                (ssl.TLSVersion.TLSv1_1, False)):
            assert served == handshakes(daemon, context, version), version
        daemon.stop()


def handshakes(daemon, context, version):
    with warnings.catch_warnings():  # python warns of old versions
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client itself refuses
    connection = daemon.connect(0)
    try:
        with context.wrap_socket(connection.socket,
                                 server_hostname="127.0.0.1") as wrapped:
            return wrapped.version() == version.name.replace("_", ".")
    except (ssl.SSLError, OSError):
        return False
    finally:
        connection.socket.close()


# -------------------------------------------------------------------- systemd

def handed_over():
    """sockets from systemd are served, and stay when the daemon ends"""
    with tempfile.TemporaryDirectory(dir=lib.scratch()) as run:
        os.chmod(run, 0o755)
        paths = {name: os.path.join(run, name) for name in ("api", "verify")}
        files = [(name, listening(path)) for name, path in paths.items()]
        files.append(("http", listening()))
        with Managed(files=files) as daemon:
            assert_no_names(daemon)  # those options have no effect
            daemon.sockets = paths
            daemon.ports = [files[2][1].getsockname()[1]]
            _, token = daemon.issue()
            ask_everywhere(daemon, token)
            daemon.stop()
            # A client that connects meanwhile is served by the next daemon.
            with daemon.connect() as connection:
                connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                daemon.start()
                assert connection.answer().status == 200
            daemon.ports = [files[2][1].getsockname()[1]]
            ask_everywhere(daemon, token)
        assert set(os.listdir(run)) == {"api", "verify"}
        for _, file in files:
            file.close()


def ask_everywhere(daemon, token):
    who = daemon.request("GET", WHO)
    assert who.status == 200 and who.json()["name"] == lib.user(), who
    assert "access_token_id" not in who.json()
    assert daemon.request("GET", WHO, listener="verify").status == 404
    assert daemon.request("GET", WHO, listener=0).status == 401
    assert daemon.request("GET", WHO, listener=0, token=token).status == 200
    for listener in ("api", "verify", 0):
        assert daemon.request("GET", "/v1/auth/verify", token=token,
                              listener=listener).status == 200


def beside():
    """--listen is obeyed beside the sockets from systemd"""
    with tempfile.TemporaryDirectory(dir=lib.scratch()) as run:
        file = listening(os.path.join(run, "api"))
        with Managed(files=[("api", file)], listen=2) as daemon:
            daemon.sockets["api"] = os.path.join(run, "api")
            assert daemon.request("GET", WHO).status == 200
            for listener in (0, 1):
                assert daemon.request("GET", WHO,
                                      listener=listener).status == 401
        file.close()


def several():
    """a unit may have two sockets of the same name"""
    files = [("http", listening()), ("http", listening())]
    with Managed(files=files) as daemon:
        for _, file in files:
            daemon.ports = [file.getsockname()[1]]
            assert daemon.request("GET", WHO, listener=0).status == 401
    for _, file in files:
        file.close()


def wrong_ones():
    """it does not start if any of the sockets handed over is wrong"""
    with tempfile.TemporaryDirectory(dir=lib.scratch()) as run:
        def local(name, **how):
            path = os.path.join(run, name)
            if os.path.lexists(path):
                os.unlink(path)
            return listening(path, **how)

        everywhere = socket.socket()
        everywhere.bind(("0.0.0.0", 0))
        everywhere.listen(1)
        name = "FileDescriptorName must be api or verify (Unix), http or"
        deaf = "does not listen"
        for what, files, others, said in (
                ("a name", [("apis", local("a"))], {}, name),
                ("no name", [("", local("a"))], {}, name),
                ("TCP as api", [("api", listening())], {}, name),
                ("TCP as verify", [("verify", listening())], {}, name),
                ("Unix as http", [("http", local("a"))], {}, name),
                ("Unix as https", [("https", local("a"))], {}, "https"),
                ("the last one", [("api", local("a")), ("api", local("b")),
                                  ("x", local("c"))], {}, name),
                ("names are missing", [("api", local("a"))],
                 {"LISTEN_FDNAMES": ""}, ""),
                ("datagrams", [("api", local(
                    "a", kind=socket.SOCK_DGRAM, backlog=0))], {}, deaf),
                ("does not listen", [("api", local("a", backlog=0))], {},
                 deaf),
                ("a file", [("api", tempfile.TemporaryFile(dir=run))], {},
                 deaf),
                ("there are fewer", [("api", local("a"))],
                 {"LISTEN_FDS": "2"}, "LISTEN_FDS"),
                ("no number", [("api", local("a"))], {"LISTEN_FDS": "one"},
                 "LISTEN_FDS"),
                ("negative", [("api", local("a"))], {"LISTEN_FDS": "-1"},
                 "LISTEN_FDS"),
                ("https without a certificate", [("https", listening())], {},
                 "needs --tls-certificate and --tls-key"),
                ("HTTP to the world", [("http", everywhere)], {},
                 CLEAR),
                ("too many", [("http", listening()) for _ in range(19)], {},
                 "too many sockets from systemd")):
            with Waiting(files=files, others=others) as daemon:
                heard = daemon.refused()
                lines = [line for line in heard.splitlines()
                         if " listening on " not in line and
                         " no group accesstoken" not in line]
                assert said in heard and len(lines) == 1, (what, heard)
                assert_no_names(daemon)
                assert "READY=1" not in list(daemon.said.queue), what
            for _, file in files:
                file.close()
        everywhere.close()


class Waiting(Managed):
    """A managed daemon that the with block does not start."""

    def __enter__(self):
        return self


def somebody_elses():
    """sockets that were handed to another process are not used"""
    with tempfile.TemporaryDirectory(dir=lib.scratch()) as run:
        file = listening(os.path.join(run, "api"))
        with Managed(files=[("api", file)], others={"LISTEN_PID": "1"}) as \
                daemon:
            assert daemon.request("GET", WHO).status == 200
        file.close()


def main():
    failed = 0
    for test in (command_line, modes, no_group, directory, second, stale,
                 in_the_way, not_its_own, tcp, https, handed_over, beside,
                 several, wrong_ones, somebody_elses):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
