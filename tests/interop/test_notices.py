"""Notices in the world: a hook that checks signatures, a mail server, a short message centre, none of them ours. They fail, they are
killed, the network is killed: each notice arrives, and what comes twice has the same id."""

import email
import email.policy
import hashlib
import hmac
import http.server
import json
import logging
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import time
import unittest

from aiosmtpd.controller import Controller

from network import BINARY, Network
from papers import Papers
from smsc import Centre, joined
from terminal import Terminal

# Handshakes that fail are part of the test.
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)

KEYS = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"]
WAIT_S = 60
THROTTLED = 0x58
NO_SUCH_NUMBER = 0x0B


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


class Hook:
    """Checks what docs/notices.md says of the signature, and remembers what it took."""

    def __init__(self, port: int, context=None):
        self.taken, self.wrong, self.answers, self.tries = [], [], [], 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.tries += 1
                if not hook.signed(self.headers["slipway-signature"], body):
                    hook.wrong.append(self.headers["slipway-signature"])
                answer = hook.answers.pop(0) if hook.answers else 204
                if answer in (204, "lost"):
                    notice = json.loads(body) | {"again": self.headers["slipway-again"]}
                    assert self.headers["idempotency-key"] == notice["id"] == self.headers["slipway-notice"]
                    hook.taken.append(notice)
                if answer == "lost":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer)
                if answer == 302:
                    self.send_header("location", "http://127.0.0.1:9/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def signed(header: str, body: bytes) -> bool:
        parts = [part.split("=", 1) for part in header.split(",")]
        at = next(value for name, value in parts if name == "t")
        if abs(time.time() - int(at)) > 300:
            return False
        codes = [value for name, value in parts if name == "v1"]
        # A receiver knows one of the keys only: the new one or the old one.
        known = hmac.new(KEYS[1].encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(known, code) for code in codes)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Box:
    """What the mail server got; its answers can be ordered."""

    def __init__(self):
        self.mails, self.answers = [], []

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK as m1"
        if answer.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append((envelope.rcpt_tos[0], mail))
        return answer


class Tunnel:
    """TLS in front of a plain port."""

    def __init__(self, port: int, to: int, context):
        self.to, self.listener = to, context.wrap_socket(socket.create_server(("127.0.0.1", port)), server_side=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while part := one.recv(4096):
                other.sendall(part)
        except OSError:
            pass
        for line in (one, other):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


class Notices(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.stops, self.till = [], None
        # A first life without sinks: whatever is told in it is told to nobody later.
        self.up()
        self.cards = self.network.world["cards"]
        self.by_issuer = {"issuer1": self.cards[0], "issuer2": next(c for c in self.cards if c["pan"].startswith("999002"))}
        self.sale(self.cards[0], 100)
        self.wait(lambda: len(self.journal()) == 1, "the journal has the first debit")
        self.network.process.terminate()
        self.assertEqual(self.network.process.wait(30), 0)

    def tearDown(self):
        self.till.close()
        if self.network.process.poll() is None:
            self.network.stop()
        for stop in self.stops:
            stop()

    # The pieces.

    def up(self):
        self.network.start()
        fresh = Terminal(self.network.world["acquirer"], self.network.world["terminals"][0])
        # The same device as before: its numbers go on.
        fresh.stan, fresh.batch = (self.till.stan, self.till.batch) if self.till else (0, "000000")
        self.till = fresh
        self.till.connect()
        self.assertEqual(self.till.sign_on()["39"], "00")

    def sale(self, card: dict, fen: int):
        # At this pace a line that is silent for a moment is taken down.
        self.till.connect()
        fields, answer = self.till.sale(card, fen)
        self.assertEqual(answer["39"], "00", answer)
        self.assertEqual(self.till.confirm(fields, answer)["39"], "00")

    def journal(self) -> list:
        path = pathlib.Path(self.network.folder, "notices.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait(self, holds, what: str):
        until = time.monotonic() + WAIT_S
        while not holds():
            self.assertLess(time.monotonic(), until, f"{what}; {self.told()}")
            time.sleep(0.02)

    def slipway(self, *args, text="") -> dict:
        ran = subprocess.run([BINARY, "--json", *args], input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout)

    def told(self) -> dict:
        found = self.slipway("notices", "--dir", self.network.folder, "--last", "1000")
        return {sink["sink"]: sink for sink in found["sinks"]}

    def private(self, name: str, text: str):
        path = pathlib.Path(self.network.folder, name)
        path.write_text(text)
        os.chmod(path, 0o600)

    def set_up(self, addresses: list, settings: str):
        """Who is told where: each (card, line)."""
        lines = []
        for card, line in addresses:
            issuer = "issuer1" if card["pan"].startswith("999001") else "issuer2"
            found = self.slipway("notices", "--dir", self.network.folder, "--tokens", issuer, text=card["pan"])
            lines.append(json.dumps({"card": found["cards"][0]["token"]} | line))
        self.private("addresses.jsonl", "\n".join(lines) + "\n")
        self.private("notices.toml", 'addresses = "addresses.jsonl"\nretry_first_ms = 50\nretry_max_s = 1\n' + settings)

    def hook(self, papers=None) -> Hook:
        port = free_port()
        hook = Hook(port, papers and papers.context)
        self.stops.append(hook.stop)
        self.private("new.key", KEYS[0])
        self.private("old.key", KEYS[1] + "\n")
        way = f'url = "https://127.0.0.1:{port}/hook"\nca = "{papers.ca}"' if papers else f'url = "http://127.0.0.1:{port}/hook"'
        self.settings = f'[webhook]\n{way}\nkeys = ["new.key", "old.key"]\nanswer_s = 5\n'
        return hook

    # What holds.

    def test_a_hook_that_fails_gets_each_notice_in_order(self):
        hook = self.hook()
        one, two = self.by_issuer["issuer1"], self.by_issuer["issuer2"]
        self.set_up([(one, {"webhook": True, "lang": "zh"}), (two, {"webhook": True})], self.settings)
        hook.answers = [500, 302, 401, "lost", 400]
        self.up()
        for fen in (200, 300, 400):
            self.sale(one, fen)
            self.sale(two, fen)
        self.sale(self.cards[1], 999)
        self.wait(lambda: len({notice["id"] for notice in hook.taken}) == 6, "six notices arrive")
        self.assertEqual(hook.wrong, [], "every body is signed under both keys")
        for card in (one, two):
            amounts = [n["amount"] for n in hook.taken if n["card"][-4:] == card["pan"][-4:] and n["card"][:6] == card["pan"][:6]]
            amounts = [a for a, before in zip(amounts, [None] + amounts) if a != before]
            self.assertEqual(amounts, ["2.00", "3.00", "4.00"], "in order, and nothing from before the sink")
        lost = [notice for notice in hook.taken if notice["again"]]
        self.assertLessEqual(len(hook.taken), 7)
        self.assertTrue(lost, "what was lost on the way back comes again, and says so")
        self.assertEqual({tuple(sorted(n["text"])) for n in hook.taken}, {("zh",), ("en", "zh")})
        self.assertNotIn(one["pan"], json.dumps(hook.taken))
        self.wait(lambda: self.told()["webhook"]["said"] == 6, "all is on record")
        found = self.told()["webhook"]
        self.assertEqual((found["waiting"], found["undelivered"]), (0, 0), found)

    def test_a_hook_that_is_gone_is_left_alone_and_the_rest_waits(self):
        hook = self.hook()
        self.set_up([(self.cards[0], {"webhook": True})], self.settings)
        hook.answers = [410]
        self.up()
        self.sale(self.cards[0], 200)
        self.sale(self.cards[0], 300)
        self.wait(lambda: self.told()["webhook"]["waiting"] == 2 and hook.tries == 1, "one try, two wait")
        doctor = subprocess.run([BINARY, "--json", "doctor", "--dir", self.network.folder], capture_output=True, text=True)
        checks = [c for c in json.loads(doctor.stdout)["checks"] if c["check"] == "notices"]
        self.assertIn("410", checks[0]["en"])
        self.assertEqual(checks[0]["state"], "remark")
        self.network.process.terminate()
        self.assertEqual(self.network.process.wait(30), 0)
        self.assertEqual(hook.tries, 1)
        self.up()
        self.wait(lambda: len(hook.taken) == 2, "after a start by a person they go out")

    def test_killed_in_the_middle_nothing_is_lost(self):
        hook = self.hook()
        card = self.cards[0]
        self.set_up([(card, {"webhook": True})], self.settings)
        amounts = []
        for life in range(5):
            self.up()
            for _ in range(4):
                amounts.append(200 + len(amounts))
                self.sale(card, amounts[-1])
                if life % 2:
                    hook.answers.append("lost")
            self.network.kill()
        self.up()
        self.wait(lambda: self.told()["webhook"]["said"] == len(amounts), "each is on record as said")
        want = [f"{fen / 100:.2f}" for fen in amounts]
        told = list({notice["id"]: notice["amount"] for notice in hook.taken}.values())
        self.assertEqual(sorted(told), sorted(want), "each once by its id")
        shown = [a["amount"] for a, b in zip(hook.taken, [None] + hook.taken) if not b or a["id"] != b["id"]]
        self.assertEqual(shown, told, "a double comes right behind the first")
        self.assertEqual(hook.wrong, [])

    def test_mail_in_both_languages(self):
        box = Box()
        server = Controller(box, hostname="127.0.0.1", port=free_port())
        server.start()
        self.stops.append(server.stop)
        card, gone = self.cards[0], self.cards[1]
        settings = f'[mail]\nat = "127.0.0.1:{server.port}"\nfrom = "Bank <notices@bank.example>"\nsecured = "none"\n'
        self.set_up([(card, {"mail": "li.lei@example.org"}), (gone, {"mail": "gone@example.org"})], settings)
        box.answers = ["451 try later", "550 no such mailbox"]
        self.up()
        self.sale(card, 200)
        self.sale(gone, 300)
        self.sale(card, 400)
        # The first answers fall to whoever comes first; each mailbox hears in order.
        self.wait(lambda: self.told()["mail"]["said"] + self.told()["mail"]["undelivered"] == 3, "all have ended")
        found = self.told()["mail"]
        self.assertEqual((found["said"], found["undelivered"], found["waiting"]), (2, 1, 0), found)
        listed = self.slipway("notices", "--dir", self.network.folder, "--undelivered")["sinks"][0]["notices"]
        self.assertEqual(len(listed), 1)
        self.assertIn("550", listed[0]["why"])
        self.assertIn("***@example.org", listed[0]["to"])
        ids = {mail["message-id"] for _, mail in box.mails}
        self.assertEqual(len(ids), len(box.mails))
        for to, mail in box.mails:
            self.assertRegex(mail["message-id"], r"^<[0-9a-f]{32}@bank\.example>$")
            self.assertEqual(mail["subject"], "账户支出 / Account debited")
            body = mail.get_content()
            self.assertIn("正在确认", body)
            self.assertIn("Being confirmed", body)
            self.assertEqual(mail["to"], to)

    def test_short_messages_in_chinese_and_english(self):
        port = free_port()
        centre = Centre(port)
        self.stops.append(centre.stop)
        self.private("smpp.password", "secret")
        zh, en, nobody = self.cards[0], self.by_issuer["issuer2"], self.cards[2]
        settings = f'[smpp]\nat = "127.0.0.1:{port}"\nsystem_id = "slipway"\npassword = "smpp.password"\nsource = "95500"\nanswer_s = 2\n'
        phones = ["+8613800138000", "+8613900139000", "+8613700137000"]
        langs = ["zh", "en", "zh"]
        addresses = [(card, {"phone": phone, "lang": lang}) for card, phone, lang in zip((zh, en, nobody), phones, langs)]
        self.set_up(addresses, settings)
        centre.next = [THROTTLED, "accept", "silent"]
        self.up()
        self.sale(zh, 200)
        self.sale(en, 300)
        self.wait(lambda: self.told()["smpp"]["said"] == 2, "both are on record as said")
        self.assertTrue(all(text.reference and len(text.reference) == 2 for text in centre.texts))
        self.assertTrue(all(text.octets <= (134 if text.coding == 8 else 153) for text in centre.texts if text.part))
        heard = joined(centre.texts)
        journal = {line["amount"]: line for line in self.journal()}
        want = {("8613800138000", journal["2.00"]["zh"]), ("8613900139000", journal["3.00"]["en"])}
        self.assertEqual({(to, text) for to, _, text in heard}, want)
        # What came twice has one reference.
        self.assertEqual(len({(to, reference) for to, reference, _ in heard}), 2)
        self.assertTrue(self.told()["smpp"]["may_be_twice"] >= 1, "the lost answer is on record")
        centre.next = [NO_SUCH_NUMBER]
        self.sale(nobody, 500)
        self.wait(lambda: self.told()["smpp"]["undelivered"] == 1, "a wrong number is given up and listed")

    def test_a_long_text_whole_in_one_payload(self):
        port = free_port()
        centre = Centre(port)
        self.stops.append(centre.stop)
        self.private("smpp.password", "secret")
        settings = f'[smpp]\nat = "127.0.0.1:{port}"\nsystem_id = "slipway"\npassword = "smpp.password"\nsource = "MYBANK"\nlong = "payload"\n'
        self.set_up([(self.cards[0], {"phone": "+8613800138000"})], settings)
        self.up()
        self.sale(self.cards[0], 200)
        self.wait(lambda: self.told()["smpp"]["said"] == 1, "it is said")
        said = self.journal()[-1]
        self.assertEqual([text.text for text in centre.texts], [said["zh"] + "\n" + said["en"]])
        self.assertEqual((centre.texts[0].source_ton, centre.texts[0].source), (5, "MYBANK"))
        self.assertIsNotNone(centre.texts[0].payload)

    def test_all_three_over_tls_and_to_nobody_else(self):
        papers, other = Papers(self.network.folder, "good"), Papers(self.network.folder, "other")
        hook, box, port = self.hook(papers), Box(), free_port()
        mail = Controller(box, hostname="127.0.0.1", port=free_port(), tls_context=papers.context, require_starttls=True)
        mail.start()
        centre = Centre(free_port())
        tunnel = Tunnel(port, centre.port, papers.context)
        self.stops += [mail.stop, tunnel.stop, centre.stop]
        self.private("smpp.password", "secret")
        smpp = f'at = "localhost:{port}"\nsystem_id = "slipway"\npassword = "smpp.password"\nsource = "95500"\nca = "{papers.ca}"'
        post = f'at = "127.0.0.1:{mail.port}"\nfrom = "notices@bank.example"\nca = "{papers.ca}"'
        settings = f"{self.settings}[smpp]\n{smpp}\n[mail]\n{post}\n"
        address = {"webhook": True, "phone": "+8613800138000", "mail": "li.lei@example.org", "lang": "zh"}
        # Whoever shows a certificate of somebody else's is told nothing.
        self.set_up([(self.cards[0], address)], settings.replace(str(papers.ca), str(other.ca)))
        self.up()
        self.sale(self.cards[0], 200)
        self.wait(lambda: all(sink["why"] for sink in self.told().values()), "each sink says why it waits")
        self.assertEqual(([], [], []), (hook.taken, box.mails, centre.texts))
        self.assertEqual(len(self.told()), 3)
        self.assertTrue(all(sink["waiting"] == 1 and not sink["may_be_twice"] for sink in self.told().values()))
        self.network.process.terminate()
        self.assertEqual(self.network.process.wait(30), 0)
        self.set_up([(self.cards[0], address)], settings)
        self.up()
        self.wait(lambda: all(sink["said"] == 1 for sink in self.told().values()), "each has said it")
        said = self.journal()[-1]
        self.assertEqual([notice["text"]["zh"] for notice in hook.taken], [said["zh"]])
        self.assertEqual([text for _, _, text in joined(centre.texts)], [said["zh"]])
        self.assertEqual(len(box.mails), 1)
        self.assertIn(said["zh"], box.mails[0][1].get_content())

    def test_wrong_settings_start_nothing(self):
        self.hook()
        self.set_up([(self.cards[0], {"webhook": True})], self.settings)
        command = [BINARY, "up", "--dir", self.network.folder, "--acquirer-port", "0", "--switch-port", "0", "--http", "127.0.0.1:0"]
        folder = pathlib.Path(self.network.folder)
        good = (folder / "notices.toml").read_text()

        def refused(want: str):
            ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ | {"LANG": "C"})
            self.assertEqual(ran.returncode, 2, ran.stderr)
            self.assertIn(want, ran.stderr)

        self.private("notices.toml", good.replace("http://127.0.0.1", "http://192.0.2.7"))
        refused("http on this machine only")
        self.private("notices.toml", good.replace("[webhook]", "fax = 1\n[webhook]"))
        refused("unknown field")
        self.private("notices.toml", good)
        os.chmod(folder / "new.key", 0o644)
        refused("can be read by others")
        os.chmod(folder / "new.key", 0o600)
        self.private("addresses.jsonl", json.dumps({"card": self.cards[0]["pan"], "webhook": True}))
        refused("never its number")
        # Nothing was started, so nothing is in use.
        self.set_up([(self.cards[0], {"webhook": True})], self.settings)


if __name__ == "__main__":
    unittest.main()
