"""The HTTP API asked by others: schemathesis (a fuzzer that reads the OpenAPI document) as every role and as the machine, and the example
clients in Python and with curl, which have to stay true."""

import concurrent.futures
import hashlib
import hmac
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from network import ROOT, Network

PASSWORD = "paper-boat-2026"
ROLES = ["cashier", "supervisor", "market", "agent", "desk", "operations", "auditor"]
# Not a server's error: what it says, it says truly, and what it must refuse, it refuses.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
]
SEED = os.environ.get("FUZZ_SEED", "7")
# Seconds of one role; two at once, so about a minute in all.
EACH_S = int(os.environ.get("FUZZ_SECONDS", "14"))
WAIT_S = 60

spec = importlib.util.spec_from_file_location("client", ROOT / "examples/client.py")
client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(client)


def until(holds, what):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"gave up waiting: {what}")


def sell(network) -> str:
    """A sale of 88.00 at the first own terminal, by its keys; the reference number."""
    till, card = network.world["own_terminals"][0], network.world["cards"][0]
    door = f"/api/v1/terminals/{till['terminal']}"
    shows = lambda words: lambda: network.http(door)["lines"][:1] and network.http(door)["lines"][0]["en"].startswith(words)
    signs_in = {"act": "sign_in", "operator": 1, "password": "0000"}
    ready = shows("Sale: key the amount")
    # Its line comes up a moment after the network: an operator who signs in too early does it again.
    until(lambda: ready() or (network.http(f"{door}/acts", signs_in) and ready()), "the sign-on")
    for act, words in [
        ({"act": "begin", "kind": "sale", "amount_fen": 8_800}, None),
        ({"act": "card", "track2": card["track2"]}, None),
        ({"act": "enter"}, None),
        ({"act": "pin", "pin": card["pin"]}, "Approved: check the signature"),
        ({"act": "enter"}, "Sale: key the amount"),
    ]:
        network.http(f"{door}/acts", act)
        if words:
            until(shows(words), words)
    keys = {"merchant": till["merchant"], "terminal": till["terminal"], "card": card["pan"]}
    return network.settles(lambda found: found["verdict"] == "took_place" and found["evidence"][1]["slip"], **keys)["rrn"]


class OnANetwork(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network().start()
        cls.base = f"http://{cls.network.world['http']}"
        cls.rrn = sell(cls.network)
        # Before anybody tries passwords: whoever tries too many is locked out.
        cls.people = {}
        for name in ROLES:
            cls.people[name] = client.Client(cls.base)
            cls.people[name].sign_in(name, PASSWORD)

    @classmethod
    def tearDownClass(cls):
        # Fuzzers pull no plug: what they did is stopped as gracefully as anything.
        assert cls.network.stop() == 0


class Fuzz(OnANetwork):
    """On a network of its own: a fuzzer tries so many passwords that its address is locked out."""

    def fuzzed(self, who, token, select, values):
        with tempfile.TemporaryDirectory() as folder:
            config = "".join(
                f"[[operations]]\ninclude-path-regex = {json.dumps(path)}\nparameters = {{ {', '.join(f'{name} = {json.dumps(value)}' for name, value in named.items())} }}\n"
                for path, named in values.items()
            )
            pathlib.Path(folder, "schemathesis.toml").write_text(config)
            command = [pathlib.Path(sys.executable).with_name("schemathesis"), "run", f"{self.base}/api/v1/openapi.json"]
            command += ["--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--seed", SEED]
            command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--max-time", str(EACH_S)]
            command += ["--request-timeout", "20", "--continue-on-failure", "--no-color", *select]
            run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return who, run.returncode, run.stdout

    def test_fuzz(self):
        find = self.people["desk"].ask("POST", "/api/v1/desk/find", {"rrn": self.rrn})
        hook = {"url": "http://127.0.0.1:9/", "events": ["*"]}
        hook = self.people["market"].once("POST", "/api/v1/webhooks", hook)["webhook"]["id"]
        values = {"/desk/exchanges/": {"id": find["found"]["id"]}, "/api/v1/webhooks/": {"id": hook}}
        mine = ["--exclude-tag", "machine", "--exclude-operation-id", "signOut"]
        jobs = [(name, self.people[name].token, mine, values) for name in ROLES]
        till = {"/api/v1/terminals/": {"id": self.network.world["own_terminals"][1]["terminal"]}}
        jobs.append(("machine", self.network.world["token"], ["--include-tag", "machine"], till))
        with concurrent.futures.ThreadPoolExecutor(2) as lanes:
            for who, code, said in lanes.map(lambda job: self.fuzzed(*job), jobs):
                with self.subTest(who=who):
                    self.assertEqual(code, 0, said)
                    self.assertRegex(said, r"\d{3,} generated, \d{3,} passed", said)


class Api(OnANetwork):
    def test_python_client(self):
        command = [sys.executable, ROOT / "examples/client.py", "--base", self.base, "--name", "desk", "--rrn", self.rrn]
        environment = os.environ | {"SLIPWAY_PASSWORD": PASSWORD}
        for _ in range(2):
            run = subprocess.run(command + ["--propose", "paid twice"], capture_output=True, text=True, env=environment)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("took_place", run.stdout)
            self.assertIn("88.00", run.stdout)
            self.assertIn("proposed:", run.stdout)
        proposed = [one for one in self.people["desk"].pages("/api/v1/desk/proposals") if one["rrn"] == self.rrn]
        self.assertEqual(len(proposed), 1)
        run = subprocess.run(command, capture_output=True, text=True, env=environment | {"SLIPWAY_PASSWORD": "x"})
        self.assertEqual((run.returncode, "name, password or code is wrong" in run.stderr), (1, True), run.stderr)

    def test_curl_client(self):
        if not shutil.which("curl"):
            self.skipTest("no curl here")
        environment = os.environ | {"SLIPWAY_PASSWORD": PASSWORD, "SLIPWAY_BASE": self.base}
        command = ["sh", ROOT / "examples/client.sh", "desk", self.rrn, "paid twice"]
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        self.assertTrue(run.stdout.startswith("took_place\n"), run.stdout)
        self.assertIn('"proposal"', run.stdout)
        self.assertTrue("88.00" in run.stdout and "\\n" not in run.stdout.split('"proposal"')[0], "the slip is shown once, line by line")
        run = subprocess.run(command, capture_output=True, text=True, env=environment | {"SLIPWAY_PASSWORD": "x"})
        self.assertNotEqual(run.returncode, 0)

    def test_receiver(self):
        command = [sys.executable, ROOT / "examples/client.py", "--base", self.base, "--name", "market", "--listen", "0"]
        environment = os.environ | {"SLIPWAY_PASSWORD": PASSWORD}
        listener = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.assertTrue(listener.stdout.readline().startswith("listening as w"))
        sell(self.network)
        self.assertTrue(listener.stdout.readline().startswith("payment.approved sale"))
        self.assertTrue(listener.stdout.readline().startswith("slip.printed sale"))
        listener.send_signal(signal.SIGINT)
        self.assertEqual((listener.wait(timeout=30), listener.stdout.read()), (0, ""))
        listener.stdout.close()

    def test_signature(self):
        key, body, at = "k" * 64, b'{"id":"x"}', 1_795_710_250
        code = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        good = f"t={at},v1={'0' * 64},v1={code}"
        self.assertTrue(client.genuine(good, body, key, at + 300))
        for header, text, late in [
            (good, body + b" ", 0), (good, body, 301), (good, body, -301), (good.replace(f"t={at}", f"t={at + 1}"), body, 0),
            ("", body, 0), ("t=,v1=", body, 0), (f"t={at}", body, 0), (f"v1={code}", body, 0), (f"t=²,v1={code}", body, 0),
        ]:
            self.assertFalse(client.genuine(header, text, key, at + late), header)
        self.assertFalse(client.genuine(good, body, "j" * 64, at))


if __name__ == "__main__":
    unittest.main()
