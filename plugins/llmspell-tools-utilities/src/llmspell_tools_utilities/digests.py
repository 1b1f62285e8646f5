"""Digest algorithms behind one shape."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from typing import TYPE_CHECKING, Any, Protocol

from llmspell.errors import ResourceUnavailableError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMES = {
    **{name: name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")},
    **{f"sha3{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
}
_SHAKE = {"shake128": 32, "shake256": 64}  # bytes that keep the full strength
_BLAKE2: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "blake2b": (hashlib.blake2b, 64, 64),
    "blake2s": (hashlib.blake2s, 32, 32),
}  # largest digest and key in bytes
_BLAKE3_KEY = 32
_CHECKSUMS = ("crc32", "adler32")
ALGORITHMS = (
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "shake128",
    "shake256",
    "blake2b",
    "blake2s",
    "blake3",
    "crc32",
    "adler32",
)
"""Names as users write them; case, `-` and `_` do not matter."""

WEAK = frozenset({"md5", "sha1", *_CHECKSUMS})


class Digest(Protocol):
    """What takes bytes and gives a digest."""

    def update(self, data: bytes, /) -> object:
        """Take more bytes."""
        ...

    def digest(self) -> bytes:
        """Give the digest of what came so far."""
        ...


class _Checksum:
    """A checksum of zlib as a digest of four bytes."""

    def __init__(self, function: Callable[[bytes, int], int], start: int) -> None:
        self._function = function
        self._value = start

    def update(self, data: bytes) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _Shake:
    """A SHAKE with a fixed length."""

    def __init__(self, name: str, size: int) -> None:
        self._hash = hashlib.new(f"{name[:5]}_{name[5:]}")
        self._size = size

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.digest(self._size)  # type: ignore[call-arg]  # the stubs know no lengths


def new_digest(name: str, key: bytes | None, size: int | None) -> Digest:
    """Begin a digest; `name` is one of ALGORITHMS without `-`. Raises `ValidationError` for what it cannot do."""
    if name in _BLAKE2:
        make, most, longest = _BLAKE2[name]
        _check(size is None or size <= most, "size", f"{name} gives at most {most} bytes")
        _check(key is None or len(key) <= longest, "key", f"the key of {name} has at most {longest} bytes")
        blake2: Digest = make(digest_size=size or most, key=key or b"")
        return blake2
    if name == "blake3":
        return _blake3(key, size)
    if name in _SHAKE:
        _check(key is None, "key", f"{name} takes no key")
        return _Shake(name, size or _SHAKE[name])
    _check(size is None, "size", f"the digest of {name} has a fixed size")
    if name in _CHECKSUMS:
        _check(key is None, "key", f"{name} is a checksum and takes no key")
        return _Checksum(zlib.crc32, 0) if name == "crc32" else _Checksum(zlib.adler32, 1)
    _check(name in _NAMES, "algorithm", f"there is no algorithm {name!r}; use {', '.join(ALGORITHMS)}")
    if key is not None:
        return hmac.new(key, digestmod=_NAMES[name])
    return hashlib.new(_NAMES[name], usedforsecurity=False)


def _blake3(key: bytes | None, size: int | None) -> Digest:
    try:
        import blake3  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "blake3 is not installed"
        raise ResourceUnavailableError(
            message, suggestions=["install llmspell-tools-utilities[blake3], or use blake2b"]
        ) from error
    _check(key is None or len(key) == _BLAKE3_KEY, "key", f"the key of blake3 has exactly {_BLAKE3_KEY} bytes")

    class _Sized:
        def __init__(self) -> None:
            self._hash: Any = blake3.blake3(key=key) if key is not None else blake3.blake3()

        def update(self, data: bytes) -> None:
            self._hash.update(data)

        def digest(self) -> bytes:
            made: bytes = self._hash.digest(length=size or 32)
            return made

    return _Sized()


def _check(holds: bool, path: str, why: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise ValidationError(f"{path}: {why}", context={"faults": [{"path": path, "message": why}]})
