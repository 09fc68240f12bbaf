"""Takes any method, says so, and answers: PORT. It listens on loopback.

/read…    with the body
/half…    with half of the body; the rest stays unread
any other without having read anything
"""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        print("asked %s %s" % (self.command, self.path), flush=True)
        length = int(self.headers.get("Content-Length", 0))
        if self.path.startswith("/half"):
            length //= 2
        elif not self.path.startswith("/read"):
            length = 0
        body = self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.daemon_threads = True
print("listening", flush=True)
server.serve_forever()
