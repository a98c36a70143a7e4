"""Act as the system's log: append each message to a file as one line.

    log.py SOCKET FILE
"""

import os
import socket
import sys

log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
with open(sys.argv[2], "ab", buffering=0) as file:
    log.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o666)
    while True:
        message = log.recv(65536).rstrip(b"\n\0")
        file.write(message.replace(b"\n", b"\\n") + b"\n")
