"""Keys and cryptograms of chip cards: the figures that the vault's own test holds, computed again by pyemv."""

import pathlib
import re
import unittest
import warnings

from pyemv import ac, kd

SOURCE = pathlib.Path(__file__).parents[2] / "crates/vault/src/emv.rs"
MASTER = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
LINE = re.compile(r'\(\s*"(\d+)",\s*(\d+),\s*(\d+),\s*"([0-9A-F]*)",\s*"([0-9A-F]{32})",\s*"([0-9A-F]{16})",\s*"([0-9A-F]{16})",?\s*\)')


class Figures(unittest.TestCase):
    def test_they_are_the_same(self):
        figures = LINE.findall(SOURCE.read_text())
        self.assertEqual(len(figures), 3)
        warnings.simplefilter("ignore")
        for pan, sequence, atc, covered, key, cryptogram, answer in figures:
            card = kd.derive_icc_mk_a(MASTER, pan, f"{int(sequence):02}")
            session = kd.derive_common_sk(card, int(atc).to_bytes(2, "big") + bytes(6))
            made = ac.generate_ac(session, bytes.fromhex(covered), ac.PaddingType.EMV)
            self.assertEqual(card.hex().upper(), key, pan)
            self.assertEqual(made.hex().upper(), cryptogram, pan)
            self.assertEqual(ac.generate_arpc_1(session, made, b"00").hex().upper(), answer, pan)


if __name__ == "__main__":
    unittest.main()
