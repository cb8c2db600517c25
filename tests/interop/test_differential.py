"""100,000 generated messages in four layouts: pyiso8583 and the codec write the same bytes and read the same values."""

import os
import random
import subprocess
import tempfile
import unittest

import iso8583

from layouts import SPECS, WRITTEN, rows, specification
from network import ROOT

MESSAGES = int(os.environ.get("SLIPWAY_DIFFERENTIAL", "100000"))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/*#:'+"
TYPES = [f"{version}{kind}{function}{origin}" for version in "01" for kind in "1245678" for function in "0123" for origin in "01"]


def program():
    """The codec behind lines of text, built like the product."""
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--package", "slipway-iso8583", "--features", "spec", "--example", "lines"],
        cwd=ROOT, check=True,
    )
    target = os.environ.get("CARGO_TARGET_DIR") or ROOT / "target"
    return os.path.join(target, "release", "examples", "lines")


class Generator:
    def __init__(self, layout, seed):
        self.dice = random.Random(seed)
        self.layout = layout
        self.rows = list(rows(layout))
        # Slices of long strings are quicker than a choice for each character.
        self.digits = "".join(self.dice.choices("0123456789", k=50_000))
        self.letters = "".join(self.dice.choices(LETTERS, k=50_000))
        self.nibbles = "".join(self.dice.choices("0123456789ABCDEF", k=50_000))

    def piece(self, of, length):
        at = int(self.dice.random() * (len(of) - length))
        return of[at : at + length]

    def value(self, kind, form, most):
        # Short values are as likely as long ones, and the limits come often.
        length = most if form == "f" else self.dice.choice((1, most, 1 + int(self.dice.random() * min(most, 60))))
        if kind == "n":
            return self.piece(self.digits, length)
        if kind == "z":
            if length < 3:
                return self.piece(self.digits, length)
            at = int(self.dice.random() * (length - 2)) + 1
            separator = "D" if self.layout == "upi-bcd" else "="
            return self.piece(self.digits, at) + separator + self.piece(self.digits, length - at - 1)
        if kind == "b":
            return self.piece(self.nibbles, length * 2)
        return self.piece(self.letters, length)

    def message(self):
        count = self.dice.choice((1, 4, 8, 12, 16))
        chosen = sorted(self.dice.sample(self.rows, count))
        return self.dice.choice(TYPES), {str(n): self.value(kind, form, most) for n, kind, form, most in chosen}


class Differential(unittest.TestCase):
    def test_both_write_and_read_the_same(self):
        lines = program()
        each = MESSAGES // len(WRITTEN)
        for seed, layout in enumerate(WRITTEN):
            with self.subTest(layout):
                self.compare(lines, layout, seed, each)

    def compare(self, lines, layout, seed, count):
        spec, make = specification(layout), Generator(layout, seed)
        made, given = [], []
        for _ in range(count):
            mti, fields = make.message()
            theirs, _ = iso8583.encode({"h": "", "t": mti} | fields, spec)
            made.append((theirs.hex().upper(), fields))
            given.append("\t".join([mti, theirs.hex()] + [f"{n}={value}" for n, value in fields.items()]))
        text = (SPECS / f"{layout}.toml").read_text()
        if layout == "ascii-hex":
            # Of bytes written as text the other counts characters in front; our file says so too.
            self.assertIn('"b lll 255"', text)
            text = text.replace('"b lll 255"', '{ is = "b lll 255", counts = "digits" }')
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            done = subprocess.run(
                [lines, file.name], input="\n".join(given) + "\n", capture_output=True, text=True, check=True
            )
        answers = done.stdout.splitlines()
        self.assertEqual(len(answers), count)
        for at, ((theirs, fields), answer) in enumerate(zip(made, answers)):
            ours, *read = answer.split("\t")
            self.assertEqual(ours, theirs, f"message {at} of {layout}: {sorted(fields)}")
            self.assertEqual(dict(field.split("=", 1) for field in read), fields, f"message {at} of {layout}")
        # What is written was the other's bytes; what the other reads of ours is then the same. A sample shows it.
        for ours, fields in made[:: max(1, count // 500)]:
            again, _ = iso8583.decode(bytes.fromhex(ours), spec)
            self.assertEqual({n: again[n].upper() for n in fields}, {n: value.upper() for n, value in fields.items()})


if __name__ == "__main__":
    unittest.main()
