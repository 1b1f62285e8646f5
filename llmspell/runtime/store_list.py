"""The list of what an encrypted store holds: every key with the mark of its value, in parts that an index lists.

The parts are ranges of keys, in order, so that a range which is read can be held against them. The index tells the mark
of each part and how often the store was changed: an older value does not fit its part, an older part not the index, and
an older index is behind what was seen before. An index is stored at `LIST`, a part at `LIST`, U+001F and the least key
that may be in it.

    index   version (1), name of the list (16), changes (8), number of parts (4), their marks (12 each), their least
            keys
    part    version (1), number of keys (4), their marks (12 each), the keys, in order
    keys    number of characters that all begin with (2) and of the rest of each (2 each), these texts in UTF-8
"""

from __future__ import annotations

import secrets
from bisect import bisect_right
from itertools import accumulate
from math import isqrt
from struct import Struct, pack, unpack_from
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell.errors import EncryptionError
from llmspell.spec.encryptions import LIST, MARK_SIZE, OPEN_KEYS
from llmspell.spec.storages import Operation, conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmspell.spec.encryptions import Seal


VERSION: Final = 1
SMALLEST: Final = 2048
"""Bytes up to which a part is left whole. A longer one is split once it is longer than the index, so that both grow
with the root of what there is."""
FILLED: Final = 0.6
"""How full parts are that were split."""
ENTRY: Final = 40
"""Bytes of a part in the index, more or less."""
BELOW: Final = f"{LIST}\x1f"
ID: Final = 16
_INDEX = Struct(f">B{ID}sQI")
_PART = Struct(">BI")


class Part(NamedTuple):
    """Keys in order, with the marks of their values; `names` is how the keys are stored."""

    marks: dict[str, bytes]
    names: bytes

    def text(self) -> bytes:
        """Give what is encrypted."""
        return b"".join((_PART.pack(VERSION, len(self.marks)), *self.marks.values(), self.names))


def part_from(marks: Mapping[str, bytes]) -> Part:
    """Give a part with these keys, in any order."""
    keys = sorted(marks)
    return Part({key: marks[key] for key in keys}, _names(keys))


class Index(NamedTuple):
    """The parts of a list: the least key and the mark of each; `changes` counts, `stored` is what lies in the store.

    `marks` are one after another, and `names` is how the least keys are stored.
    """

    id: bytes
    changes: int
    firsts: Sequence[str]
    marks: bytes
    names: bytes
    stored: bytes = b""

    def place(self, key: str) -> int:
        """Tell which part a key belongs to."""
        return bisect_right(self.firsts, key) - 1

    def mark(self, place: int) -> bytes:
        """Give the mark of a part."""
        return self.marks[place * MARK_SIZE : (place + 1) * MARK_SIZE]

    def places(self, prefix: str, start: str, end: str | None) -> Iterator[int]:
        """Tell which parts a range belongs to."""
        least = max(prefix, start)
        for place in range(self.place(least), len(self.firsts)):
            first = self.firsts[place]
            if first > least and ((end is not None and first >= end) or not first.startswith(prefix)):
                return
            yield place

    def next(self, changes: int, marks: bytes, firsts: Sequence[str] | None, seal: Seal) -> Index:
        """Give a later index; `firsts` are None where they are the same."""
        names = self.names if firsts is None else _names(firsts[1:])  # the first of all is empty
        firsts = self.firsts if firsts is None else firsts
        text = b"".join((_INDEX.pack(VERSION, self.id, changes, len(firsts)), marks, names))
        return Index(self.id, changes, firsts, marks, names, seal.encode(LIST, text))


class Revision(NamedTuple):
    """A list after some operations: how it is stored, and the parts that are new."""

    head: Index
    parts: Mapping[str, tuple[bytes, Part]]
    steps: Sequence[Operation]


def listed(key: str) -> bool:
    """Tell whether a key is one of those in the list."""
    return key not in OPEN_KEYS and not key.startswith(LIST)


def index_of(text: bytes, stored: bytes) -> Index:
    """Read an index."""
    version, name, changes, count = _INDEX.unpack_from(text)
    _require(version)
    marks, names = _halves(text[_INDEX.size :], count)
    return Index(name, changes, ["", *_keys(names, count - 1)], marks, names, stored)


def part_of(text: bytes) -> Part:
    """Read a part."""
    version, count = _PART.unpack_from(text)
    _require(version)
    marks, names = _halves(text[_PART.size :], count)
    each = (marks[at : at + MARK_SIZE] for at in range(0, len(marks), MARK_SIZE))
    return Part(dict(zip(_keys(names, count), each, strict=True)), names)


def _halves(text: bytes, count: int) -> tuple[bytes, bytes]:
    return text[: count * MARK_SIZE], text[count * MARK_SIZE :]


def _names(keys: Sequence[str]) -> bytes:
    """Give ordered keys as they are stored; one that is no Unicode text is the store's to refuse."""
    least, most = (keys[0], keys[-1]) if keys else ("", "")
    shared = next((at for at, char in enumerate(least) if most[at : at + 1] != char), len(least))
    rests = [key[shared:] for key in keys]
    texts = "".join((least[:shared], *rests)).encode("utf-8", "surrogatepass")
    return pack(f">{1 + len(keys)}H", shared, *map(len, rests)) + texts


def _keys(names: bytes, count: int) -> list[str]:
    shared, *sizes = unpack_from(f">{1 + count}H", names)
    text = names[2 + 2 * count :].decode("utf-8", "surrogatepass")
    begin = text[:shared]
    starts = accumulate(sizes, initial=shared)
    return [begin + text[at : at + size] for at, size in zip(starts, sizes)]  # noqa: B905 - the last start is the end


def _require(version: int) -> None:
    if version != VERSION:
        raise EncryptionError(
            f"the list of what the store holds is of a newer format ({version}), this llmspell knows {VERSION}",
            suggestions=["upgrade llmspell; nothing was changed"],
        )


def revised(index: Index, parts: Mapping[int, Part], operations: Iterable[Operation], seal: Seal) -> Revision:
    """Change a list as operations change the store; `parts` has those that they belong to, by place.

    Raises `StorageConflictError` for a condition that does not hold by the list.
    """
    changed: dict[int, dict[str, bytes]] = {}
    other: set[int] = set()  # places with other keys than before
    for verb, key, value in operations:
        if not listed(key):
            continue
        place = index.place(key)
        if verb in ("check", "absent"):
            if parts[place].marks.get(key) != (seal.mark(value) if verb == "check" else None):
                raise conflict(key)
            continue
        marks = changed.get(place)
        if marks is None:
            marks = changed[place] = parts[place].marks.copy()
        if verb == "put":
            if key not in marks:
                other.add(place)
            marks[key] = seal.mark(value)
        elif marks.pop(key, None) is not None:
            other.add(place)
    new = {
        place: part_from(marks) if place in other else Part(marks, parts[place].names)
        for place, marks in changed.items()
    }
    return written(index, new, seal)


def planted(seal: Seal, marks: Mapping[str, bytes]) -> Revision:
    """Give the first list of a store, of values that have these marks."""
    empty = Index(secrets.token_bytes(ID), 0, [""], bytes(MARK_SIZE), _names([]))
    return written(empty, {0: part_from(marks)}, seal)


def written(index: Index, changed: Mapping[int, Part], seal: Seal) -> Revision:
    """Encrypt the parts that changed, split where they are long, and the index of all."""
    longest = max(SMALLEST, len(index.stored))
    marks, firsts = index.marks, None
    made: dict[str, tuple[bytes, Part]] = {}
    steps: list[Operation] = []
    for place in sorted(changed, reverse=True):  # the last first: places before it stay what they are
        first = index.firsts[place]
        pieces = list(_pieces(first, changed[place], longest)) if changed[place].marks or not place else []
        fresh = []
        for least, piece, text in pieces:
            data = seal.encode(BELOW + least, text)
            fresh.append(seal.mark(data))
            made[least] = fresh[-1], piece
            steps.append(Operation("put", BELOW + least, data))
        marks = b"".join((marks[: place * MARK_SIZE], *fresh, marks[(place + 1) * MARK_SIZE :]))
        if len(pieces) != 1:
            firsts = list(index.firsts) if firsts is None else firsts
            firsts[place : place + 1] = [least for least, _, _ in pieces]
        if not pieces:
            steps.append(Operation("delete", BELOW + first))
    new = index.next(index.changes + 1, marks, firsts, seal)
    return Revision(new, made, [*steps, Operation("put", LIST, new.stored)])


def _pieces(first: str, part: Part, longest: int) -> Iterator[tuple[str, Part, bytes]]:
    """Split a part that is too long; gives the least key, the keys and the text of each piece."""
    text = part.text()
    longest = max(longest, isqrt(ENTRY * len(text)))
    if len(text) <= longest or len(part.marks) == 1:
        yield first, part, text
        return
    keys = list(part.marks)
    each = max(1, int(len(keys) * longest * FILLED / len(text)))
    for at in range(0, len(keys), each):
        some = keys[at : at + each]
        piece = Part({key: part.marks[key] for key in some}, _names(some))
        yield _between(keys[at - 1], keys[at]) if at else first, piece, piece.text()


def _between(last: str, first: str) -> str:
    """Give the shortest text that comes after one key and not after the next."""
    for at, char in enumerate(last):
        if first[at] != char:
            return first[: at + 1]
    return first[: len(last) + 1]


def refused(key: str, mark: bytes | None, data: bytes | None) -> EncryptionError:
    """Give the error for a value that is not the listed one; `mark` is the listed one, `data` what is stored."""
    why = "it is not the one that was written last"
    if data is None:
        why = "it was removed, and not by this program"
    elif mark is None:
        why = "nothing was written there, or it was removed since"
    return EncryptionError(
        f"the value at {key[:80]!r} is refused: {why}",
        suggestions=["restore a backup", "write the value anew, or delete it"],
        context={"key": key[:80]},
    )


def replaced(why: str) -> EncryptionError:
    """Give the error for a list that is not the one that was written last."""
    return EncryptionError(
        f"the store is refused: {why}",
        suggestions=["restore a backup", "after another process restored one, start this one anew"],
    )


def gone() -> EncryptionError:
    """Give the error for a store without its list."""
    return EncryptionError(
        "the list of what the encrypted store holds is gone",
        suggestions=["restore a backup of the store: without the list nobody can tell what was removed or put back"],
    )
