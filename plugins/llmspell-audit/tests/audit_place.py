"""One log in a folder of its own, and as many writers as a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell_audit.chain import read
from llmspell_audit.driver import Files
from llmspell_audit.log import AuditLog, World
from llmspell_audit.section import AuditSection

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"k" * 32


class Place:
    """One log, as many writers as a test wants, and what is written by now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "log" / "audit.jsonl"
        self.anchor = folder / "elsewhere" / "audit.anchor"
        self.now = 1_700_000_000.0
        self._open: list[AuditLog] = []

    def log(self, process: int = 1, **section: Any) -> AuditLog:
        """Give a writer of its own, as another process has one."""
        made = AuditSection(**{"anchor_every": 1000.0, **section})
        files = Files(self.path, self.anchor)
        self._open.append(AuditLog(files, lambda: KEY, made, World(lambda: self.now, lambda: "name", process)))
        return self._open[-1]

    def close(self) -> None:
        """Let go of the files of all writers."""
        for log in self._open:
            log.files.close()

    def filled(self, records: int = 10, **section: Any) -> None:
        """Write some records and close."""
        log = self.log(**section)
        for number in range(records):
            log.write("note", {"number": number})
        log.close()

    def config(self, **more: object) -> dict[str, object]:
        """Give the section for an application."""
        own: dict[str, object] = {
            "audit.enabled": True,
            "audit.path": str(self.path),
            "audit.anchor": str(self.anchor),
            "audit.signing_key": KEY.decode(),
        }
        return {**own, **more}

    def records(self) -> list[dict[str, Any]]:
        """Read what is there, the oldest first, without making sure of anything."""
        found = []
        for line in self.log().files.lines():
            record = read(line.data)
            assert record is not None, line
            found.append(dict(record.data))
        return found

    def kinds(self) -> list[str]:
        """Give what the records are about, with their phases."""
        return [f"{one['kind']} {one['phase']}" if "phase" in one else one["kind"] for one in self.records()]
