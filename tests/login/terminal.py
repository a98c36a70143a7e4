"""Run a command in a terminal of its own and type an answer at its prompt.

    printf '%s\\n' "$secret" | terminal.py COMMAND...

Types the first line of standard input when the command asks for a password
and has turned the echo off; prints what the command prints and exits as it
does.  The secret is in no argument and no environment.
"""

import os
import pty
import re
import signal
import sys
import termios
import time

answer = sys.stdin.buffer.readline()
signal.alarm(60)  # a command that asks for nothing, or too much
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

shown = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is gone
        piece = b""
    if not piece:
        break
    shown += piece
    if answer and re.search(rb"assword: ?$", shown):
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answer)
        answer = b""

sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
