"""Cashiers at real terminals, one thread each, and the journal of what they did and were told. A line is on the disk before
the last key of a sale is pressed, and after a screen has said something about it. Knows nothing of messages or stores."""

import http.client
import json
import os
import pathlib
import random
import re
import threading
import time

LOOKS_S = 1.5
PIN, WRONG_PIN, PASSWORD = "123456", "654321", "0000"
NOT_SIGNED_ON = {"", "Operator sign-in", "Signing on", "Please wait", "No answer to the sign-on", "Sign-on refused", "Working keys do not check"}
#: Beginnings of the sentence after a question for an exchange's fate, and what each claims.
SENTENCES = {
    "The sale took place": "took_place",
    "The sale did not take place": "did_not_take_place",
    "The sale is open": "open",
    "The money of the sale was taken and will go back": "will_return",
    "The money of the sale was taken and has gone back": "returned",
    "The acquirer has undone it": "goes_back",
}


class Journal:
    """One JSON object a line; on the disk when `put` returns."""

    def __init__(self, path: pathlib.Path):
        self.file, self.lock, self.counts = open(path, "a", encoding="utf-8"), threading.Lock(), {}

    def put(self, **line):
        with self.lock:
            self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            what = line.get("verdict") or line["event"]
            self.counts[what] = self.counts.get(what, 0) + 1


class Cashier(threading.Thread):
    """One person at one terminal: sells at a rate, reads the screen, writes down."""

    def __init__(self, bank, till: dict, cards: list, journal: Journal, stop: threading.Event, rate: float, number: int, seed: int):
        super().__init__(name=f"cashier-{number}", daemon=True)
        self.bank, self.cards, self.journal, self.stopping = bank, cards, journal, stop
        self.terminal, self.merchant, self.rate, self.number = till["terminal"], till["merchant"], rate, number
        self.random, self.sales, self.line, self.failed = random.Random(f"{seed}/{number}"), 0, None, None

    # The terminal.

    def ask(self, method: str, path: str, body=None):
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", self.bank.http_port, timeout=15)
        try:
            return self.bank.ask(method, f"/api/v1/terminals/{self.terminal}{path}", body, self.line)
        except OSError:
            self.line.close()
            self.line = None
            raise

    def act(self, what: str, **more):
        self.ask("POST", "/acts", {"act": what} | more)

    def screen(self, seen=None):
        """The screen's number and English lines; waits a moment for another than `seen`."""
        shown = self.ask("GET", "" if seen is None else f"?seen={seen}")
        return shown["no"], [line["en"] for line in shown["lines"]]

    def wait(self, fits, seconds: float):
        """The first screen that fits, or None."""
        end, seen = time.monotonic() + seconds, None
        while time.monotonic() < end and not self.stopping.is_set():
            seen, lines = self.screen(seen)
            if found := fits(lines):
                return found
        return None

    # The work.

    def run(self):
        due = time.monotonic() + self.random.random() / self.rate
        try:
            while not self.stopping.is_set():
                if self.stopping.wait(max(0.0, due - time.monotonic())):
                    return
                # A cashier who was held up does not make up for it: the queue goes elsewhere.
                due = max(due, time.monotonic() - 1) + self.random.uniform(0.5, 1.5) / self.rate
                try:
                    self.sell()
                except OSError:
                    # The terminal is off: nothing more is known of the sale at hand.
                    self.stopping.wait(0.1)
        except Exception as error:  # noqa: BLE001 — a cashier who falls over is told by the run, not lost
            self.failed = error
            raise

    def ready(self) -> bool:
        """Signed in, and the terminal signed on."""
        _, lines = self.screen()
        if lines and lines[0] not in NOT_SIGNED_ON:
            return True
        self.act("sign_in", operator=1, password=PASSWORD)
        return bool(self.wait(lambda lines: lines and lines[0] not in NOT_SIGNED_ON, LOOKS_S))

    def sell(self):
        if not self.ready():
            return
        card, wrong = self.random.choice(self.cards), self.random.random() < 0.03
        # No two sales of one terminal have the same amount.
        self.sales += 1
        fen, number = 100 + self.sales, self.number * 1_000_000 + self.sales
        yuan = f"CNY {fen // 100}.{fen % 100:02}"
        self.act("sale", amount_fen=fen)
        if not self.wait(lambda lines: lines[1:3] == [yuan, "Swipe the card"], LOOKS_S):
            return
        self.act("card", track2=card["track2"])
        self.act("enter")
        if not self.wait(lambda lines: lines[:2] == ["Cardholder: enter PIN", yuan], LOOKS_S):
            return
        masked = f"{card['pan'][:6]}******{card['pan'][-4:]}"
        self.journal.put(event="key", sale=number, terminal=self.terminal, merchant=self.merchant, fen=fen, card=masked)
        self.act("pin", pin=WRONG_PIN if wrong else PIN)
        told = self.wait(lambda lines: self.outcome(lines, yuan), 20)
        if told:
            self.journal.put(event="told", sale=number, **told)
            self.after(told["verdict"], number)

    @staticmethod
    def outcome(lines: list, yuan: str):
        """What the screen says of the sale at hand, once it says something."""
        first, text = (lines or [""])[0], " | ".join(lines)
        if lines[1:2] == [yuan] and len(lines) > 2 and lines[2].startswith("Ref. "):
            return {"verdict": "approved", "rrn": lines[2][5:]}
        if first == "Approved: check the signature" and yuan in text:
            # The slip is out, and only its signature is looked at.
            return {"verdict": "approved"}
        if "The payment stands; do not swipe again" in text and yuan in text:
            # The paper has failed, not the payment.
            return {"verdict": "approved"}
        if first == "Declined":
            return {"verdict": "declined"}
        if "fate unknown" in first.lower() or "the MAC is wrong" in first or first.startswith("Partly approved"):
            return {"verdict": "doubt"}
        if first == "Reversal done" and yuan in text:
            return {"verdict": "reversed"}
        if "Nothing was sent, nothing was taken" in text or "was not sent; nothing was taken" in text:
            return {"verdict": "not_sent"}
        return None

    def after(self, verdict: str, number: int):
        """Sometimes a person asks what became of it, or wants the paper again."""
        dice = self.random.random()
        if verdict == "doubt" and dice < 0.5:
            self.ask_fate()
        elif verdict == "approved" and dice < 0.03:
            self.ask_fate()
        elif verdict == "approved" and dice < 0.05:
            self.act("reprint")
        if verdict == "doubt":
            fits = lambda lines: lines and lines[0] == "Reversal done"  # noqa: E731
            if self.wait(fits, 2 * self.random.random()):
                self.journal.put(event="told", sale=number, verdict="reversed")

    def ask_fate(self):
        self.act("ask")
        told = self.wait(self.fate, LOOKS_S)
        if told:
            self.journal.put(event="told", terminal=self.terminal, **told)

    @staticmethod
    def fate(lines: list):
        found = re.fullmatch(r"Fate of No\. (\d{6})", lines[0]) if lines else None
        if not found or len(lines) < 2:
            return None
        verdict = next((verdict for begin, verdict in SENTENCES.items() if lines[1].startswith(begin)), "open")
        return {"voucher": found[1], "verdict": verdict}


def papers(folder: pathlib.Path, journal: Journal):
    """Writes down every slip that came out whole; half a slip is no voucher."""
    fields = {
        "merchant": r"MERCHANT NO\):\s*(\d{15})", "terminal": r"TERMINAL NO\):\s*(\w{8})", "batch": r"BATCH NO\):\s*(\d{6})",
        "voucher": r"VOUCHER NO\):\s*(\d{6})", "fen": r"AMOUNT\):\s*RMB\s*([\d,]+\.\d\d)",
    }
    for path in sorted(folder.glob("*.txt")):
        # Each piece begins behind a title and ends before the next one.
        pieces = re.split(r"(?=POS SALES SLIP|FAULT SLIP)", path.read_text(errors="replace"))
        for piece in pieces[1:]:
            found = {name: re.search(pattern, piece) for name, pattern in fields.items()}
            if not all(found.values()) or "TESTING, NOT VALID" not in piece:
                continue
            kind = "slip" if piece.startswith("POS SALES SLIP") else "fault"
            rrn = re.search(r"REF NO\):\s*(\d{12})", piece)
            paper = {name: match[1] for name, match in found.items()}
            paper["fen"] = int(paper["fen"].replace(",", "").replace(".", ""))
            copy = "merchant" if "MERCHANT COPY" in piece else "cardholder"
            journal.put(event="paper", kind=kind, rrn=rrn[1] if rrn else None, copy=copy, **paper)


def notices(paths: list, journal: Journal):
    """Writes down what the cardholders' phones were told. A line that a cut tore was never a message."""
    for path in paths:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
            try:
                notice = json.loads(line)
            except ValueError:
                continue
            journal.put(event="notice", id=notice["id"], amount=notice["amount"])
