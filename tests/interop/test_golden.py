"""The golden bytes of the terminal side, read and written again by pyiso8583: every field as the dump says, every byte the same."""

import unittest

import iso8583

from dialect import SPEC
from network import ROOT

GOLDEN = ROOT / "crates/iso8583/tests/golden/messages.txt"
# What a dump does not show in full: card, track, PIN block, totals and lists, keys.
MASKED = {"2", "35", "48", "52", "62"}


def messages():
    """Name, bytes and shown fields of each terminal-side message."""
    name, found = None, []
    for line in GOLDEN.read_text().splitlines():
        if line.startswith("== "):
            name = line[3:]
        elif line.startswith("   "):
            number, _, value = line.strip().partition(" ")
            found[-1][2][number] = value
        else:
            found.append((name, bytes.fromhex(line), {}))
    return [message for message in found if message[0].startswith("unionpay-pos")]


class Golden(unittest.TestCase):
    def test_every_message_of_the_terminal_side(self):
        spec = SPEC | {"h": SPEC["h"] | {"max_len": 0}}
        read = 0
        for name, raw, shown in messages():
            with self.subTest(name):
                fields, _ = iso8583.decode(raw, spec)
                numbers = {n for n in fields if n.isdigit()} - {"1"}
                self.assertEqual(numbers, set(shown))
                for number in numbers - MASKED:
                    self.assertEqual(fields[number].upper().strip(), shown[number].upper().strip(), f"field {number}")
                again, _ = iso8583.encode(fields, spec)
                self.assertEqual(bytes(again).hex(), raw.hex())
                read += 1
        self.assertGreaterEqual(read, 60)


if __name__ == "__main__":
    unittest.main()
