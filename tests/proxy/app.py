"""app.py - a web application that answers with the request that it received:
one line for each header, and one for the body."""
import http.server


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        lines = ["%s: %s" % line for line in self.headers.items()]
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


http.server.ThreadingHTTPServer(("127.0.0.1", 3000), App).serve_forever()
