"""Key blocks between `slipway keys` and psec: each opens what the other wrote, and refuses what was changed."""

import json
import secrets
import shutil
import subprocess
import tempfile
import unittest

from psec import des, tr31
from psec.tools import xor

import secrets_psec
from network import BINARY

PARTS = [bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("1023457689BADCEF0132546798ABCDFE")]
ZONE_MASTER = xor(*PARTS)


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="slipway-keys-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        made = [BINARY, "--json", "init", "--demo", "--dir", self.folder, "--terminals", "1", "--cards", "1"]
        subprocess.run(made, check=True, capture_output=True)
        for number, part in enumerate(PARTS, 1):
            kcv = secrets_psec.kcv(part).hex()
            self.keys(
                "component", "zmk/00010000", f"--number={number}", "--of=2", f"--kcv={kcv}", f"--by=custodian {number}",
                given=part.hex(),
            )
        whole = secrets_psec.kcv(ZONE_MASTER).hex()
        self.keys("combine", "zmk/00010000", f"--kcv={whole}", "--by=custodian 3")

    def keys(self, *args, given="", code=0):
        command = [BINARY, "--json", "keys", *args, "--dir", f"{self.folder}/acquirer"]
        done = subprocess.run(command, input=given, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else None

    def test_psec_opens_our_blocks(self):
        letters = {"zpk": ("P0", "B"), "zak": ("M3", "C"), "tmk": ("K0", "B"), "tdk": ("D0", "B"), "bdk": ("B0", "X")}
        for usage, (letter, mode) in letters.items():
            with self.subTest(usage):
                made = self.keys("make", f"{usage}/interop", "--by=custodian 1")
                told = self.keys("export", f"{usage}/interop", "--under=zmk/00010000", "--by=custodian 1")
                header, key = tr31.unwrap(ZONE_MASTER, told["block"])
                self.assertEqual((header.version_id, header.key_usage, header.mode_of_use), ("B", letter, mode))
                self.assertEqual((header.algorithm, header.exportability), ("T", "N"))
                self.assertEqual(secrets_psec.kcv(key).hex().upper(), made["kcv"])

    def test_we_open_blocks_of_psec(self):
        for version in "ABC":
            for usage, letter, mode in [("zpk", "P0", "B"), ("zak", "M3", "C"), ("tmk", "K0", "B"), ("bdk", "B0", "X")]:
                for exportability in "ENS":
                    with self.subTest(version=version, usage=usage, exportability=exportability):
                        key = des.adjust_key_parity(secrets.token_bytes(16))
                        name = f"{usage}/{version}{exportability}"
                        header = tr31.Header(version, letter, "T", mode, "00", exportability)
                        header.blocks["KS"] = "00604B120F9292800000"
                        block = tr31.wrap(ZONE_MASTER, header, key)
                        told = self.keys("import", name, "--under=zmk/00010000", "--by=custodian 1", given=block)
                        self.assertEqual(told["kcv"], secrets_psec.kcv(key).hex().upper())
                        self.assertEqual(told["stays"], exportability == "N")
                        at = 20 + secrets.randbelow(len(block) - 20)
                        bad = block[:at] + ("1" if block[at] != "1" else "2") + block[at + 1 :]
                        self.keys("import", f"{name}x", "--under=zmk/00010000", "--by=custodian 1", given=bad, code=1)

    def test_version_d_under_aes(self):
        self.keys("make", "zmk/aes", "--algorithm=aes256", "--by=custodian 1")
        # The AES zone master key itself is known to psec by a second block under a key that both know.
        header = tr31.Header("D", "K1", "A", "B", "00", "E")
        protection = secrets.token_bytes(32)
        parts = [secrets.token_bytes(32), None]
        parts[1] = xor(protection, parts[0])
        for number, part in enumerate(parts, 1):
            kcv = secrets_psec.aes_kcv(part).hex()
            self.keys(
                "component", "zmk/known", f"--number={number}", "--of=2", "--algorithm=aes256", f"--kcv={kcv}",
                f"--by=custodian {number}", given=part.hex(),
            )
        told = self.keys("combine", "zmk/known", "--by=custodian 3")
        self.assertEqual(told["kcv"], secrets_psec.aes_kcv(protection).hex().upper())
        told = self.keys("export", "zmk/aes", "--under=zmk/known", "--by=custodian 1")
        header, aes = tr31.unwrap(protection, told["block"])
        self.assertEqual((header.version_id, header.key_usage, header.algorithm), ("D", "K1", "A"))
        self.assertEqual(secrets_psec.aes_kcv(aes).hex().upper(), told["kcv"])
        key = des.adjust_key_parity(secrets.token_bytes(16))
        block = tr31.wrap(aes, tr31.Header("D", "P0", "T", "B", "00", "S"), key)
        told = self.keys("import", "zpk/d", "--under=zmk/aes", "--by=custodian 1", given=block)
        self.assertEqual(told["kcv"], secrets_psec.kcv(key).hex().upper())

    def test_the_trail_holds_after_all(self):
        told = self.keys("audit", "--check")
        self.assertEqual((told["holds"], told["count"]), (True, 3))


if __name__ == "__main__":
    unittest.main()
