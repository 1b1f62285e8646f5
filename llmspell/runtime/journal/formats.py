"""The lines of a journal: one JSON record each, numbered without gaps and sealed with a checksum.

A line is `{"n":17,"t":1763800000.123,"k":"done",...,"c":"1a2b3c4d"}`: `n` counts from 0, `t` is in epoch seconds, `k`
names the kind of record, and `c`, always last, is the CRC-32 of the bytes before `,"c":`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zlib import crc32

from llmspell.errors import JournalRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = 1
"""The version of the format that is written."""

LONGEST: Final = 64 * 1024 * 1024
"""Bytes a line may have."""

OWN: Final = ("n", "t", "c")
"""What the log itself adds to a record."""

Record: TypeAlias = dict[str, Any]

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False).encode
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
        text = _encode(record)
        try:
            inside = text.encode()
        except UnicodeEncodeError:  # a lone surrogate, as the strings of JavaScript and Lua may hold: \udc80 in ASCII
            inside = _encode_ascii(record).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _refuse(n, kind, str(error)) from error
    if len(inside) > LONGEST - 256:
        raise _refuse(n, kind, f"it has {len(inside)} bytes, and a record may have {LONGEST}")
    body = b'{"n":%d,"t":%.6f,%b' % (n, t, inside[1:-1])
    return b'%b,"c":"%08x"}\n' % (body, crc32(body))


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
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"it is no JSON: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("k"), str):
        raise BadLineError("it is no record")
    if n is not None and record.get("n") != n:
        raise WrongNumberError(f"it has the number {record.get('n')} where {n} belongs")
    del record["c"]
    return record


class WrongNumberError(BadLineError):
    """Say that a whole record is not at its place: others are missing, or it is there twice."""
