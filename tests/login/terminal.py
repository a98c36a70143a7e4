"""Run a command in a terminal of its own and type an answer to its prompt.

    printf '%s\\n' "$secret" | terminal.py COMMAND...

When the command asks for a password and has turned off the echo, this types
the first line of standard input.  It prints the output of the command and
exits with its status.  The secret is in no argument and no environment.
"""

import os
import pty
import re
import signal
import sys
import termios
import time

answer = sys.stdin.buffer.readline()
signal.alarm(60)  # the command does not ask, or asks too often
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

shown = b""
while True:
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        # The other side is closed.  Util-linux's login opens it again, after
        # it has hung up whoever else had it open.
        if ended:
            break
        time.sleep(0.01)
        continue
    shown += piece
    if answer and re.search(rb"assword: ?$", shown):
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answer)
        answer = b""

sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
