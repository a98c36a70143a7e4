"""crowd.py - one user cannot keep others from the api socket: of 300
connections that somebody holds, 256 are served and the others closed; the
verify socket is nobody's to fill with them; what is closed makes room."""
import contextlib
import sys

import lib

HELD = 300
SERVED = 256
ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def is_served(connection):
    try:
        connection.send(ASK)
        return connection.answer().status == 200
    except (OSError, lib.http.client.HTTPException):
        return False


def main():
    with lib.Daemon() as daemon:
        _, token = daemon.issue()
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(daemon.connect())
                    for _ in range(HELD)]
            served = sum(is_served(connection) for connection in held)
            assert served == SERVED, served
            answer = daemon.request("GET", "/v1/auth/verify", token=token,
                                    listener="verify")
            assert answer.status == 200, answer
        # The daemon learns of the closing when it gets to it.
        for _ in range(lib.PATIENCE):
            with daemon.connect() as connection:
                if is_served(connection):
                    return False
            lib.time.sleep(1)
        print("nobody is served after the others have gone")
        return True


if __name__ == "__main__":
    sys.exit(lib.run(main))
