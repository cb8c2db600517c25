"""One chip sale by the Python codecs: `name bytes pack_ns unpack_ns`, medians of short rounds."""

import statistics
import sys
import time

CHIP = (
    "9F260811223344556677889F2701809F1008070103A02002010A9F3704112233449F36020001950500000000009A033012319C01009F0206"
    "0000000088005F2A02015682027C009F1A0201569F03060000000000009F3303E0E1C88409F099900100000000019F34034203009F3501229F4103000001"
)
SALE = {
    2: "9990010000000014", 3: "000000", 4: "000000008800", 11: "000123", 22: "051", 23: "001", 25: "00", 26: "12",
    35: "9990010000000014D30122010000000000000", 41: "10000001", 42: "999290054110001", 49: "156", 52: "5A" * 8,
    53: "2600000000000000", 55: CHIP, 60: "22000001000500", 64: "41" * 8,
}
ROUND, ROUNDS = 100, 100


def median(once):
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        for _ in range(ROUND):
            once()
        rounds.append((time.perf_counter_ns() - began) // ROUND)
    return int(statistics.median(rounds))


def pyiso8583():
    sys.path.insert(0, sys.argv[1])
    import iso8583
    from dialect import SPEC

    spec = SPEC | {"h": SPEC["h"] | {"max_len": 11}}
    message = {"h": "6000060000603200320101", "t": "0200"} | {str(n): value for n, value in SALE.items()}
    frame, _ = iso8583.encode(dict(message), spec)
    pack = median(lambda: iso8583.encode(dict(message), spec))
    unpack = median(lambda: iso8583.decode(frame, spec))
    return len(frame) + 2, pack, unpack


def iso8583sim():
    from iso8583sim.core.builder import ISO8583Builder
    from iso8583sim.core.parser import ISO8583Parser
    from iso8583sim.core.types import ISO8583Message
    from iso8583sim.wire import WireFormat

    wire, builder, parser = WireFormat.bcd(), ISO8583Builder(), ISO8583Parser()
    fields = {0: "0200"} | SALE | {35: SALE[35].replace("D", "=")}

    def build():
        return builder.build_bytes(ISO8583Message(mti="0200", fields=dict(fields)), wire)

    frame = build()
    return len(frame), median(build), median(lambda: parser.parse_bytes(frame, wire))


for peer in (pyiso8583, iso8583sim):
    try:
        print(peer.__name__, *peer())
    except Exception as fault:  # noqa: BLE001 - a peer that cannot take the sale is told, the others go on
        print(f"{peer.__name__} cannot take this sale: {fault}", file=sys.stderr)
        print(peer.__name__, "-", "-", "-")
