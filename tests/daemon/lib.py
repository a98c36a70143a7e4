"""lib.py - starts a daemon for a test, and talks to it.

    from lib import Daemon
    with Daemon("--admin-group", lib.group()) as daemon:
        answer = daemon.request("GET", "/v1/session/who-am-i")
        assert answer.status == 200 and answer.json()["name"] == lib.user()
        with daemon.connect("verify") as connection:   # byte by byte
            connection.send(b"GET /v1/auth/verify HTTP/1.1\r\n")
            connection.send(b"Host: x\r\n\r\n")
            assert connection.answer().status == 401

Each daemon has a temporary directory with a store, an api.sock and a
verify.sock of its own, and TCP ports if the test asks for them.  Leaving the
block stops the daemon and proves that it exited with status 0 and logged no
secret.  Timeouts are generous, and nothing here measures time.  Runs in the
build directory, as automake runs tests; must touch nothing outside its
temporary directory.
"""
import grp
import http.client
import io
import json
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
# pylint: disable=wrong-import-position,unused-import
import masked

BUILD = os.getcwd()
SOURCE = os.path.abspath(os.environ.get("srcdir", "."))
os.umask(0o022)
PATIENCE = 60  # seconds to wait for something that usually happens at once


class Skip(Exception):
    """The test cannot run here; the text says why."""


def account():
    """The account that tests act as: the account that runs them or, if that
    is root, an ordinary one, since root may do everything."""
    if os.geteuid() == 0:
        return pwd.getpwnam("daemon")
    return pwd.getpwuid(os.geteuid())


def user():
    """The name of that account."""
    return account().pw_name


def group():
    """The primary group of that account, for --admin-group."""
    return grp.getgrgid(account().pw_gid).gr_name


def need_account():
    """Skip if run by uid 65534: the kernel reports that uid for callers
    without one of their own, so the daemon does not accept it."""
    if os.geteuid() == 65534:
        raise Skip("the daemon does not accept uid 65534; "
                   "run the tests as another user")


def run(main):
    """Run a test's main function and exit: True is a failure, Skip a skip."""
    # When the test is terminated, it cleans up, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        need_account()
        sys.exit(main())
    except Skip as reason:
        print("skipped: %s" % reason)
        sys.exit(77)


def passes(test):
    """Run one test of several and print its result, with its docstring as its
    name; returns whether it passed."""
    try:
        test()
    except Skip:
        raise
    except Exception:
        traceback.print_exc()
        print("FAIL: " + test.__doc__)
        return False
    print("ok: " + test.__doc__)
    return True


def built(name):
    """The path of a program of this build, not of libtool's wrapper script."""
    for path in (os.path.join(BUILD, ".libs", name),
                 os.path.join(BUILD, name)):
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(name + " is not built")


def environment():
    env = dict(os.environ, LC_ALL="C.UTF-8")
    for name in ("TDB_NO_FSYNC", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",
                 "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
                 "ACCESSTOKEN_TOKEN_FILE"):
        env.pop(name, None)
    env["LD_LIBRARY_PATH"] = os.path.join(BUILD, ".libs")
    # The preloaded library comes before the sanitizer's.
    env["ASAN_OPTIONS"] = ":".join(filter(None, (
        env.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
    # Nothing is sent to this machine's log.
    preload = os.path.join(BUILD, "tests", "daemon", ".libs", "preload.so")
    if os.access(preload, os.R_OK):
        env["LD_PRELOAD"] = preload
    return env


class Answer:
    """An answer.  Header names are in lower case; a name that comes twice is
    an error."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {}
        for name, value in response.getheaders():
            assert name.lower() not in self.headers, \
                name + " appears twice"
            self.headers[name.lower()] = value
        self.body = response.read()

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def __repr__(self):
        return "%d %r %r" % (self.status, self.headers, self.body[:500])


class Incoming(io.BufferedReader):
    """The bytes that are received.  http.client closes its file after each
    answer; this one stays open for the next."""

    def close(self):
        pass


class Connection:
    """One connection.  Sends bytes exactly as given."""

    def __init__(self, sock):
        self.socket = sock
        self.socket.settimeout(PATIENCE)
        self.incoming = Incoming(socket.SocketIO(sock, "r"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def makefile(self, *_):
        """http.client takes this object for a socket and calls this."""
        return self.incoming

    def send(self, data):
        self.socket.sendall(data)

    def done(self):
        """Shut down the sending side: nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def answer(self, method="GET"):
        """The next answer; "method" decides whether it may have a body."""
        response = http.client.HTTPResponse(self, method=method)
        response.begin()
        return Answer(response)

    def rest(self):
        """All bytes that still come until the other side closes."""
        pieces = []
        while True:
            try:
                piece = self.incoming.read1(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)


class Daemon:
    """
    accesstokend with these options.  listen: the number of free TCP ports
    that it listens on; limits: the text of its limits.conf; descriptors: how
    many it may open; variables: added to its environment.
    """

    prefix = "accesstokend: "  # of each line of its log

    def __init__(self, *options, listen=0, store=None, limits="", tmp=None,
                 descriptors=None, variables=()):
        self.directory = tempfile.mkdtemp(prefix="accesstokend-test.",
                                          dir=tmp or scratch())
        os.chmod(self.directory, 0o755)  # other users connect to it, too
        self.store = store or os.path.join(self.directory, "state",
                                           "tokens.tdb")
        self.sockets = {name: os.path.join(self.directory, name + ".sock")
                        for name in ("api", "verify")}
        self.limits = os.path.join(self.directory, "limits.conf")
        self.write_limits(limits)
        self.log_path = os.path.join(self.directory, "log")
        self.arguments = [
            "--store", self.store, "--limits", self.limits,
            "--api-socket", self.sockets["api"],
            "--verify-socket", self.sockets["verify"],
            "--verify-socket-group", group(),
            *["--listen=127.0.0.1:0"] * listen, *options]
        self.ports = []
        self.process = None
        self.descriptors = descriptors
        self.syslog = os.path.join(self.directory, "syslog")
        self.variables = {"ACCESSTOKEN_TEST_SYSLOG": self.syslog,
                          **dict(variables)}

    def path(self, name):
        """The path of a file in the test's directory."""
        return os.path.join(self.directory, name)

    def write_limits(self, text):
        with open(self.limits, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.limits, 0o644)

    # ---------------------------------------------------- start and stop

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process is not None:
                self.stop()
        except BaseException:
            if kind is None:
                raise
            sys.excepthook(*sys.exc_info())  # the first failure is raised
        finally:
            if kind is not None:
                sys.stderr.write(self.log())
            self.clean_up()

    def spawn(self, command, log):
        return subprocess.Popen(command,
                                env={**environment(), **self.variables},
                                stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL,
                                preexec_fn=self.limit)

    def start(self):
        """Start the daemon and wait until it logs that it is ready."""
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            self.process = self.spawn([built("accesstokend"),
                                       *self.arguments], log)
        deadline = time.monotonic() + PATIENCE
        while self.prefix + "ready\n" not in self.log(begin):
            if self.process.poll() is not None:
                raise RuntimeError("the daemon exited with %d:\n%s" % (
                    self.process.returncode, self.log(begin)))
            if time.monotonic() > deadline:
                raise RuntimeError("the daemon is not ready:\n" +
                                   self.log(begin))
            time.sleep(0.01)
        self.ports = [int(port) for port in re.findall(
            r"^accesstokend: listening on \S+:([0-9]+)$", self.log(begin),
            re.M)]

    def limit(self):
        """Runs in the new process before the daemon does."""
        if self.descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE,
                               (self.descriptors, self.descriptors))

    def stop(self, sig=signal.SIGTERM, status=0):
        """Stop the daemon; prove its exit status and that it logged no
        secret."""
        process, self.process = self.process, None
        process.send_signal(sig)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the daemon did not exit:\n" +
                                 self.log()) from None
        assert process.returncode == status, (process.returncode, self.log())
        assert "pamat1_" not in self.log(), "the log contains a secret"
        assert "pamat1_" not in "".join(self.changes())

    def kill(self):
        """Kill the daemon with SIGKILL, so that it cannot finish anything."""
        self.stop(signal.SIGKILL, -signal.SIGKILL)

    def clean_up(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.directory)

    def reload(self):
        """Send SIGHUP and wait for the reload; returns what was logged."""
        begin = os.path.getsize(self.log_path)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "accesstokend: reloaded\n" in self.log(begin) or
                   self.process.poll() is not None)
        assert self.process.poll() is None, self.log()
        return self.log(begin)

    def refused(self, status=1):
        """Prove that the daemon refuses to start; returns what it logs."""
        begin = len(self.log()) if os.path.exists(self.log_path) else 0
        try:
            self.start()
        except RuntimeError as error:
            assert self.process.poll() == status, error
            self.process = None
            return self.log(begin)
        raise AssertionError("the daemon started")

    def log(self, begin=0):
        """What the daemon wrote to stderr, from this byte on."""
        with open(self.log_path, "rb") as file:
            file.seek(begin)
            return file.read().decode("utf-8", "backslashreplace")

    def changes(self):
        """The lines that it sent to syslog."""
        if not os.path.exists(self.syslog):
            return []
        with open(self.syslog, encoding="utf-8") as file:
            return file.read().splitlines()

    # ----------------------------------------------------------- requests

    def connect(self, listener="api", uid=None, gid=None, groups=()):
        """
        A connection to "api", to "verify" or to the first, second, ... TCP
        port (0, 1, ...).  The peer is account(), or another account if root
        runs the test.
        """
        if isinstance(listener, int):
            sock = socket.create_connection(
                ("127.0.0.1", self.ports[listener]), PATIENCE)
            return Connection(sock)
        sock = socket.socket(socket.AF_UNIX)
        try:
            if uid is None and os.geteuid() == 0:
                uid, gid = account().pw_uid, account().pw_gid
            if uid is None:
                sock.connect(self.sockets[listener])
            else:
                connect_as(sock, self.sockets[listener], uid, gid, groups)
        except BaseException:
            sock.close()
            raise
        return Connection(sock)

    def request(self, method, target, body=None, headers=(), token=None,
                listener="api", host="localhost", **caller):
        """
        Send one request on a new connection; returns its answer.  A body that
        is not bytes is sent as JSON; token is sent as Bearer.
        """
        lines = [("Host", host), ("Connection", "close"),
                 *dict(headers).items()]
        if token is not None:
            lines.append(("Authorization", "Bearer " + token))
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            lines.append(("Content-Type", "application/json"))
        if body is not None:
            lines.append(("Content-Length", str(len(body))))
        head = "%s %s HTTP/1.1\r\n" % (method, target)
        head += "".join("%s: %s\r\n" % line for line in lines) + "\r\n"
        with self.connect(listener, **caller) as connection:
            try:
                connection.send(head.encode("latin-1") + (body or b""))
            except (BrokenPipeError, ConnectionResetError):
                pass  # the daemon may answer before it has read everything
            answer = connection.answer(method)
            extra = connection.rest()
            assert not extra, "bytes after the answer: %r" % extra[:500]
            return answer

    # ------------------------------------------------------------- tokens

    def tool(self, *arguments, status=0, stdin=""):
        """Run the admin tool on the daemon's store, without the limits that
        this machine may have; returns its standard output and standard
        error."""
        if arguments[0] in ("create", "modify", "rotate"):
            arguments += ("--limits", "-")
        result = subprocess.run(
            [built("accesstoken"), "--store", self.store, *arguments],
            env=environment(), input=stdin, encoding="utf-8",
            capture_output=True, check=False)
        assert result.returncode == status, (arguments, result)
        return result.stdout, result.stderr

    def issue(self, *options, name=None):
        """Create a token for "name", or for user(); returns its id and its
        secret."""
        out, _ = self.tool("create", name or user(), "--json", *options)
        made = json.loads(out)
        return made["id"], made["bearer_token"]


def wait_until(holds):
    """Wait until holds() is true; fails after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, \
            "waited %d seconds in vain" % PATIENCE
        time.sleep(0.01)


def connect_as(sock, path, uid, gid=None, groups=()):
    """Connect as another account: the kernel records the peer's uid and gids
    in connect()."""
    before = os.getgroups()
    try:
        os.setgroups(list(groups))
        os.setegid(uid if gid is None else gid)
        os.seteuid(uid)
        sock.connect(path)
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


def scratch():
    """Where to make temporary directories: in memory, which spares the disk,
    unless TMPDIR says otherwise."""
    if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK):
        return "/dev/shm"
    return None
