# terminal.py COMMAND... - runs a command on a terminal of its own.  If $SEND
# is set, sends it after the command has asked for it with a line that ends in
# ": ".  Prints all that the terminal showed, and exits with the command's exit
# code.  $WIDTH is the number of the terminal's columns.
import fcntl
import os
import pty
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack(
        "HHHH", 24, int(os.environ.get("WIDTH", "200")), 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])

shown = b""
send = os.environ.get("SEND")
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
    if send is not None and shown.endswith(b": "):
        os.write(terminal, send.encode() + b"\n")
        send = None
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
