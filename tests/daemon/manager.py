"""manager.py - plays systemd for a daemon: hands sockets over to it, and
receives its notifications."""
import os
import queue
import socket
import subprocess
import sys
import threading
import time

import lib

# Moves the descriptors to 3 and up and sets the variables that hold the
# process's own id, then becomes the daemon.
LAUNCH = """
import fcntl, os, sys
given = [int(number) for number in sys.argv[1].split()]
kept = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in given]
for fd in given:
    os.close(fd)
for place, fd in enumerate(kept):
    os.dup2(fd, 3 + place)
if "LISTEN_FDS" in os.environ:
    os.environ.setdefault("LISTEN_PID", str(os.getpid()))
if "WATCHDOG_USEC" in os.environ:
    os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Managed(lib.Daemon):
    """
    A daemon under a manager.  files: pairs of a name and of the file that is
    handed over under that name; watchdog: the number of microseconds without
    a sign of life after which a manager would kill it; others: further
    environment variables, such as "LISTEN_FDS".  It runs inside a with block.
    """

    def __init__(self, *options, files=(), watchdog=None, others=(),
                 **arguments):
        super().__init__(*options, **arguments)
        self.files = list(files)
        self.environment = {}
        if self.files:
            self.environment["LISTEN_FDS"] = str(len(self.files))
            self.environment["LISTEN_FDNAMES"] = ":".join(
                name for name, _ in self.files)
        if watchdog:
            self.environment["WATCHDOG_USEC"] = str(watchdog)
        self.environment.update(others)
        self.said = queue.Queue()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(self.directory, "notify")
        self.notify.bind(path)
        os.chmod(path, 0o777)  # as systemd's socket is
        self.environment["NOTIFY_SOCKET"] = path
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Receive at once what the daemon sends, so that it never blocks."""
        while True:
            try:
                message = self.notify.recv(65536)
            except OSError:
                return
            if not message:
                return
            for line in message.decode().splitlines():
                self.said.put(line)

    def hear(self, line):
        """Wait for a line; returns the lines that came before it."""
        before = []
        end = time.monotonic() + lib.PATIENCE
        while True:
            try:
                heard = self.said.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError("heard %r, but not %r" % (
                    sorted(set(before)), line)) from None
            if heard == line:
                return before
            before.append(heard)

    def pings(self, count=2):
        """Wait for signs of life: by then the daemon has done its periodic
        work."""
        for _ in range(count):
            self.hear("WATCHDOG=1")

    def spawn(self, command, log):
        fds = [file.fileno() for _, file in self.files]
        return subprocess.Popen(
            [sys.executable, "-c", LAUNCH, " ".join(map(str, fds)), *command],
            env={**lib.environment(), **self.environment}, pass_fds=fds,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def clean_up(self):
        super().clean_up()
        self.notify.shutdown(socket.SHUT_RDWR)  # ends recv in listen()
        self.notify.close()


def listening(path=None, kind=socket.SOCK_STREAM, backlog=16):
    """A socket as a systemd unit has it: Unix if there is a path, otherwise
    TCP on loopback."""
    sock = socket.socket(socket.AF_UNIX if path else socket.AF_INET, kind)
    sock.bind(path or ("127.0.0.1", 0))
    if path:
        os.chmod(path, 0o666)
    if backlog:
        sock.listen(backlog)
    return sock
