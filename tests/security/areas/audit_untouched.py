"""Audit logs that nobody changed: each must pass, however it was written."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.security.areas.audit_edits import log_in, needs
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell_audit.log import AuditLog
    from tests.security.probe import Stage

LOGS = 200


def load() -> list[Case]:
    """Give the cases, which differ by the seed that says what is written by whom."""
    return [Case(f"log_{seed:03}", {"seed": seed}) for seed in range(LOGS)]


async def write(case: Case, stage: Stage) -> str | None:
    """Write records of several writers in turn, of which some end and others begin, and make sure of the log."""
    chance = random.Random(case.data["seed"])
    folder = stage.fresh()
    with ExitStack() as stack:
        logs = [_opened(folder, stack) for _ in range(3)]
        written = _written(logs, folder, stack, chance)
        for log in logs:
            log.close()
    last = log_in(folder)
    found = last.verify()
    last.files.close()
    if found.fault is not None:
        return f"{found.fault.what} at record {found.fault.seq}: {found.fault.says}"
    return None if found.records >= written else f"{written} records were written, and {found.records} are there"


def _opened(folder: Path, stack: ExitStack) -> AuditLog:
    """Open a log whose files are let go of whatever happens: left to the collector they fail another test."""
    log = log_in(folder)
    stack.callback(log.files.close)
    return log


def _written(logs: list[AuditLog], folder: Path, stack: ExitStack, chance: random.Random) -> int:
    """Write in turn and count the records."""
    texts = ("", "plain", '"quoted"\n', "\x00\ud800 ü 漢", "x" * 3000, '","mac":"')
    written = 0
    for _ in range(chance.randrange(1, 80)):
        log = chance.choice(logs)
        if chance.random() < 0.1:
            log.close()
            logs[logs.index(log)] = _opened(folder, stack)
        else:
            log.write("note", {"text": chance.choice(texts), "seq": 0})
            written += 1
    return written


AREA = Area(
    "audit_untouched",
    promise="G16",
    title="Untouched audit logs",
    how="logs of several writers, files and odd texts are written as a seed says, then made sure of: each must pass",
    load=load,
    try_=write,
    needs=needs,
    sample=8,
    also=True,
)
