"""The parties of a network as processes: made by `slipway init`, started, killed, started again, asked whether they are quiet."""

import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

#: In the order in which a person would start them.
PARTIES = ("switch", "issuer1", "issuer2", "acquirer", "terminals")
#: Who dials through which proxy, to whom, in which framing.
HOPS = {"acquirer": ("switch", "cups"), "issuer1": ("switch", "cups"), "issuer2": ("switch", "cups"), "terminals": ("acquirer", "pos")}
READY_S = 60
STOP_S = 60


class Broken(Exception):
    """Something that no fault of this run explains: the run has failed."""


def free_ports(count: int) -> list:
    """Ports that nobody holds now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def until(found, seconds: float, step: float = 0.01):
    """Looks until `found()` is true, at most so long; what it found last."""
    end = time.monotonic() + seconds
    while not (value := found()) and time.monotonic() < end:
        time.sleep(step)
    return value


class Party:
    """One party's process."""

    def __init__(self, net: "Net", name: str, http_port: int):
        self.net, self.name, self.http_port = net, name, http_port
        self.home = net.dir / name
        self.process, self.log, self.kills, self.starts = None, net.work / f"{name}.log", 0, 0

    def start(self):
        """Starts it and waits until it says that it is up."""
        log = open(self.log, "ab")
        command = [self.net.binary, "--json", "--lang", "en", "run", self.name, "--config", self.net.dir / f"{self.name}.toml"]
        # A group of its own: Ctrl-C at the run's terminal is the run's business.
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        log.close()
        self.starts += 1
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if ready and b'"ready":true' in self.process.stdout.readline():
                return
            if self.process.poll() is not None:
                raise Broken(f"{self.name} does not start (exit {self.process.returncode}): {self.said()}")
        raise Broken(f"{self.name} did not say that it is up within {READY_S} s")

    def said(self) -> str:
        """The last line of its standard error."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self):
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.kills += 1

    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self):
        """SIGTERM; anything but a clean end is a failure of the run."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired as late:
            self.kill()
            raise Broken(f"{self.name} did not stop within {STOP_S} s") from late
        if code != 0:
            raise Broken(f"{self.name} ended with {code}: {self.said()}")

    def ask(self, method: str, path: str, body=None, line=None, timeout: float = 10):
        """The answer of its local port as JSON; raises OSError if it does not answer."""
        connection = line or http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout)
        try:
            token = json.loads((self.home / "run.json").read_text())["token"]
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise OSError(f"{path}: {answer.status} {text[:200]!r}")
            return json.loads(text)
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(str(error)) from error
        finally:
            if not line:
                connection.close()

    def open(self):
        """How many of its records wait for something; None: it does not answer."""
        try:
            return self.ask("GET", "/api/v1/quiet")["open"]
        except OSError:
            return None


class Net:
    """All parties of one run, and their proxies."""

    def __init__(self, binary: pathlib.Path, work: pathlib.Path, terminals: int, pace: int, seed: int):
        self.binary, self.work, self.dir, self.pace = binary, work, work / "net", pace
        ports = free_ports(2 + len(PARTIES) + len(HOPS))
        at = [f"127.0.0.1:{port}" for port in ports]
        listens, (https, proxies) = {"acquirer": at[0], "switch": at[1]}, (ports[2:7], at[7:])
        # Plain: the proxies count frames, and under TLS there are none to see.
        command = [binary, "--json", "init", "--demo", "--plain", "--dir", self.dir, "--pace", str(pace)]
        command += ["--terminals", str(terminals)]
        command += ["--cards", "100", "--acquirer", listens["acquirer"], "--switch", listens["switch"]]
        made = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        if made.returncode != 0:
            raise Broken("slipway init has failed")
        self.world = json.loads(made.stdout)
        self.links = [
            {"name": f"{party}-{to}", "listen": proxy, "to": listens[to], "framing": framing}
            for (party, (to, framing)), proxy in zip(HOPS.items(), proxies)
        ]
        self.parties = {name: Party(self, name, http) for name, http in zip(PARTIES, https)}
        for name, party in self.parties.items():
            proxy = next((link["listen"] for link in self.links if link["name"].startswith(f"{name}-")), None)
            self.rewrite(self.dir / f"{name}.toml", party.http_port, proxy)
        proxy = pathlib.Path(__file__).with_name("chaos_proxy.py")
        plan = json.dumps({"seed": seed, "links": self.links})
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
        self.proxies = subprocess.Popen([os.sys.executable, proxy, plan], **pipes)
        if self.proxies.stdout.readline().strip() != "ready":
            raise Broken("the fault proxies did not start")

    @staticmethod
    def rewrite(path: pathlib.Path, http_port: int, proxy):
        text = re.sub(r'^http = "[^"]*"', f'http = "127.0.0.1:{http_port}"', path.read_text(), flags=re.M)
        if proxy:
            text = re.sub(r'^dial = "[^"]*"', f'dial = "{proxy}"', text, flags=re.M)
        path.write_text(text)

    def faults(self, rates: dict):
        """Sets what the proxies do from now on; nothing of it: calm."""
        self.proxies.stdin.write(json.dumps(rates) + "\n")
        self.proxies.stdin.flush()

    def fault_counts(self) -> dict:
        self.proxies.stdin.write("stats\n")
        self.proxies.stdin.flush()
        return json.loads(self.proxies.stdout.readline())

    def start(self):
        for party in self.parties.values():
            party.start()

    def check_alive(self, but=()):
        """A party that has ended without being killed is a failure of the run."""
        for party in self.parties.values():
            if party.name not in but and party.ended():
                raise Broken(f"{party.name} has ended by itself (exit {party.process.returncode}): {party.said()}")

    def wait_quiet(self, seconds: float, told):
        """Until nobody has anything open, twice in a row; `told` hears of the progress."""
        end, quiet, heard = time.monotonic() + seconds, 0, 0.0
        while time.monotonic() < end:
            self.check_alive()
            opens = {name: party.open() for name, party in self.parties.items()}
            quiet = quiet + 1 if all(count == 0 for count in opens.values()) else 0
            if quiet == 2:
                return
            if not quiet and time.monotonic() - heard > 2:
                heard = time.monotonic()
                told(", ".join(f"{name} {'?' if count is None else count}" for name, count in opens.items() if count != 0))
            time.sleep(0.1)
        opens = ", ".join(f"{name} {party.open()}" for name, party in self.parties.items())
        told(f"not quiet after {seconds:.0f} s: {opens}")

    def export(self) -> pathlib.Path:
        """Every record of the stopped network."""
        path = self.work / "export.jsonl"
        with open(path, "wb") as out:
            ran = subprocess.run([self.binary, "--lang", "en", "export", "--dir", self.dir], stdout=out, stderr=subprocess.PIPE, check=False)
        if ran.returncode != 0:
            raise Broken(f"slipway export has failed: {ran.stderr.decode(errors='replace').strip()}")
        return path

    def end(self):
        """Leaves no process behind, whatever has happened."""
        for party in self.parties.values():
            if party.process and not party.ended():
                party.kill()
        self.proxies.kill()
        self.proxies.wait()
