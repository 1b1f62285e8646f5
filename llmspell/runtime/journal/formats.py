"""The lines of a journal: one JSON record each, numbered without gaps and sealed with a checksum.

A line is `{"n":17,"t":1763800000.123,"k":"done",...,"c":"1a2b3c4d"}`: `n` counts from 0, `t` is in epoch seconds, `k`
names the kind of record, and `c`, always last, is the CRC-32 of the bytes before `,"c":`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zlib import crc32

import msgspec

from llmspell.errors import JournalRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 64 * 1024 * 1024
"""Bytes a line may have."""

OWN: Final = ("n", "t", "c")
"""What the log itself adds to a record."""

Record: TypeAlias = dict[str, Any]

_fast = msgspec.json.Encoder().encode
_fast_back = msgspec.json.Decoder().decode
_strict = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False).encode
_SEAL: Final = re.compile(rb',"c":"([0-9a-f]{8})"}\n')
_SEALED: Final = len(',"c":"00000000"}\n')


class BadLineError(ValueError):
    """Say what is wrong with one line; whoever knows the file and the place tells the user."""


def encode(n: int, t: float, record: Mapping[str, object]) -> bytes:
    """Give the line of a record, with its newline; raises `JournalRecordError` for what JSON cannot say.

    Integers of any size, floats to the last bit and lone surrogates are the same when they are read again; a NaN and
    the infinities are refused.
    """
    kind = record.get("k")
    if type(kind) is not str or not record.keys().isdisjoint(OWN):
        raise _refuse(n, kind, "it needs a kind `k`, and `n`, `t` and `c` belong to the log")
    try:
        inside = _json(record)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refuse(n, kind, str(error)) from error
    if len(inside) > LONGEST - 256:
        raise _refuse(n, kind, f"it has {len(inside)} bytes, and a record may have {LONGEST}")
    body = b'{"n":%d,"t":%.6f,%b' % (n, t, inside[1:-1])
    return b'%b,"c":"%08x"}\n' % (body, crc32(body))


def encode_again(record: Record) -> bytes:
    """Give the line of a record that was read before."""
    own = {"n", "t"}
    return encode(record["n"], record["t"], {key: value for key, value in record.items() if key not in own})


def _json(record: Mapping[str, object]) -> bytes:
    """Give a record as JSON, and be sure that it is the same when it is read again.

    The fast encoder writes a NaN as null, bytes as text and numbers as keys, and takes no lone surrogate: what does not
    come back equal goes through the strict one. Both together take half of what that one takes alone.
    """
    try:
        line = _fast(record)
        if _fast_back(line) == record:
            return line
    except (TypeError, ValueError, OverflowError):
        pass
    _check_keys(record)
    return _strict(record).encode()


def _check_keys(value: object) -> None:
    """Refuse keys that are no strings: JSON would make strings of them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r} is no string")
            _check_keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_keys(inner)


def _refuse(n: int, kind: object, why: str) -> JournalRecordError:
    return JournalRecordError(
        f"record {n} ({kind}) cannot be kept: {why}",
        suggestions=["pass numbers, strings, booleans, lists and objects", "keep what is large in a file or a store"],
        context={"n": n, "kind": str(kind)},
    )


def decode(line: bytes, n: int | None) -> Record:
    """Give the record of a line, without its checksum; raises `BadLineError` when it is not the whole record `n`.

    With None any number is right.
    """
    seal = _SEAL.fullmatch(line, max(len(line) - _SEALED, 0))
    if seal is None:
        raise BadLineError("it does not end in a checksum")
    if crc32(line[: seal.start()]) != int(seal[1], 16):
        raise BadLineError("its checksum is wrong")
    try:
        record = _read(line)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"it is no JSON: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("k"), str):
        raise BadLineError("it is no record")
    if n is not None and record.get("n") != n:
        raise WrongNumberError(f"it has the number {record.get('n')} where {n} belongs")
    del record["c"]
    return record


def _read(line: bytes) -> object:
    try:
        return _fast_back(line)
    except msgspec.DecodeError:  # a lone surrogate
        return json.loads(line)


class WrongNumberError(BadLineError):
    """Say that a whole record is not at its place: others are missing, or it is there twice."""
