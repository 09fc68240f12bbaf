"""An ordinary service of the standard library: NAME PORT. It listens on loopback.

GET  /fetch?url=URL   calls it, and answers with its status and body
POST /echo            answers with the body
GET  /exit?code=N     ends
any other             answers with its name, the request line and the header fields
"""

import http.server
import os
import signal
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

name, port = sys.argv[1], int(sys.argv[2])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if parts.path == "/fetch":
            self.answer(*fetch(query["url"]))
        elif parts.path == "/exit":
            self.answer(200, b"bye")
            threading.Timer(0.2, lambda: os._exit(int(query["code"]))).start()
        else:
            lines = ["name=" + name, "request=" + self.requestline]
            lines += ["%s=%s" % field for field in self.headers.items()]
            self.answer(200, "\n".join(lines).encode())

    def do_POST(self):
        self.answer(200, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def leave(number, frame):
    print("signal %d" % number, flush=True)
    sys.exit(3)


signal.signal(signal.SIGTERM, leave)
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
print("listening, HTTP_PROXY=%s" % os.environ.get("HTTP_PROXY"), flush=True)
server.serve_forever()
