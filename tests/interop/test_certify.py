"""`slipway certify terminal` against the foreign device: the whole script behaves well, and planted faults are named."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from device import Device
from network import BINARY


def certify(only="", faults=(), more=(), habits=()):
    """Runs the script with the device in it: exit code and report."""
    with tempfile.TemporaryDirectory(prefix="slipway-certify-test-") as folder:
        report = pathlib.Path(folder) / "report.json"
        command = [BINARY, "certify", "terminal", "--listen", "127.0.0.1:0", "--json-steps", "--report", report]
        command += ["--step-timeout", "60", "--label", "tests/interop"] + (["--only", only] if only else []) + list(more)
        # What a bad device brings about is told on standard error too: nobody needs it here.
        quiet = {"stderr": subprocess.DEVNULL} if faults else {}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **quiet)
        device = None
        try:
            for line in process.stdout:
                said = json.loads(line)
                if said.get("ready"):
                    device = Device(said["acquirer"], said, said["cards"][0], faults, habits)
                elif "do" in said:
                    device.slips = 0
                    device.play(said["do"])
                    answer(process, "done")
                elif said.get("ask") == "slips":
                    answer(process, device.slips)
            code = process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
            if device:
                device.close()
        text = report.read_text()
        # Card numbers whole, in no report.
        assert device.card["pan"] not in text and device.card["track2"] not in text
        return code, json.loads(text)


def answer(process, word):
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def wrong(report):
    """Verdicts that are not `passed`, with their reasons."""
    return {
        step["no"]: [reason["en"] for reason in step["reasons"]] for step in report["steps"] if step["verdict"] != "passed"
    }


class Certify(unittest.TestCase):
    def test_a_good_device_passes_the_whole_script(self):
        code, report = certify()
        self.assertEqual(wrong(report), {})
        self.assertEqual(code, 0, report["ledger"])
        self.assertEqual(report["summary"]["passed"], len(report["steps"]))
        self.assertGreaterEqual(len(report["steps"]), 38)
        self.assertTrue(report["ledger"]["rule_holds"])
        self.assertIs(report["certification"], False)
        self.assertIn("no certification", report["report"]["en"])

    def test_a_device_that_confirms_its_slips_passes_too(self):
        code, report = certify("3,7,8,12,15,28,35,36", habits=["confirms", "refunds_by_reference"])
        self.assertEqual(wrong(report), {})
        self.assertEqual(code, 0, report["ledger"])

    def test_planted_faults_are_named(self):
        # Fault, steps, the step that must fail, what its report must say.
        cases = [
            ("no_reversal", "15", 15, "no reversal of SALE 11.02"),
            ("other_mak", "3", 3, "wrong MAC"),
            ("stan_reused", "4", 4, "was used before"),
            ("no_upload", "36", 36, "no upload though the totals were out of balance"),
            ("reverses_declines", "5", 5, "which was declined (51)"),
            ("gives_up", "24", 24, "given up after 3 sends"),
            ("forgets", "25", 25, "no reversal of SALE 11.12"),
            ("believes", "28", 28, "no reversal of SALE 11.15"),
            ("stays", "34", 34, "without a sign-on after 77"),
            ("other_pik", "3", 3, "the PIN block opens to no PIN"),
            ("prints_late", "27", 27, "1 slips were printed, not 0"),
        ]
        for fault, only, step, words in cases:
            with self.subTest(fault):
                code, report = certify(only, [fault])
                self.assertEqual(code, 1)
                self.assertIn(words, " / ".join(wrong(report).get(step, [])), wrong(report))

    def test_what_is_not_undone_stands_in_the_ledgers(self):
        _, report = certify("15", ["no_reversal"])
        self.assertFalse(report["ledger"]["rule_holds"])
        off = [one for one in report["ledger"]["exchanges"] if not one["holds"]]
        self.assertEqual([(one["slip_fen"], one["debit_fen"], one["credit_fen"]) for one in off], [(0, 1102, 1102)])

    def test_a_step_is_skipped_with_its_reason(self):
        code, report = certify("2,9", more=["--skip", "pre-auth=no such menu"])
        self.assertEqual(code, 0)
        self.assertEqual(wrong(report), {9: ["no such menu"]})


if __name__ == "__main__":
    unittest.main()
