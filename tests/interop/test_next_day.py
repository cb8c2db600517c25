"""The story next-day, looked at by programs that share no line with the project: hledger checks the journal of every day and of all
days together, and recompute.py reckons fees and positions again (without hledger its part is skipped, loudly)."""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from network import BINARY

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEES = ROOT / "crates/recon/data/fees-cn.txt"


def ledger(file, *args):
    return subprocess.run(["hledger", "-f", file, *args], capture_output=True, text=True)


class NextDay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.net = pathlib.Path(cls.temporary.name) / "net"
        played = [BINARY, "demo", "--story", "next-day", "--json", "--keep", cls.net]
        ran = subprocess.run(played, check=True, capture_output=True, text=True)
        cls.told = json.loads(ran.stdout)
        cls.days = sorted(path for path in (cls.net / "clearing").iterdir() if path.is_dir())

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_fees_and_positions_are_reckoned_again(self):
        self.assertEqual(len(self.days), 9)
        for day in self.days:
            script = ROOT / "tests/recompute/recompute.py"
            ran = subprocess.run([sys.executable, script, FEES, day / "details.csv", day / "positions.csv"], capture_output=True, text=True)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), day.name)

    def test_what_was_cleared_is_what_stands(self):
        cleared = 0
        for day in self.days:
            with open(day / "positions.csv", encoding="utf-8", newline="") as lines:
                cleared += sum(int(row["gross_fen"]) for row in csv.DictReader(lines) if int(row["acquired"]) > 0)
        stands = sum(one["net_debit_fen"] for one in self.told["next_day"]["exchanges"])
        self.assertEqual(cleared, stands, "all days together clear what cardholders paid in the end")

    @unittest.skipUnless(shutil.which("hledger"), "NO HLEDGER HERE: the journals are not verified")
    def test_hledger_agrees_with_every_day(self):
        for day in self.days:
            checked = ledger(day / "day.journal", "check", "--strict")
            self.assertEqual(checked.returncode, 0, f"{day.name}: {checked.stderr}")
            zero = ledger(day / "day.journal", "balance", "-N", "-O", "csv", "--depth", "0").stdout
            self.assertEqual(zero.count("CNY"), 0, f"{day.name} sums to zero")
        first = self.days[0] / "day.journal"
        text = first.read_text(encoding="utf-8")
        amount = next(line for line in text.splitlines() if ":gross  CNY " in line)
        off = pathlib.Path(self.temporary.name) / "off.journal"
        off.write_text(text.replace(amount, amount + "1", 1), encoding="utf-8")
        self.assertNotEqual(ledger(off, "check").returncode, 0, "one digit more does not balance")


if __name__ == "__main__":
    unittest.main()
