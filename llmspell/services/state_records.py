r"""What a store holds for one version of a value: a line that says which, then the value as JSON.

    1 <version> <microseconds since the epoch>\n{"any": "JSON"}
    1 <version> <microseconds since the epoch> deleted\n

The first word is the number of this format. Encoded by the standard library, which writes integers exactly and refuses
NaN, or by msgspec where that writes the same (`state_json.py`); decoded by msgspec, which reads the same.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import DecodeError
from msgspec.json import Decoder

from llmspell.errors import ConversionError, ResourceExhaustedError, StorageError
from llmspell.services.state_json import FAULTS, write
from llmspell.spec.storages import Operation

FORMAT: Final = b"1"
DELETED: Final = b"deleted"
MAX_VALUE: Final = 64 << 20
"""Bytes of a value as JSON: more belongs into files."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
UNREAD: Final = object()

_decode = Decoder().decode


class Head:
    """The newest version of one key as memory has it.

    `raw` is the value as JSON, None for an absent one; `packed` says that it is compressed. `value` is the value
    itself once it was read and is of a kind that nobody can change, else `UNREAD`. `warm` is set by readers and taken
    away by who looks for memory; `size` is what that one reckons.
    """

    __slots__ = ("packed", "raw", "size", "updated", "value", "version", "warm")

    def __init__(self, version: int, updated: int, raw: bytes | None) -> None:
        self.version = version
        self.updated = updated
        self.raw = raw
        self.packed = False
        self.size = 0
        self.value: Any = UNREAD
        self.warm = True

    def record(self) -> bytes:
        """Write it as a store keeps it."""
        if self.raw is None:
            return b"%b %d %d %b\n" % (FORMAT, self.version, self.updated, DELETED)
        return b"%b %d %d\n%b" % (FORMAT, self.version, self.updated, self.raw)

    def condition(self, name: str) -> Operation:
        """Give what holds in a store as long as this is the newest version there."""
        return Operation("check", name, self.record()) if self.version else Operation("absent", name)


ABSENT_VERSION: Final = 0


def absent() -> Head:
    """Give the head of a key that nobody ever wrote."""
    return Head(ABSENT_VERSION, 0, None)


def head_of(name: str, data: bytes) -> Head:
    """Read a record; raises `StorageError` for one of a newer format, and for what is none."""
    line, _, raw = data.partition(b"\n")
    words = line.split(b" ")
    if words[0] != FORMAT and words[0].isdigit():
        message = f"the state at {shown(name)} was written by a newer release"
        raise StorageError(message, suggestions=["use the release that wrote it, or a later one"])
    try:
        if words[0] != FORMAT or words[3:] not in ([], [DELETED]):
            raise ValueError(line[:40])
        return Head(int(words[1]), int(words[2]), None if words[3:] else raw)
    except (ValueError, IndexError) as error:
        message = f"the state at {shown(name)} is no record of it"
        raise StorageError(message, suggestions=["restore a backup"], context={"key": shown(name)}) from error


def shown(name: str) -> str:
    """Write the name of a record for people."""
    return " ".join(word for word in name.split("\x1f") if word)[:120]


def encode(key: str, value: object) -> bytes:
    """Write a value as JSON; raises `ConversionError` for what JSON cannot say, `ResourceExhaustedError` past 64 MB.

    Instances of attrs, dataclass and msgspec classes become maps.
    """
    try:
        raw = write(value)
    except FAULTS as error:
        message = f"the value of {key!r} cannot be kept: {error}"
        suggestion = "keep text, finite numbers, truth values, lists and maps with text keys"
        raise ConversionError(message, suggestions=[suggestion]) from error
    if len(raw) > MAX_VALUE:
        message = f"the value of {key!r} has {len(raw)} bytes, the limit is {MAX_VALUE}"
        raise ResourceExhaustedError(message, suggestions=["keep it in a file, and its name in the state"])
    return raw


def decode(key: str, raw: bytes) -> Any:
    """Read a value; raises `StorageError` when it is damaged."""
    try:
        return _decode(raw)
    except DecodeError as error:
        raise damaged(key, error) from error


def damaged(key: str, error: DecodeError) -> StorageError:
    """Give the error for a value that is no JSON any more."""
    return StorageError(f"the value of {key!r} is damaged: {error}", suggestions=["restore a backup"])


def typed(key: str, value: object, kind: type) -> Any:
    """Make an instance of a type of a value; raises `ConversionError` saying where it does not fit."""
    from msgspec import ValidationError, convert  # noqa: PLC0415 - few programs keep typed values

    try:
        return convert(value, kind)
    except ValidationError as error:
        raise ConversionError(f"the value of {key!r} is no {kind.__name__}: {error}") from error


def read(key: str, head: Head) -> Any:
    """Give the value of a head whose `raw` is neither absent nor packed, and keep it there if nobody can change it."""
    if head.value is not UNREAD:
        return head.value
    try:
        value = _decode(head.raw or b"")
    except DecodeError as error:
        raise damaged(key, error) from error
    if type(value) in _PLAIN:
        head.value = value
    return value
