"""A POS terminal written with pyiso8583 and psec: sign-on, sale, balance, reversal, question after an exchange."""

import socket

import iso8583

import secrets_psec as secrets
from dialect import SPEC

TPDU = "6000030000"
ANSWER_TPDU = "6000000003"
HEADER = "603200320101"
NO_MAC = {("0800", "003"), ("0820", "301")}
WAIT_S = 20


class Terminal:
    """One till. `world` is an entry of `terminals` that `slipway up --json` prints."""

    def __init__(self, address: str, world: dict):
        host, port = address.rsplit(":", 1)
        self.address = (host, int(port))
        self.terminal, self.merchant = world["terminal"], world["merchant"]
        self.tmk = bytes.fromhex(world["tmk"])
        self.pik = self.mak = None
        self.batch, self.stan = "000000", 0
        self.line = None

    # The line.

    def connect(self):
        self.close()
        self.line = socket.create_connection(self.address, timeout=WAIT_S)

    def close(self):
        if self.line:
            self.line.close()
        self.line = None

    def _read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = self.line.recv(count - len(got))
            if not part:
                raise ConnectionError("the acquirer closed the line")
            got += part
        return got

    def send(self, fields: dict) -> bytes:
        """Packs, puts the MAC on, sends; returns the frame so that it can be sent again."""
        frame = self.pack(fields)
        self.send_frame(frame)
        return frame

    def send_frame(self, frame: bytes):
        if not self.line:
            self.connect()
        self.line.sendall(len(frame).to_bytes(2, "big") + frame)

    def receive(self) -> dict:
        """The next answer, skipping keep-alives; its MAC proved where it has one and we have a key."""
        length = 0
        while length == 0:
            length = int.from_bytes(self._read(2), "big")
        frame = self._read(length)
        answer, _ = iso8583.decode(frame, SPEC)
        assert answer["h"][:10] == ANSWER_TPDU, answer["h"]
        answer["mac_holds"] = None
        if "64" in answer and self.mak:
            answer["mac_holds"] = secrets.ecb_xor(self.mak, frame[11:-8]) == frame[-8:]
        return answer

    def pack(self, fields: dict) -> bytes:
        message = {"h": TPDU + HEADER, "41": self.terminal, "42": self.merchant} | fields
        if (message["t"], message["60"][8:11]) not in NO_MAC:
            message["64"] = bytes(8).hex()
        frame, _ = iso8583.encode(message, SPEC)
        if "64" in message:
            frame[-8:] = secrets.ecb_xor(self.mak, bytes(frame[11:-8]))
        return bytes(frame)

    def ask(self, fields: dict) -> dict:
        """Sends, takes the answer and checks that it belongs to the request, in the order a terminal checks."""
        self.send(fields)
        answer = self.receive()
        self.check(fields, answer)
        return answer

    def check(self, fields: dict, answer: dict):
        assert answer["t"] == f"{int(fields['t']) + 10:04}", answer["t"]
        for number in ("3", "11"):
            assert answer.get(number) == fields.get(number), (number, answer)
        assert answer["41"] == self.terminal and answer["42"] == self.merchant, answer
        if "4" in fields and answer["39"] == "00":
            assert answer["4"] == fields["4"], answer
        assert answer["mac_holds"] is not False, "wrong MAC on the answer"

    def next_stan(self) -> str:
        self.stan += 1
        return f"{self.stan:06}"

    # The day's work.

    def sign_on(self) -> dict:
        self.mak = None
        serial = b"Sequence No12" + b"306012345678"
        answer = self.ask({
            "t": "0800", "11": self.next_stan(), "60": "00" + self.batch + "003",
            "62": serial.hex(), "63": "01 ",
        })
        if answer["39"] == "00":
            self.batch = answer["60"][2:8]
            self.pik, self.mak = secrets.working_keys(self.tmk, bytes.fromhex(answer["62"]))
        return answer

    def echo(self) -> dict:
        return self.ask({"t": "0820", "60": "00" + self.batch + "301"})

    def sale_fields(self, card: dict, fen: int) -> dict:
        return {
            "t": "0200", "3": "000000", "4": f"{fen:012}", "11": self.next_stan(), "22": "021", "25": "00", "26": "12",
            "35": card["track2"].replace("=", "D"), "49": "156",
            "52": secrets.pin_block(self.pik, card["pin"], card["pan"]).hex(), "53": "2600000000000000",
            # 13 digits, so that an odd count crosses the wire.
            "60": "22" + self.batch + "00060",
        }

    def sale(self, card: dict, fen: int) -> tuple[dict, dict]:
        fields = self.sale_fields(card, fen)
        return fields, self.ask(fields)

    def balance(self, card: dict) -> dict:
        fields = self.sale_fields(card, 0) | {"3": "310000", "60": "01" + self.batch + "00060"}
        del fields["4"]
        return self.ask(fields)

    def reversal_fields(self, sale: dict, reason: str) -> dict:
        kept = {number: sale[number] for number in ("3", "4", "11", "22", "25", "49", "60")}
        return {"t": "0400", "39": reason} | kept

    def confirm(self, sale: dict, answer: dict) -> dict:
        """The confirmation advice: this approved sale has its slip."""
        kept = {number: sale[number] for number in ("3", "4", "11", "49")}
        return self.ask(
            {"t": "0620", "37": answer["37"], "38": answer["38"], "60": "00" + self.batch + "953"} | kept
        )

    def fate(self, sale: dict) -> dict:
        """查证: what became of the exchange with the STAN of `sale`."""
        return self.ask({
            "t": "0820", "11": self.next_stan(), "60": "00" + self.batch + "954",
            "61": sale["60"][2:8] + sale["11"],
        })
