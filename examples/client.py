#!/usr/bin/env python3
"""A client of the HTTP API, standard library only.

Finds a payment, says where its money is, shows its slip, proposes a refund once, and receives events. Try it against `slipway up --demo`:

    examples/client.py --name desk --password paper-boat-2026 --rrn 632700000002
    examples/client.py --name market --password paper-boat-2026 --listen 9000

The password may stand in the environment as SLIPWAY_PASSWORD.
"""

import argparse
import hashlib
import hmac
import http.server
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request


class Refused(Exception):
    """A problem of the API: `status`, `title`, `title_zh`, sometimes `reason`."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['title']} / {problem['title_zh']}")
        self.problem = problem


class Client:
    def __init__(self, base):
        self.base, self.token = base.rstrip("/"), None
        # The token goes to this address and through nobody else.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, method, path, body=None, key=None):
        """One request; with `key` an act that may be repeated until it is answered."""
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if key:
            headers["idempotency-key"] = key
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=20) as answer:
                text = answer.read()
                return json.loads(text) if "json" in answer.headers["content-type"] else text.decode()
        except urllib.error.HTTPError as error:
            raise Refused(json.load(error)) from None

    def once(self, method, path, body, tries=5):
        """An act that is done once, however often the line breaks: the same key each time."""
        key = secrets.token_hex(16)
        for left in reversed(range(tries)):
            try:
                return self.ask(method, path, body, key)
            except Refused as refused:
                if not left or not (refused.problem["status"] >= 500 or refused.problem.get("reason") == "under_way"):
                    raise
            except (urllib.error.URLError, TimeoutError):
                if not left:
                    raise
            time.sleep(1)

    def pages(self, path):
        """All rows of a list."""
        cursor = ""
        while cursor is not None:
            page = self.ask("GET", f"{path}?limit=100&cursor={cursor}")
            yield from page["items"]
            cursor = page["next"]

    def sign_in(self, name, password):
        self.token = self.ask("POST", "/api/v1/session", {"name": name, "password": password, "bearer": True})["token"]

    def sign_out(self):
        self.ask("DELETE", "/api/v1/session")


def genuine(header, body, key, now=None):
    """Whether a message is from the network: signed under our key, and not one that somebody sends again much later."""
    parts = [part.split("=", 1) for part in header.split(",") if "=" in part]
    at = next((value for name, value in parts if name == "t"), "")
    if not at.isascii() or not at.isdigit() or abs((now or time.time()) - int(at)) > 300:
        return False
    want = hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(want, value) for name, value in parts if name == "v1")


def receiver(port, key, told):
    """A server that takes each event once. `told` gets it; what it has is answered with 204 before it comes again. A challenge is answered with
    its value: the address is ours."""
    seen = set()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body, answer = self.rfile.read(min(int(self.headers.get("content-length", 0)), 65536)), b""
            if not genuine(self.headers.get("slipway-signature", ""), body, key()):
                status = 403
            else:
                event, status = json.loads(body), 204
                if event["type"] == "subscription.challenge":
                    status, answer = 200, json.dumps({"challenge": event["data"]["challenge"]}).encode()
                # In earnest: on your disk before it is answered.
                elif event["id"] not in seen:
                    seen.add(event["id"])
                    told(event)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)


def listen(client, port):
    """Subscribes to all payments and prints what comes, until Ctrl-C."""
    hook = {}
    server = receiver(port, lambda: hook["secret"], lambda event: print(event["type"], event["text"]["en"], flush=True))
    hook.update(client.once("POST", "/api/v1/webhooks", {
        "url": f"http://127.0.0.1:{server.server_port}/", "events": ["payment.*", "refund.*", "slip.*"],
    }))
    print(f"listening as {hook['webhook']['id']}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        client.once("DELETE", f"/api/v1/webhooks/{hook['webhook']['id']}", None)
        server.server_close()


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--base", default="http://127.0.0.1:7880")
    asked.add_argument("--name", required=True)
    asked.add_argument("--password", default=os.environ.get("SLIPWAY_PASSWORD"))
    asked.add_argument("--rrn", help="a reference number")
    asked.add_argument("--propose", metavar="WHY", help="propose a refund of it")
    asked.add_argument("--listen", metavar="PORT", type=int, help="receive events here")
    asked = asked.parse_args()
    client = Client(asked.base)
    try:
        client.sign_in(asked.name, asked.password or "")
        if asked.rrn:
            found = client.ask("POST", "/api/v1/desk/find", {"rrn": asked.rrn})["found"]
            print(found["verdict"], "-", found["sentence"]["zh"], "/", found["sentence"]["en"])
            if found.get("id"):
                door = f"/api/v1/desk/exchanges/{found['id']}"
                print(client.ask("GET", f"{door}/slip")["cardholder"] or "no slip")
                if asked.propose:
                    print("proposed:", client.once("POST", f"{door}/proposals", {"because": asked.propose})["proposal"]["at"])
        if asked.listen is not None:
            listen(client, asked.listen)
        client.sign_out()
    except Refused as refused:
        sys.exit(f"client: {refused}")


if __name__ == "__main__":
    main()
