#!/usr/bin/env python3
"""Says how many of an item are in stock: python3 inventory.py PORT. Nothing but the standard library.

GET /stock/ID  looks the order up at the orders service, and answers with who took part
GET /paid/ID   asks the payments service, and answers what that says
GET /health    answers 200
"""

import json
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Inventory(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        _, kind, *rest = self.path.split("/")
        if kind == "health":
            self.answer(200, b"ok\n")
        elif kind == "stock" and len(rest) == 1:
            status, body = fetch("http://orders/orders/" + rest[0])
            self.answer(status, self.stock(body) if status == 200 else body)
        elif kind == "paid" and len(rest) == 1:
            self.answer(*fetch("http://payments/payments/" + rest[0]))
        else:
            self.answer(404, b"no such thing\n")

    def stock(self, order):
        order = json.loads(order)
        here = {
            "service": "inventory",
            "version": "v1",
            "port": self.server.server_port,
            "host": self.headers["Host"],
            "scheme": "http",
            "secure": False,
        }
        answer = {"item": order["item"], "inStock": 42, "hops": [here] + order["hops"]}
        return json.dumps(answer).encode()

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def fetch(url):
    """The status and the body of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Inventory).serve_forever()
