"""The sales of test_network.py again, with the keys of all four hosts inside SoftHSM2. `scripts/softhsm` names the module;
without it this test says that it was skipped."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from network import BINARY, Network
from terminal import Terminal
from test_network import Sales

MODULE = os.environ.get("SLIPWAY_PKCS11_MODULE")
HOSTS = ("acquirer", "switch", "issuer1", "issuer2")


def keys(folder: pathlib.Path, *args) -> dict:
    done = subprocess.run([BINARY, "--json", "keys", *args, "--dir", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def private(path: pathlib.Path, text: str):
    path.touch(mode=0o600)
    path.write_text(text)


def load(folder: pathlib.Path):
    """Brings a host's keys into a token of its own, and leaves no other copy of them in its folder."""
    private(folder / "token.pin", "user-0000\n")
    private(folder / "officer.pin", "officer-0000\n")
    before = {key["name"]: key["kcv"] for key in keys(folder, "list")["keys"]}
    keys(
        folder, "load", f"--module={MODULE}", f"--token={folder.name}", "--pin-file=token.pin",
        "--initialise=officer.pin", "--by=interop",
    )
    inside = {key["name"]: key["kcv"] for key in keys(folder, "token")["keys"]}
    assert before.keys() == inside.keys(), (before, inside)
    for name in before:
        # Of a seal key the token shows its identity instead of a check value.
        assert name.startswith("seal/") or before[name] == inside[name], name
    assert keys(folder, "audit", "--check")["holds"]
    (folder / "keys.slk").unlink()
    (folder / "master.key").unlink()


@unittest.skipUnless(MODULE, "NO PKCS#11 MODULE: run through scripts/softhsm")
class SalesFromToken(Sales):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.network.start()
        cls.network.process.send_signal(signal.SIGTERM)
        assert cls.network.process.wait(timeout=30) == 0
        for host in HOSTS:
            load(pathlib.Path(cls.network.folder) / host)
        try:
            cls.network.start()
        except BaseException:
            if cls.network.process:
                cls.network.kill()
            raise
        cls.till = Terminal(cls.network.world["acquirer"], cls.network.world["terminals"][0])
        cls.card = cls.network.world["cards"][0]


@unittest.skipUnless(MODULE, "NO PKCS#11 MODULE: run through scripts/softhsm")
class WhatATokenCannotDo(unittest.TestCase):
    def test_sm4_is_refused_before_anything_is_loaded(self):
        with tempfile.TemporaryDirectory(prefix="slipway-token-") as name:
            made = [BINARY, "--json", "init", "--demo", "--dir", name, "--terminals", "1", "--cards", "1"]
            subprocess.run(made, check=True, capture_output=True)
            folder = pathlib.Path(name) / "acquirer"
            private(folder / "token.pin", "user-0000")
            private(folder / "officer.pin", "officer-0000")
            keys(folder, "make", "tmk/sm4", "--algorithm=sm4", "--by=interop")
            command = [BINARY, "--lang=en", "keys", "load", "--dir", folder, f"--module={MODULE}", "--token=sm4"]
            command += ["--pin-file=token.pin", "--initialise=officer.pin", "--by=interop"]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("SM4", done.stderr)
            self.assertFalse((folder / "token.toml").exists(), "the party goes on with its key file")
            # A PIN file that others can read is refused, too.
            (folder / "token.pin").chmod(0o644)
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 3, done.stderr)


# Imported to be built on; test_network.py runs it by itself.
del Sales

if __name__ == "__main__":
    unittest.main()
