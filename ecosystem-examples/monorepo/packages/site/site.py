#!/usr/bin/env python3
"""A page made of what the api says."""

import http.server
import json
import os
import urllib.request

API = f"http://127.0.0.1:{os.environ['API_PORT']}/"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with urllib.request.urlopen(API, timeout=5) as answer:
            prices = json.load(answer)["prices"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"<p>{len(prices)} prices, {os.environ['STAGE']}</p>\n".encode())

    def log_message(self, *_):
        pass


print("site is up")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SITE_PORT"])), Page).serve_forever()
