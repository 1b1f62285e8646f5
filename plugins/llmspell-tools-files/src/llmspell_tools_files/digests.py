"""Checksums of a file's contents, several in one reading."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Algorithm = Literal[
    "sha256",
    "md5",
    "sha1",
    "sha224",
    "sha384",
    "sha512",
    "sha3_256",
    "sha3_512",
    "blake2b",
    "blake2s",
    "blake3",
    "crc32",
]
ALGORITHMS: tuple[str, ...] = get_args(Algorithm)


class Digest(Protocol):
    """What hashlib, blake3 and the checksum below have in common."""

    def update(self, data: bytes, /) -> object:
        """Take in more data."""
        ...

    def hexdigest(self) -> str:
        """Give the digest so far."""
        ...


class Digests:
    """Several digests that grow together."""

    __slots__ = ("_made",)

    def __init__(self, names: Iterable[str]) -> None:
        self._made = {name: _make(name) for name in names}

    def update(self, data: bytes) -> None:
        """Take in more data."""
        for one in self._made.values():
            one.update(data)

    def result(self) -> dict[str, str]:
        """Give the hexadecimal digests by name."""
        return {name: one.hexdigest() for name, one in self._made.items()}


class _Crc32:
    """CRC-32 as in zip and PNG files."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


def _make(name: str) -> Digest:
    if name == "crc32":
        return _Crc32()
    if name != "blake3":
        return hashlib.new(name, usedforsecurity=False)
    try:
        from blake3 import blake3  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ValidationError(
            "blake3 is not installed", suggestions=["Install llmspell-tools-files[blake3], or use blake2b."]
        ) from error
    made: Digest = blake3()
    return made
