"""One run against a whole network: cashiers, evidence, judgement. `chaos` and `disk_faults` are runs that differ in what they do
to the network while it works."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import chaos_tills
from chaos_parties import PARTIES, Broken, Net

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUIET_S = 180


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def binary() -> pathlib.Path:
    """SLIPWAY, or the release build of this clone, made if it is not there or not fresh."""
    if given := os.environ.get("SLIPWAY"):
        return pathlib.Path(given).resolve()
    say("building slipway …")
    subprocess.run(["cargo", "build", "--locked", "--release", "--quiet", "-p", "slipway"], cwd=ROOT, check=True)
    return (ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "slipway").resolve()


class Run:
    """A network in a folder of its own, with a cashier at each terminal."""

    def __init__(self, seed: int, rate: float, terminals: int, pace: int):
        self.seed, self.rate, self.random = seed, rate, random.Random(seed)
        program = binary()
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-chaos-"))
        self.net = Net(program, self.work, terminals, pace, seed)
        self.journal = chaos_tills.Journal(self.work / "journal.jsonl")
        self.stop, self.cashiers, self.disks = threading.Event(), [], []

    def open_the_shops(self):
        bank, tills = self.net.parties["terminals"], self.net.world["own_terminals"]
        for number, till in enumerate(tills, 1):
            rate, cards = self.rate / len(tills), self.net.world["cards"]
            self.cashiers.append(chaos_tills.Cashier(bank, till, cards, self.journal, self.stop, rate, number, self.seed))
        for cashier in self.cashiers:
            cashier.start()

    def told(self) -> str:
        counts = self.journal.counts
        return ", ".join(f"{counts.get(what, 0)} {what}" for what in ("key", "approved", "declined", "doubt"))

    def calm(self) -> float:
        """Faults and load stop; the network must become quiet by itself. How long it took."""
        self.net.faults({})
        self.stop.set()
        for cashier in self.cashiers:
            cashier.join(60)
            if cashier.failed or cashier.is_alive():
                raise Broken(f"{cashier.name} is stuck or has fallen over: {cashier.failed!r}")
        say("faults have stopped; waiting until nothing is open anywhere …")
        began = time.monotonic()
        self.net.wait_quiet(QUIET_S, lambda text: say(f"  open: {text}"))
        return time.monotonic() - began

    def evidence(self) -> pathlib.Path:
        """Stops all parties; every paper, every message on a phone, every record."""
        for name in reversed(PARTIES):
            self.net.parties[name].stop()
        chaos_tills.papers(self.net.dir / "terminals" / "slips", self.journal)
        chaos_tills.notices([self.net.dir / f"issuer{n}" / "notices.jsonl" for n in (1, 2)], self.journal)
        return self.net.export()

    def judged(self, export: pathlib.Path):
        """The judge is another program: whether the rule held, and figures."""
        judge = [sys.executable, pathlib.Path(__file__).with_name("chaos_check.py"), self.work / "journal.jsonl", export]
        ran = subprocess.run(judge, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if ran.stderr.strip():
            say(ran.stderr.strip())
        return ran.returncode == 0, json.loads(ran.stdout) if ran.stdout else {}

    def end(self, held: bool, keep: bool = False):
        """Leaves no process and no mount behind; of a run that failed, the evidence."""
        self.stop.set()
        self.net.end()
        if keep or not held:
            evidence = pathlib.Path(f"{self.work}-evidence")
            shutil.copytree(self.work, evidence)
            say(f"everything is kept in {evidence} (seed {self.seed})")
        for disk in self.disks:
            disk.unmount()
        shutil.rmtree(self.work, ignore_errors=True)


def judged(make, play, keep: bool = False) -> int:
    """Makes a run, plays it to its end and tells how it went: the exit code."""
    run, held, why = None, False, ""
    try:
        run = make()
        held = play(run)
    except Broken as broken:
        why = str(broken)
    except KeyboardInterrupt:
        why = "stopped by hand"
    finally:
        if run:
            run.end(held, keep)
    print("the one rule held" if held else f"THE RUN HAS FAILED: {why or 'see the accusations'}", flush=True)
    return 0 if held else 1
