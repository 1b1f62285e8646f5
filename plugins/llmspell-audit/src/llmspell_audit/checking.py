"""Making sure of a log: every line is signed, follows the one before it, and the last is the one that was anchored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell_audit.chain import FIRST, Head, Record, is_signed, read, read_anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRUNED, TAMPERED = "pruned", "tampered"
"""Kinds of records that speak of the log itself: full files were removed; a writer found the log shorter than known."""


class Line(NamedTuple):
    """A line of one of the files of a log; `ended` tells whether its end was written, too."""

    file: str
    number: int
    data: bytes
    ended: bool = True


class Fault(NamedTuple):
    """What is wrong with a log, and where: `seq` is the record that should stand there, `line` 0 if none is left."""

    what: str
    file: str
    line: int
    seq: int
    says: str


class Verdict(NamedTuple):
    """What was found: how many records are right before the first fault, and that fault."""

    records: int
    fault: Fault | None = None


def verify(lines: Iterable[Line], key: bytes, anchor: bytes | None) -> Verdict:
    """Read a whole log, its oldest file first, and give the first thing that is wrong with it.

    `anchor` is what lies at the anchor's place, None where nothing does.
    """
    walk = _Walk(key, anchor)
    rest = iter(lines)
    for line in rest:
        fault = walk.step(line, rest)
        if fault is not None:
            return Verdict(walk.count, fault)
    return Verdict(walk.count, walk.start() or walk.end())


class _Walk:
    """Follow a chain from line to line."""

    def __init__(self, key: bytes, anchor: bytes | None) -> None:
        self._key = key
        self._anchor = anchor
        self._told = None if anchor is None else read_anchor(key, anchor)
        self._anchored = ""
        self._head: Head | None = None
        self._first: Record | None = None
        self._pruned: set[tuple[object, object]] = set()
        self._at = Line("", 0, b"")
        self._log: object = None
        self.count = 0

    def step(self, line: Line, rest: Iterator[Line]) -> Fault | None:
        """Look at the next line; `rest` is read only when something is wrong with this one."""
        self._at = line
        expected = Head() if self._head is None else self._head
        record = read(line.data)
        if not line.ended:
            return self._fault("torn", expected, "was cut, as by a process that was killed while it wrote")
        if record is None or not is_signed(self._key, line.data):
            return self._foreign(record, expected, rest)
        if self._head is None:
            self._begin(record)
        elif record.seq != expected.seq + 1 or record.prev != expected.hash:
            return self._unlinked(record, expected, rest)
        self._head = Head(record.seq, record.hash)
        if self._told is not None and record.seq == self._told[1].seq:
            self._anchored = record.hash
        self.count += 1
        return self._about_the_log(record)

    def _begin(self, record: Record) -> None:
        self._first = record
        self._log = record.data.get("log")

    def _about_the_log(self, record: Record) -> Fault | None:
        """Look at records that writers make when they find something."""
        kind = record.data.get("kind")
        if kind == PRUNED:
            self._pruned.add((record.data.get("first"), record.data.get("follows")))
        if kind != TAMPERED:
            return None
        says = f"tells that its writer found the log changed: {record.data.get('found')}"
        return self._fault("truncated", Head(record.seq - 1), says)

    def _foreign(self, record: Record | None, expected: Head, rest: Iterator[Line]) -> Fault:
        """Tell a line that was edited from one that was put between others."""
        follower = next((read(line.data) for line in rest), None)
        if follower is not None and follower.prev == expected.hash:
            return self._fault("inserted", expected, "is none that this log's key signed, and stands between records")
        says = "is no record" if record is None else "is not what was signed"
        behind = follower is None and self._told is not None and self._told[1] == expected
        return self._fault("inserted" if behind else "edited", expected, says)

    def _unlinked(self, record: Record, expected: Head, rest: Iterator[Line]) -> Fault:
        """Tell why a signed record does not follow the one before it."""
        wanted = expected.seq + 1
        if record.seq <= expected.seq:
            return self._fault("inserted", expected, f"is record {record.seq} once more")
        later = {
            found.seq for line in rest if (found := read(line.data)) is not None and is_signed(self._key, line.data)
        }
        if record.seq == wanted:
            return self._fault("unlinked", expected, "follows another record than the one before it")
        if wanted in later:
            return self._fault("swapped", expected, f"is record {record.seq}, and record {wanted} comes later")
        last = record.seq - 1
        gone = f"record {wanted} is" if last == wanted else f"records {wanted} to {last} are"
        return self._fault("removed", expected, f"is record {record.seq}: {gone} missing before it")

    def start(self) -> Fault | None:
        """Tell whether the log begins with its first record, or with one before which full files were removed."""
        first = self._first
        if first is None or (first.seq, first.prev) == (1, FIRST) or (first.seq, first.prev) in self._pruned:
            return None
        says = f"the log begins with record {first.seq}, and no record tells that those before it were removed"
        return Fault("removed", self._at.file, 1, 1, says)

    def end(self) -> Fault | None:
        """Compare the last record with what was anchored."""
        head = self._head or Head()
        if self._anchor is None:
            if head.seq == 0:
                return None
            return self._fault("unanchored", head, "is the last, and there is no anchor that says so")
        if self._told is None:
            return self._fault("anchor", head, "is the last, and the anchor is not what was signed")
        log, known, when = self._told
        if known.seq > head.seq:
            return self._cut(head, known, when)
        other = self._log is not None and log != self._log
        if other or (self._anchored or known.hash) != known.hash:
            return self._fault("replaced", head, f"ends another log than the one that was anchored at {when}")
        return None

    def _cut(self, head: Head, known: Head, when: str) -> Fault:
        if head.seq == 0:
            return Fault("truncated", "", 0, 0, f"the log is gone: {known.seq} records had been written by {when}")
        gone = known.seq - head.seq
        says = f"is the last: {gone} more had been written by {when}, when record {known.seq} was anchored"
        return self._fault("truncated", head, says)

    def _fault(self, what: str, expected: Head, says: str) -> Fault:
        """Say what is wrong with the line that was looked at last."""
        after = what in ("truncated", "unanchored", "anchor", "replaced") and expected == (self._head or Head())
        seq = expected.seq if after else expected.seq + 1
        return Fault(what, self._at.file, self._at.number, seq, f"the line {says}")
