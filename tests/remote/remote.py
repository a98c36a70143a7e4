"""remote.py - a server for a test, and the tool that asks it.

    from remote import Server, Tool, answer
    with Tool() as tool, Server(lambda request: answer(404)) as server:
        tool.expect(3, "--store", server.uri, "show", "7")

The function of a server takes a Request and returns the bytes to send, an
iterator of bytes (which may sleep), or None to send nothing until the server
ends.  The server and the tool change nothing outside a temporary directory;
the tool's syslog goes to a file.  Tests run in the build directory, and no
test asserts a time.
"""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
# pylint: disable=wrong-import-position,unused-import
import masked

BUILD = os.getcwd()
os.umask(0o022)
PATIENCE = 60  # seconds; everything takes at most 5
TOKENS = "/v1/auth/access-tokens/"


def scratch():
    """Create a directory for the test, in memory if possible."""
    if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK):
        return tempfile.mkdtemp(prefix="accesstoken-test.", dir="/dev/shm")
    return tempfile.mkdtemp(prefix="accesstoken-test.")


def answer(status, body=b"", *lines, kind="application/json"):
    """An answer; a body that is not bytes is written as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = ["HTTP/1.1 %d X" % status, "Content-Length: %d" % len(body), *lines]
    if body:
        head.append("Content-Type: " + kind)
    return "\r\n".join(head + ["", ""]).encode("latin-1") + body


def error(status, description, *lines):
    """An error in Qumulo's form."""
    return answer(status, {
        "error_class": "http_error", "description": description,
        "module": "stub", "stack": [], "user_visible": True}, *lines)


class Request:
    """A request that the server has read."""

    def __init__(self, stream):
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3:
            raise EOFError
        self.method, self.target, _ = line
        self.headers = {}
        for line in iter(stream.readline, b"\r\n"):
            if b":" not in line:
                raise EOFError
            name, value = line.decode("latin-1").split(":", 1)
            name = name.lower()
            assert name not in self.headers, name + ": twice"
            self.headers[name] = value.strip()
        self.body = stream.read(int(self.headers.get("content-length", "0")))

    def json(self):
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body.decode())


class Server:
    """A server on a Unix socket, or on a port of 127.0.0.1, with TLS if it has
    a context."""

    def __init__(self, function, unix=True, tls=None, backlog=64,
                 accepts=True, host="127.0.0.1"):
        self.function = function
        self.tls = tls
        self.requests = []
        self.failure = None
        self.directory = scratch()
        self.over = threading.Event()
        self.threads = []
        if unix:
            path = os.path.join(self.directory, "socket")
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
            self.uri = "unix:" + path
        else:
            self.socket = socket.socket()
            self.socket.bind(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]
            self.uri = "%s://%s:%d" % ("https" if tls else "http", host,
                                       self.port)
        self.socket.listen(backlog)
        self.accepting = accepts

    def __enter__(self):
        if self.accepting:
            self.start(self.accept)
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        if self.accepting:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.socket.close()
        for thread in self.threads:
            thread.join(PATIENCE)
        shutil.rmtree(self.directory)
        if self.failure is not None:
            print("the server failed:\n" + self.failure)
            assert kind is not None, "the server failed"

    def start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments,
                                  daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while not self.over.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.start(self.serve, connection)

    def serve(self, connection):
        connection.settimeout(PATIENCE)
        try:
            with connection:
                if self.tls:
                    connection = self.tls.wrap_socket(connection,
                                                      server_side=True)
                self.converse(connection)
        except (OSError, EOFError):
            pass  # the client has closed the connection
        except Exception:  # pylint: disable=broad-except
            self.failure = traceback.format_exc()

    def converse(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                request = Request(stream)
                self.requests.append(request)
                pieces = self.function(request)
                if pieces is None:
                    self.over.wait(PATIENCE)
                    return
                if isinstance(pieces, bytes):
                    pieces = [pieces]
                sent = b""
                for piece in pieces:
                    connection.sendall(piece)
                    sent = (sent + piece)[-4096:]
                # After anything but a complete answer, close the connection.
                if b"Content-Length" not in sent or \
                        request.headers.get("connection") == "close":
                    return


class Tool:
    """The admin tool with the plugin of this build, in a directory with a
    store."""

    def __init__(self):
        self.directory = scratch()
        self.store = os.path.join(self.directory, "state", "tokens.tdb")
        self.log = os.path.join(self.directory, "log")
        # The directory of the build may be one that others can write to.
        plugin = os.path.join(BUILD, ".libs", "tokenstore-http.so")
        if os.path.exists(plugin):
            shutil.copy(plugin, self.directory)
            os.chmod(self.path("tokenstore-http.so"), 0o755)
        self.environment = {
            "ACCESSTOKEN_TEST_PLUGIN": self.path("tokenstore-http.so"),
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
            "HOME": self.directory, "ACCESSTOKEN_TEST_LOG": self.log,
            "LD_PRELOAD": os.path.join(
                BUILD, "tests", "tool", ".libs", "preload.so"),
            "LD_LIBRARY_PATH": ":".join(
                os.path.join(BUILD, directory, ".libs")
                for directory in ("tests/remote", "")),
            "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text, mode=0o600):
        """Write a file; returns its path."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def run(self, *arguments, stdin="", stdout=subprocess.PIPE, account=None,
            **environment):
        """Run the tool, as the account if one is given; returns its exit
        status, output and errors."""
        who = {"user": account.pw_uid, "group": account.pw_gid,
               "extra_groups": []} if account else {}
        result = subprocess.run(
            [os.path.join(BUILD, ".libs", "accesstoken"), *arguments],
            env={**self.environment, **environment}, input=stdin,
            encoding="utf-8", stdout=stdout, stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE, cwd=self.directory, **who)
        return result.returncode, result.stdout, result.stderr

    def expect(self, status, *arguments, says="", **options):
        """Run the tool; it must exit with this status, and its errors must
        match."""
        code, out, err = self.run(*arguments, **options)
        assert code == status, (arguments, code, out, err)
        assert re.search(says, err), (arguments, says, err)
        return out, err

    def issue(self, *arguments):
        """Issue a token in the store; returns its id and its secret."""
        out, _ = self.expect(0, "--store", self.store, "create", "--json",
                             *arguments)
        made = json.loads(out)
        return made["id"], made["bearer_token"]

    def audit(self):
        """Return the lines that were logged since the last call."""
        with open(self.log, "a+", encoding="utf-8") as file:
            file.seek(0)
            lines = file.read().splitlines()
            file.truncate(0)
        return lines


def run(cases):
    """Run all functions of a test, even if one fails, and exit."""
    failed = 0
    for case in cases:
        try:
            case()
            print("ok: %s" % (case.__doc__ or case.__name__).strip())
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("FAILED: %s" % (case.__doc__ or case.__name__).strip())
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed or not cases else 0)


def in_parallel(function, items):
    """Call the function for all items in parallel: each may take 5 seconds."""
    failures = []

    def call(item):
        try:
            function(*item)
        except Exception:  # pylint: disable=broad-except
            failures.append("%r\n%s" % (item[0], traceback.format_exc()))

    threads = [threading.Thread(target=call, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n".join(failures)


def server_context(certificate, key, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
