"""Records: how a text, what belongs to it and its vector lie in the storage; versioned, and nothing but data.

A record is one line of JSON and, after the line end, the vector as 32-bit floats, the least significant byte first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from attrs import frozen

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from llmspell_memory.index import Vectors

FORMAT = 1
_FLOATS = np.dtype("<f4")


@frozen(kw_only=True)
class Kept:
    """A text in a memory; `at` is in seconds since the epoch.

    `untrusted` says that it may come from anywhere: what it asks for is not to be done; `private` that it was kept by a
    run that had read private data.
    """

    key: str
    text: str
    data: Any = None
    at: float = 0.0
    untrusted: bool = True
    private: bool = False


@frozen(kw_only=True)
class Head:
    """What all vectors of a memory have in common.

    `provider` and `model` are as they were asked for, `answered` is the model that said it made them.
    """

    provider: str | None
    model: str | None
    answered: str
    dimensions: int


def write_record(kept: Kept, vector: Vectors) -> bytes:
    """Write a text with its vector."""
    line = msgspec.json.encode({"format": FORMAT, **_fields(kept)})
    return line + b"\n" + vector.astype(_FLOATS).tobytes()


def read_record(raw: bytes) -> tuple[Kept, Vectors]:
    """Read a text with its vector; raises `StorageError` for what is none."""
    line, _, floats = raw.partition(b"\n")
    try:
        data = _versioned(line)
        return msgspec.convert(data, Kept), np.frombuffer(floats, dtype=_FLOATS).astype(np.float32)
    except (msgspec.MsgspecError, ValueError) as error:
        raise damaged(error) from error


def write_head(head: Head) -> bytes:
    """Write what the vectors of a memory have in common."""
    return msgspec.json.encode({"format": FORMAT, **_fields(head)})


def read_head(raw: bytes) -> Head:
    """Read what the vectors of a memory have in common; raises `StorageError`."""
    try:
        return msgspec.convert(_versioned(raw), Head)
    except (msgspec.MsgspecError, ValueError) as error:
        raise damaged(error) from error


def _fields(value: Kept | Head) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(value)  # an attrs class is a dict of its fields
    if not fields.get("private", True):
        del fields["private"]  # so that readers of before know the record
    return fields


def _versioned(raw: bytes) -> dict[str, Any]:
    data = msgspec.json.decode(raw, type=dict[str, Any])
    if data.pop("format", None) != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    return data


def damaged(error: object) -> StorageError:
    """Give the error of a record that cannot be read."""
    return StorageError(
        f"a text in the memory cannot be read: {error}",
        suggestions=["`llmspell storage verify` looks for damage", "Memory.clear forgets the whole memory"],
    )
