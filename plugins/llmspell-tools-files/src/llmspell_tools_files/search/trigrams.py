"""Which three-byte pieces a text holds, as a small filter: it may say yes wrongly, never no.

Texts are folded (`str.casefold`) and written as UTF-8 first, so one filter serves searches with and without regard to
case. Folding goes letter by letter, so the pieces of a part are pieces of the whole.
"""

from __future__ import annotations

import zlib

_PIECE = 3
_BITS = 32
_BITS_EACH = 8
"""Bits of the filter for each piece: one in nine that is not there is taken for there."""
_FEWEST = 6
"""The smallest filter has 2^6 bits."""
_DIGITS = bytes.maketrans(b"\0\1", b"01")


def fold(text: str) -> bytes:
    """Give a text as it is indexed."""
    return text.casefold().encode("utf-8", "surrogatepass")


def hashes(folded: bytes) -> set[int]:
    """Give the hashes (CRC-32) of a text's pieces; a text of one or two bytes has none."""
    pieces = {folded[at : at + _PIECE] for at in range(len(folded) - _PIECE + 1)}
    return set(map(zlib.crc32, pieces))


def build(wanted: set[int]) -> bytes:
    """Make the filter of a text's hashes; its length is a power of two."""
    power = max((len(wanted) * _BITS_EACH - 1).bit_length(), _FEWEST)
    shift = _BITS - power
    flags = bytearray(1 << power)
    for one in wanted:
        flags[one >> shift] = 1
    # Eight flags to a byte, the first on top, as the digits of one binary number: no loop over them.
    return int(flags.translate(_DIGITS), 2).to_bytes(len(flags) >> 3, "big")


def may_hold(bits: bytes, wanted: frozenset[int]) -> bool:
    """Tell whether a text may hold all pieces; False is certain."""
    shift = _BITS - (len(bits) * 8 - 1).bit_length()
    for one in wanted:
        place = one >> shift
        if not bits[place >> 3] >> (7 - (place & 7)) & 1:
            return False
    return True
