"""prism.py PRISM - the daemon's answers pass through prism, a proxy that
checks requests and answers against doc/openapi.yaml.

With --errors prism answers itself, with application/problem+json, if a request
or an answer differs from the document, and adds a header if a status is not in
the document.  It must accept the daemon's answers, and must object to a server
that answers something else.
"""
import http.server
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import lib
import openapi

PRISM = sys.argv[1]
TOKENS = "/v1/auth/access-tokens/"
PROBLEM = "application/problem+json"


class Prism:
    """The program "prism proxy" in front of a port of this machine."""

    def __init__(self, port, log):
        self.log = log
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                [PRISM, "proxy", "--errors", "--cors", "false", "--host",
                 "127.0.0.1", "--port", "0",
                 os.path.join(openapi.SOURCE, "doc", "openapi.yaml"),
                 "http://127.0.0.1:%d" % port],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def wait(self):
        """Wait until prism listens; returns its port in a list."""
        deadline = time.monotonic() + lib.PATIENCE
        while True:
            with open(self.log, encoding="utf-8") as file:
                log = file.read()
            found = re.search(r"listening on http://[^:]+:([0-9]+)", log)
            if found:
                return [int(found.group(1))]
            assert self.process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.05)


class Liar(http.server.BaseHTTPRequestHandler):
    """A server with answers that the document does not have."""

    def do_GET(self):
        body = b'{"domain":"LOCAL"}'  # no name
        self.send_response(418 if "rotate" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Client:
    """Asks through prism, and tells prism's own answers from the daemon's."""

    def __init__(self, daemon, ports):
        self.daemon = daemon
        self.ports = ports
        self.asked = 0

    def ask(self, status, *request, **options):
        ports, self.daemon.ports = self.daemon.ports, self.ports
        try:
            answer = self.daemon.request(*request, listener=0, **options)
        finally:
            self.daemon.ports = ports
        self.asked += 1
        if (answer.headers.get("content-type") == PROBLEM or
                "sl-violations" in answer.headers):
            answer.status = "prism"
        assert answer.status == status, (request, answer)
        return answer


def tokens(client, admin, plain):
    ask, name = client.ask, lib.user()
    wanted = {"user": {"domain": "LOCAL", "name": name}, "name": "phone",
              "scopes": ["imap"], "networks": ["192.0.2.0/24"],
              "expiration_time": "2099-01-01T00:00:00Z"}
    made = ask(200, "POST", TOKENS, wanted, token=admin).json()
    made = ask(200, "POST", TOKENS, {"user": name, "scopes": ["imap"]},
               token=admin).json()
    one = TOKENS + made["id"]
    ask(200, "GET", TOKENS + "?limit=1&after=1&user=" + name, token=admin)
    ask(200, "GET", TOKENS, token=admin)
    ask(401, "GET", TOKENS)
    ask(403, "GET", TOKENS, token=plain)
    ask(403, "POST", TOKENS, wanted, token=plain)
    ask(400, "POST", TOKENS, {"user": "no-such-account", "scopes": ["imap"]},
        token=admin)
    ask(200, "GET", one, token=admin)
    ask(404, "GET", TOKENS + "4294967295", token=admin)
    ask(200, "PATCH", one, {"name": None, "enabled": False}, token=admin)
    ask(200, "POST", one + "/rotate", {"grace": "1h"}, token=admin)
    ask(404, "DELETE", TOKENS + "4294967295", token=admin)
    ask(200, "DELETE", one, token=admin)
    ask("prism", "POST", TOKENS, {"color": "red"}, token=admin)


def questions(client, asker, plain):
    ask = client.ask
    ask(200, "GET", "/v1/session/who-am-i", token=plain)
    ask(200, "GET", "/healthz")
    for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
        for path in ("/v1/auth/verify", "/v1/auth/verify/x"):
            ask(200, method, path, token=plain)
            ask(401, method, path + "?challenge=basic")
    ask(403, "GET", "/v1/auth/verify?require_scope=imap", token=asker)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for token in (plain, asker, "x"):
        body = urllib.parse.urlencode({"token": token}).encode()
        ask(200, "POST", "/v1/auth/introspect", body, kind, token=asker)
        ask(401, "POST", "/v1/auth/introspect", body, kind)


def main():
    with lib.Daemon(listen=1) as daemon:
        _, admin = daemon.issue("--scope", "tokens:admin", "--scope", "imap")
        _, asker = daemon.issue("--scope", "tokens:introspect")
        _, plain = daemon.issue()
        liar = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        log = os.path.join(daemon.directory, "prism")
        with Prism(daemon.ports[0], log) as prism, \
                Prism(liar.server_port, log + ".liar") as other:
            client = Client(daemon, prism.wait())
            tokens(client, admin, plain)
            questions(client, asker, plain)
            print("through prism: %d answers" % client.asked)
            client = Client(daemon, other.wait())
            client.ask("prism", "GET", "/v1/session/who-am-i", token=plain)
            client.ask("prism", "POST", TOKENS + "1/rotate", token=plain)
            print("prism objected to %d wrong answers" % client.asked)
        liar.shutdown()


if __name__ == "__main__":
    lib.run(main)
