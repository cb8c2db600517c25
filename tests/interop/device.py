"""A whole POS device on top of `terminal.py`: every kind, a journal and a stored reversal that survive a power cut, settlement
with upload. `faults` plants what a bad device does wrong, `habits` what another good one does otherwise."""

import json
import time

import secrets_psec as secrets
from terminal import Terminal

# The acquirer is on this machine; a real device waits 60 s.
ANSWER_S = 1.5
SENDS = 3
IN_DOUBT = ("68", "96", "98")
SIGN_ON_AGAIN = ("77", "99", "A0")
OTHER_MAK = bytes.fromhex("0123456789ABCDEF")

# Name: MTI, processing code, condition, 60.1, reversible, sign on the slip.
KINDS = {
    "balance": ("0200", "310000", "00", "01", False, 0),
    "sale": ("0200", "000000", "00", "22", True, 1),
    "void": ("0200", "200000", "00", "23", True, -1),
    "refund": ("0220", "200000", "00", "25", False, -1),
    "pre_auth": ("0100", "030000", "06", "10", True, 0),
    "pre_auth_void": ("0100", "200000", "06", "11", True, 0),
    "completion": ("0200", "000000", "06", "20", True, 1),
    "completion_advice": ("0220", "000000", "06", "24", False, 1),
    "completion_void": ("0200", "200000", "06", "21", True, -1),
}
ORIGINAL = {
    "void": ("sale",), "refund": ("sale", "completion"), "pre_auth_void": ("pre_auth",), "completion": ("pre_auth",),
    "completion_advice": ("pre_auth",), "completion_void": ("completion",),
}


class Device(Terminal):
    def __init__(self, address, world, card, faults=(), habits=()):
        super().__init__(address, world)
        self.card, self.faults, self.habits = card, set(faults), set(habits)
        # What a real device keeps on flash: pending reversal, journal of the batch.
        self.pending, self.journal = None, []
        self.slips = 0

    def power_cut(self):
        """All that was only in memory is gone; the rest comes back from storage."""
        stored = json.loads(json.dumps([self.pending, self.journal, self.batch, self.stan]))
        self.close()
        self.pik = self.mak = None
        self.pending, self.journal, self.batch, self.stan = stored
        if "forgets" in self.faults:
            self.pending = None
        self.sign_on()

    def sign_on(self):
        self.mak = None
        serial = b"Sequence No12" + b"306012345678"
        answer = self.until_answered({
            "t": "0800", "11": self.next_stan(), "60": "00" + self.batch + "003", "62": serial.hex(), "63": "01 ",
        })
        self.batch = answer["60"][2:8]
        self.pik, self.mak = secrets.working_keys(self.tmk, bytes.fromhex(answer["62"]))
        if "other_mak" in self.faults:
            self.mak = OTHER_MAK
        return answer

    # One exchange.

    def exchange(self, kind: str, fields: dict, cut=False) -> dict:
        """Pending reversal first, then the request; what is in doubt stays pending."""
        reversible = KINDS[kind][4] and "no_reversal" not in self.faults
        self.undo_pending()
        fields["11"] = self.next_stan() if "stan_reused" not in self.faults else f"{self.stan:06}"
        if reversible:
            self.pending = self.reversal_fields(fields, "98") | ({"38": fields["38"]} if "38" in fields else {})
        self.send(fields)
        if cut:
            return {}
        answer, reason = self.await_answer(fields)
        tries = 1
        # An advice is repeated under its own number until it is answered.
        while not answer and KINDS[kind][0] == "0220" and tries < SENDS:
            self.send(fields)
            answer, reason = self.await_answer(fields)
            tries += 1
        code = answer.get("39")
        if not answer or code in IN_DOUBT:
            if self.pending:
                self.pending["39"] = reason or "98"
            return answer
        if "reverses_declines" not in self.faults or code == "00":
            self.pending = None
        if code == "00":
            self.journal.append({"kind": kind, "fields": fields, "answer": answer, "batch": self.batch})
            self.slips += kind != "balance"
            if "confirms" in self.habits and KINDS[kind][4] and KINDS[kind][5]:
                self.confirm(fields, answer)
        if code in SIGN_ON_AGAIN and "stays" not in self.faults:
            self.sign_on()
        return answer

    def await_answer(self, fields: dict) -> tuple[dict, str]:
        """The answer to this request, or nothing and the reason of a reversal."""
        until = time.monotonic() + ANSWER_S
        while (left := until - time.monotonic()) > 0:
            self.line.settimeout(left)
            try:
                answer = self.receive()
            except TimeoutError:
                break
            except OSError:
                self.connect()
                return {}, "98"
            except Exception:  # noqa: BLE001 - an answer that nobody can read is no answer
                continue
            if int(answer["t"]) != int(fields["t"]) + 10 or answer.get("11") != fields.get("11"):
                # Late, or meant for somebody else.
                late = answer["t"] == "0210" and answer["39"] == "00"
                self.slips += late and "prints_late" in self.faults
                continue
            if any(answer.get(n) != fields.get(n) for n in ("3", "41", "42") if n in fields and n in answer):
                return {}, "06"
            if "4" in fields and answer["39"] == "00" and answer.get("4") != fields["4"]:
                return {}, "06"
            management = fields["t"] in ("0800", "0500", "0320")
            believes = management or self.faults & {"other_mak", "believes"}
            if answer["mac_holds"] is not True and not believes:
                return {}, "A0"
            return answer, ""
        return {}, "98"

    def undo_pending(self):
        for _ in range(SENDS):
            if not self.pending:
                return
            self.send(self.pending)
            answer, _ = self.await_answer(self.pending)
            if answer.get("39") in ("00", "12", "25"):
                self.pending = None
        if "gives_up" in self.faults:
            self.pending = None

    # Kinds.

    def fields(self, kind: str, fen: int, pin=None) -> dict:
        mti, processing, condition, code, _, _ = KINDS[kind]
        fields = {
            "t": mti, "3": processing, "4": f"{fen:012}", "22": "021" if pin else "022", "25": condition,
            "35": self.card["track2"].replace("=", "D"), "49": "156", "60": code + self.batch + "00060",
        }
        if kind == "balance":
            del fields["4"]
        if pin:
            pik = bytes(reversed(self.pik)) if "other_pik" in self.faults else self.pik
            block = secrets.pin_block(pik, pin, self.card["pan"]).hex()
            fields |= {"26": "12", "52": block, "53": "2600000000000000"}
        return fields

    def pay(self, kind: str, fen: int, pin=None, cut=False) -> dict:
        # Keys may be missing after a power cut, the batch number may have moved on: reversal first, it names its own.
        self.undo_pending()
        names = ORIGINAL.get(kind)
        fields = self.fields(kind, fen, None if names else pin or self.card["pin"])
        if names:
            fits = [one for one in self.journal if one["kind"] in names and int(one["fields"]["4"]) == fen]
            original = fits[-1]
            fields["61"] = original["batch"] + original["fields"]["11"] + ("" if kind == "void" else original["answer"]["13"])
            fields["38"] = original["answer"]["38"]
            if kind in ("void", "refund", "completion_void"):
                fields["37"] = original["answer"]["37"]
            if kind == "refund":
                fields["63"] = "CUP"
                if "refunds_by_reference" in self.habits:
                    fields["61"] = "0" * 12 + fields["61"][12:]
        return self.exchange(kind, fields, cut)

    # Settlement.

    def settle(self):
        self.undo_pending()
        mine = [one for one in self.journal if one["batch"] == self.batch and KINDS[one["kind"]][5]]
        sums = {sign: [int(one["fields"]["4"]) for one in mine if KINDS[one["kind"]][5] == sign] for sign in (1, -1)}
        total = "".join(f"{sum(sums[sign]):012}{len(sums[sign]):03}" for sign in (1, -1)) + "0"
        answer = self.until_answered({
            "t": "0500", "11": self.next_stan(), "48": total + "0" * 31, "49": "156",
            "60": "00" + self.batch + "201", "63": "01 ",
        })
        balanced = answer["48"][30] == "1"
        if not balanced and "no_upload" in self.faults:
            mine = []
        if not balanced:
            for at in range(0, len(mine), 8):
                items = "".join(
                    "00" + one["fields"]["11"] + self.card["pan"].rjust(20, "0") + one["fields"]["4"] for one in mine[at:at + 8]
                )
                self.until_answered({
                    "t": "0320", "11": self.next_stan(), "48": f"{len(mine[at:at + 8]):02}" + items,
                    "60": "00" + self.batch + "201",
                })
        count = 0 if balanced else len(mine)
        self.until_answered({
            "t": "0320", "11": self.next_stan(), "48": f"{count:04}",
            "60": "00" + self.batch + ("207" if balanced else "202"),
        })
        self.journal = []
        self.batch = f"{int(self.batch) % 999999 + 1:06}"

    def until_answered(self, fields: dict) -> dict:
        for _ in range(SENDS):
            self.send(fields)
            answer, _ = self.await_answer(fields)
            if answer.get("39") == "00":
                return answer
        raise AssertionError(f"no answer to {fields['t']} {fields['60']}")

    # The script.

    def play(self, acts: list[dict]):
        if self.mak is None and acts[0]["do"] != "sign_on":
            self.sign_on()
        for at, act in enumerate(acts):
            cut = at + 1 < len(acts) and acts[at + 1]["do"] == "power_cut"
            if act["do"] == "sign_on":
                self.sign_on()
                self.undo_pending()
            elif act["do"] == "echo":
                self.echo()
            elif act["do"] == "settle":
                self.settle()
            elif act["do"] == "power_cut":
                self.power_cut()
            elif act["do"] == "wrong_pin":
                self.pay("sale", act["fen"], pin="654321")
            else:
                self.pay(act["do"], act["fen"], cut=cut)
