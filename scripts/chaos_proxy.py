"""TCP proxies between the parties that lose, double and delay whole frames, cut connections, and leave them half open.

Runs as a process of its own: `chaos_proxy.py '{"seed":7,"links":[{"name","listen","to","framing"}…]}'`. It says "ready"; a
JSON object on standard input sets the rates, `stats` prints what was done. Knows of the messages only how long they are.
"""

import asyncio
import json
import random
import sys

READ_BYTES = 65536
FRAME_BYTES_MAX = 65535 + 2
#: Chances per frame, and connections cut or left half open per second and link.
CALM = {"lose": 0.0, "double": 0.0, "delay": 0.0, "delay_s": 0.0, "cut_per_s": 0.0, "half_open_per_s": 0.0}


def frames(buffer: bytearray, framing: str):
    """Takes whole frames off the buffer: two bytes of length (pos), or four digits (cups)."""
    head = 2 if framing == "pos" else 4
    while len(buffer) >= head:
        if framing == "pos":
            length = int.from_bytes(buffer[:2], "big")
        elif buffer[:4].isdigit():
            length = int(buffer[:4])
        else:
            # Not a frame of ours: passed on as it is, the parties shall judge it.
            length = len(buffer) - head
        if len(buffer) < head + length:
            return
        yield bytes(buffer[: head + length])
        del buffer[: head + length]


class Connection:
    """One connection through a proxy: two directions that live and die together."""

    def __init__(self, link: "Link", near: asyncio.StreamWriter, far: asyncio.StreamWriter):
        self.link, self.near, self.far = link, near, far
        self.dead = set()

    def end(self):
        for side in (self.near, self.far):
            if side.transport:
                side.transport.abort()

    def put(self, to: asyncio.StreamWriter, frame: bytes):
        if not to.is_closing():
            to.write(frame)

    async def pump(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, way: str):
        buffer = bytearray()
        try:
            while data := await reader.read(READ_BYTES):
                buffer += data
                if len(buffer) > 4 * FRAME_BYTES_MAX:
                    return
                for frame in frames(buffer, self.link.framing):
                    if way not in self.dead:
                        self.link.pass_on(self, to, frame)
                await to.drain()
        except (ConnectionError, OSError):
            pass


class Link:
    """One proxy: where it listens, where it leads, what it does to what passes."""

    def __init__(self, plan: dict, net: "Net"):
        self.name, self.framing, self.net = plan["name"], plan["framing"], net
        self.listen, self.to = plan["listen"], plan["to"]
        self.random = random.Random(f"{net.seed}/{self.name}")
        self.open: set[Connection] = set()
        self.done = {"passed": 0, "lost": 0, "doubled": 0, "delayed": 0, "cut": 0, "half_open": 0}

    def pass_on(self, connection: Connection, to: asyncio.StreamWriter, frame: bytes):
        rates, dice = self.net.rates, self.random.random()
        if dice < rates["lose"]:
            self.done["lost"] += 1
            return
        dice -= rates["lose"]
        copies = 1
        if dice < rates["double"]:
            self.done["doubled"] += 1
            copies = 2
        elif dice < rates["double"] + rates["delay"]:
            # Later frames overtake it.
            self.done["delayed"] += 1
            wait = self.random.uniform(0, rates["delay_s"])
            asyncio.get_running_loop().call_later(wait, connection.put, to, frame)
            return
        self.done["passed"] += 1
        for _ in range(copies):
            connection.put(to, frame)

    async def accepted(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter):
        host, port = self.to.rsplit(":", 1)
        try:
            far_reader, far = await asyncio.open_connection(host, int(port))
        except OSError:
            near.transport.abort()
            return
        connection = Connection(self, near, far)
        self.open.add(connection)
        pumps = [
            asyncio.ensure_future(connection.pump(reader, far, "there")),
            asyncio.ensure_future(connection.pump(far_reader, near, "back")),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        self.open.discard(connection)
        connection.end()

    async def hurt(self, step_s: float):
        """Cuts connections and leaves them half open, at the rates in force."""
        while True:
            await asyncio.sleep(step_s)
            living = sorted((c for c in self.open if not c.dead), key=id)
            if not living:
                continue
            if self.random.random() < self.net.rates["cut_per_s"] * step_s:
                self.done["cut"] += 1
                self.random.choice(living).end()
            elif self.random.random() < self.net.rates["half_open_per_s"] * step_s:
                self.done["half_open"] += 1
                # Nothing passes any more and nobody is told: both ways, or one.
                ways = self.random.choice([("there", "back"), ("there",), ("back",)])
                self.random.choice(living).dead.update(ways)


class Net:
    def __init__(self, plan: dict):
        self.seed, self.rates = plan["seed"], dict(CALM)
        self.links = [Link(link, self) for link in plan["links"]]

    async def run(self):
        for link in self.links:
            host, port = link.listen.rsplit(":", 1)
            await asyncio.start_server(link.accepted, host, int(port))
            asyncio.ensure_future(link.hurt(0.1))
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        commands = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := (await commands.readline()).strip():
            if line == b"stats":
                print(json.dumps({link.name: link.done for link in self.links}), flush=True)
            else:
                self.rates = CALM | json.loads(line)


if __name__ == "__main__":
    asyncio.run(Net(json.loads(sys.argv[1])).run())
