"""app.py SOCKET USER - a web application on a Unix socket that only this user
can open.  It answers with the request that it received: one line for each
header as it arrived, one with its name as PHP and CGI programs see it, where
all characters but letters and digits are the same, and one for the body."""
import http.server
import os
import re
import shutil
import socket
import socketserver
import sys


def folded(name):
    return re.sub("[^A-Z0-9]", "_", name.upper())


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        lines = ["%s: %s" % line for line in self.headers.items()]
        lines += ["%s = %s" % (folded(name), value)
                  for name, value in self.headers.items()]
        lines.append("body: " + self.content().decode())
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def content(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while True:
            pieces.append(self.rfile.read(int(self.rfile.readline(), 16)))
            self.rfile.readline()
            if not pieces[-1]:
                return b"".join(pieces)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self):
        os.makedirs(os.path.dirname(self.server_address), exist_ok=True)
        os.umask(0o177)
        socketserver.TCPServer.server_bind(self)
        shutil.chown(self.server_address, user=sys.argv[2])
        self.server_name, self.server_port = "app", 0

    def get_request(self):
        return self.socket.accept()[0], ("app", 0)


Server(sys.argv[1], App).serve_forever()
