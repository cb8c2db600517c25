"""The four layouts of the codec's vectors as pyiso8583 specifications, made from their field table."""

from network import ROOT

TABLE = ROOT / "crates/iso8583/tests/vectors/fields.tsv"
SPECS = ROOT / "crates/iso8583/tests/specs"
# Digits, text, bytes, lengths, message type, bitmap.
WRITTEN = {
    "upi-bcd": ("b", "ascii", "b", "bcd", "b", "b"),
    "host-ascii": ("ascii", "ascii", "b", "ascii", "ascii", "b"),
    "ascii-hex": ("ascii", "ascii", "ascii", "ascii", "ascii", "ascii"),
    "host-ebcdic": ("cp037", "cp037", "b", "cp037", "cp037", "b"),
}
PREFIX = {"f": 0, "ll": 2, "lll": 3}


def rows(layout):
    """Number, kind, length form and maximum of each field."""
    for line in TABLE.read_text().splitlines():
        words = line.split("\t")
        if words[0] == layout:
            yield int(words[1]), words[2], words[3], int(words[4])


def specification(layout):
    digits, text, raw, length, mti, bitmap = WRITTEN[layout]
    packed = digits == "b"
    spec = {
        "h": {"data_enc": "b", "len_enc": length, "len_type": 0, "max_len": 0, "desc": "nothing"},
        "t": {"data_enc": mti, "len_enc": length, "len_type": 0, "max_len": 2 if mti == "b" else 4, "desc": "type"},
        "p": {"data_enc": bitmap, "len_enc": length, "len_type": 0, "max_len": 8 if bitmap == "b" else 16, "desc": "map"},
        "1": {"data_enc": bitmap, "len_enc": length, "len_type": 0, "max_len": 8 if bitmap == "b" else 16, "desc": "map"},
    }
    for number, kind, form, most in rows(layout):
        wide = PREFIX[form]
        # Packed lengths are counted in bytes of the prefix: LL one, LLL two.
        field = {"len_enc": length, "len_type": (wide + 1) // 2 if packed else wide, "max_len": most, "desc": str(number)}
        if kind in "nz":
            field["data_enc"] = digits
            if packed:
                field |= {"len_count": "nibbles", "right_pad": "0"}
        elif kind == "b":
            field["data_enc"] = raw
            if raw != "b":
                field["max_len"] = most * 2
        else:
            field["data_enc"] = text
        spec[str(number)] = field
    return spec
