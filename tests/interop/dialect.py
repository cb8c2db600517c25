"""unionpay-pos as a pyiso8583 specification.

The header ("h") is TPDU and POS header together; the two length bytes in front are the business of the line.
"""


def bcd(digits, desc, pad=None):
    """Fixed packed digits; an odd count is padded on the given side."""
    field = {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "len_count": "nibbles", "max_len": digits, "desc": desc}
    return field | ({pad: "0"} if pad else {})


def bcd_var(prefix_bytes, digits, desc):
    """Packed digits behind a packed length that counts digits; left aligned."""
    return bcd(digits, desc, "right_pad") | {"len_type": prefix_bytes}


def text(length, desc):
    return {"data_enc": "ascii", "len_enc": "bcd", "len_type": 0, "max_len": length, "desc": desc}


def text_var(prefix_bytes, length, desc):
    return text(length, desc) | {"data_enc": "gbk", "len_type": prefix_bytes}


def raw(length, desc):
    return {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": length, "desc": desc}


def raw_var(prefix_bytes, length, desc):
    return raw(length, desc) | {"len_type": prefix_bytes}


SPEC = {
    "h": raw(11, "TPDU and header"),
    "t": raw(2, "message type"),
    "p": raw(8, "bitmap"),
    "2": bcd_var(1, 19, "card number"),
    "3": bcd(6, "processing code"),
    "4": bcd(12, "amount"),
    "11": bcd(6, "STAN"),
    "12": bcd(6, "local time"),
    "13": bcd(4, "local date"),
    "14": bcd(4, "expiry"),
    "15": bcd(4, "settlement date"),
    "22": bcd(3, "entry mode", "right_pad"),
    "23": bcd(3, "card sequence", "left_pad"),
    "25": bcd(2, "condition code"),
    "26": bcd(2, "PIN capture code"),
    "32": bcd_var(1, 11, "acquirer"),
    "35": bcd_var(1, 37, "track 2"),
    "36": bcd_var(2, 104, "track 3"),
    "37": text(12, "reference number"),
    "38": text(6, "authorisation code"),
    "39": text(2, "response code"),
    "41": text(8, "terminal"),
    "42": text(15, "merchant"),
    "44": text_var(1, 25, "additional response"),
    "48": bcd_var(2, 322, "additional data"),
    "49": text(3, "currency"),
    "52": raw(8, "PIN block"),
    "53": bcd(16, "security control"),
    "54": text_var(2, 40, "balance"),
    "55": raw_var(2, 255, "chip data"),
    "57": text_var(2, 999, "private 57"),
    "58": raw_var(2, 100, "private 58"),
    "59": text_var(2, 999, "private 59"),
    "60": bcd_var(2, 17, "type, batch, network code"),
    "61": bcd_var(2, 29, "original message"),
    "62": raw_var(2, 512, "private 62"),
    "63": text_var(2, 163, "private 63"),
    "64": raw(8, "MAC"),
}
