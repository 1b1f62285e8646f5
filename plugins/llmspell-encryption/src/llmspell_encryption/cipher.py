"""AES-256-GCM with nonces of 24 bytes: XAES-256-GCM (https://c2sp.org/XAES-256-GCM).

Each message has a key of its own, derived from the long key and one half of the nonce; the other half is the nonce of
AES-GCM. So random nonces may be used without counting: after 2^80 messages under one key two of them share a nonce with
a chance of 2^-32, where AES-256-GCM alone has it after 2^32. Several processes write to one store, and would have to
agree on the count before each value.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Callable

KEY: Final = 32
NONCE: Final = 24
TAG: Final = 16
OVERHEAD: Final = NONCE + TAG

_HALF = NONCE // 2
_BLOCK = 16
_POLYNOMIAL = 0x87
_PREFIXES = (b"\x00\x01X\x00", b"\x00\x02X\x00")


class Sealer:
    """Encrypt and decrypt under one key of 32 bytes; `random` gives that many bytes nobody can guess."""

    def __init__(self, key: bytes, random: Callable[[int], bytes]) -> None:
        self._random = random
        # ECB of single blocks is AES itself: what the derivation is made of. No text is encrypted with it.
        self._block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
        self._lock = Lock()  # large values are encrypted in threads
        doubled = int.from_bytes(self._block.update(bytes(_BLOCK))) << 1
        mask = (doubled ^ _POLYNOMIAL if doubled >> 128 else doubled) & (1 << 128) - 1
        self._mask = int.from_bytes(mask.to_bytes(_BLOCK) * 2)

    def seal(self, data: bytes, about: bytes) -> bytes:
        """Give nonce, text and tag; `about` must be the same to open it."""
        nonce = self._random(NONCE)
        return nonce + self._derived(nonce).encrypt(nonce[_HALF:], data, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes | None:
        """Give the text; None for what was not sealed so, or was changed since."""
        if len(sealed) < OVERHEAD:
            return None
        nonce = sealed[:NONCE]
        try:
            return self._derived(nonce).decrypt(nonce[_HALF:], sealed[NONCE:], about)
        except InvalidTag:
            return None

    def _derived(self, nonce: bytes) -> AESGCM:
        first = nonce[:_HALF]
        blocks = int.from_bytes(_PREFIXES[0] + first + _PREFIXES[1] + first) ^ self._mask
        with self._lock:
            return AESGCM(self._block.update(blocks.to_bytes(2 * _BLOCK)))
