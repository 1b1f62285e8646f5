"""One log: what is written behind what, when a new file begins, and what is done about what others left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AuditError
from llmspell_audit.chain import Head, anchor_of, digest, is_signed, line_of, read, read_anchor
from llmspell_audit.checking import PRUNED, TAMPERED, Verdict, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell_audit.driver import Files
    from llmspell_audit.section import AuditSection

TORN_SHOWN = 1000
"""Bytes of a torn line that the record about it repeats."""


class World(NamedTuple):
    """What a log knows of the world: the time, names that nothing else has, and the number of this process."""

    now: Callable[[], float]
    new_name: Callable[[], str]
    process: int


class AuditLog:
    """Write records, each in one piece, in turn with other processes. `key` gives what they are signed with."""

    def __init__(self, files: Files, key: Callable[[], bytes], section: AuditSection, world: World) -> None:
        self.files = files
        self._find_key = key
        self._found: bytes | None = None
        self._section = section
        self._now, self._new_name, self._process = world
        self._head = Head()
        self._seen = (0, -1)
        self._name = ""
        self._anchored = Head()
        self._anchored_at = 0.0

    @property
    def key(self) -> bytes:
        """Give what records are signed with; raises `AuditError` when it is lost."""
        if self._found is None:
            self._found = self._find_key()
        return self._found

    @property
    def behind(self) -> bool:
        """Tell whether there are records of this process that no anchor tells of."""
        return self._head != self._anchored

    def write(self, kind: str, about: Mapping[str, object]) -> None:
        """Write one record; raises `AuditError` when it is not there then."""
        try:
            _ = self.key  # before there is a file: a log that has begun gets no new key
            with self.files.turn():
                self._catch_up()
                self._add(kind, about)
                if self._now() - self._anchored_at >= self._section.anchor_every:
                    self._anchor()
        except OSError as error:
            raise self._unwritable(error) from error

    def anchor(self) -> None:
        """Tell the head of the log where the log does not lie; raises `AuditError`."""
        try:
            _ = self.key  # before there is a file: a log that has begun gets no new key
            with self.files.turn():
                self._catch_up()
                self._anchor()
        except OSError as error:
            raise self._unwritable(error) from error

    def verify(self) -> Verdict:
        """Read all of it and give the first thing that is wrong; other processes do not write meanwhile."""
        try:
            with self.files.turn():
                anchor = self.files.read_anchor()
                if anchor is None and next(self.files.lines(), None) is None:
                    return Verdict(0)
                return verify(self.files.lines(), self.key, anchor)
        except OSError as error:
            message = f"the audit log {self.files} cannot be read: {error.strerror or error}"
            raise AuditError(message, suggestions=["run this as the user that writes it"]) from error

    def close(self) -> None:
        """Anchor what this process wrote, and let go of the files."""
        try:
            if self.behind:
                self.anchor()
        finally:
            self.files.close()

    # -- in turn -------------------------------------------------------------------------------------------------------

    def _add(self, kind: str, about: Mapping[str, object]) -> None:
        """Write a record behind the last one, in a new file when the current one is full."""
        line, head = line_of(self.key, self._head, self._now(), kind, about)
        size = self._seen[1]
        if size and size + len(line) > self._section.max_size:
            self.files.rotate()
            self._seen = self.files.state()
            self._prune()
            line, head = line_of(self.key, self._head, self._now(), kind, about)
        self.files.append(line, sync=self._section.sync)
        self._head = head
        self._seen = (self._seen[0], self._seen[1] + len(line))

    def _prune(self) -> None:
        """Remove full files beyond those that are kept, after a record that tells where the log begins from now on."""
        full = self.files.full()
        gone = full[: -self._section.keep] if self._section.keep else []
        if gone:
            first = read(self.files.first_of(full[len(gone)]))
            if first is None:  # damaged: `verify` is to find it
                return
            self._add(PRUNED, {"first": first.seq, "follows": first.prev, "files": [one.name for one in gone]})
            for one in gone:
                one.unlink()

    def _catch_up(self) -> None:
        """Learn how the log ends by now, and write down what is wrong with its end."""
        seen = self.files.state()
        if seen == self._seen:
            return
        begins, known = not self._name, self._head
        whole, newline, torn = self.files.tail().rpartition(b"\n")
        last = whole.rpartition(b"\n")[2] if newline else self.files.last_of_full()
        mended = self._mended(torn)
        record = read(torn if mended and "bytes" not in mended else last)
        self._head = Head() if record is None else Head(record.seq, record.hash)
        self._seen = self.files.state()
        doubt = self._first_doubt() if begins else _behind(known, self._head, "this process")
        if doubt:
            self._add(TAMPERED, {"found": doubt})
        if mended:
            self._add("repaired", mended)
        if begins:
            more = {"log": self._name} if self._head == Head() else {}
            self._add("opened", {**more, "process": self._process})

    def _mended(self, torn: bytes) -> dict[str, object]:
        """End or remove a line whose writer was killed, and give what the record about it says."""
        if not torn:
            return {}
        if is_signed(self.key, torn):
            self.files.append(b"\n", sync=False)
            return {"line": "had no end"}
        self.files.truncate(self.files.state()[1] - len(torn))
        shown = torn[:TORN_SHOWN].decode(errors="replace")
        return {"line": "was cut", "bytes": len(torn), "hash": digest(torn), "began": shown}

    def _first_doubt(self) -> str:
        """Compare the log with its anchor; an empty text when they agree."""
        data = self.files.read_anchor()
        told = None if data is None else read_anchor(self.key, data)
        if told is not None:
            self._name = told[0]
            return _behind(told[1], self._head, f"the anchor of {told[2]}")
        first = next(self.files.lines(), None)
        record = None if first is None else read(first.data)
        name = None if record is None else record.data.get("log")
        self._name = name if isinstance(name, str) else self._new_name()
        if data is not None:
            return "the anchor is not what was signed"
        return "there is no anchor" if self._head.seq else ""

    def _anchor(self) -> None:
        now = self._now()
        self.files.write_anchor(anchor_of(self.key, self._name, self._head, now))
        self._anchored, self._anchored_at = self._head, now

    def _unwritable(self, error: OSError) -> AuditError:
        return AuditError(
            f"the audit log {self.files} cannot be written: {error.strerror or error}",
            suggestions=["make room or give this user the right to write there", "see `[audit]` in the configuration"],
            context={"path": str(self.files)},
        )


def _behind(known: Head, found: Head, who: str) -> str:
    """Say that the log ends before a record that somebody knows, or with another one; else an empty text."""
    if found.seq < known.seq:
        return f"{who} knows record {known.seq}, and the log ends with record {found.seq}"
    if found.seq == known.seq and found.hash != known.hash:
        return f"{who} knows another record {known.seq} than the last one"
    return ""
