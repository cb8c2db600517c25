"""A generated day in every form it goes out in, looked at by programs that share no line with the project: the scripts of
tests/recompute to the fen, the ISO 20022 schema, Apache Arrow, and hledger (without it that part is skipped, loudly)."""

import csv
import importlib.resources
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import pyarrow.parquet
import xmlschema

from network import BINARY

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECON = ROOT / "crates/recon/data"
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def script(name, *args):
    ran = subprocess.run([sys.executable, ROOT / "tests/recompute" / name, *map(str, args)], capture_output=True, text=True)
    return ran.returncode, ran.stderr


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class Clearing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.day = pathlib.Path(cls.temporary.name) / "day"
        made = [BINARY, "clearing", "example", "--entries", "3000", "--seed", "5", "--dir", cls.day]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        with open(cls.day / "payouts.csv", encoding="utf-8", newline="") as lines:
            cls.payouts = list(csv.DictReader(lines))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def copy(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        copy = pathlib.Path(folder.name) / "day"
        shutil.copytree(self.day, copy)
        return copy

    def test_positions_are_reckoned_again(self):
        check = lambda day: script("recompute.py", RECON / "fees-cn.txt", day / "details.csv", day / "positions.csv")
        self.assertEqual(check(self.day), (0, ""))
        off = self.copy()
        line = (off / "positions.csv").read_text(encoding="utf-8").splitlines()[1]
        change(off / "positions.csv", line, line[:-1] + str((int(line[-1]) + 1) % 10))
        self.assertEqual(check(off)[0], 1, "one digit in one position is found")

    def test_payouts_are_reckoned_again(self):
        check = lambda day: script("merchants.py", RECON / "calendar-cn.txt", day)
        self.assertEqual(check(self.day), (0, ""))
        fen = self.payouts[0]["fen"]
        off = self.copy()
        change(off / "payouts.csv", f",{fen},", f",{int(fen) + 1},")
        self.assertIn("payout", check(off)[1], "one fen in one payout is found")
        off = self.copy()
        lines = (off / "payouts.csv").read_text(encoding="utf-8").splitlines()
        (off / "payouts.csv").write_text("\n".join(lines + lines[1:2]) + "\n", encoding="utf-8")
        self.assertIn("paid twice", check(off)[1])
        off = self.copy()
        change(off / "settlements.csv", self.payouts[0]["pay_day"], "2026-03-20")
        self.assertIn("pay day", check(off)[1])

    def test_the_banks_file_is_valid_and_says_the_same(self):
        # The schema as ISO 20022 publishes it (Standards Editor, 2019-02-14), out of the package sepaxml.
        path = importlib.resources.files("sepaxml") / "schemas/pain.001.001.09.xsd"
        schema = xmlschema.XMLSchema(str(path))
        file = self.day / "payouts.xml"
        schema.validate(str(file))
        document = xmlschema.XMLResource(str(file)).root
        paid = {}
        for transfer in document.iterfind(".//p:CdtTrfTxInf", NAMESPACE):
            text = lambda at: transfer.findtext(at, namespaces=NAMESPACE)
            yuan, fen = text("p:Amt/p:InstdAmt").split(".")
            paid[text("p:PmtId/p:EndToEndId")] = (
                int(yuan) * 100 + int(fen), text("p:CdtrAcct/p:Id/p:Othr/p:Id"), text("p:Cdtr/p:Nm"))
        said = {row["payout"]: (int(row["fen"]), row["account"], row["holder_name"]) for row in self.payouts}
        self.assertEqual(paid, said)
        self.assertGreater(len(paid), 3)
        total = document.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NAMESPACE).replace(".", "")
        self.assertEqual(int(total), sum(fen for fen, _, _ in paid.values()))
        broken = file.read_text(encoding="utf-8").replace("<Cd>CNAPS</Cd>", "<Cd>CNAPSX</Cd>", 1)
        self.assertFalse(schema.is_valid(broken), "the schema does look")

    def test_columns_say_what_the_csv_says(self):
        for name in ("details", "settlements"):
            table = pyarrow.parquet.read_table(self.day / f"{name}.parquet").to_pylist()
            with open(self.day / f"{name}.csv", encoding="utf-8", newline="") as lines:
                want = list(csv.DictReader(lines))
            got = [{key: "" if value is None else str(value) for key, value in row.items()} for row in table]
            self.assertEqual(got, want)
            self.assertGreater(len(got), 10)

    @unittest.skipUnless(shutil.which("hledger"), "NO HLEDGER HERE: the journal is not verified")
    def test_hledger_verifies_the_journal(self):
        ledger = lambda file, *args: subprocess.run(["hledger", "-f", file, *args], capture_output=True, text=True)
        journal = self.day / "day.journal"
        checked = ledger(journal, "check", "--strict")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        balances = ledger(journal, "balance", "members", "--depth", "2", "-N", "-O", "csv").stdout
        got = {row[0].removeprefix("members:"): row[1].removeprefix("CNY ") for row in csv.reader(balances.splitlines()[1:])}
        with open(self.day / "positions.csv", encoding="utf-8", newline="") as lines:
            want = {row["member"]: int(row["net_fen"]) for row in csv.DictReader(lines) if row["member"] != "network"}
        self.assertEqual({member: int(yuan.replace(".", "")) for member, yuan in got.items()}, want)
        self.assertEqual(ledger(journal, "balance", "-N", "-O", "csv", "--depth", "0").stdout.count("CNY"), 0, "sums to zero")
        off = self.copy() / "day.journal"
        amount = next(line for line in journal.read_text(encoding="utf-8").splitlines() if ":gross  CNY " in line)
        change(off, amount, amount + "1")
        self.assertNotEqual(ledger(off, "check").returncode, 0, "one digit more does not balance")


if __name__ == "__main__":
    unittest.main()
