"""Keys, MACs and PIN blocks by psec. Test keys only."""

from psec import des, pinblock, tools

ZERO = bytes(8)


def kcv(key: bytes) -> bytes:
    """Four bytes of check value, DES or triple DES by the key's length."""
    return des.encrypt_tdes_ecb(key, ZERO)[:4]


def working_keys(tmk: bytes, block: bytes) -> tuple[bytes, bytes]:
    """PIK (16) and MAK (8) of the 40-byte key block of sign-on, check values proved."""
    assert len(block) == 40, f"key block of {len(block)} bytes"
    pik = des.decrypt_tdes_ecb(tmk, block[:16])
    mak = des.decrypt_tdes_ecb(tmk, block[20:36])[:8]
    assert kcv(pik) == block[16:20], "PIK check value"
    assert kcv(mak) == block[36:40], "MAK check value"
    return pik, mak


def ecb_xor_from_block(mak: bytes, block: bytes) -> bytes:
    text = block.hex().upper().encode()
    first = des.encrypt_tdes_ecb(mak, text[:8])
    second = des.encrypt_tdes_ecb(mak, tools.xor(first, text[8:]))
    return second.hex().upper().encode()[:8]


def ecb_xor(mak: bytes, covered: bytes) -> bytes:
    """The eight characters of field 64 over MTI to field 63."""
    covered += bytes(-len(covered) % 8)
    block = ZERO
    for at in range(0, len(covered), 8):
        block = tools.xor(block, covered[at : at + 8])
    return ecb_xor_from_block(mak, block)


def pin_block(pik: bytes, pin: str, pan: str) -> bytes:
    """Field 52 with the card number in it: ISO 9564 format 0 under the PIK."""
    return des.encrypt_tdes_ecb(pik, pinblock.encode_pinblock_iso_0(pin, pan))


def aes_kcv(key: bytes) -> bytes:
    """Four bytes of check value of an AES key: CMAC of a block of zeros, by the library below psec."""
    from cryptography.hazmat.primitives.ciphers import algorithms
    from cryptography.hazmat.primitives.cmac import CMAC

    code = CMAC(algorithms.AES(key))
    code.update(bytes(16))
    return code.finalize()[:4]
