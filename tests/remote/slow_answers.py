"""slow_answers.py - a server that hangs, sends single bytes or never ends
cannot delay a caller beyond the deadline.  The test prints the times; it
asserts that each call ends, and with which exit status."""
import time

from remote import Server, Tool, answer, in_parallel, run

YES = ["Remote-User: jane", "X-Token-Id: 1"]


def drip(data, pause=0.2):
    """Send one byte at a time, for ever."""
    for byte in data:
        yield bytes([byte])
        time.sleep(pause)
    while True:
        yield b" "
        time.sleep(pause)


def endless(head, piece, pause=0):
    yield head
    while True:
        yield piece
        time.sleep(pause)


BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

CASES = [
    ("no answer", lambda request: None),
    ("a status, byte by byte", lambda request: drip(b"HTTP/1.1 200 OK\r\n")),
    ("headers, byte by byte",
     lambda request: drip(answer(200, b"", *YES, "X: " + 1000 * "x"))),
    ("headers that never end",
     lambda request: endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")),
    ("hints that never end",
     lambda request: endless(b"", b"HTTP/1.1 103 E\r\nX: y\r\n\r\n", 0.01)),
    ("content that never comes",
     lambda request: endless(BODY + b"Content-Length: 9\r\n\r\n", b"", 0.2)),
    ("content that never ends",
     lambda request: endless(BODY + b"\r\n", 65536 * b" ")),
    ("content that is nearly too much",
     lambda request: endless(BODY + b"\r\n", b"[", 0.1)),
    ("chunks that never end",
     lambda request: endless(BODY + b"Transfer-Encoding: chunked\r\n\r\n",
                             b"1\r\n \r\n", 0.05)),
]


def hanging():
    """a server that never ends its answer"""
    with Tool() as tool:
        _, bearer = tool.issue("jane", "--virtual")

        def ask(name, function, command, stdin, status):
            begun = time.monotonic()
            with Server(function) as server:
                tool.expect(status, "--store", server.uri, *command,
                            stdin=stdin)
                print("    %-32s %-6s %.1f s" % (
                    name, command[0], time.monotonic() - begun))

        in_parallel(ask, [(*case, ["verify"], bearer, 7) for case in CASES] +
                    [(*case, ["list"], "", 7) for case in CASES] +
                    [(*case, ["create", "jane"], "", 1) for case in CASES])


def at_the_door():
    """a server that accepts no connection, and one that accepts late"""
    with Tool() as tool:
        _, bearer = tool.issue("jane", "--virtual")

        def fill(server):
            """Fill the queue of connections to the server."""
            import socket
            places = []
            while True:
                place = socket.socket(socket.AF_UNIX)
                place.setblocking(False)
                places.append(place)
                try:
                    place.connect(server.uri[len("unix:"):])
                except BlockingIOError:
                    return places

        begun = time.monotonic()
        with Server(None, backlog=1, accepts=False) as server:
            places = fill(server)
            tool.expect(7, "--store", server.uri, "verify", stdin=bearer,
                        says="no answer within 5 seconds")
            print("    a queue that stays full: %.1f s" %
                  (time.monotonic() - begun))
            for place in places:
                place.close()
        with Server(lambda request: answer(200, b"", *YES), backlog=1,
                    accepts=False) as server:
            places = fill(server)

            def open_late(_):
                time.sleep(1)
                server.start(server.accept)

            def ask(_):
                tool.expect(0, "--store", server.uri, "verify", stdin=bearer)

            in_parallel(lambda name, function: function(name),
                        [("late", open_late)] + [("ask", ask)] * 4)
            for place in places:
                place.close()
            server.accepting = True


def undoing():
    """a token that was issued is revoked even after the deadline"""
    made = answer(200, {"id": "7", "bearer_token": "x"})

    def serve(request):
        if request.method == "POST":
            return made
        return answer(200) if request.method == "DELETE" else None

    with Tool() as tool, Server(serve) as server:
        tool.expect(7, "--store", server.uri, "create", "jane",
                    says="within 5 seconds; token 7 is revoked again")


run([hanging, at_the_door, undoing])
