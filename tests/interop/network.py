"""Starts and stops a network: `slipway up --demo --json`, kept in a folder of its own."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SLIPWAY", ROOT / "target/release/slipway"))
READY_S = 60
SETTLED_S = 10


class Network:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="slipway-interop-")
        self.process = None

    def start(self):
        command = [BINARY, "--json", "up", "--demo", "--dir", self.folder, "--pace", "fast"]
        command += ["--http", "127.0.0.1:0", "--acquirer-port", "0", "--switch-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            ready, _, _ = select.select([self.process.stdout], [], [], 1)
            line = self.process.stdout.readline() if ready else ""
            if line.strip():
                self.world = json.loads(line)
                assert self.world["ready"] is True, self.world
                return self
            if self.process.poll() is not None:
                raise RuntimeError(f"slipway up ended with {self.process.returncode}")
        raise TimeoutError("slipway up did not say that it is ready")

    def http(self, path: str, body=None) -> dict:
        request = urllib.request.Request(
            f"http://{self.world['http']}{path}",
            None if body is None else json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        # The network is on this machine: no proxy of the environment may stand between.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def trace(self, **keys) -> dict:
        """POST /api/v1/trace: where is the money?"""
        return self.http("/api/v1/trace", keys)

    def audit(self) -> dict:
        """Every ledger of the network, summed up."""
        return self.http("/api/v1/audit")

    def settles(self, holds, **keys) -> dict:
        """Traces until `holds` of what it finds: advices between the hosts go out by themselves and need a moment."""
        until = time.monotonic() + SETTLED_S
        while True:
            found = self.trace(**keys)
            if holds(found) or time.monotonic() > until:
                return found
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
