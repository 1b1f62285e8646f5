r"""Records as they stand in the log: one JSON object a line, each naming the one before it and signed.

A line is `{"seq":N,"time":"...","kind":"...",...,"prev":"P","mac":"M"}`. P is the SHA-256 of the line before it
without its end, 64 zeros for the first; M the HMAC-SHA256 of the line up to `,"mac"`. Both are hexadecimal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping  # noqa: TC003 - the type of a field
from datetime import UTC, datetime
from typing import NamedTuple

FIRST = "0" * 64
"""What the first record names as the one before it."""

_TAIL = re.compile(rb',"mac":"([0-9a-f]{64})"\}\Z')
_TAIL_LENGTH = len(b',"mac":""}') + 64


class Record(NamedTuple):
    """One line of the log, read: its place, its own hash, and what it says."""

    seq: int
    prev: str
    hash: str
    data: Mapping[str, object]


class Head(NamedTuple):
    """The last record of a log: its number and hash; `(0, FIRST)` for an empty one."""

    seq: int = 0
    hash: str = FIRST


def digest(line: bytes) -> str:
    """Give the hash of a line without its end."""
    return hashlib.sha256(line).hexdigest()


def sign(key: bytes, body: bytes) -> str:
    """Give the signature of what stands before it."""
    return hmac.digest(key, body, "sha256").hex()


def stamp(seconds: float) -> str:
    """Give a moment as it is written: UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line_of(key: bytes, head: Head, seconds: float, kind: str, about: Mapping[str, object]) -> tuple[bytes, Head]:
    """Give the next line of a log, its end included, and the head that it makes.

    `about` changes none of the keys that every record has.
    """
    own = {"seq": head.seq + 1, "time": stamp(seconds), "kind": kind}
    data = {**own, **about, **own, "prev": head.hash}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    body = text[:-1].encode("utf-8", "backslashreplace")
    line = b'%s,"mac":"%s"}' % (body, sign(key, body).encode())
    return line + b"\n", Head(head.seq + 1, digest(line))


def read(line: bytes) -> Record | None:
    """Give what a line without its end says, whoever wrote it; None for one that is no record."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not _TAIL.search(line):
        return None
    seq, prev = data.get("seq"), data.get("prev")
    if type(seq) is not int or not isinstance(prev, str):
        return None
    return Record(seq, prev, digest(line), data)


def is_signed(key: bytes, line: bytes) -> bool:
    """Tell whether a line without its end carries the signature of this key."""
    found = _TAIL.search(line)
    return found is not None and hmac.compare_digest(sign(key, line[:-_TAIL_LENGTH]).encode(), found[1])


def anchor_of(key: bytes, log: str, head: Head, seconds: float) -> bytes:
    """Give what an anchor says of a log, as one signed line."""
    data = {"log": log, "seq": head.seq, "hash": head.hash, "time": stamp(seconds)}
    body = json.dumps(data, separators=(",", ":"))[:-1].encode()
    return b'%s,"mac":"%s"}\n' % (body, sign(key, body).encode())


def read_anchor(key: bytes, data: bytes) -> tuple[str, Head, str] | None:
    """Give the log, the head and the time that an anchor tells; None for one that this key did not sign."""
    line = data.removesuffix(b"\n")
    if not data.endswith(b"\n") or not is_signed(key, line):
        return None
    told = json.loads(line)
    return told["log"], Head(told["seq"], told["hash"]), told["time"]
