"""A short message centre on smpp34's server, which shares no line with Slipway: what it accepts it remembers; it can be told to refuse,
or to say nothing."""

import asyncio
import threading

import smpp34


class Centre:
    def __init__(self, port: int):
        self.port = port
        # What to do with the next messages: "accept", "silent", or a command status.
        self.next = []
        self.texts = []
        self.loop = asyncio.new_event_loop()
        self.up = threading.Event()
        self.fault = None
        threading.Thread(target=self._run, daemon=True).start()
        if not self.up.wait(20) or self.fault:
            raise RuntimeError(f"the centre is not up: {self.fault}")

    def _run(self):
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve())
        except (asyncio.CancelledError, RuntimeError) as fault:
            self.fault = fault
            self.up.set()

    async def _serve(self):
        self.server = smpp34.Server("127.0.0.1", self.port, system_id="CENTRE")
        await self.server.start()
        self.up.set()
        # What is neither accepted nor refused has to be held: the server refuses what is dropped.
        held = []
        while True:
            event = await self.server.next()
            if not isinstance(event, smpp34.SubmitSmEvent):
                continue
            what = self.next.pop(0) if self.next else "accept"
            if what == "silent":
                # It has arrived, and nobody is told.
                held.append(event)
                self.texts.append(Text(event))
            elif what == "accept":
                self.texts.append(Text(event))
                event.accept(f"m{len(self.texts)}")
            else:
                event.reject(what)

    def stop(self):
        async def end():
            await self.server.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)


class Text:
    """One short message as the centre got it."""

    def __init__(self, event):
        self.to, self.source = event.destination_addr, event.source_addr
        self.to_ton, self.source_ton = event.dest_addr_ton, event.source_addr_ton
        self.coding, self.esm_class = event.data_coding, event.esm_class
        tags = {tag.tag: tag.value for tag in event.tlvs}
        self.reference = tags.get(smpp34.TLV_USER_MESSAGE_REFERENCE)
        self.payload = tags.get(smpp34.TLV_MESSAGE_PAYLOAD)
        body = bytes(event.short_message)
        self.part = None
        if self.esm_class & 0x40:
            assert body[:3] == b"\x05\x00\x03", body[:6].hex()
            self.part, body = tuple(body[3:6]), body[6:]
        self.octets = len(body)
        body = self.payload if self.payload is not None else body
        self.text = bytes(body).decode("utf-16-be" if self.coding == 8 else "ascii")


def joined(texts) -> list:
    """Whole texts out of parts: (to, reference, text), in the order in which they were complete."""
    whole, open_parts = [], {}
    for text in texts:
        if text.part is None:
            whole.append((text.to, text.reference, text.text))
            continue
        number, total, nth = text.part
        parts = open_parts.setdefault((text.to, number), {})
        parts[nth] = text.text
        if len(parts) == total:
            whole.append((text.to, text.reference, "".join(parts[i] for i in range(1, total + 1))))
            del open_parts[(text.to, number)]
    return whole
